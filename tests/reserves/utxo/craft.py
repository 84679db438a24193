"""Blocks that never were: on a regtest network anybody mines, so that only the other checks stand in the way."""

from __future__ import annotations

from collections.abc import Sequence

from por.reserves.bitcoin.transactions import Input, Output, Transaction
from por.reserves.evidence.utxo import merkleblock
from por.reserves.evidence.utxo.header import block_hash
from por.reserves.evidence.utxo.outputs import BlockClaim, Outpoint
from por.reserves.evidence.utxo.work import scrypt

BITS = 0x207FFFFF
TARGET = 0x7FFFFF << 232


def mine(*, parent: bytes, root: bytes, time: int, bits: int = BITS) -> bytes:
    """Return a header (hashes in internal order) with as little work as regtest asks for."""
    for nonce in range(1000):
        raw = b"\0\0\0\x20" + parent + root + b"".join(n.to_bytes(4, "little") for n in (time, bits, nonce))
        if int.from_bytes(scrypt(raw), "little") <= TARGET:
            return raw
    raise AssertionError("no luck")


def coinbase(height: int, *outputs: Output, extra: bytes = b"") -> Transaction:
    """Return a block's first transaction."""
    digits = height.to_bytes((height.bit_length() + 8) // 8, "little")
    script = bytes([len(digits)]) + digits + extra
    made = Input(txid=bytes(32), index=0xFFFFFFFF, script=script, sequence=0xFFFFFFFF)
    return Transaction(
        version=2, inputs=(made,), outputs=outputs or (Output(value=0, script=b"\x51" * 25),), lock_time=0
    )


def payment(*outputs: Output, salt: int = 1) -> Transaction:
    """Return a transaction that spends something that need not exist."""
    spent = Input(txid=salt.to_bytes(32, "big"), index=0, script=b"\x51", sequence=0xFFFFFFFF)
    return Transaction(version=2, inputs=(spent,), outputs=outputs, lock_time=0)


def root_of(txids: Sequence[bytes]) -> bytes:
    row = list(txids)
    while len(row) > 1:
        row = [merkleblock.sha256d(row[n] + row[min(n + 1, len(row) - 1)]) for n in range(0, len(row), 2)]
    return row[0]


def block(
    transactions: Sequence[Transaction], points: Sequence[tuple[int, int]], *, parent: bytes, time: int
) -> tuple[bytes, BlockClaim]:
    """Mine a block of transactions; return its header and the claim of outputs (place, index)."""
    txids = [row.txid for row in transactions]
    header = mine(parent=parent, root=root_of(txids), time=time)
    places = sorted({0, *(place for place, _ in points)})
    return header, BlockClaim(
        proof=merkleblock.build(header, txids, set(places)).to_bytes(),
        transactions=tuple(transactions[place].stripped() for place in places),
        outputs=tuple(sorted(Outpoint(txid=txids[place][::-1].hex(), index=index) for place, index in points)),
    )


__all__ = ["block", "block_hash", "coinbase", "mine", "payment", "root_of"]
