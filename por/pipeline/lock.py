"""One run at a time, and what a killed one left behind is cleared away."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from por import files
from por.errors import SourceError

LOCK = "lock"


@contextmanager
def only_run(work: Path, *, outputs: Sequence[Path]) -> Iterator[None]:
    """Hold the work folder's lock; SourceError(code="run-busy") when another run holds it.

    Under the lock, hidden temporary files and folders beside `outputs` are leftovers, and are removed.
    """
    files.make_folder(work)
    try:
        with (work / LOCK).open("wb") as lock:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SourceError(
                    f"{work}: another run is at work here",
                    code="run-busy",
                    hint="wait until it has ended; it is not to be started twice",
                ) from None
            _clear(outputs)
            yield
    except OSError as error:
        raise files.explain(error, work) from None


def _clear(outputs: Sequence[Path]) -> None:
    for output in outputs:
        for left in output.parent.glob(f".{output.name}.*"):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
