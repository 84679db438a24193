"""Evidence of the Bitcoin family in words, for `por inspect`: what a file says, never whether it is true."""

from __future__ import annotations

from por.errors import ClaimError, InputError
from por.header import show_time
from por.reserves.bitcoin.transactions import Transaction, parse
from por.reserves.evidence.utxo import merkleblock
from por.reserves.evidence.utxo.header import LENGTH, read
from por.reserves.evidence.utxo.outputs import OutputBundle

Rows = tuple[tuple[str, str], ...]


def run_rows(data: bytes, *, where: str) -> Rows | None:
    """Describe headers that stand one after the other; None when the bytes are none."""
    count, rest = divmod(len(data), LENGTH)
    if rest or not count:
        return None
    try:
        first, last = (read(data[at : at + LENGTH], where=where) for at in (0, len(data) - LENGTH))
    except ClaimError:
        return None
    return (
        ("headers", str(count)),
        ("first", f"{first.hash.hex()} of {show_time(first.time)}"),
        ("last", f"{last.hash.hex()} of {show_time(last.time)}"),
        ("work of the last", f"some 2^{last.cost.bit_length() - 1} hashes"),
    )


def bundle_rows(data: bytes, *, where: str) -> Rows:
    """Describe a file of outputs, with amounts as the transactions in it have them; InputError when malformed."""
    found = OutputBundle.from_bytes(data, where=where)
    rows: list[tuple[str, str]] = [("chain", found.chain), ("blocks", str(len(found.blocks)))]
    for claim in found.blocks:
        try:
            tree = merkleblock.parse(claim.proof, where=where)
            header = read(tree.header, where=where)
        except ClaimError as error:
            raise InputError(error.message, code=error.code, hint=error.hint) from None
        rows.append(("block", f"{header.hash.hex()} of {show_time(header.time)}, {tree.count} transactions"))
        known = {transaction.txid[::-1].hex(): transaction for transaction in _transactions(claim.transactions, where)}
        for point in claim.outputs:
            transaction = known.get(point.txid)
            outputs = () if transaction is None else transaction.outputs
            amount = f"{outputs[point.index].value} base units" if point.index < len(outputs) else "not in the file"
            rows.append((f"  {point}", amount))
    return tuple(rows)


def _transactions(raws: tuple[bytes, ...], where: str) -> list[Transaction]:
    return [parse(raw, where=where) for raw in raws]
