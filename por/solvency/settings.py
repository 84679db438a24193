"""A policy pack as values: which rules hold when, what backs an asset, how the reserve is measured, how old is too old.

A pack is the VERIFIER's: an auditor may bring their own. Nothing in it is taken from the exchange.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from por.errors import InputError
from por.reserves.tables import ReserveTables, Windows
from por.solvency.formula import Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days `YYYY-MM-DD`, both inclusive; `to` None is open. ISO dates compare as text."""

    first: str
    last: str | None = None

    def covers(self, day: str) -> bool:
        """Say whether `day` lies inside."""
        return self.first <= day and (self.last is None or day <= self.last)

    def overlaps(self, other: Period) -> bool:
        """Say whether a day lies in both."""
        return (other.last is None or self.first <= other.last) and (self.last is None or other.first <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """One rule of a pack: what asks for it, when it holds, and business days to cure a failure."""

    id: str
    title: str
    reference: str
    period: Period
    days_to_cure: int | None = None
    note: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFormula:
    """A reserve formula and the days on which it is the one."""

    period: Period
    formula: Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far from as_of a figure may be dated and still count.

    `price_hours` on either side of as_of; `declared_days` before it for holdings that a document states;
    `reserve_days` before it for the funds of the liability reserve.
    """

    price_hours: int
    declared_days: int
    reserve_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMethod:
    """How one price is made of several quotes: the median of at least `min_sources`, without those off by `outlier`.

    `outlier` is a share of the median of all usable quotes; None leaves nothing out.
    """

    min_sources: int = 1
    outlier: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a ratio under `below` means."""

    below: Fraction
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A figure of [company] that is shown beside the tests, as given and unverified; `marks` from the highest down."""

    figure: str
    title: str
    reference: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A policy pack; `data` are the bytes of its file and `sha256` their lower-case hex digest.

    `chains` are the only ones whose holdings count; `fiat` the codes of money that no chain shows; `rules` in the
    pack's order, an id more than once only for different periods; `limitations` are sentences that every verdict
    repeats. Days of the law begin at `utc_offset_minutes`, business years on the first of month `year_starts`;
    business days are those of the country `calendar`, None where dates to cure by are not wanted.
    """

    id: str
    version: str
    title: str
    data: bytes
    sha256: str
    period: Period
    chains: tuple[str, ...]
    fiat: frozenset[str]
    excluded_classes: frozenset[str]
    tables: ReserveTables
    windows: Windows
    freshness: Freshness
    rules: tuple[RuleSettings, ...]
    formulas: tuple[DatedFormula, ...]
    limitations: tuple[str, ...]
    utc_offset_minutes: int
    year_starts: int
    prices: PriceMethod = PriceMethod()
    calendar: str | None = None
    ratios: tuple[Ratio, ...] = ()

    def day(self, time: int) -> str:
        """Return the day of the law, `YYYY-MM-DD`, in which `time` (Unix seconds) lies; InputError beyond year 9999."""
        try:
            return (datetime.fromtimestamp(time, UTC) + timedelta(minutes=self.utc_offset_minutes)).date().isoformat()
        except OverflowError:
            raise InputError(
                "as_of lies at an end of the calendar", code="as-of-out-of-range", hint="check as_of in snapshot.toml"
            ) from None

    def business_year(self, day: str) -> int:
        """Return the business year of a day, named after the calendar year in which it begins."""
        year, month = int(day[:4]), int(day[5:7])
        return year if month >= self.year_starts else year - 1

    def rule_ids(self) -> tuple[str, ...]:
        """Return the ids of the rules, each once, in the pack's order."""
        return tuple(dict.fromkeys(rule.id for rule in self.rules))

    def rule(self, id: str, day: str) -> RuleSettings | None:
        """Return the settings of a rule that hold on `day`, or None."""
        if not self.period.covers(day):
            return None
        return next((rule for rule in self.rules if rule.id == id and rule.period.covers(day)), None)

    def formula(self, day: str) -> Formula | None:
        """Return the reserve formula that holds on `day`, or None."""
        if not self.period.covers(day):
            return None
        return next((row.formula for row in self.formulas if row.period.covers(day)), None)
