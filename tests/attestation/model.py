"""RFC 9162 section 2.1 word for word, recursive and slow: the second opinion on roots and proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Entries = Sequence[bytes]


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def root(entries: Entries) -> bytes:
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = _split(len(entries))
    return hashlib.sha256(b"\x01" + root(entries[:k]) + root(entries[k:])).digest()


def inclusion(index: int, entries: Entries) -> list[bytes]:
    """PATH(m, D_n)."""
    if len(entries) == 1:
        return []
    k = _split(len(entries))
    if index < k:
        return [*inclusion(index, entries[:k]), root(entries[k:])]
    return [*inclusion(index - k, entries[k:]), root(entries[:k])]


def consistency(size: int, entries: Entries) -> list[bytes]:
    """PROOF(m, D_n) for 0 < m < n."""
    return _subproof(size, entries, True)


def _subproof(size: int, entries: Entries, whole: bool) -> list[bytes]:
    if size == len(entries):
        return [] if whole else [root(entries)]
    k = _split(len(entries))
    if size <= k:
        return [*_subproof(size, entries[:k], whole), root(entries[k:])]
    return [*_subproof(size - k, entries[k:], False), root(entries[:k])]
