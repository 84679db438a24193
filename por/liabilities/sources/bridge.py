"""One object of a store, as a file system that DuckDB can read: imported only where fsspec is.

DuckDB asks a file system for more than many have (when a file was changed, say), takes wildcards in names for
patterns, and quotes what goes wrong inside. Behind this bridge there is one name, and failures are kept, not told.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO, Any

from fsspec import AbstractFileSystem

_NUMBERS = itertools.count()


class Bridge(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Shows `open_object` as the only file there is, `name`. `failures` are what reading has raised."""

    cachable = False

    def __init__(self, *, open_object: Callable[[], IO[bytes]], size: int) -> None:
        super().__init__()
        # A protocol of its own, since DuckDB registers one file system for each.
        self.protocol = f"porledger{next(_NUMBERS)}"
        self.failures: list[BaseException] = []
        self._open_object = open_object
        self._size = size

    @property
    def name(self) -> str:
        """The name under which DuckDB finds the object."""
        return f"{self.protocol}://ledger"

    def open(self, path: str, mode: str = "rb", **ignored: Any) -> Handle:
        """Open the object to read."""
        try:
            return Handle(self._open_object(), self.failures)
        except BaseException as error:  # a KeyboardInterrupt too: DuckDB would make text of it
            self.failures.append(error)
            raise OSError("the store failed") from None

    def info(self, path: str, **ignored: Any) -> dict[str, Any]:
        """Return name, size and kind."""
        return {"name": self.name, "size": self._size, "type": "file"}

    def glob(self, path: str, **ignored: Any) -> list[str]:
        """Return the one name."""
        return [self.name]

    def exists(self, path: str, **ignored: Any) -> bool:
        """Return True."""
        return True

    def modified(self, path: str) -> datetime:
        """Return the same time always: whether the object has changed is checked elsewhere."""
        return datetime(2000, 1, 1, tzinfo=UTC)


class Handle:
    """An open object; what its methods raise is kept in `failures`."""

    def __init__(self, file: IO[bytes], failures: list[BaseException]) -> None:
        self._file = file
        self._failures = failures

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._file, name)
        if not callable(found):
            return found

        def guarded(*given: Any, **named: Any) -> Any:
            try:
                return found(*given, **named)
            except BaseException as error:  # a KeyboardInterrupt too: DuckDB would make text of it
                self._failures.append(error)
                raise OSError("the store failed") from None

        return guarded
