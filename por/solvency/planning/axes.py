"""Where days and yen lie in a picture: time from left to right, yen on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from por.solvency.planning.plan import Plan

_FEWEST_DECADES = 2
_MOST_YEARS = 14
"""Marks on the axis of time; of more years every second, fifth or tenth is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """A rectangle at (x, y), its days as ordinals and its yen as powers of ten."""

    x: float
    y: float
    width: float
    height: float
    first: int
    last: int
    low: int
    high: int

    @classmethod
    def of(cls, plan: Plan, *, x: float, y: float, width: float, height: float) -> Axes:
        """Fit the axes to everything that is drawn: year ends, what is required at them, and losses."""
        days = [row.day for row in plan.courses[0].years]
        first = date.fromisoformat(days[0]).toordinal() - 330
        last = date.fromisoformat(days[-1]).toordinal() + 300
        yen = [row.required for course in plan.courses for row in course.years if row.required]
        yen += [Fraction(row.loss) for row in plan.history.incidents if row.loss]
        exponents = [math.log10(amount) for amount in yen] or [6.0]
        low, high = math.floor(min(exponents)), math.ceil(max(exponents) + 0.05)
        return cls(
            x=x, y=y, width=width, height=height, first=first, last=last, low=low, high=max(high, low + _FEWEST_DECADES)
        )

    @property
    def decades(self) -> list[Fraction]:
        """The powers of ten that get a line."""
        return [Fraction(10**power) for power in range(max(0, self.low), self.high + 1)]

    @property
    def year_marks(self) -> list[int]:
        """The calendar years that get a mark at their first day."""
        years = [
            year
            for year in range(date.fromordinal(self.first).year, date.fromordinal(self.last).year + 1)
            if self.first <= date(year, 1, 1).toordinal() <= self.last
        ]
        every = next(step for step in (1, 2, 5, 10, 100) if len(years) <= _MOST_YEARS * step)
        return [year for year in years if year % every == 0]

    def shows(self, day: str) -> bool:
        """Say whether a day lies on the axis."""
        return self.first <= date.fromisoformat(day).toordinal() <= self.last

    def at_day(self, day: str) -> float:
        """Return the abscissa of a day."""
        return self.x + self.width * (date.fromisoformat(day).toordinal() - self.first) / (self.last - self.first)

    def at_yen(self, yen: Fraction) -> float:
        """Return the ordinate of an amount; what is less than the lowest decade lies on the axis."""
        power = max(float(self.low), math.log10(yen)) if yen > 0 else float(self.low)
        return self.y + self.height * (1 - (power - self.low) / (self.high - self.low))


def short(yen: Fraction) -> str:
    """Say yen in at most three figures, to the nearest: 48200000000 -> "48.2bn"."""
    for size, word in ((10**12, "tn"), (10**9, "bn"), (10**6, "m"), (10**3, "k")):
        if yen >= size:
            figure = float(yen / size)
            return f"¥{figure:.3g}{word}" if figure < 999.5 else f"¥{figure:.0f}{word}"
    return f"¥{float(yen):.3g}"


def apart(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Move labels so that they lie at least `gap` from each other, in their order and as near as that allows."""
    order = sorted(range(len(places)), key=lambda n: places[n])
    found = list(places)
    bound = low
    for n in order:
        found[n] = max(found[n], bound)
        bound = found[n] + gap
    bound = high
    for n in reversed(order):
        found[n] = min(found[n], bound)
        bound = found[n] - gap
    return found
