"""The log as static files that any web server can hand out (https://c2sp.org/tlog-tiles), in the log's folder.

    public/checkpoint                 the newest signed head
    public/tile/<L>/<N>[.p/<W>]       256 (or W) hashes of level L, 32 bytes each
    public/tile/entries/<N>[.p/<W>]   256 (or W) statements, each behind its length as a big-endian uint16
    public/statement/<index>.json     each statement's payload on its own

Tiles come before the checkpoint that needs them, so that a web server can show the folder at any moment. A tile never
changes. A statement of more than 65,535 bytes fits no bundle: bundles that would hold it are left out, as the
specification allows, and readers take `statement/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from por.attestation import merkle, note
from por.attestation.log import Log
from por.errors import ClaimError, InputError
from por.files import explain, make_folder, read_bytes, write_bytes

PUBLIC = "public"
"""The folder within the log's own whose address is the log's URL prefix."""

WIDTH = 256
MAX_ENTRY = 0xFFFF
"""Bytes of an entry in a bundle."""

_HEIGHT = 8


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, index, width) of every tile of a log with `size` entries: full ones, and the last of each level."""
    level = 0
    while size >> (_HEIGHT * level):
        full, rest = divmod(size >> (_HEIGHT * level), WIDTH)
        yield from ((level, index, WIDTH) for index in range(full))
        if rest:
            yield level, full, rest
        level += 1


def tile_path(level: int | str, index: int, width: int) -> str:
    """Return a tile's path below the prefix: index 1234067 of level 0 is tile/0/x001/x234/067."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    end = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{end}"


def write_tiles(log: Log, checkpoint: bytes) -> None:
    """Bring the public folder to the log's newest signed head; what stands there already is not written again.

    Raises what writing files raises, and ClaimError when the log does not hold what was hashed.
    """
    folder = log.folder / PUBLIC
    signed = note.parse_checkpoint(note.parse_note(checkpoint, where="checkpoint"), where="checkpoint")
    entries = [log.entry(index) for index in range(signed.size)]
    _sweep(folder)
    for name, data in _files(entries, first=_published(folder) + 1):
        path = folder / name
        if not path.exists():
            make_folder(path.parent)
            write_bytes(path, data)
    make_folder(folder)
    write_bytes(folder / "checkpoint", checkpoint)


def check_tiles(folder: Path, entries: Sequence[bytes]) -> int | None:
    """Compare a log's public folder with its entries, and return the size it shows; None when there is none.

    ClaimError `log-tiles` names a file that is missing or differs.
    """
    place = folder / PUBLIC
    if not (place / "checkpoint").is_file():
        return None
    try:
        size = _size(place / "checkpoint")
    except InputError:
        raise _differs(f"{PUBLIC}/checkpoint", "is no signed head") from None
    if size > len(entries):
        raise _differs(f"{PUBLIC}/checkpoint", "is of a longer log")
    for name, data in _files(entries[:size], first=size):
        path = place / name
        if not path.is_file():
            raise _differs(f"{PUBLIC}/{name}", "is missing")
        if read_bytes(path, limit=len(data)) != data:
            raise _differs(f"{PUBLIC}/{name}", "is not what the log holds")
    return size


def public_files(folder: Path, entries: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the files in a log's public folder, each as the log has it; nothing else that lies there.

    InputError when there is no public folder; ClaimError as `check_tiles`.
    """
    size = check_tiles(folder, entries)
    if size is None:
        raise InputError(
            f"{folder}: there is no {PUBLIC} folder in this log",
            code="log-unpublished",
            hint="the next `por attest` writes it",
        )
    for name, data in _files(entries[:size], first=1):
        path = folder / PUBLIC / name
        if path.is_file():  # of a head that was never shown, some are not there
            if read_bytes(path, limit=len(data)) != data:
                raise _differs(f"{PUBLIC}/{name}", "is not what the log holds")
            yield name, data
    yield "checkpoint", read_bytes(folder / PUBLIC / "checkpoint")


def _sweep(folder: Path) -> None:
    """Remove what a killed run has left half-written: the log's lock is held, so nobody else works here."""
    try:
        for path in folder.rglob(".*"):
            path.unlink()
    except OSError as error:
        raise explain(error, folder) from None


def _published(folder: Path) -> int:
    """Return the size of the head that stands in the public folder; 0 when there is none that can be read."""
    path = folder / "checkpoint"
    if not path.is_file():
        return 0
    try:
        return _size(path)
    except InputError:
        return 0


def _size(path: Path) -> int:
    return note.parse_checkpoint(note.parse_note(read_bytes(path), where=str(path)), where=str(path)).size


def _files(entries: Sequence[bytes], *, first: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of every file that heads of `first` and more of these entries need, each once."""
    levels = [[merkle.leaf_hash(entry) for entry in entries]]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        levels.append([_root(below[at : at + WIDTH]) for at in range(0, len(below) // WIDTH * WIDTH, WIDTH)])
    for index, entry in enumerate(entries):
        yield f"statement/{index}.json", entry
    wanted = dict.fromkeys(tile for size in range(max(first, 1), len(entries) + 1) for tile in _last(size, first))
    for level, index, width in wanted:
        start = index * WIDTH
        yield tile_path(level, index, width), b"".join(levels[level][start : start + width])
        bundle = entries[start : start + width] if level == 0 else ()
        if bundle and all(len(entry) <= MAX_ENTRY for entry in bundle):
            data = b"".join(len(entry).to_bytes(2, "big") + entry for entry in bundle)
            yield tile_path("entries", index, width), data


def _last(size: int, first: int) -> Iterator[tuple[int, int, int]]:
    """Yield the tiles of a size: all of them for the first, for each after it those that its newest entry changed."""
    for level, index, width in tiles_of(size):
        if size == first or (index + 1) * WIDTH >= size >> (_HEIGHT * level):
            yield level, index, width


def _root(hashes: Sequence[bytes]) -> bytes:
    """Return the root of a whole subtree from the hashes of 256 equal subtrees."""
    row = list(hashes)
    while len(row) > 1:
        row = [merkle.node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def _differs(name: str, what: str) -> ClaimError:
    return ClaimError(
        f"{name} {what}",
        code="log-tiles",
        hint="remove the log's public folder; the next `por attest` writes it again from the entries",
    )
