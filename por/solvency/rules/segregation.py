"""Segregation: of each asset customers' coins are held apart, the same kind and the same quantity."""

from __future__ import annotations

from por.outcomes import Outcome, combine, weakest
from por.solvency.case import Case
from por.solvency.rules.base import aside, with_note
from por.solvency.rules.lines import line, steps
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult


class Segregation:
    """Per asset that is no fiat money: what is held for customers >= what they are owed. A surplus helps no other."""

    id = "segregation"
    parameters: frozenset[str] = frozenset()
    inputs = (
        "liabilities.json: what customers are owed, in every class",
        "reserves.json: holdings of the purpose customers, and custodians' statements",
    )
    asks = "for each crypto-asset: proven + node + declared for customers is at least the sum of the classes owed"

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare each asset of the ledger; the rule holds when every one does."""
        rows = [position for position in case.positions if not position.fiat and position.classes]
        if not rows:
            return aside(settings, Outcome.NOT_COVERED, "the ledger has no asset but fiat money")
        lines = tuple(line(position) for position in rows)
        bases = [basis for position in rows for basis in position.bases]
        return RuleResult(
            id=settings.id,
            title=settings.title,
            reference=settings.reference,
            outcome=combine(row.outcome for row in lines),
            basis=weakest(bases) if bases else None,
            left=str(sum(row.outcome is Outcome.HOLDS for row in lines)),
            right=str(len(lines)),
            unit="assets held in full",
            lines=lines,
            steps=with_note(settings, tuple(step for position in rows for step in steps(position))),
            days_to_cure=settings.days_to_cure,
        )
