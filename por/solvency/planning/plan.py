"""Formulas side by side over the same years: what each asks for, costs to hold, and would have paid of past losses.

Yen are exact fractions. A formula without an amount for a year has a sentence that says what it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from por.reserves.declared import Incident
from por.solvency.formula import Formula, Inputs
from por.solvency.planning.candidates import Candidate
from por.solvency.planning.history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEnd:
    """What a formula asks for at the end of a business year; `required` None with the `problem`. `cost` is a year's."""

    year: int
    day: str
    required: Fraction | None
    cost: Fraction | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A past loss, and what the reserve of the year end before would have paid; None when that had no amount."""

    incident: Incident
    paid: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One candidate over the whole history."""

    candidate: Candidate
    years: tuple[YearEnd, ...]
    losses: tuple[Paid, ...]

    @property
    def last(self) -> Fraction | None:
        """What it asks for at the end of the last year."""
        return self.years[-1].required

    @property
    def cost(self) -> Fraction:
        """What holding it cost over all years together."""
        return sum((row.cost for row in self.years if row.cost is not None), Fraction(0))

    @property
    def tried(self) -> tuple[Paid, ...]:
        """The losses that came after a year end for which the formula gave an amount."""
        return tuple(row for row in self.losses if row.paid is not None)

    @property
    def share_paid(self) -> Fraction | None:
        """The share of those losses that it would have paid; None when there were none."""
        total = sum(row.incident.loss for row in self.tried)
        return sum((row.paid or Fraction(0) for row in self.tried), Fraction(0)) / total if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All candidates over one history; `rate` is what a yen set aside costs a year."""

    history: History
    rate: Fraction
    courses: tuple[Course, ...]


def plan(history: History, candidates: Iterable[Candidate], *, rate: Fraction, year_starts: int = 4) -> Plan:
    """Try each candidate on the history; business years begin on the first of month `year_starts`."""
    return Plan(
        history=history,
        rate=rate,
        courses=tuple(_course(history, row, rate, year_starts) for row in candidates),
    )


def _course(history: History, candidate: Candidate, rate: Fraction, starts: int) -> Course:
    years = tuple(_year(history, candidate.formula, year, rate, starts) for year in history.years)
    reserves = {row.year: row.required for row in years}
    return Course(candidate=candidate, years=years, losses=_losses(history.incidents, reserves, starts))


def _year(history: History, formula: Formula, year: int, rate: Fraction, starts: int) -> YearEnd:
    day = last_day(year, starts)
    found = formula.required(
        Inputs(
            volumes=tuple(row for row in history.volumes if row.year <= year),
            incidents=tuple(row for row in history.incidents if row.at <= day),
            custody=history.custody.get(year),
            day=day,
            year=year,
        )
    )
    cost = None if found.yen is None else found.yen * rate
    return YearEnd(year=year, day=day, required=found.yen, cost=cost, problem=found.problem)


def _losses(incidents: Iterable[Incident], reserves: Mapping[int, Fraction | None], starts: int) -> tuple[Paid, ...]:
    """Let the reserve of each year end pay the losses of the year after it, in their order; it is then filled again."""
    left = dict(reserves)
    rows = []
    for incident in incidents:
        before = business_year(incident.at, starts) - 1
        reserve = left.get(before)
        paid = None if reserve is None else min(reserve, Fraction(incident.loss))
        if reserve is not None and paid is not None:
            left[before] = reserve - paid
        rows.append(Paid(incident=incident, paid=paid))
    return tuple(rows)


def business_year(day: str, starts: int) -> int:
    """Return the business year of a day, named after the calendar year in which it begins."""
    return int(day[:4]) - (int(day[5:7]) < starts)


def last_day(year: int, starts: int) -> str:
    """Return the last day of a business year."""
    return (date(year + 1, starts, 1) - timedelta(days=1)).isoformat()
