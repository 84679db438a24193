"""Tables for an accountant's file: plain CSV, the same bytes for the same audit, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run; texts of the exchange stand in these tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One table: a file's name, its columns, its rows, and a sentence that says what it holds."""

    name: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def to_bytes(self) -> bytes:
        """Return RFC 4180 in UTF-8 with a byte order mark, without which spreadsheets misread Japanese names."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(self.columns)
        writer.writerows([cell(value) for value in row] for row in self.rows)
        return b"\xef\xbb\xbf" + out.getvalue().encode()


def paper(name: str, says: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Paper:
    """Make a table of rows."""
    return Paper(name=name, says=says, columns=tuple(columns), rows=tuple(tuple(row) for row in rows))


def cell(value: object) -> str:
    """Write one value; None is empty, and what a spreadsheet would run as a formula gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
