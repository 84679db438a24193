"""Liability reserve: money set aside against hacks, fraud and operational failures, on top of 100 % in kind."""

from __future__ import annotations

from por.outcomes import Basis, Outcome
from por.solvency.case import Case
from por.solvency.figures import yen_down, yen_up
from por.solvency.prices import YEN
from por.solvency.rules.base import aside, decide, with_note
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult


class LiabilityReserve:
    """Held as declared >= required by the formula in force; both sides in yen."""

    id = "liability-reserve"
    parameters: frozenset[str] = frozenset()
    inputs = (
        "declared.toml [reserve]: funds, insurance, uses, trading values by business year, past incidents",
        "policy.toml [[formulas]]: the formula in force, its coefficients, the share that insurance may fill",
        "liabilities.json: customers' balances, where the formula asks for custody",
        "prices.csv: yen for each asset, where the formula asks for custody",
    )
    asks = "funds + min(insurance, share x required) is at least what the formula requires"

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare held with required; what the formula lacks makes it undecided, for only the exchange can give it."""
        reserve = case.reserve
        if reserve is None:
            return aside(settings, Outcome.NOT_COVERED, f"the pack has no reserve formula in force on {case.day}")
        steps = (*reserve.required.steps, *reserve.steps)
        required = reserve.required.yen
        if required is None:
            sentence = f"the reserve required cannot be computed: {reserve.required.problem}"
            return aside(settings, Outcome.UNDECIDED, sentence, *steps, unit=YEN, left=yen_down(reserve.held))
        outcome = decide(reserve.held, required)
        sign = ">=" if outcome is Outcome.HOLDS else "<"
        return RuleResult(
            id=settings.id,
            title=settings.title,
            reference=settings.reference,
            outcome=outcome,
            basis=Basis.DECLARED,
            left=yen_down(reserve.held),
            right=yen_up(required),
            unit=YEN,
            steps=with_note(settings, (*steps, f"{yen_down(reserve.held)} {sign} {yen_up(required)} yen")),
            days_to_cure=settings.days_to_cure,
        )
