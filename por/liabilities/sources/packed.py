"""What is compressed is read through once more beside DuckDB, which neither checks sums nor sees every cut.

A gzip member with a wrong checksum and a zstd file that ends after a whole block both pass there, and balances would
be wrong or missing without a word.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import IO, Any

from por.errors import InputError, SourceError
from por.liabilities.sources.places import Place

CHUNK = 1 << 20
"""Bytes unpacked at a time; between them a reader can be stopped."""


def first_bytes(place: Place, kind: str, limit: int) -> bytes:
    """Return the first unpacked bytes; InputError when they cannot be unpacked."""
    with place.open() as file:
        return _read(_unpack(file, kind), limit, place.label)


def checker(place: Place, kind: str) -> Callable[[], bool]:
    """Return a function that unpacks a piece at each call and returns False after the last; InputError if damaged."""
    file = place.open()
    stream = _unpack(file, kind)

    def more() -> bool:
        try:
            if _read(stream, CHUNK, place.label):
                return True
        except BaseException:
            file.close()
            raise
        file.close()
        return False

    return more


def damaged(label: str) -> InputError:
    """Return the error for a file whose bytes are not those that were packed."""
    return InputError(
        f"{label}: the compressed file is damaged or cut off",
        code="ledger-damaged",
        hint="copy or export it again; `gzip -t` or `zstd -t` tells whether it is whole",
    )


def _unpack(file: IO[bytes], kind: str) -> Any:
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
