"""What a signature of an input signs, for SIGHASH_ALL only: the one type that BIP-322 allows."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from por.reserves.bitcoin.transactions import Input, Output, Transaction, compact, sha256d, sized, tagged

ALL = 0x01
_LEAF_VERSION = 0xC0


def legacy(transaction: Transaction, index: int, script: bytes) -> bytes:
    """Return the digest for an input without witness; `script` is what is executed."""
    bare = Transaction(
        version=transaction.version,
        inputs=tuple(
            Input(txid=row.txid, index=row.index, script=script if n == index else b"", sequence=row.sequence)
            for n, row in enumerate(transaction.inputs)
        ),
        outputs=transaction.outputs,
        lock_time=transaction.lock_time,
    )
    return sha256d(bare.stripped() + ALL.to_bytes(4, "little"))


def segwit(transaction: Transaction, index: int, script: bytes, value: int) -> bytes:
    """Return the digest for a version 0 witness (BIP-143); `script` is its script code, `value` what is spent."""
    own = transaction.inputs[index]
    return sha256d(
        transaction.version.to_bytes(4, "little")
        + sha256d(_outpoints(transaction))
        + sha256d(_sequences(transaction))
        + own.txid
        + own.index.to_bytes(4, "little")
        + sized(script)
        + value.to_bytes(8, "little")
        + own.sequence.to_bytes(4, "little")
        + sha256d(b"".join(row.to_bytes() for row in transaction.outputs))
        + transaction.lock_time.to_bytes(4, "little")
        + ALL.to_bytes(4, "little")
    )


def taproot(
    transaction: Transaction, index: int, spent: Sequence[Output], *, hash_type: int, leaf: bytes | None = None
) -> bytes:
    """Return the digest for a taproot input without annex (BIP-341); `hash_type` is 0 or 1, `leaf` a leaf's hash.

    `spent` are the outputs that all inputs spend, in order.
    """
    message = (
        bytes([0, hash_type])
        + transaction.version.to_bytes(4, "little")
        + transaction.lock_time.to_bytes(4, "little")
        + sha256(_outpoints(transaction)).digest()
        + sha256(b"".join(row.value.to_bytes(8, "little") for row in spent)).digest()
        + sha256(b"".join(sized(row.script) for row in spent)).digest()
        + sha256(_sequences(transaction)).digest()
        + sha256(b"".join(row.to_bytes() for row in transaction.outputs)).digest()
        + bytes([0 if leaf is None else 2])
        + index.to_bytes(4, "little")
    )
    if leaf is not None:
        # BIP-342: the leaf, key version 0, and no OP_CODESEPARATOR before
        message += leaf + b"\0" + b"\xff\xff\xff\xff"
    return tagged("TapSighash", message)


def leaf_hash(script: bytes) -> bytes:
    """Return a tapscript's leaf hash (leaf version 0xc0)."""
    return tagged("TapLeaf", bytes([_LEAF_VERSION]) + compact(len(script)) + script)


def _outpoints(transaction: Transaction) -> bytes:
    return b"".join(row.txid + row.index.to_bytes(4, "little") for row in transaction.inputs)


def _sequences(transaction: Transaction) -> bytes:
    return b"".join(row.sequence.to_bytes(4, "little") for row in transaction.inputs)
