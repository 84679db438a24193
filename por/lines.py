"""On which line of a TOML text each key and entry stands, so that a mistake in its meaning can be named by its line.

The standard library's parser tells values and no places. This walks over text that it has accepted, and only notes
where things begin; it decides nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r""""{3}(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'{3}(?:[^\']|\'(?!\'\'))*\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'""", re.S
)
_BARE = re.compile(r"[^,\]}#\n]*")


def lines(text: str) -> Mapping[Path, int]:
    """Return the line (from 1) of every table, key and entry of valid TOML, by its path: ("rules", 0, "from")."""
    walk = _Walk(text.replace("\r\n", "\n"))
    walk.document()
    return walk.found


def nearest(found: Mapping[Path, int], path: Iterable[str | int]) -> int:
    """Return the line of a path, or of what it stands in when it is not there; 1 when nothing of it is."""
    places: list[Path] = [()]
    line = 1
    for part in path:
        deeper = [(*place, part) for place in places]
        hits = [place for place in deeper if place in found]
        if hits:
            line = found[hits[0]]
        # A part may be none of the text's (a model's tag), and of [a.b] nothing says where a stands.
        places = hits or [*places, *deeper]
    return line


def first_text(data: bytes, key: str) -> str | None:
    """Return the text of a top-level key of TOML bytes that stands on a line of its own; None when it does not."""
    found = re.search(rb'^%s *= *"([^"\\\n]*)"' % re.escape(key.encode()), data, re.MULTILINE)
    if found is None or re.search(rb"^ *\[", data[: found.start()], re.MULTILINE):
        return None
    try:
        return found[1].decode("utf-8")
    except UnicodeDecodeError:
        return None


@dataclass(frozen=True, slots=True)
class Places:
    """Says where in a TOML file something stands: `Places(lines(text), "mine.toml")("rules", 0)` -> one phrase."""

    found: Mapping[Path, int]
    name: str

    def __call__(self, *path: str | int) -> str:
        """Return "mine.toml: line 12: rules[0].from" for errors; a path that is not there gets its table's line."""
        shown = ""
        for part in path:
            shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
        return f"{self.name}: line {nearest(self.found, path)}: {shown}"


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.found: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        self._take(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._header(2)
                number = self._counts.get(table, 0)
                self._counts[table] = number + 1
                self._note(table)
                table = (*table, number)
                self._note(table)
            elif self.text[self.at] == "[":
                table = self._header(1)
                self._note(table)
            else:
                self._pair(table)
            self._take(_BLANK)

    def _header(self, brackets: int) -> Path:
        self._skip(brackets)
        names = self._keys()
        self._skip(brackets)
        path: Path = ()
        for number, name in enumerate(names, 1):
            path = (*path, name)
            if path in self._counts and (number < len(names) or brackets == 1):
                path = (*path, self._counts[path] - 1)  # a table of the last entry of an array
        return path

    def _pair(self, table: Path) -> None:
        line = self.line
        path = table
        for name in self._keys():
            path = (*path, name)
            self.found.setdefault(path, line)
        self._skip(1)
        self._take(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        self._note(path)
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self._skip(1)
            number = 0
            while self._more("]"):
                self._value((*path, number))
                number += 1
        elif first == "{":
            self._skip(1)
            while self._more("}"):
                self._pair(path)
        elif first in ('"', "'"):
            self._take(_STRING)
        else:
            self._take(_BARE)

    def _more(self, end: str) -> bool:
        """Pass blanks and a comma; say whether another entry follows, and pass the end when none does."""
        self._take(_BLANK)
        if self.text[self.at : self.at + 1] == ",":
            self._skip(1)
            self._take(_BLANK)
        if self.text[self.at : self.at + 1] in (end, ""):
            self._skip(1)
            return False
        return True

    def _keys(self) -> list[str]:
        names = []
        while True:
            self._take(_SPACE)
            name = self._take(_KEY)
            names.append(next(iter(tomllib.loads(f"{name} = 0"))) if name[:1] in ('"', "'") else name)
            self._take(_SPACE)
            if self.text[self.at : self.at + 1] != ".":
                return names
            self._skip(1)

    def _note(self, path: Path) -> None:
        self.found.setdefault(path, self.line)

    def _skip(self, count: int) -> None:
        self.at += count

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        taken = found[0] if found else self.text[self.at : self.at + 1]
        self.at += len(taken)
        self.line += taken.count("\n")
        return taken
