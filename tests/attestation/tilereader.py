"""A reader of c2sp.org/tlog-tiles by the specification alone: nothing of the writer's is used."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path


def checkpoint(folder: Path) -> tuple[int, bytes]:
    """Size and root of <prefix>/checkpoint."""
    lines = (folder / "checkpoint").read_text().split("\n")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def path(level: str, index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    named = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{named}" + (f".p/{width}" if width < 256 else "")


def hashes(folder: Path, level: int, size: int) -> list[bytes]:
    """All hashes of one level of a log with `size` entries: floor(size / 256**level) of them."""
    count = size // 256**level
    found: list[bytes] = []
    while len(found) < count:
        width = min(256, count - len(found))
        data = (folder / path(str(level), len(found) // 256, width)).read_bytes()
        assert len(data) == 32 * width, "a full tile has 8,192 bytes"
        found += [data[at : at + 32] for at in range(0, len(data), 32)]
    return found


def entries(folder: Path, size: int) -> list[bytes]:
    found: list[bytes] = []
    while len(found) < size:
        width = min(256, size - len(found))
        data = (folder / path("entries", len(found) // 256, width)).read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            assert len(data) >= 2 + length
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    return found


def root(folder: Path, size: int) -> bytes:
    """The tree's root from the fewest hashes: whole tiles by their hash in the tile above."""
    level = 0
    while size // 256 ** (level + 1):
        level += 1
    peaks: list[tuple[int, bytes]] = []
    at = 0
    for high in range(level, -1, -1):
        row = hashes(folder, high, size)
        while at + 256**high <= size:
            peaks.append((256**high, row[at // 256**high]))
            at += 256**high
    return _fold(peaks)


def _fold(peaks: list[tuple[int, bytes]]) -> bytes:
    """RFC 6962 section 2.1 over subtrees of known sizes."""
    if len(peaks) == 1:
        return peaks[0][1]
    total = sum(width for width, _ in peaks)
    cut = 1 << (total - 1).bit_length() - 1
    left: list[tuple[int, bytes]] = []
    while sum(width for width, _ in left) < cut:
        left.append(peaks[len(left)])
    assert sum(width for width, _ in left) == cut
    return hashlib.sha256(b"\x01" + _fold(left) + _fold(peaks[len(left) :])).digest()


def verify(folder: Path) -> int:
    """Check everything that a monitor checks, and return the size."""
    size, expected = checkpoint(folder)
    leaves = hashes(folder, 0, size)
    assert root(folder, size) == expected
    assert [hashlib.sha256(b"\x00" + entry).digest() for entry in entries(folder, size)] == leaves
    return size
