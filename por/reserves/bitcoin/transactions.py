"""Raw transactions of the Bitcoin family, strictly: every byte is accounted for and each value has one encoding."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from por.errors import InputError

MAX_BYTES = 4_000_000
"""No block holds a larger transaction (BIP-141: 4,000,000 units of weight)."""
MAX_WITNESS_ITEMS = 10_000
SEQUENCE_FINAL = 0xFFFFFFFF
_HINT = "copy it again, whole, as the node or wallet gives it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What is spent (`txid` in internal byte order) and what unlocks it; `script` is the scriptSig."""

    txid: bytes
    index: int
    script: bytes = b""
    sequence: int = 0
    witness: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """An amount in base units and the script that locks it."""

    value: int
    script: bytes

    def to_bytes(self) -> bytes:
        """Return the consensus serialisation."""
        return self.value.to_bytes(8, "little") + sized(self.script)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction; `version` and `lock_time` are unsigned 32-bit numbers."""

    version: int
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    lock_time: int

    def stripped(self) -> bytes:
        """Return the serialisation without witnesses, which is what the txid hashes."""
        return self._head() + self._body() + self.lock_time.to_bytes(4, "little")

    def to_bytes(self) -> bytes:
        """Return the network serialisation, with witnesses if there are any (BIP-144)."""
        if not any(row.witness for row in self.inputs):
            return self.stripped()
        stacks = b"".join(stack(row.witness) for row in self.inputs)
        return self._head() + b"\0\1" + self._body() + stacks + self.lock_time.to_bytes(4, "little")

    @property
    def txid(self) -> bytes:
        """The 32 bytes in internal order; block explorers show them reversed."""
        return sha256d(self.stripped())

    def _head(self) -> bytes:
        return self.version.to_bytes(4, "little")

    def _body(self) -> bytes:
        inputs = b"".join(
            row.txid + row.index.to_bytes(4, "little") + sized(row.script) + row.sequence.to_bytes(4, "little")
            for row in self.inputs
        )
        outputs = b"".join(row.to_bytes() for row in self.outputs)
        return compact(len(self.inputs)) + inputs + compact(len(self.outputs)) + outputs


class Reader:
    """Takes a serialisation apart from the front; InputError (`transaction-malformed`) where it ends too early."""

    __slots__ = ("_at", "_data", "_where")

    def __init__(self, data: bytes, *, where: str) -> None:
        self._data, self._at, self._where = data, 0, where

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        found = self._data[self._at : self._at + count]
        if len(found) != count:
            raise self.fault("it ends too early")
        self._at += count
        return found

    def number(self, size: int) -> int:
        """Return an unsigned little-endian number of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def count(self) -> int:
        """Return a compact size, which must be the shortest that gives the number."""
        first = self.number(1)
        size = {0xFD: 2, 0xFE: 4, 0xFF: 8}.get(first)
        if size is None:
            return first
        found = self.number(size)
        if found < {2: 0xFD, 4: 1 << 16, 8: 1 << 32}[size]:
            raise self.fault("a length is written longer than needed")
        return found

    def sized(self) -> bytes:
        """Return bytes that stand behind their length."""
        return self.take(self.count())

    def stack(self) -> tuple[bytes, ...]:
        """Return a witness: a count and as many sized items."""
        count = self.count()
        if count > MAX_WITNESS_ITEMS:
            raise self.fault("a witness of too many items")
        return tuple(self.sized() for _ in range(count))

    def peek(self) -> bytes:
        """Return the next two bytes without taking them."""
        return self._data[self._at : self._at + 2]

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self._at == len(self._data)

    def end(self) -> None:
        """Refuse bytes that are left over."""
        if not self.done:
            raise self.fault("bytes are left over")

    def fault(self, what: str) -> InputError:
        """Return the error for a place that is wrong."""
        return InputError(f"{self._where}: not a transaction ({what})", code="transaction-malformed", hint=_HINT)


def parse(raw: bytes, *, where: str) -> Transaction:
    """Read a raw transaction with or without witnesses; InputError(code="transaction-malformed") for anything else.

    Re-encoding gives the same bytes. Amounts are not judged, and flags other than BIP-144's are refused.
    """
    reader = Reader(raw, where=where)
    if len(raw) > MAX_BYTES:
        raise reader.fault(f"more than {MAX_BYTES} bytes")
    version = reader.number(4)
    segwit = reader.peek() == b"\0\1"
    if segwit:
        reader.take(2)
    count = reader.count()
    if not count:
        raise reader.fault("it has no inputs, or is of a kind that is not read here")
    bare = []
    for _ in range(count):
        txid, index = reader.take(32), reader.number(4)
        bare.append(Input(txid=txid, index=index, script=reader.sized(), sequence=reader.number(4)))
    outputs = tuple(Output(value=reader.number(8), script=reader.sized()) for _ in range(reader.count()))
    if not outputs:
        raise reader.fault("it has no outputs")
    stacks = [reader.stack() if segwit else () for _ in bare]
    if segwit and not any(stacks):
        raise reader.fault("it is marked as having witnesses, but has none")
    lock_time = reader.number(4)
    reader.end()
    inputs = tuple(
        Input(txid=row.txid, index=row.index, script=row.script, sequence=row.sequence, witness=witness)
        for row, witness in zip(bare, stacks, strict=True)
    )
    return Transaction(version=version, inputs=inputs, outputs=outputs, lock_time=lock_time)


def compact(number: int) -> bytes:
    """Write a compact size."""
    if number < 0xFD:
        return bytes([number])
    for mark, size in ((0xFD, 2), (0xFE, 4)):
        if number < 1 << 8 * size:
            return bytes([mark]) + number.to_bytes(size, "little")
    return b"\xff" + number.to_bytes(8, "little")


def sized(data: bytes) -> bytes:
    """Write bytes behind their length."""
    return compact(len(data)) + data


def stack(items: tuple[bytes, ...]) -> bytes:
    """Write a witness."""
    return compact(len(items)) + b"".join(map(sized, items))


def sha256d(data: bytes) -> bytes:
    """SHA-256 twice, 32 bytes."""
    return sha256(sha256(data).digest()).digest()


def tagged(tag: str, data: bytes) -> bytes:
    """BIP-340's tagged hash, 32 bytes."""
    state = _started(tag).copy()
    state.update(data)
    return state.digest()


@lru_cache(maxsize=16)
def _started(tag: str) -> hashlib._Hash:
    mark = sha256(tag.encode("ascii")).digest()
    return sha256(mark + mark)
