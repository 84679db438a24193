"""Fiat trust: customers' money is held in trust, in full."""

from __future__ import annotations

from por.outcomes import Basis, Outcome, combine
from por.solvency.case import Case
from por.solvency.rules.base import aside, with_note
from por.solvency.rules.lines import line, steps
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult


class FiatTrust:
    """Per fiat money: declared principal of trusts >= customer money. Bank deposits of the exchange do not count."""

    id = "fiat-trust"
    parameters: frozenset[str] = frozenset()
    inputs = (
        "liabilities.json: customers' money",
        "declared.toml [[holding]]: principal of trusts, by their certificates",
    )
    asks = "for each kind of money: principal of declared trusts is at least customers' money"

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare each fiat asset of the ledger; nothing declared counts as nothing held."""
        rows = [position for position in case.positions if position.fiat and position.classes]
        if not rows:
            return aside(settings, Outcome.NOT_COVERED, "the ledger has no fiat money")
        lines = tuple(line(position) for position in rows)
        only = lines[0] if len(lines) == 1 else None
        return RuleResult(
            id=settings.id,
            title=settings.title,
            reference=settings.reference,
            outcome=combine(row.outcome for row in lines),
            basis=Basis.DECLARED if any(position.counted for position in rows) else None,
            left=only.left if only else str(sum(row.outcome is Outcome.HOLDS for row in lines)),
            right=only.right if only else str(len(lines)),
            unit=only.unit if only else "fiat assets held in full",
            lines=lines,
            steps=with_note(settings, tuple(step for position in rows for step in steps(position))),
            days_to_cure=settings.days_to_cure,
        )
