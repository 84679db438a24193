"""What a report shows of assets and rules, as values: read from the predicate, nothing computed but sums and shares."""

from __future__ import annotations

from dataclasses import dataclass

from por.outcomes import Outcome
from por.publish.report.reading import Place

BASES = ("proven", "node", "declared")
OUTCOMES = tuple(str(outcome) for outcome in Outcome)
FAILED, UNDECIDED = str(Outcome.DOES_NOT_HOLD), str(Outcome.UNDECIDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """One asset as a statement has it, in base units of `decimals`: what is owed, and what is held by basis."""

    asset: str
    decimals: int
    owed: int
    proven: int
    node: int
    declared: int

    @property
    def held(self) -> int:
        """What is held for customers, on whatever basis."""
        return self.proven + self.node + self.declared

    @property
    def short(self) -> int:
        """What is missing, 0 where nothing is."""
        return max(self.owed - self.held, 0)

    @property
    def over(self) -> int:
        """What is held beyond what is owed."""
        return max(self.held - self.owed, 0)

    @property
    def hundredths(self) -> int | None:
        """Held by owed in hundredths of a per cent, rounded down: a shortfall is never 100; None: no debt."""
        return self.held * 10_000 // self.owed if self.owed else None

    @property
    def shared(self) -> tuple[tuple[str, int], ...]:
        """The bases that something rests on, strongest first, with their amounts."""
        rows = zip(BASES, (self.proven, self.node, self.declared), strict=True)
        return tuple((basis, amount) for basis, amount in rows if amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset(Sides):
    """One asset of this statement. `classes` are (name, amount, excluded); `other` is held, and counts for nobody."""

    classes: tuple[tuple[str, int, bool], ...]
    other: tuple[tuple[str, int], ...]
    owed_yen: int | None
    covered_yen: int | None

    @property
    def named_classes(self) -> tuple[tuple[str, int, bool], ...]:
        """The classes but for the ordinary one."""
        return tuple(row for row in self.classes if row[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One comparison inside a rule."""

    label: str
    left: str
    right: str
    unit: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one rule came out, its two sides as they are signed."""

    id: str
    title: str
    reference: str
    outcome: str
    basis: str | None
    left: str
    relation: str
    right: str
    unit: str
    lines: tuple[Line, ...]
    days_to_cure: int | None
    cure_by: str | None

    @property
    def wrong(self) -> tuple[Line, ...]:
        """The comparisons that do not hold or are undecided."""
        return tuple(line for line in self.lines if line.outcome in (FAILED, UNDECIDED))


def sides(row: Place) -> Sides:
    """Read one asset's row of `change`."""
    return Sides(
        asset=row["asset"].text(),
        decimals=row["decimals"].decimals(),
        owed=row["liabilities"].units(),
        **{basis: row[basis].units() for basis in BASES},
    )


def asset(row: Place) -> Asset:
    """Read one asset's row of `solvency`."""
    owed_yen, covered_yen = row["owed_yen"].maybe(), row["covered_yen"].maybe()
    return Asset(
        asset=row["asset"].text(),
        decimals=row["decimals"].decimals(),
        owed=row["liabilities"].units(),
        **{basis: row[basis].units() for basis in BASES},
        classes=tuple(
            (one["class"].text(), one["amount"].units(), one["excluded"].flag()) for one in row["classes"].rows()
        ),
        other=tuple((one["purpose"].text(), one["amount"].units()) for one in row["other"].rows()),
        owed_yen=None if owed_yen is None else owed_yen.units(),
        covered_yen=None if covered_yen is None else covered_yen.units(),
    )


def rule(row: Place) -> Rule:
    """Read one rule's result."""
    days, cure_by, basis = row["days_to_cure"].maybe(), row["cure_by"].maybe(), row["basis"].maybe()
    return Rule(
        **{name: row[name].text() for name in ("id", "title", "reference", "left", "relation", "right", "unit")},
        outcome=row["outcome"].one_of(*OUTCOMES),
        basis=None if basis is None else basis.one_of(*BASES),
        lines=tuple(_line(line) for line in row["lines"].rows()),
        days_to_cure=None if days is None else days.whole(),
        cure_by=None if cure_by is None else cure_by.text(),
    )


def _line(row: Place) -> Line:
    return Line(
        **{name: row[name].text() for name in ("label", "left", "right", "unit")},
        outcome=row["outcome"].one_of(*OUTCOMES),
    )
