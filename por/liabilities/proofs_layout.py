"""Where everything lies in a file of all proofs (docs/spec/proofs-file.md): what its writer and its reader share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from por.errors import InputError

FORMAT = "por-proofs/1"
MAGIC = b"por-proofs/1\n\x00\x00\x00"
END = b"end por-proofs/1"
TRAILER = 64
"""Bytes at the end: place and length of the directory (u64 each), its SHA-256, END."""

STORED_LEVEL = 4
"""Lowest level above the leaves whose nodes are in the file; at most eleven hashes make those between again."""

PAGE_ROWS = 2048
"""Rows of a page of the index, on average: a lookup unpacks one page, in less than a millisecond."""

TAG_BYTES = 16
INDEX_BITS = 48
"""A place is the asset's number in the upper 16 bits and the leaf's index in the lower 48."""

MAX_ASSETS = 1 << 16


def tag_prefix(salt: bytes) -> bytes:
    """Return what is hashed before an account id to get its tag."""
    return b"por/1 proofs\x00" + salt


def account_tag(salt: bytes, account_id: str) -> bytes:
    """Return the 16 bytes under which an account stands in the index: H(prefix || salt || account_id)[0:16]."""
    return hashlib.sha256(tag_prefix(salt) + account_id.encode("ascii")).digest()[:TAG_BYTES]


def page_bits(rows: int) -> int:
    """Return how many leading bits of a tag choose its page, so that a page has PAGE_ROWS rows or fewer on average."""
    return max(0, (rows - 1).bit_length() - (PAGE_ROWS.bit_length() - 1))


def path_nodes(index: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield (level, index) of each sibling of leaf `index`, from the leaf up (RFC 9162 2.1.1)."""
    level, last = 0, count - 1
    while last > 0:
        if index & 1 or index < last:
            yield level, index ^ 1
        level, index, last = level + 1, index >> 1, last >> 1


def width(count: int, level: int) -> int:
    """Return how many nodes a level has; an unpaired last one moves up and is a node of the next level too."""
    return -(-count >> level)


def stored_levels(count: int) -> range:
    """Return the levels above the leaves and below the root that are in the file."""
    return range(STORED_LEVEL, max(STORED_LEVEL, (count - 1).bit_length())) if count > 1 else range(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLayout:
    """One asset's tree: hashes and sums of each level as columns of fixed width, from byte `at` of the file on.

    `leaf_bytes` and `sum_bytes` (1 to 16) are the widths of a leaf's amount and of an upper node's sum.
    """

    at: int
    count: int
    leaf_bytes: int
    sum_bytes: int

    def levels(self) -> dict[int, tuple[int, int, int]]:
        """Return for each level in the file where its hashes begin, where its sums begin, and how wide a sum is."""
        found, at = {}, self.at
        for level in (0, *stored_levels(self.count)):
            nodes, wide = width(self.count, level), self.sum_bytes if level else self.leaf_bytes
            found[level] = (at, at + 32 * nodes, wide)
            at += (32 + wide) * nodes
        return found

    @property
    def end(self) -> int:
        """Where the tree ends."""
        level, (_, sums, wide) = list(self.levels().items())[-1]
        return sums + wide * width(self.count, level)


def damaged(where: str, what: str) -> InputError:
    """Return the error for a file that is not as it was written."""
    return InputError(
        f"{where}: {what}",
        code="proofs-file-damaged",
        hint="copy the file again, or write it again with `por liabilities prove --all`",
    )
