"""The past that formulas are tried on: trading values, custody and losses by business year (docs/spec/history.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from pydantic import Field

from por import amounts, documents
from por.errors import InputError
from por.header import check_text
from por.lines import Places, lines
from por.reserves.declared import Incident, Volume, check_date, parse_declared
from por.solvency.formula import VOLUME_KINDS

FORMAT = "por-history/1"

MAX_YEARS = 100
"""Business years of a history; no exchange is older."""

LAST_YEAR = 9990
"""The last business year of a history; its end, and what is drawn beyond that, still lie in the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Consecutive business years with their trading values in yen, losses, and custody in yen where it is known."""

    title: str
    source: str
    volumes: tuple[Volume, ...]
    incidents: tuple[Incident, ...]
    custody: Mapping[int, Fraction] = field(default_factory=dict)

    @property
    def years(self) -> tuple[int, ...]:
        """The business years, in order."""
        return tuple(row.year for row in self.volumes)


def parse_history(text: str, *, where: str) -> History:
    """Read a history, or the reserve's volumes and incidents of a declared.toml; InputError names the line."""
    value = documents.read_toml(text, where=where)
    if "format" not in value:
        return _of_declared(text, where)
    place = Places(lines(text), where)
    doc = documents.read(_HistoryDocument, value, where=where, places=place)
    volumes: list[Volume] = []
    custody: dict[int, Fraction] = {}
    for n, row in enumerate(doc.years):
        if volumes and row.year != volumes[-1].year + 1:
            raise _fault(place("years", n, "year"), f"{row.year} does not follow {volumes[-1].year}")
        if not 1900 <= row.year <= LAST_YEAR or not row.volumes:
            raise _fault(
                place("years", n), f"a year between 1900 and {LAST_YEAR} and its trading value by kind are needed"
            )
        volumes.append(Volume(year=row.year, by=_volumes(row, place, n)))
        if row.custody is not None:
            custody[row.year] = Fraction(amounts.parse_units(row.custody, where=place("years", n, "custody")))
    incidents = tuple(
        Incident(
            at=check_date(row.at, where=place("incidents", n, "at")),
            loss=amounts.parse_units(row.loss, where=place("incidents", n, "loss")),
        )
        for n, row in enumerate(doc.incidents)
    )
    return _checked(
        History(
            title=check_text(doc.history.title, where=place("history", "title")),
            source=check_text(doc.history.source, where=place("history", "source")),
            volumes=tuple(volumes),
            incidents=tuple(sorted(incidents, key=lambda row: (row.at, row.loss))),
            custody=custody,
        ),
        where,
    )


def parse_history_bytes(data: bytes, *, where: str) -> History:
    """Read the bytes of a history; InputError when they are no text."""
    try:
        return parse_history(data.decode("utf-8"), where=where)
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None


def _volumes(row: _Year, place: Places, n: int) -> dict[str, int]:
    found = {}
    for kind, text in sorted(row.volumes.items()):
        if kind not in VOLUME_KINDS:
            raise _fault(
                place("years", n, "volumes", kind),
                f"{kind!r} is not a kind of trade; kinds are {', '.join(sorted(VOLUME_KINDS))}",
            )
        found[kind] = amounts.parse_units(text, where=place("years", n, "volumes", kind))
    return found


def _of_declared(text: str, where: str) -> History:
    reserve = parse_declared(text, where=where).reserve
    volumes = () if reserve is None else tuple(sorted(reserve.volumes, key=lambda row: row.year))
    for before, after in pairwise(volumes):
        if after.year != before.year + 1:
            raise _fault(f"{where}: reserve.volumes", f"{after.year} does not follow {before.year}")
    incidents = () if reserve is None else tuple(sorted(reserve.incidents, key=lambda row: (row.at, row.loss)))
    return _checked(
        History(title="The exchange's own history", source=where, volumes=volumes, incidents=incidents), where
    )


def _checked(history: History, where: str) -> History:
    if not 1 <= len(history.volumes) <= MAX_YEARS:
        raise _fault(where, f"trading values of {len(history.volumes)} business years; 1 to {MAX_YEARS} are needed")
    if history.years[-1] > LAST_YEAR:
        raise _fault(where, f"trading values of {history.years[-1]}; {LAST_YEAR} is the last year that is planned for")
    return history


def _fault(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what}", code="history-malformed", hint="compare it with docs/spec/history.md")


class _Head(documents.Document):
    title: str
    source: str


class _Year(documents.Document):
    year: int
    volumes: dict[str, str]
    custody: str | None = None


class _Loss(documents.Document):
    at: str
    loss: str
    note: str = ""


class _HistoryDocument(documents.Document):
    format: Literal["por-history/1"]
    history: _Head
    years: documents.Rows[_Year]
    incidents: documents.Rows[_Loss] = Field(default_factory=list)
