"""Reads a predicate's values strictly: another shape is an InputError that names the place, never a KeyError.

A page is rendered from statements that somebody else signed, so that nothing is taken to be what it should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from por.amounts import MAX_DECIMALS
from por.errors import InputError
from por.header import is_line, parse_time

_UNITS = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
"""Whole units as text: 78 digits, those of a uint256."""

_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), 65534, 65535), "�")
"""What HTML cannot hold, or reads as something else, shows as a replacement character, and so does what is unseen
or turns other text around: a mark could close the element that keeps a text to itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """A JSON value and where it stands."""

    value: Any
    where: str

    def __getitem__(self, name: str) -> Place:
        """Return the value of an object's key."""
        if not isinstance(self.value, dict) or name not in self.value:
            raise self.malformed(f"no {name}")
        return Place(self.value[name], f"{self.where}.{name}")

    def rows(self) -> Iterator[Place]:
        """Yield the items of an array."""
        if not isinstance(self.value, list):
            raise self.malformed("not a list")
        for index, item in enumerate(self.value):
            yield Place(item, f"{self.where}[{index}]")

    def items(self) -> Iterator[tuple[str, Place]]:
        """Yield the keys and values of an object whose keys the issuer chose, in the order of the keys."""
        if not isinstance(self.value, dict) or not all(isinstance(key, str) for key in self.value):
            raise self.malformed("not an object")
        for key in sorted(self.value):
            yield Place(key, self.where).text(), Place(self.value[key], f"{self.where}.{key}")

    def maybe(self) -> Place | None:
        """Return the place, or None where there is null."""
        return None if self.value is None else self

    def text(self) -> str:
        """Return a text that can be written as UTF-8."""
        if not isinstance(self.value, str):
            raise self.malformed("not a text")
        try:
            self.value.encode("utf-8")
        except UnicodeEncodeError:
            raise self.malformed("not a text") from None
        shown = self.value.translate(_CONTROLS)
        return shown if is_line(shown) else "".join(char if is_line(char) else "\ufffd" for char in shown)

    def texts(self) -> tuple[str, ...]:
        """Return an array of texts."""
        return tuple(row.text() for row in self.rows())

    def whole(self, limit: int = 1 << 53) -> int:
        """Return a whole number of 0 or more, below `limit`."""
        if type(self.value) is not int or not 0 <= self.value < limit:
            raise self.malformed("not a whole number")
        return self.value

    def decimals(self) -> int:
        """Return how many decimals an asset has."""
        return self.whole(MAX_DECIMALS + 1)

    def flag(self) -> bool:
        """Return true or false."""
        if type(self.value) is not bool:
            raise self.malformed("neither true nor false")
        return self.value

    def units(self) -> int:
        """Return whole units, or yen, that stand as text."""
        if not isinstance(self.value, str) or not _UNITS.fullmatch(self.value):
            raise self.malformed("not whole units")
        return int(self.value)

    def time(self) -> str:
        """Return a UTC time, as it is written."""
        parse_time(self.value, where=self.where)
        return self.text()

    def one_of(self, *values: str) -> str:
        """Return a text that is one of these."""
        if not isinstance(self.value, str) or self.value not in values:
            raise self.malformed(f"none of {', '.join(values)}")
        return self.value

    def malformed(self, what: str) -> InputError:
        """Return the error that this place is."""
        return InputError(
            f"{self.where[:200]}: {what[:100]}",
            code="statement-malformed",
            hint="the file is damaged or of another version; compare it with docs/spec/statement.md",
        )
