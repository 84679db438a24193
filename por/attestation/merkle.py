"""RFC 9162 Merkle tree proofs, verified with the standard library and nothing else.

Source: RFC 9162 sections 2.1.1 (hashes), 2.1.3.2 (inclusion) and 2.1.4.2 (consistency). A proof's length follows
from the sizes alone and is checked before anything is hashed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from por.errors import ClaimError

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a log without entries."""


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(*, leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes], where: str) -> None:
    """Return when the entry with hash `leaf` stands at `index` (from 0) of the log of `size` entries under `root`.

    `path` holds 32-byte hashes from leaf to root. Raises ClaimError otherwise.
    """
    if not 0 <= index < size or not _hashes([leaf, root, *path]):
        raise _inclusion(f"{where}: index and size do not go together, or a hash is not 32 bytes")
    # Below `inner` levels siblings may stand on either side; above, on the right border, only on the left.
    inner = (index ^ (size - 1)).bit_length()
    if len(path) != inner + (index >> inner).bit_count():
        raise _inclusion(f"{where}: a path for entry {index} of {size} does not have {len(path)} hashes")
    found = leaf
    for level, sibling in enumerate(path[:inner]):
        found = node_hash(sibling, found) if index >> level & 1 else node_hash(found, sibling)
    for sibling in path[inner:]:
        found = node_hash(sibling, found)
    if found != root:
        raise _inclusion(f"{where}: the path from entry {index} does not lead to the log's root")


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes], where: str
) -> None:
    """Return when the log of `new_size` entries only adds to the one of `old_size`; ClaimError otherwise.

    From an empty log there is nothing to prove: the path is empty and the old root that of no entries.
    """
    if not 0 <= old_size <= new_size or not _hashes([old_root, new_root, *path]):
        raise _consistency(f"{where}: the sizes do not go together, or a hash is not 32 bytes")
    if old_size in (0, new_size):
        same = old_root == (new_root if old_size else EMPTY_ROOT) and (new_size > 0 or new_root == EMPTY_ROOT)
        if path or not same:
            raise _consistency(f"{where}: between {old_size} and {new_size} entries there is no such step")
        return
    first, last = old_size - 1, new_size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    # When the old tree is a whole subtree of the new one its root starts the path and is left out of it.
    steps = list(path) if first else [old_root, *path]
    inner = (first ^ last).bit_length()
    if len(steps) != 1 + inner + (first >> inner).bit_count():
        raise _consistency(f"{where}: a proof from {old_size} to {new_size} entries does not have {len(path)} hashes")
    old = new = steps[0]
    for sibling in steps[1:]:
        if first & 1 or first == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        first, last = first >> 1, last >> 1
    if old != old_root or new != new_root:
        raise _consistency(f"{where}: the log of {new_size} entries does not contain the one of {old_size}")


def _hashes(values: Sequence[bytes]) -> bool:
    return all(isinstance(value, bytes) and len(value) == 32 for value in values)


def _inclusion(message: str) -> ClaimError:
    return ClaimError(
        message, code="log-inclusion", hint="the statement is not in this log; keep both as evidence and ask for it"
    )


def _consistency(message: str) -> ClaimError:
    return ClaimError(
        message, code="log-consistency", hint="history was changed; keep both checkpoints as evidence and ask why"
    )
