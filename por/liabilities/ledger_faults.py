"""All faults of a ledger in one error: each kind with how often, its first rows, and the place of the very first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from por.errors import InputError

SHOWN_ROWS = 20
"""Rows that are named for each kind of fault; the rest are counted. The kernel keeps as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault: its code, how often, the first rows of the whole ledger (from 1), what the first one says."""

    code: str
    count: int
    rows: tuple[int, ...]
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlace:
    """Where a row stands: the file's name, its row there (the header not counted), and in a wide table the column.

    Of a wide table that cannot be read again only the number of its filled cell is known.
    """

    label: str
    row: int
    column: str | None = None
    unit: str = "row"

    def __str__(self) -> str:
        return f"{self.unit} {self.row}" + (f", column {self.column}" if self.column else "")


class LedgerFaults(InputError):
    """Rows that are at fault; `faults` are all kinds, in the order of their first rows."""

    def __init__(self, message: str, *, code: str, hint: str, faults: Sequence[Fault]) -> None:
        super().__init__(message, code=code, hint=hint)
        self.faults = tuple(faults)


def report(
    faults: Sequence[Fault], *, locate: Callable[[Sequence[int]], Mapping[int, RowPlace]], names: str
) -> LedgerFaults:
    """Return the error for all faults; the lowest row leads, and what it says comes first.

    `locate` finds the places of rows; `names` is the ledger, for what is wrong with no single row. With several
    faults, each kind follows on a line of its own.
    """
    ordered = sorted(faults, key=lambda fault: (not fault.rows, fault.rows[:1], fault.code))
    places = locate(sorted({row for fault in ordered for row in fault.rows}))
    first, total = ordered[0], sum(fault.count for fault in ordered)
    head = f"{_first(first, places, names)}: {first.message}"
    if total > 1:
        head += f" (and {total - 1:,} more {'fault' if total == 2 else 'faults'})"
        head += f"\n  {_line(first, places)}"
        head += "".join(f"\n  {_line(fault, places)} ({fault.message})" for fault in ordered[1:])
    hints = list(dict.fromkeys(fault.hint for fault in ordered if fault.hint))
    return LedgerFaults(head, code=first.code, hint="\n".join(hints), faults=ordered)


def _first(fault: Fault, places: Mapping[int, RowPlace], names: str) -> str:
    if not fault.rows:
        return names
    place = places[fault.rows[0]]
    return f"{place.label}: {place}"


def _line(fault: Fault, places: Mapping[int, RowPlace]) -> str:
    if not fault.rows:
        return f"{fault.code}: {fault.count:,}"
    parts: list[str] = []
    label = places[fault.rows[0]].label
    for row in fault.rows:
        place = places[row]
        column = f" ({place.column})" if place.column else ""
        parts.append(f"{place.row:,}{column}" if place.label == label else f"{place.label} {place.row:,}{column}")
        label = place.label
    rest = fault.count - len(fault.rows)
    more = f" and {rest:,} more" if rest else ""
    return f"{fault.code}: {fault.count:,} {'row' if fault.count == 1 else 'rows'}: {', '.join(parts)}{more}"
