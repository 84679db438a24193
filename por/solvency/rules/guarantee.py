"""Guarantee assets: for what customers have in hot wallets, own coins of the same kind and quantity lie cold."""

from __future__ import annotations

from por.outcomes import Basis, Outcome, combine
from por.solvency.case import Case
from por.solvency.figures import units
from por.solvency.rules import hidden
from por.solvency.rules.base import decide
from por.solvency.settings import RuleSettings
from por.solvency.storage import Stored
from por.solvency.verdict import Line, RuleResult


class Guarantee:
    """Per asset: own coins of the purpose `guarantee` in cold wallets >= customers' coins in hot ones, in kind."""

    id = "guarantee"
    parameters: frozenset[str] = frozenset()
    needs_annex = True
    needs_prices = False
    inputs = (
        "annex.json: how each wallet is stored",
        "reserves.json: customers' coins, and those of the purpose guarantee",
    )
    asks = "for each crypto-asset: guarantee coins in cold wallets are at least customers' coins in hot wallets"

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare each asset of which anything is hot; nothing hot asks for nothing, and then it holds."""
        rows = [row for row in hidden.rows(case) if row.hot]
        if not rows and not any(hidden.covered(case, row) for row in hidden.rows(case)):
            return self.public(settings, Outcome.NOT_COVERED, "")
        lines = [_line(row) for row in rows]
        outcome = combine(line.outcome for line in lines) if lines else Outcome.HOLDS
        found = self.public(settings, outcome, "")
        steps = [_step(row) for row in rows]
        if not rows:
            steps.append("nothing of customers is in a hot wallet, so nothing is asked for")
        return hidden.with_sides(found, hidden.sides(lines, steps, unit="assets with a full guarantee"))

    def public(self, settings: RuleSettings, outcome: Outcome, left: str) -> RuleResult:
        """Return the result without any figure."""
        return hidden.shown(settings, outcome)


def _line(row: Stored) -> Line:
    return Line(
        label=row.asset,
        left=units(row.guarantee_cold, row.decimals),
        right=units(row.hot, row.decimals),
        unit=row.asset,
        outcome=decide(row.guarantee_cold, row.hot),
        basis=Basis.DECLARED,
    )


def _step(row: Stored) -> str:
    sign = ">=" if row.guarantee_cold >= row.hot else "<"
    rest = f"; {units(row.guarantee_other, row.decimals)} more is not cold and does not count"
    return (
        f"{row.asset}: {units(row.guarantee_cold, row.decimals)} of guarantee coins in cold wallets {sign} "
        f"{units(row.hot, row.decimals)} of customers' in hot ones{rest if row.guarantee_other else ''}"
    )
