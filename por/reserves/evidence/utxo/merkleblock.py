"""Which transactions a block holds: partial Merkle trees as nodes write them (`gettxoutproof`, BIP-37).

A tree is only believed together with the block's coinbase, the transaction at place 0. Somebody who can put a
transaction of 64 bytes into a block can pass it for an inner node, below which anything may stand (CVE-2017-12842);
but then the coinbase would have to stand one level deeper too, and its first 32 bytes, mostly zeros, be a hash.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from por.errors import ClaimError, PorError
from por.reserves.bitcoin.transactions import Reader, compact, sha256d
from por.reserves.evidence.utxo.header import LENGTH

MOST_TRANSACTIONS = 1 << 24
"""More than a block of any of these networks can hold: of 60 bytes each they would take a gigabyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MerkleBlock:
    """A raw header, the number of transactions, and the tree's hashes and flags in the order of the walk."""

    header: bytes
    count: int
    hashes: tuple[bytes, ...]
    flags: tuple[bool, ...]

    def to_bytes(self) -> bytes:
        """Return what `gettxoutproof` gives and `verifytxoutproof` takes."""
        packed = bytearray(-(-len(self.flags) // 8))
        for n, flag in enumerate(self.flags):
            packed[n // 8] |= flag << n % 8
        head = self.header + self.count.to_bytes(4, "little") + compact(len(self.hashes))
        return head + b"".join(self.hashes) + compact(len(packed)) + bytes(packed)


def build(header: bytes, txids: Sequence[bytes], wanted: Collection[int]) -> MerkleBlock:
    """Return the tree over a block's txids (internal order) that shows those at the places `wanted`."""
    levels = [list(txids)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([sha256d(row[n] + row[min(n + 1, len(row) - 1)]) for n in range(0, len(row), 2)])
    marked = [set(wanted)]
    for _ in levels[1:]:
        marked.append({place // 2 for place in marked[-1]})
    hashes, flags = [], []
    stack = [(len(levels) - 1, 0)]
    while stack:
        level, place = stack.pop()
        flag = place in marked[level]
        flags.append(flag)
        if not flag or not level:
            hashes.append(levels[level][place])
            continue
        if 2 * place + 1 < len(levels[level - 1]):
            stack.append((level - 1, 2 * place + 1))
        stack.append((level - 1, 2 * place))
    return MerkleBlock(header=header, count=len(txids), hashes=tuple(hashes), flags=tuple(flags))


def parse(raw: bytes, *, where: str) -> MerkleBlock:
    """Read a serialised tree; ClaimError(code="merkle-malformed") unless it re-encodes to the same bytes."""
    reader = Reader(raw, where=where)
    try:
        header, count = reader.take(LENGTH), reader.number(4)
        hashes = tuple(reader.take(32) for _ in range(reader.count()))
        packed = reader.sized()
        reader.end()
    except PorError:
        raise _malformed(where, "it ends too early, or has bytes left over") from None
    if not 0 < count <= MOST_TRANSACTIONS or not 0 < len(hashes) <= count:
        raise _malformed(where, "its numbers of transactions and hashes do not fit")
    flags = tuple(bool(byte >> n & 1) for byte in packed for n in range(8))
    return MerkleBlock(header=header, count=count, hashes=hashes, flags=flags)


def verify(tree: MerkleBlock, *, root: bytes, where: str) -> dict[bytes, int]:
    """Walk the tree to its root and return the transactions that it shows, txid (internal order) to place.

    Raises ClaimError when hashes or flags are missing or left over, two children are the same node (CVE-2012-2459: a
    list of transactions and one with its tail repeated have one root), or the root is another.
    """
    height = max(tree.count - 1, 0).bit_length()
    hashes, flags = iter(tree.hashes), iter(tree.flags)
    used = 0
    found: dict[bytes, int] = {}

    def walk(level: int, place: int) -> bytes:
        nonlocal used
        flag = next(flags, None)
        used += 1
        if flag is None:
            raise _malformed(where, "it has too few flags")
        if not flag or not level:
            node = next(hashes, None)
            if node is None:
                raise _malformed(where, "it has too few hashes")
            if flag:
                found[node] = place
            return node
        left = walk(level - 1, 2 * place)
        if 2 * place + 1 >= tree.count + (1 << level - 1) - 1 >> level - 1:
            return sha256d(left + left)
        right = walk(level - 1, 2 * place + 1)
        if left == right:
            raise _malformed(where, "a node stands beside itself (CVE-2012-2459)")
        return sha256d(left + right)

    top = walk(height, 0)
    rest = tree.flags[used:]
    if next(hashes, None) is not None or len(rest) >= 8 or any(rest):
        raise _malformed(where, "it has hashes or flags that belong to nothing")
    if top != root:
        raise ClaimError(
            f"{where}: the transactions are not those of the block's header",
            code="merkle-root",
            hint="the evidence does not prove what it says",
        )
    return found


def _malformed(where: str, what: str) -> ClaimError:
    return ClaimError(
        f"{where}: not a partial Merkle tree ({what})", code="merkle-malformed", hint="the evidence is damaged"
    )
