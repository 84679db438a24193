"""Names the line of a policy pack on which a mistake in it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from por.errors import InputError
from por.lines import lines, nearest

_STEP = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)|\.([0-9]+)|\[([0-9]+)\]( \([^)]*\))?")
"""One step of a place in a message: a key, an entry as `.0` or `[0]`, the latter with a name behind it for people."""


@contextmanager
def lines_named(text: str, *, where: str) -> Iterator[None]:
    """Put the line into each InputError about valid TOML `text` whose message begins with `where` and a place in it.

    "own.toml: rules[1] (fiat-trust).reference: ..." becomes "own.toml: line 48: rules[1] (fiat-trust).reference: ...".
    """
    try:
        yield
    except InputError as error:
        head = f"{where}: "
        rest = error.message.removeprefix(head)
        path = _path(rest)
        if not error.message.startswith(head) or not path or error.code == "toml-malformed":
            raise
        found = lines(text)
        if (path[0],) not in found:
            raise
        message = f"{head}line {nearest(found, path)}: {rest}"
        raise InputError(message, code=error.code, hint=error.hint) from None


def _path(place: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    at = 0
    while found := _STEP.match(place, at):
        steps.append(found[1] if found[1] is not None else int(found[2] or found[3]))
        at = found.end()
    return tuple(steps)
