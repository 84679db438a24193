"""What people see: results on stdout, everything else on stderr; nothing foreign reaches the terminal unescaped."""

from __future__ import annotations

import io
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {
    "holds": "green",
    "done": "green",
    "does-not-hold": "bold red",
    "undecided": "yellow",
    "not-covered": "dim",
}


class Settings:
    """The process's output settings, from --color; NO_COLOR and TERM=dumb are honoured by default."""

    color: Literal["auto", "always", "never"] = "auto"


def safe(text: object) -> str:
    """Return text with control and formatting characters (escape sequences, bidi overrides) made visible."""
    return "".join(
        c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else f"\\u{ord(c):04x}"
        for c in str(text)
    )


def forgive(*streams: TextIO) -> None:
    """Have a terminal whose encoding lacks a character show its escape instead of failing."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "") -> None:
    """Print one piece of the result on stdout."""
    sys.stdout.write(safe(text) + "\n")


def note(text: str) -> None:
    """Print a remark on stderr."""
    sys.stderr.write(safe(text) + "\n")


def grouped(figure: str) -> str:
    """Write an exact decimal with thousands separators: 1234567.5 becomes 1,234,567.5; other text stays."""
    whole, dot, fraction = figure.partition(".")
    return f"{int(whole):,}{dot}{fraction}" if whole.isascii() and whole.isdigit() else figure


def coloured(stream: TextIO) -> bool:
    """Tell whether colours go to this stream."""
    if Settings.color != "auto":
        return Settings.color == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def console(stream: TextIO) -> Console:
    """Return a rich console on `stream` that follows our colour rules."""
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # por.cli.main keeps the exit code that was found; rich would exit with 1

    colour = coloured(stream)
    return Ours(file=stream, no_color=not colour, force_terminal=colour or None, highlight=False, markup=False)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Print a table on stdout; columns named in `right` are aligned right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE, pad_edge=False)
    for name in columns:
        drawn.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(safe(cell), style=_MARKS.get(str(cell), "")) for cell in row))
    out = console(sys.stdout)
    if not sys.stdout.isatty():
        out.width = 120
    out.print(drawn)


class Progress(Protocol):
    """Told how much has been done so far."""

    def __call__(self, done: int) -> None:
        """Show that `done` units are done."""


@contextmanager
def progress(label: str, *, unit: str, total: int | None = None) -> Iterator[Progress]:
    """Show progress with a rate and the time left on stderr while the block runs, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.completed:,.0f} {unit} ({task.speed or 0:,.0f}/s)")  # no speed until the second call

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        Speed(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console(sys.stderr),
        transient=True,
    ) as bar:
        task = bar.add_task(label, total=total)
        bar.tasks[0].finished_speed = 0.0
        yield lambda done: bar.update(task, completed=done)
