"""What happens in a run, told as it happens: one JSON line per event to a file, and to whoever listens."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from por import files


class Listener(Protocol):
    """Told each event: its name and what is to be known of it. Never given a secret."""

    def __call__(self, event: str, **facts: Any) -> None:
        """Take one event."""


def nobody(event: str, **facts: Any) -> None:
    """Listen to nothing."""


def to_all(listeners: Sequence[Listener]) -> Listener:
    """Tell several listeners."""

    def tell(event: str, **facts: Any) -> None:
        for listener in listeners:
            listener(event, **facts)

    return tell


def to_file(path: Path, *, now: Callable[[], float]) -> Listener:
    """Append one JSON line per event to `path`, flushed each time; SourceError when it cannot be written.

    A line is written in one call, so that a run that is killed leaves whole lines.
    """

    def tell(event: str, **facts: Any) -> None:
        stamp = datetime.fromtimestamp(now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": stamp, "event": event, **facts}, ensure_ascii=False)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                os.write(handle, line.encode("utf-8") + b"\n")
            finally:
                os.close(handle)
        except OSError as error:
            raise files.explain(error, path) from None

    return tell
