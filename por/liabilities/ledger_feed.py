"""Feeding a source's stream to a consumer: beside it the bytes are checked, after it that nothing has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from por.errors import PorError, SourceError
from por.liabilities.ledger_tap import Tap
from por.liabilities.sources import Source

T = TypeVar("T")

STREAM_FAILED = "stream-failed"
"""What the kernel calls a stream that could not be read on."""

NO_MEMORY = "Out of Memory Error"
"""How DuckDB begins to say that its bound does not suffice."""

INTERRUPTED = ("Query interrupted", "INTERRUPT Error")
"""How DuckDB says that Ctrl-C was pressed: it hears of signals itself while a query starts."""


def feed(source: Source, stream: Any, ingest: Callable[[Any], T]) -> T:
    """Hand `stream` to `ingest`; turn what goes wrong in reading into errors that `source` explains."""
    with _checked_beside(source) as damage:
        try:
            found = ingest(stream)
        except Exception as error:
            raised = stream.raised if isinstance(stream, Tap) else None
            told = _explained(source, raised or error)
            if told is None:
                raise
            # A cut file often looks like a broken line first.
            raise (told if isinstance(told, KeyboardInterrupt) else damage() or told) from None
        broken = damage()
        if broken is not None:
            raise broken
    source.unchanged()
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


@contextmanager
def _checked_beside(source: Source) -> Iterator[Callable[[], BaseException | None]]:
    """Read all bytes of a compressed source in a thread; the yielded function waits for the end and says what broke."""
    more = source.whole()
    if more is None:
        yield lambda: None
        return
    stop, broken = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            while not stop.is_set() and more():
                pass
        except BaseException as error:  # told in the thread that waits
            broken.append(error)

    thread = threading.Thread(target=run, name="por-ledger-check", daemon=True)
    thread.start()

    def wait() -> BaseException | None:
        thread.join()
        return broken[0] if broken else None

    try:
        yield wait
    finally:
        stop.set()
        thread.join()
