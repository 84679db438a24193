"""A folder of evidence files, each named by the SHA-256 of its bytes: written once, read when asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from por import canonical
from por.files import explain, read_bytes


class EvidenceFolder(Mapping[str, bytes]):
    """Files by hex SHA-256, kept on the disk, so that memory does not grow with them.

    To be filled inside a folder that is not finished yet (`por.files.new_folder`): the files are flushed together by
    `sync`, since one flush for each of thousands takes longer than reading them from a node.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._names = path, set[str]()
        path.mkdir()

    def add(self, data: bytes) -> str:
        """Keep a file and return its digest; OSError when it cannot be written."""
        name = canonical.digest(data)
        if name not in self._names:
            with (self._path / name).open("xb") as file:
                file.write(data)
            self._names.add(name)
        return name

    def take(self, files: Mapping[str, bytes]) -> None:
        """Keep each of these files, one after the other; OSError when one cannot be written."""
        for name in files:
            self.add(files[name])

    def sync(self) -> None:
        """Flush everything to the disk."""
        try:
            os.sync()
        except OSError as error:
            raise explain(error, self._path) from None

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return read_bytes(self._path / name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)
