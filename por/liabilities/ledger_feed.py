"""Feeding a source's stream to a consumer: beside it the bytes are checked, after it that nothing has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from por.errors import InputError, PorError, SourceError
from por.liabilities.ledger_tap import Tap
from por.liabilities.sources import Checker, Source

T = TypeVar("T")

STREAM_FAILED = "stream-failed"
"""What the kernel calls a stream that could not be read on."""

NO_MEMORY = "Out of Memory Error"
"""How DuckDB begins to say that its bound does not suffice."""

INTERRUPTED = ("Query interrupted", "INTERRUPT Error")
"""How DuckDB says that Ctrl-C was pressed: it hears of signals itself while a query starts."""


def feed(source: Source, stream: Any, ingest: Callable[[Any], T], *, row_by_row: bool = False) -> T:
    """Hand `stream` to `ingest`; turn what goes wrong in reading into errors that `source` explains.

    With `row_by_row`, a whole number that `ingest` returns must be that of the source's rows, where these are known.
    """
    with _checked_beside(source) as beside:
        try:
            found = ingest(stream)
        except Exception as error:
            raised = stream.raised if isinstance(stream, Tap) else None
            told = _explained(source, raised or error)
            if told is None:
                raise
            # A cut file often looks like a broken line first.
            damage = None if isinstance(told, KeyboardInterrupt) or not beside.packed else beside.damage()
            raise (damage or told) from None
        broken = beside.damage()
        if broken is not None:
            raise broken
    source.unchanged()
    if row_by_row and isinstance(found, int) and beside.rows not in (None, found):
        raise InputError(
            f"{source.label}: cannot be read as CSV ({beside.rows:,} rows, of which {found:,} could be read)",
            code="ledger-unreadable",
            hint="is the file complete? export it again",
        )
    return found


@contextmanager
def reading(source: Source) -> Iterator[None]:
    """Turn what DuckDB raises inside the block into an error that `source` explains, or into the KeyboardInterrupt."""
    try:
        yield
    except Exception as error:
        told = _explained(source, error)
        if told is None:
            raise
        raise told from None


def _explained(source: Source, error: BaseException) -> BaseException | None:
    """Return what to raise when reading has failed with `error`; None when it is of somebody else."""
    import duckdb

    if isinstance(error, PorError) or not isinstance(error, Exception):
        return error
    # pyarrow makes a plain OSError of what a stream says; one of the disk's has a number.
    foreign = type(error).__module__.startswith("pyarrow") or (isinstance(error, OSError) and error.errno is None)
    text = str(error)
    interrupted = any(words in text for words in INTERRUPTED)
    if isinstance(error, RuntimeError) and interrupted:
        return KeyboardInterrupt()
    if not foreign and not isinstance(error, duckdb.Error) and getattr(error, "code", None) != STREAM_FAILED:
        return None
    if interrupted:
        return KeyboardInterrupt()
    if NO_MEMORY in text:
        return SourceError(
            f"{source.label}: the memory allowed is too little to read it",
            code="memory-exhausted",
            hint="allow more with --memory, or take fewer threads",
        )
    return source.explain(text)


class _Beside:
    """Goes through a source's bytes in a thread while others read them."""

    def __init__(self, checker: Checker | None) -> None:
        self.packed = checker is not None and checker.packed
        self.rows: int | None = None
        self.stop = threading.Event()
        self._checker = checker
        self._broken: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="por-ledger-check", daemon=True)

    def _run(self) -> None:
        checker = self._checker
        if checker is None:
            return
        try:
            while not self.stop.is_set():
                if not checker.more():
                    self.rows = checker.rows()
                    break
        except BaseException as error:  # told in the thread that waits
            self._broken = error
        finally:
            checker.close()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def damage(self) -> BaseException | None:
        """Wait for the end and return what broke."""
        self._thread.join()
        return self._broken


@contextmanager
def _checked_beside(source: Source) -> Iterator[_Beside]:
    """Read all bytes of a source in a thread, as far as it has any."""
    beside = _Beside(source.whole())
    beside.start()
    try:
        yield beside
    finally:
        beside.stop.set()
        beside.damage()
