"""Where parts of a reading wait until all of it is there: in memory, or in a folder that outlives a break."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from por import canonical
from por.files import explain, read_bytes

MODE = 0o600
"""Which addresses an exchange asks about is nobody's business before it publishes."""


_OURS = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9]+", re.ASCII)
"""Names of digests, and what a killed process was just writing."""


class Shelf:
    """Bytes by name; written to their folder one by one and whole, so that a killed run leaves only good ones.

    They are not flushed to the disk, which would take longer than asking again what a power cut took away.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._memory = folder, dict[str, bytes]()
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise explain(error, folder) from None

    def get(self, name: str) -> bytes | None:
        """Return what was put under this name, in this run or one before it."""
        if self._folder is None:
            return self._memory.get(name)
        path = self._folder / name
        return read_bytes(path) if path.is_file() else None

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` under a file name."""
        if self._folder is None:
            self._memory[name] = data
            return
        path, mine = self._folder / name, self._folder / f".{name}.{threading.get_ident()}"
        try:
            with open(mine, "wb", opener=lambda where, flags: os.open(where, flags, MODE)) as file:
                file.write(data)
            mine.replace(path)
        except OSError as error:
            raise explain(error, path) from None


class Files(Mapping[str, bytes]):
    """Evidence files by hex SHA-256 on a shelf: read when they are asked for, so that memory does not grow."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._names = shelf, set[str]()

    def add(self, data: bytes) -> str:
        """Keep a file and return its digest."""
        name = canonical.digest(data)
        if name not in self._names:
            self._shelf.put(name, data)
            self._names.add(name)
        return name

    def __getitem__(self, name: str) -> bytes:
        data = self._shelf.get(name) if name in self._names else None
        if data is None:
            raise KeyError(name)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


def clear(folder: Path) -> None:
    """Remove what a Shelf has put into a folder, and the folder when nothing else is in it."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
