"""Writes a file of all proofs from trees and sorted rows (docs/spec/proofs-file.md). It knows no ledger and no key."""

from __future__ import annotations

import array
import hashlib
import struct
import sys
import zlib
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from por import canonical
from por.liabilities import proofs_layout as layout
from por.liabilities.manifest import Manifest

CHUNK = 1 << 16
"""Nodes that are copied at a time: three megabytes."""

AHEAD = 16
"""Pages on their way through the threads: a megabyte."""

LEVEL = 1
"""zlib's: what there is to save are zeros, which the least effort finds; hashes, tags and nonces are not packed."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of the index as columns of bytes: tags (16 each), places (u64, big-endian), nonces (16 each)."""

    tags: bytes
    places: bytes
    nonces: bytes

    def __len__(self) -> int:
        return len(self.tags) // layout.TAG_BYTES


class Writer:
    """Writes one file from front to back; `finish` completes it."""

    def __init__(self, file: IO[bytes], manifest: Manifest) -> None:
        self._file, self._manifest = file, manifest
        self._at = 0
        self.accounts = 0
        self._trees: list[dict[str, int]] = []
        self._write(layout.MAGIC)

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._at

    def add_tree(self, store: Any) -> None:
        """Copy the nodes of the next asset's store (por_kernel.Store); levels 1 to 3 are left out."""
        row = self._manifest.assets[len(self._trees)]
        sum_bytes = max(1, (row.total.bit_length() + 7) // 8)
        leaf_bytes = max((_leaf_bytes(part, sum_bytes) for part in _nodes(store, 0, row.count)), default=1)
        self._trees.append({"at": self._at, "leaf_bytes": leaf_bytes, "sum_bytes": sum_bytes})
        for level in (0, *layout.stored_levels(row.count)):
            nodes, wide = layout.width(row.count, level), sum_bytes if level else leaf_bytes
            for part in _nodes(store, level, nodes):
                self._write(_columns(part, 0, 32))
            for part in _nodes(store, level, nodes):
                self._write(_columns(part, 48 - wide, 48))

    def finish(self, rows: Iterable[Rows], *, count: int, salt: bytes, attestation: dict[str, Any] | None) -> None:
        """Write the index over `count` rows, ascending by (tag, asset, piece), and the directory; then it is whole."""
        bits = layout.page_bits(count)
        starts, digests, written = [], [], 0
        for data, digest in _in_order(_encode, _pages(rows, bits)):
            accounts, more = struct.unpack_from(">II", data)
            self.accounts, written = self.accounts + accounts, written + more
            starts.append(self._at)
            digests.append(digest)
            self._write(data)
        assert written == count, "the caller counted its rows"
        table = struct.pack(f">{len(starts) + 1}Q", *starts, self._at) + b"".join(digests)
        index = {"at": self._at, "rows": count, "bits": bits, "salt": salt.hex(), "digest": canonical.digest(table)}
        self._write(table)
        directory = {
            "format": layout.FORMAT,
            "liabilities": self._manifest.document(),
            "trees": self._trees,
            "index": index,
        }
        if attestation is not None:
            directory["attestation"] = attestation
        packed = zlib.compress(canonical.encode(directory), 9)
        at = self._at
        self._write(packed)
        self._write(struct.pack(">QQ", at, len(packed)) + hashlib.sha256(packed).digest() + layout.END)

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)


def _nodes(store: Any, level: int, count: int) -> Iterator[bytes]:
    for first in range(0, count, CHUNK):
        yield store.nodes(level, first, min(CHUNK, count - first))


def _columns(nodes: bytes, start: int, stop: int) -> bytes:
    """Bytes start to stop of each 48-byte node, one after the other."""
    import pyarrow.compute as pc

    return column_bytes(pc.binary_slice(fixed_column(nodes, 48), start, stop), stop - start)


def _leaf_bytes(nodes: bytes, most: int) -> int:
    """How many bytes the largest sum of these nodes needs: at least one, at most what their total needs."""
    for place in range(48 - most, 47):
        if any(nodes[place::48]):
            return 48 - place
    return 1


def _pages(rows: Iterable[Rows], bits: int) -> Iterator[Rows]:
    """Cut ascending rows where the leading bits of the tag change; a page without rows is one too."""
    page, held = 0, Rows(tags=b"", places=b"", nonces=b"")
    for more in rows:
        held = Rows(tags=held.tags + more.tags, places=held.places + more.places, nonces=held.nonces + more.nonces)
        start, last = 0, int.from_bytes(held.tags[-16:], "big") >> (128 - bits)
        while page < last:
            bound = ((page + 1) << (128 - bits)).to_bytes(16, "big")
            end = _first_not_below(held.tags, bound, start)
            yield _cut(held, start, end)
            page, start = page + 1, end
        held = _cut(held, start, len(held))
    while page < 1 << bits:
        yield held
        page, held = page + 1, Rows(tags=b"", places=b"", nonces=b"")


def _in_order(function: Callable[[Rows], T], pages: Iterable[Rows]) -> Iterator[T]:
    """Apply a function in two threads, a few pages ahead; hashing and packing let go of the interpreter."""
    with ThreadPoolExecutor(2) as pool:
        ahead: deque[Future[T]] = deque()
        for page in pages:
            ahead.append(pool.submit(function, page))
            if len(ahead) > AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _encode(page: Rows) -> tuple[bytes, bytes]:
    """A page of the index (each tag once, how many rows it has, and the rows), and its SHA-256."""
    import pyarrow as pa
    import pyarrow.compute as pc

    runs = pc.run_end_encode(fixed_column(page.tags, 16))
    ends = pa.concat_arrays([pa.array([0], pa.int32()), runs.run_ends])
    counts = array.array("I", column_bytes(pc.subtract(ends[1:], ends[:-1]), 4))
    packed = zlib.compress(big_endian(counts) + page.places, LEVEL)
    head = struct.pack(">III", len(counts), len(page), len(packed))
    data = head + column_bytes(runs.values, 16) + packed + page.nonces
    return data, hashlib.sha256(data).digest()


def fixed_column(data: bytes, wide: int) -> Any:
    """Return bytes as an Arrow column of values of `wide` bytes."""
    import pyarrow as pa

    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(wide), len(data) // wide, [None, pa.py_buffer(data)])


def column_bytes(column: Any, wide: int) -> bytes:
    """Return the bytes of an Arrow column of values of `wide` bytes, none of them null."""
    return bytes(memoryview(column.buffers()[1])[wide * column.offset : wide * (column.offset + len(column))])


def big_endian(numbers: array.array[int]) -> bytes:
    """Return the numbers' bytes, each big-endian."""
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def _first_not_below(tags: bytes, bound: bytes, start: int) -> int:
    return bisect_left(range(len(tags) // 16), bound, lo=start, key=lambda row: tags[16 * row : 16 * row + 16])


def _cut(rows: Rows, start: int, end: int) -> Rows:
    return Rows(
        tags=rows.tags[16 * start : 16 * end],
        places=rows.places[8 * start : 8 * end],
        nonces=rows.nonces[16 * start : 16 * end],
    )
