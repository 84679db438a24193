"""A stress test: the same rules before and after a scenario, and what the liability reserve would still pay for.

The rules decide; nothing here judges. Yen are exact fractions, and only figures that are shown are rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from por.outcomes import Outcome
from por.solvency.positions import value
from por.solvency.settings import Pack
from por.solvency.storage import GUARANTEE
from por.solvency.verdict import AssetPosition, RuleResult, Verdict
from por.solvency.whatif.facts import Facts
from por.solvency.whatif.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What customers are owed, what of it is held asset by asset, and the reserve, in yen; unpriced assets aside.

    `guarantee` is what own guarantee coins, each in its kind, could make good of what is missing.
    """

    owed: Fraction
    covered: Fraction
    guarantee: Fraction
    reserve: Fraction
    unpriced: tuple[str, ...]

    @property
    def short(self) -> Fraction:
        """What is missing, asset by asset: a surplus of one helps no other."""
        return self.owed - self.covered

    @property
    def paid(self) -> Fraction:
        """How much of what is then still missing the reserve could pay for."""
        return min(self.reserve, self.short - self.guarantee)

    @property
    def left(self) -> Fraction:
        """What neither assets, guarantee nor reserve cover: it falls on the exchange's own funds, or on customers."""
        return self.short - self.guarantee - self.paid

    def share(self, part: Fraction) -> Fraction:
        """Return a part as a share of what is owed; 1 when nothing is."""
        return part / self.owed if self.owed else Fraction(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One rule: its outcome before, and its result after. `broken` when the scenario made it fail."""

    before: Outcome
    after: RuleResult

    @property
    def broken(self) -> bool:
        """Whether it fails afterwards and did not before."""
        return self.after.outcome is Outcome.DOES_NOT_HOLD and self.before is not Outcome.DOES_NOT_HOLD

    @property
    def matters(self) -> bool:
        """Whether it fails, or comes out in another way than before."""
        return self.after.outcome in (Outcome.DOES_NOT_HOLD, Outcome.UNDECIDED) or self.after.outcome is not self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressed:
    """What a scenario does to a snapshot; `missing` is set, and all else as before, when it could not be played."""

    scenario: Scenario
    steps: tuple[str, ...]
    missing: str
    changes: tuple[Change, ...]
    before: Balance
    after: Balance
    verdict: Verdict

    @property
    def failing(self) -> tuple[RuleResult, ...]:
        """The rules that do not hold afterwards."""
        return tuple(row.after for row in self.changes if row.after.outcome is Outcome.DOES_NOT_HOLD)

    @property
    def days_to_cure(self) -> int | None:
        """The longest time that a failing rule gives, in business days; None when nothing fails or none is set."""
        return max((row.days_to_cure for row in self.failing if row.days_to_cure is not None), default=None)


def stress(pack: Pack, facts: Facts, scenario: Scenario) -> Stressed:
    """Judge before and after a scenario."""
    before = facts.judge(pack)
    struck = scenario.strike(pack, facts)
    after = struck.facts.judge(pack)
    outcomes = {row.id: row.outcome for row in before.rules}
    return Stressed(
        scenario=scenario,
        steps=struck.steps,
        missing=struck.missing,
        changes=tuple(Change(before=outcomes[row.id], after=row) for row in after.rules),
        before=balance(pack, facts, before),
        after=balance(pack, struck.facts, after),
        verdict=after,
    )


def balance(pack: Pack, facts: Facts, verdict: Verdict) -> Balance:
    """Add up a verdict's positions in exact yen; the reserve is what the rules count as held."""
    prices = facts.yen(pack)
    rows = [row for row in verdict.assets if row.liabilities]
    priced = [row for row in rows if row.asset in prices]

    def total(amount: Callable[[AssetPosition], int]) -> Fraction:
        return sum((value(amount(row), row.decimals, prices[row.asset]) for row in priced), Fraction(0))

    return Balance(
        owed=total(lambda row: row.liabilities),
        covered=total(lambda row: row.covered),
        guarantee=total(lambda row: min(row.liabilities - row.covered, dict(row.other).get(GUARANTEE, 0))),
        reserve=Fraction(0) if verdict.reserve is None else Fraction(verdict.reserve.held),
        unpriced=tuple(row.asset for row in rows if row.asset not in prices),
    )
