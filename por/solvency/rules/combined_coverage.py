"""Combined coverage: assets and liability reserve together against customers' balances, in yen; informative."""

from __future__ import annotations

from fractions import Fraction

from por.outcomes import Basis, Outcome, weakest
from por.solvency.case import Case
from por.solvency.figures import plain, units, yen_down, yen_up
from por.solvency.positions import value
from por.solvency.prices import YEN
from por.solvency.rules.base import aside, decide, with_note
from por.solvency.settings import RuleSettings
from por.solvency.verdict import AssetPosition, RuleResult


class CombinedCoverage:
    """Sum over assets of the yen of min(held, owed), plus the liability reserve held, >= yen of all that is owed.

    The lesser of both per asset, so that a surplus of one never covers another. It says nothing that segregation
    does not say more strictly: a reserve never cures a shortfall in kind.
    """

    id = "combined-coverage"
    parameters: frozenset[str] = frozenset()
    inputs = (
        "liabilities.json: what customers are owed",
        "reserves.json: what is held for them",
        "prices.csv: yen for each asset",
        "declared.toml [reserve]: the liability reserve held",
    )
    asks = "sum of yen price x min(held, owed), plus the liability reserve held, is at least sum of yen price x owed"

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Add up in exact fractions; an asset without a price leaves it undecided unless it fails without it."""
        rows = [position for position in case.positions if position.liabilities]
        if not rows:
            return aside(settings, Outcome.NOT_COVERED, "customers are owed nothing", unit=YEN)
        reserve = Fraction(0) if case.reserve is None else case.reserve.held
        owed, covered = Fraction(0), Fraction(0)
        steps: list[str] = []
        unpriced: list[str] = []
        for position in rows:
            price = case.prices.get(position.asset)
            if price is None:
                unpriced.append(position.asset)
                steps.append(f"{position.asset}: no price near the snapshot, so it is in neither sum")
                continue
            owed += value(position.liabilities, position.decimals, price)
            covered += value(position.covered, position.decimals, price)
            steps.append(_step(position, price))
        outcome = decide(covered + reserve, owed)
        if unpriced and outcome is Outcome.HOLDS:
            outcome = Outcome.UNDECIDED
            steps.append(f"without a price of {', '.join(unpriced)} it cannot be decided")
        steps += [
            f"held of what is owed: {yen_down(covered)} yen; liability reserve held: {yen_down(reserve)} yen, "
            "the declared one, which counts once and only here",
            f"{yen_down(covered + reserve)} against {yen_up(owed)} yen owed; decided on exact fractions",
        ]
        bases = [basis for position in rows for basis in position.bases] + [Basis.DECLARED] * bool(reserve)
        return RuleResult(
            id=settings.id,
            title=settings.title,
            reference=settings.reference,
            outcome=outcome,
            basis=weakest(bases) if bases else None,
            left=yen_down(covered + reserve),
            right=yen_up(owed),
            unit=YEN,
            steps=with_note(settings, tuple(steps)),
            days_to_cure=settings.days_to_cure,
        )


def _step(position: AssetPosition, price: Fraction) -> str:
    decimals = position.decimals
    return (
        f"{position.asset}: the lesser of {units(position.counted, decimals)} held and "
        f"{units(position.liabilities, decimals)} owed is {units(position.covered, decimals)}; at {plain(price)} yen "
        f"each {yen_down(value(position.covered, decimals, price))} yen of "
        f"{yen_up(value(position.liabilities, decimals, price))} yen owed"
    )
