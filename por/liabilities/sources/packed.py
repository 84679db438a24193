"""CSV is read through once more beside DuckDB, which neither checks sums nor sees every cut nor keeps every line.

A gzip member with a wrong checksum, a zstd file that ends after a whole block and a last line longer than its buffer
all pass there, and balances would be wrong or missing without a word.
"""

from __future__ import annotations

import gzip
import zlib
from typing import IO, Any

from por.errors import InputError, SourceError
from por.liabilities.sources.places import Place
from por.liabilities.sources.records import Records

CHUNK = 1 << 20
"""Bytes unpacked at a time; between them a reader can be stopped."""


def first_bytes(place: Place, kind: str, limit: int) -> bytes:
    """Return the first unpacked bytes; InputError when they cannot be unpacked."""
    with place.open() as file:
        return _read(_unpack(file, kind), limit, place.label)


class Checker:
    """Goes through a CSV file beside DuckDB: sums and ends of what is compressed, and how many records there are."""

    def __init__(self, place: Place, kind: str) -> None:
        self.packed = kind != "none"
        self.records = Records(place.label)
        self._label = place.label
        self._file = place.open()
        self._stream = _unpack(self._file, kind)

    def more(self) -> bool:
        """Read a piece on; return False after the last. InputError if it is damaged, or no CSV."""
        data = _read(self._stream, CHUNK, self._label)
        self.records.take(data)
        return bool(data)

    def rows(self) -> int:
        """Return the rows of a file that was read to its end, without the header."""
        return max(self.records.count() - 1, 0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def damaged(label: str) -> InputError:
    """Return the error for a file whose bytes are not those that were packed."""
    return InputError(
        f"{label}: the compressed file is damaged or cut off",
        code="ledger-damaged",
        hint="copy or export it again; `gzip -t` or `zstd -t` tells whether it is whole",
    )


def _unpack(file: IO[bytes], kind: str) -> Any:
    if kind == "none":
        return file
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")


def _read(stream: Any, limit: int, label: str) -> bytes:
    try:
        data: bytes = stream.read(limit)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise damaged(label) from None
    except OSError as error:
        if error.errno is None:  # pyarrow's: of the format, not of the disk
            raise damaged(label) from None
        raise SourceError(
            f"{label}: cannot be read to its end", code="file-unreachable", hint="check the disk or the store"
        ) from None
    return data
