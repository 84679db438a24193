"""From outputs that a source tells to evidence that anybody can check: blocks, transactions, runs of headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from por.errors import PorError
from por.reserves.bitcoin.transactions import Transaction, parse, sha256d
from por.reserves.chains.utxo.blocks import stripped
from por.reserves.chains.utxo.source import Found, Source, Tip
from por.reserves.evidence.utxo import merkleblock
from por.reserves.evidence.utxo.coinbase import MATURITY, is_coinbase
from por.reserves.evidence.utxo.header import block_hash
from por.reserves.evidence.utxo.outputs import BlockClaim

FAULTY = "the node is faulty; use another one with --node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A block's claim, and the outputs in it that count; `immature` were left out."""

    hash: str
    claim: BlockClaim
    outputs: tuple[Found, ...]
    immature: tuple[Found, ...]


def gather_block(source: Source, number: int, wanted: Sequence[Found], tip: Tip) -> Gathered:
    """Fetch a block's header, its transactions' ids, the coinbase and the wanted transactions, and make its claim.

    Amounts and scripts of the source are compared with the transactions'. Raises SourceError.
    """
    block = tip.hash if number == tip.number else source.hash_at(number)
    if block is None:
        raise source.wrong(
            f"it has no block {number} any more: the chain was reorganised meanwhile",
            code="node-reorg",
            hint="run the same command again",
        )
    header, names = source.header(block), source.txids(block)
    if block_hash(header).hex() != block:
        raise source.wrong(f"the header of block {number} has another hash", code="node-header", hint=FAULTY)
    places = {name: place for place, name in enumerate(names)}
    ids = sorted({row.point.txid for row in wanted} | {names[0]}, key=lambda name: places.get(name, -1))
    if any(name not in places for name in ids):
        raise source.wrong(
            f"block {number} does not hold transaction {ids[0]}: the chain was reorganised meanwhile",
            code="node-reorg",
            hint="run the same command again",
        )
    raws, known = [], {}
    for name, whole in zip(ids, source.transactions([(name, block) for name in ids]), strict=True):
        raw, transaction = _read(source, name, whole)
        raws.append(raw)
        known[name] = transaction
    good: list[Found] = []
    young: list[Found] = []
    for row in wanted:
        outputs = known[row.point.txid].outputs
        found = outputs[row.point.index] if row.point.index < len(outputs) else None
        if found is None or (found.value, found.script) != (row.value, row.script):
            raise source.wrong(
                f"{row.point} has another amount or script than the source says", code="node-output", hint=FAULTY
            )
        mature = not is_coinbase(known[row.point.txid]) or tip.number + 1 - row.height >= MATURITY
        (good if mature else young).append(row)
    kept = {names[0], *(row.point.txid for row in good)}
    tree = merkleblock.build(
        header, [bytes.fromhex(name)[::-1] for name in names], {places[name] for name in ids if name in kept}
    )
    claim = BlockClaim(
        proof=tree.to_bytes(),
        transactions=tuple(raw for name, raw in zip(ids, raws, strict=True) if name in kept),
        outputs=tuple(sorted(row.point for row in good)),
    )
    return Gathered(hash=block, claim=claim, outputs=tuple(good), immature=tuple(young))


def headers_to(source: Source, tip: Tip, first: int) -> bytes:
    """Return the raw headers from block `first` to the tip, each standing on the one before; SourceError."""
    found = source.headers(first, tip.number)
    below = tip.hash
    for raw in reversed(found):
        if block_hash(raw).hex() != below:
            raise source.wrong(
                f"the headers up to block {tip.number} do not stand on each other",
                code="node-reorg",
                hint="run the same command again",
            )
        below = raw[4:36][::-1].hex()
    return b"".join(found)


def _read(source: Source, name: str, whole: bytes) -> tuple[bytes, Transaction]:
    try:
        raw = stripped(whole, where=f"transaction {name}")
    except PorError as error:
        raise source.wrong(error.message, code="node-garbage", hint=FAULTY) from None
    if sha256d(raw)[::-1].hex() != name:
        raise source.wrong(f"what it gives as transaction {name} has another hash", code="node-garbage", hint=FAULTY)
    return raw, parse(raw, where=name)
