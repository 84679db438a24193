"""Opens a publication, a folder or a .zip of it, as names and bytes; judges nothing."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from por import files
from por.errors import InputError, PorError

MAX_FILES = 1_000_000
"""Evidence of ten thousand addresses is some hundred files; beyond this something is wrong."""

MAX_TOTAL = 2 << 30
MAX_RATIO = 50
_SPARE = 16 << 20
"""Bytes of a folder or of an unpacked .zip, and how many times a .zip's size they may be beyond the first few: hex
shrinks to a half, tables to a tenth. A bound against what fills the memory."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What every packer writes; the others' readers raise errors of their own."""

ATTESTATION = "attestation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Every file of a publication by its path relative to the folder, with forward slashes."""

    place: Path
    files: Mapping[str, bytes]

    def read(self, name: str) -> bytes:
        """Return one file's bytes; InputError when the publication lacks it."""
        try:
            return self.files[name]
        except KeyError:
            raise InputError(
                f"{self.place}: {name} is missing",
                code="publication-incomplete",
                hint="fetch the publication again, whole",
            ) from None

    def text(self, name: str) -> str:
        """Return one file as UTF-8 text; InputError when it is missing or is not."""
        try:
            return self.read(name).decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(
                f"{name}: not UTF-8 text", code="file-not-text", hint="fetch the publication again"
            ) from None


def open_publication(place: Path) -> Publication:
    """Read a folder or a .zip; InputError when it is neither or lacks attestation.json, SourceError on disk faults."""
    if place.is_dir():
        found = _folder(place)
    elif zipfile.is_zipfile(place):
        found = _archive(place)
    else:
        files.read_bytes(place, limit=files.MAX_DOCUMENT)
        raise _not_one(place)
    if ATTESTATION not in found:
        raise _not_one(place)
    return Publication(place=place, files=found)


def _not_one(place: Path) -> PorError:
    return InputError(
        f"{place}: not a publication",
        code="publication-malformed",
        hint=f"give the folder (or a .zip of it) that holds {ATTESTATION}",
    )


def _folder(place: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MAX_TOTAL
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.is_symlink():
            raise InputError(
                f"{place}: {name} is a link", code="publication-malformed", hint="copy the files themselves"
            )
        if path.is_file():
            found[name] = files.read_bytes(path)
            left -= len(found[name])
        if len(found) > MAX_FILES or left < 0:
            raise InputError(
                f"{place}: more than {MAX_FILES:,} files or {MAX_TOTAL:,} bytes",
                code="publication-malformed",
                hint="is this the right folder?",
            )
    return found


def _archive(place: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(place) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            total = sum(entry.file_size for entry in entries)
            if len(entries) > MAX_FILES or total > min(MAX_TOTAL, _SPARE + MAX_RATIO * place.stat().st_size):
                raise InputError(
                    f"{place}: too large an archive", code="publication-malformed", hint="is this the right file?"
                )
            for entry in entries:
                if entry.compress_type not in _METHODS:
                    raise InputError(
                        f"{place}: {entry.filename} is packed in another way than deflate",
                        code="publication-malformed",
                        hint="pack the folder again, with the ordinary method of any zip program",
                    )
                if entry.filename in found:
                    raise InputError(
                        f"{place}: {entry.filename} stands twice",
                        code="publication-malformed",
                        hint="pack the folder again",
                    )
                with archive.open(entry) as stream:
                    # file_size is the archive's own word: one byte more than it says is already a lie.
                    found[entry.filename] = stream.read(entry.file_size + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
    ) as error:
        raise InputError(
            f"{place}: a damaged archive ({error})", code="publication-malformed", hint="fetch it again"
        ) from None
    except OSError as error:
        raise files.explain(error, place) from None
    return _without_top(found)


def _without_top(found: dict[str, bytes]) -> dict[str, bytes]:
    """Take off one outer folder, as `zip -r publication.zip publication` leaves it."""
    tops = {name.partition("/")[0] for name in found}
    if ATTESTATION not in found and len(tops) == 1:
        (top,) = tops
        return {name[len(top) + 1 :]: data for name, data in found.items()}
    return found
