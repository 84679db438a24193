"""Files of a ledger: a path, a folder, a pattern or an object store's URL becomes a sorted list of places to read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from por.errors import InputError, PorError, SourceError
from por.files import digest_file, explain

if TYPE_CHECKING:
    import duckdb

ENDINGS = (".csv", ".csv.gz", ".csv.zst", ".parquet")
"""What a file in a folder must end with. Named alone, a file may have any name: its first bytes tell what it is."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]*://")
_WILD = re.compile(r"[*?\[]")


class Place(Protocol):
    """One file, on a disk or in a store."""

    @property
    def label(self) -> str:
        """How errors name it."""

    @property
    def name(self) -> str:
        """How DuckDB names it, before wildcards are escaped."""

    @property
    def identity(self) -> str:
        """What two names of one file have in common."""

    def open(self) -> IO[bytes]:
        """Open it to read; raises InputError or SourceError."""

    def size(self) -> int | None:
        """Return its bytes, when known."""

    def version(self) -> object:
        """Return what changes when the file changes."""

    def digest(self) -> str | None:
        """Return what its content is known by; None where nothing tells two contents apart without reading it."""

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB reach it."""

    def failure(self) -> PorError | KeyboardInterrupt | None:
        """Return what has gone wrong in reaching it while DuckDB read, if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPlace:
    """A file on a disk."""

    path: Path

    @property
    def label(self) -> str:
        """The path as it was given."""
        return str(self.path)

    @property
    def name(self) -> str:
        """The absolute path."""
        return str(self.path.absolute())

    @property
    def identity(self) -> str:
        """The file itself, whatever links lead to it; the path where there is no file."""
        try:
            found = self.path.stat()
        except OSError:
            return str(self.path.resolve())
        return f"{found.st_dev}:{found.st_ino}"

    def open(self) -> IO[bytes]:
        """Open it to read; InputError when it is not there, SourceError when it cannot be opened."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise explain(error, self.path) from None

    def size(self) -> int | None:
        """Return its bytes."""
        return self.path.stat().st_size

    def version(self) -> object:
        """Return inode, size and times of the last change; InputError for what is read only once, such as a pipe."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise explain(error, self.path) from None
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise InputError(
                f"{self.path}: a pipe or a device, not a file",
                code="ledger-format",
                hint="write the ledger to a file first: its beginning is read twice, and a pipe gives it only once",
            )
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def digest(self) -> str:
        """Return the hex SHA-256 of its bytes."""
        return digest_file(self.path)

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Do nothing: DuckDB reads disks itself."""

    def failure(self) -> PorError | None:
        """Return None: DuckDB says what went wrong."""
        return None


def is_url(where: object) -> bool:
    """Tell a store's URL from a path."""
    return isinstance(where, str) and _URL.match(where) is not None


def is_wild(where: object) -> bool:
    """Tell whether a path has characters of a pattern in it."""
    return _WILD.search(str(where)) is not None


def expand(where: Path | str) -> Sequence[Place]:
    """Return the files that `where` names, sorted within a folder or a pattern; raise InputError or SourceError.

    A path that exists is taken as it is, whatever characters are in it. In folders, names that begin with a dot or an
    underscore are markers of the programs that wrote them and not read, as Spark has it; any other strange name is an
    error, because what is left out of a ledger is left out of what is owed.
    """
    if is_url(where):
        from por.liabilities.sources.stores import expand_url

        return expand_url(str(where))
    path = Path(where)
    try:
        if path.is_dir():
            return _folder(path)
        if path.exists() or path.is_symlink() or not is_wild(path):
            return [LocalPlace(path=path)]
        matches = Path(path.anchor).glob(str(path.relative_to(path.anchor)))
        found = sorted(match for match in matches if not match.name.startswith("."))  # as a shell has it
    except OSError as error:
        raise explain(error, path) from None
    if not found:
        raise InputError(f"{path}: no file matches", code="file-missing", hint="check the pattern, and quote it")
    return [place for one in found for place in (_folder(one) if one.is_dir() else [LocalPlace(path=one)])]


def choose(names: Iterable[str], label: str) -> list[str]:
    """Return the ledger files among a folder's relative names, sorted; InputError for a strange name or for none."""
    chosen = []
    for name in sorted(names):
        if any(part.startswith((".", "_")) for part in name.split("/")):
            continue
        if not name.lower().endswith(ENDINGS):
            raise InputError(
                f"{label}: holds {name}, which is no file of a ledger",
                code="ledger-folder",
                hint=f"move it away, or name the files; a ledger's folder holds files that end in {', '.join(ENDINGS)}",
            )
        chosen.append(name)
    if not chosen:
        raise InputError(
            f"{label}: no files of a ledger in this folder",
            code="ledger-folder",
            hint=f"is this the right folder? files end in {', '.join(ENDINGS)}",
        )
    return chosen


def unescaped(name: str) -> str:
    """Return an SQL string that stands for exactly this file: wildcards in its name are taken as they are."""
    plain = re.sub(_WILD, lambda found: f"[{found.group()}]", name)
    return "'" + plain.replace("'", "''") + "'"


def refuse_changed(place: Place, before: object) -> None:
    """Raise SourceError when a file is not what it was when it was opened."""
    if place.version() != before:
        raise SourceError(
            f"{place.label}: changed while it was read",
            code="ledger-changed",
            hint="export the ledger to a file that nobody writes to any more, and run this again",
        )


def _folder(path: Path) -> list[Place]:
    names = [found.relative_to(path).as_posix() for found in _walk(path, (path.resolve(),))]
    return [LocalPlace(path=path / name) for name in choose(names, str(path))]


def _walk(path: Path, within: tuple[Path, ...]) -> Iterator[Path]:
    """Yield all files below `path`, those behind links too; OSError where a folder cannot be read.

    pathlib's own walk passes over links to folders and over what it may not read, which would lose rows silently.
    """
    with os.scandir(path) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        found = path / entry.name
        if not entry.is_dir():
            yield found
        elif not entry.name.startswith((".", "_")):
            real = found.resolve()
            if real in within:
                raise InputError(
                    f"{found}: a link to a folder that it lies in",
                    code="ledger-folder",
                    hint="remove the link: the folder's rows would count without end",
                )
            yield from _walk(found, (*within, real))
