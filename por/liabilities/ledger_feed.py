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


def feed(source: Source, stream: Any, ingest: Callable[[Any], T]) -> T:
    """Hand `stream` to `ingest`; turn what goes wrong in reading into errors that `source` explains."""
    with _checked_beside(source) as damage:
        try:
            found = ingest(stream)
        except Exception as error:
            told = _reading_failed(source, stream, error)
            if told is None:
                raise
            # A cut file often looks like a broken line first.
            raise (damage() or told) from None
        except BaseException:
            raise
        broken = damage()
        if broken is not None:
            raise broken
    source.unchanged()
    return found


def _reading_failed(source: Source, stream: Any, error: Exception) -> BaseException | None:
    """Return what to raise when the stream failed, None when the consumer did."""
    told = _explained(source, stream, error)
    if told is not None and NO_MEMORY in str(error):
        return SourceError(
            f"{source.label}: the memory allowed is too little to read it",
            code="memory-exhausted",
            hint="allow more with --memory, or take fewer threads",
        )
    return told


def _explained(source: Source, stream: Any, error: Exception) -> BaseException | None:
    import duckdb

    raised = stream.raised if isinstance(stream, Tap) else None
    if raised is not None:
        if isinstance(raised, PorError) or not isinstance(raised, Exception):
            return raised
        return source.explain(str(raised))
    if isinstance(error, duckdb.Error):
        return source.explain(str(error))
    # pyarrow makes a plain OSError of what a stream says; one of the disk's has a number.
    foreign = type(error).__module__.startswith("pyarrow") or (isinstance(error, OSError) and error.errno is None)
    if foreign or getattr(error, "code", None) == STREAM_FAILED:
        return source.explain(str(error))
    return None


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
