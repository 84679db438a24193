"""The files of all proofs that are handed out, by the sequence of their statement; new ones are taken as they appear.

A file is replaced by renaming another over it, as `por liabilities prove --all` does. What is mapped stays whole until
it is let go, so a request never meets half a file.
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from por.errors import InputError, PorError
from por.files import explain
from por.liabilities.proofs_file import ProofsFile

MAX_FILES = 1000
"""Files that are held open: two years and a half of nightly statements."""

Mark = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An open file, and the mark by which it is known again (device, inode, size, time of its last change)."""

    path: Path
    mark: Mark
    proofs: ProofsFile

    @property
    def sequence(self) -> int:
        """The sequence of its statement."""
        return self.proofs.manifest.header.sequence


class Shelf:
    """Open files by sequence. `patterns` are paths or glob patterns, relative to `base`."""

    def __init__(self, patterns: Sequence[str], base: Path) -> None:
        self._patterns, self._base = patterns, base
        self._open: dict[Path, Book] = {}
        self.books: dict[int, Book] = {}
        self.fault: PorError | None = None

    def load(self) -> None:
        """Open everything for the first time; any fault is raised, having no file at all is one."""
        self.refresh()
        if self.fault is not None:
            raise self.fault
        if not self.books:
            raise InputError(
                f"no file of all proofs at {', '.join(self._patterns)[:200]}",
                code="proofs-none",
                hint="write one with `por liabilities prove DIR --all`, and name it in proofs.files",
            )

    def refresh(self) -> bool:
        """Take what has changed; say whether anything has. What cannot be taken is kept in `fault`.

        A faulty file never displaces the one that was taken from its path before.
        """
        before = {path: book.mark for path, book in self._open.items()}
        self.fault = None
        found: dict[Path, Book] = {}
        for path in self._paths():
            try:
                found[path] = self._take(path)
            except PorError as error:
                self.fault = error
                if path in self._open:
                    found[path] = self._open[path]
        try:
            books = arrange(list(found.values()))
        except PorError as error:
            self.fault = error
            self._close(found, keep=self._open)
            return False
        self._close(self._open, keep=found)
        self._open, self.books = found, books
        return before != {path: book.mark for path, book in found.items()}

    @property
    def latest(self) -> Book | None:
        """The file of the newest statement."""
        return self.books[max(self.books)] if self.books else None

    def close(self) -> None:
        """Let go of all files."""
        self._close(self._open, keep={})
        self._open, self.books = {}, {}

    def _paths(self) -> list[Path]:
        found = {self._base / name for pattern in self._patterns for name in self._glob(pattern)}
        if len(found) > MAX_FILES:
            self.fault = InputError(
                f"{len(found):,} files of all proofs", code="proofs-none", hint=f"leave at most {MAX_FILES:,} there"
            )
            return sorted(self._open)
        return sorted(found)

    def _glob(self, pattern: str) -> list[str]:
        # Path.glob takes no absolute pattern
        return glob.glob(pattern, root_dir=self._base) if glob.has_magic(pattern) else [pattern]  # noqa: PTH207

    def _take(self, path: Path) -> Book:
        mark = _mark(path)
        if path in self._open and self._open[path].mark == mark:
            return self._open[path]
        return Book(path=path, mark=mark, proofs=ProofsFile(path))

    @staticmethod
    def _close(books: dict[Path, Book], *, keep: dict[Path, Book]) -> None:
        kept = {id(book) for book in keep.values()}
        for book in books.values():
            if id(book) not in kept:
                book.proofs.close()


def _mark(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError as error:
        raise explain(error, path) from None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def arrange(books: Sequence[Book]) -> dict[int, Book]:
    """Return files by sequence; InputError when they are not all of one issuer and scope, or two speak differently."""
    found: dict[int, Book] = {}
    for book in books:
        header, first = book.proofs.manifest.header, books[0].proofs.manifest.header
        if (header.issuer, header.scope) != (first.issuer, first.scope):
            raise _mixed(book, books[0], "are of different issuers or scopes")
        other = found.setdefault(book.sequence, book)
        if other.proofs.manifest != book.proofs.manifest or other.proofs.statement != book.proofs.statement:
            raise _mixed(book, other, f"are both of sequence {book.sequence}, and of different statements")
    return found


def _mixed(one: Book, other: Book, what: str) -> InputError:
    return InputError(
        f"{one.path.name} and {other.path.name} {what}",
        code="proofs-mixed",
        hint="a customer would not know which of them counts: leave one of them out of proofs.files",
    )
