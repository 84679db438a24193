"""The liability reserve that a formula asks for, from declared trading values, incidents and custody.

No ordinance fixes the formula of crypto exchanges yet, so it is data: a sum of parts, each of a kind below, with a
floor and a cap. Yen are exact fractions; a missing input gives no amount and a sentence that says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol

from por.reserves.declared import Incident, Volume
from por.solvency.figures import plain, yen_up

VOLUME_KINDS = frozenset(
    {
        "spot",
        "margin",
        "stocks",
        "stock-index-futures",
        "stock-options-premium",
        "bond-futures",
        "bond-options-premium",
        "currency-futures",
        "commodity-futures",
        "commodity-options-premium",
    }
)
"""Kinds of trade that a coefficient may name; another one in a pack is a slip of the pen."""

TIER_INPUTS = frozenset({"volume", "custody"})
"""What tiers may be laid over: the trading value of the last declared year, or customers' balances in yen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a formula is fed: declared volumes and incidents, custody in yen (None: a price is missing).

    `day` is the day of the law of as_of and `year` its business year. `uses` are the yen taken out of the reserve by
    business year.
    """

    volumes: tuple[Volume, ...]
    incidents: tuple[Incident, ...]
    custody: Fraction | None
    day: str
    year: int
    uses: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """Yen required, exactly, or None with the `problem`; `steps` say how it came about, rounded up to whole yen."""

    yen: Fraction | None
    steps: tuple[str, ...]
    problem: str = ""


class Part(Protocol):
    """One summand of a formula."""

    def required(self, inputs: Inputs) -> Required:
        """Return the yen of this part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeCoefficient:
    """The model in force for securities firms (FIEA 46-5; Ordinance 419M60000002052 Art. 175).

    Year by year, the lower of (1) the sum of coefficient x the year's trading value and (2) the sum of `multiple` x
    coefficient x the highest trading value of the year and the `years` - 1 before it, less the reserve so far, is
    added; never less than nothing. Coefficients are per `per` yen traded. What was taken out in a year to make good
    losses is no longer there at its end, and so is built up again by the additions of the years that follow.
    """

    per: int
    multiple: int
    years: int
    coefficients: Mapping[str, Fraction]

    def required(self, inputs: Inputs) -> Required:
        """Return what the additions of all declared years come to, from nothing before the first of them."""
        rows = sorted(inputs.volumes, key=lambda row: row.year)
        problem = self._problem(rows, inputs)
        if problem:
            return Required(yen=None, steps=(), problem=problem)
        steps = [
            f"coefficients per {self.per} yen traded: "
            + ", ".join(f"{kind} {plain(self.coefficients[kind])}" for kind in sorted(_kinds(rows))),
            f"the reserve is counted from nothing before {rows[0].year}, the first year declared",
        ]
        held = Fraction(0)
        for index, row in enumerate(rows):
            window = rows[max(0, index - self.years + 1) : index + 1]
            highest = {kind: max(year.by.get(kind, 0) for year in window) for kind in _kinds(window)}
            yearly = self._sum(row.by)
            ceiling = self.multiple * self._sum(highest)
            added = max(Fraction(0), min(yearly, ceiling - held))
            steps.append(
                f"{row.year}: {_traded(row)}; (1) coefficients x trading value = {yen_up(yearly)} yen; "
                f"(2) {self.multiple} x coefficients x highest of {window[0].year} to {row.year} = {yen_up(ceiling)} "
                f"yen, less {yen_up(held)} so far; the lower, {yen_up(added)} yen, is added"
            )
            held += added
            used = min(Fraction(inputs.uses.get(row.year, 0)), held)
            if used:
                held -= used
                steps.append(f"{row.year}: {yen_up(used)} yen were used to make good losses; {yen_up(held)} are left")
        return Required(yen=held, steps=tuple(steps))

    def _sum(self, values: Mapping[str, int]) -> Fraction:
        return sum((self.coefficients[kind] * value / self.per for kind, value in values.items()), Fraction(0))

    def _problem(self, rows: list[Volume], inputs: Inputs) -> str:
        years = [row.year for row in rows]
        if not years:
            return "no trading values are declared"
        if years != list(range(years[0], years[0] + len(years))):
            return f"trading values are declared for {_list(years)}; a year in between is missing or stands twice"
        if years[-1] > inputs.year:
            return f"trading values are declared for {years[-1]}, a business year that begins after {inputs.day}"
        if years[-1] < inputs.year - 1:
            return f"the last trading value declared is of {years[-1]}; that of {inputs.year - 1} is missing"
        if len(years) < self.years:
            return f"trading values of {self.years} years are needed ({_list(years)} declared; of no trade, write 0)"
        unknown = sorted(_kinds(rows) - set(self.coefficients))
        if unknown:
            return f"the formula has no coefficient for trade of the kind {', '.join(unknown)}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfCustody:
    """A share of what customers are owed, in yen."""

    share: Fraction

    def required(self, inputs: Inputs) -> Required:
        """Return share x custody."""
        if inputs.custody is None:
            return Required(yen=None, steps=(), problem="customers' balances have no yen value: a price is missing")
        yen = self.share * inputs.custody
        step = f"{plain(self.share)} x customers' balances of {yen_up(inputs.custody)} yen = {yen_up(yen)} yen"
        return Required(yen=yen, steps=(step,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Slices of an input, each with its own rate: `tiers` are (lower bound, rate), ascending from 0."""

    input: Literal["volume", "custody"]
    tiers: tuple[tuple[Fraction, Fraction], ...]

    def required(self, inputs: Inputs) -> Required:
        """Return the sum of rate x the part of the input inside each slice."""
        if self.input == "custody":
            value, name = inputs.custody, "customers' balances"
        else:
            last = max(inputs.volumes, key=lambda row: row.year, default=None)
            value = None if last is None else Fraction(sum(last.by.values()))
            name = "trading value" if last is None else f"trading value of {last.year}"
        if value is None:
            return Required(yen=None, steps=(), problem=f"{name}: not declared, or a price is missing")
        total, steps = Fraction(0), []
        for (above, rate), upper in zip(self.tiers, [row[0] for row in self.tiers[1:]] + [None], strict=True):
            inside = max(Fraction(0), (value if upper is None else min(value, upper)) - above)
            total += rate * inside
            steps.append(f"{plain(rate)} x {yen_up(inside)} yen of the {name} above {plain(above)} yen")
        return Required(yen=total, steps=(*steps, f"the slices come to {yen_up(total)} yen"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlusIncidents:
    """A share of the exchange's own past losses: their sum, or the largest, in the `years` before as_of."""

    years: int
    share: Fraction
    of: Literal["sum", "largest"]

    def required(self, inputs: Inputs) -> Required:
        """Return share x losses; of no incidents, nothing."""
        since = f"{int(inputs.day[:4]) - self.years:04d}{inputs.day[4:]}"
        losses = [row.loss for row in inputs.incidents if since < row.at <= inputs.day]
        loss = sum(losses) if self.of == "sum" else max(losses, default=0)
        yen = self.share * loss
        step = (
            f"{plain(self.share)} x {loss} yen ({'sum' if self.of == 'sum' else 'largest'} of {len(losses)} declared "
            f"losses after {since}) = {yen_up(yen)} yen"
        )
        return Required(yen=yen, steps=(step,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A sum of parts between `floor` and `cap` yen; insurance may fill `insurance_share` of what is required."""

    id: str
    reference: str
    insurance_share: Fraction
    parts: tuple[Part, ...]
    floor: Fraction = Fraction(0)
    cap: Fraction | None = None

    def required(self, inputs: Inputs) -> Required:
        """Add the parts up and apply floor and cap; the first part without an amount leaves the whole without one."""
        total, steps = (
            Fraction(0),
            [f"formula {self.id} ({self.reference}); the sums are exact, shown rounded up to whole yen"],
        )
        for part in self.parts:
            found = part.required(inputs)
            steps.extend(found.steps)
            if found.yen is None:
                return Required(yen=None, steps=tuple(steps), problem=found.problem)
            total += found.yen
        if total < self.floor:
            steps.append(f"{yen_up(total)} yen lies under the floor, so {yen_up(self.floor)} yen it is")
            total = self.floor
        if self.cap is not None and total > self.cap:
            steps.append(f"{yen_up(total)} yen lies over the cap, so {yen_up(self.cap)} yen it is")
            total = self.cap
        steps.append(f"required: {yen_up(total)} yen")
        return Required(yen=total, steps=tuple(steps))


def _kinds(rows: list[Volume]) -> set[str]:
    return {kind for row in rows for kind in row.by}


def _traded(row: Volume) -> str:
    return ", ".join(f"{kind} {value} yen" for kind, value in sorted(row.by.items())) + " traded"


def _list(years: list[int]) -> str:
    return ", ".join(map(str, years))
