"""Stablecoins of the funds-transfer type: a deposit for security of what is outstanding, and a little more."""

from __future__ import annotations

from fractions import Fraction

from por import amounts
from por.solvency.case import Case
from por.solvency.figures import plain, yen_down, yen_up
from por.solvency.issues import Outstanding
from por.solvency.rules import issued
from por.solvency.rules.base import decide
from por.solvency.settings import RuleSettings
from por.solvency.verdict import Line, RuleResult


class StablecoinFundsTransfer:
    """Security set aside >= `low_rate` x X up to `threshold` yen outstanding, `high_rate` x X + `plus` above it."""

    id = "stablecoin-funds-transfer"
    parameters = frozenset({"threshold", "low_rate", "high_rate", "plus", "classes"})
    inputs = (
        "reserves.json: supply on every chain of issue, and the issuer's own coins, at the pinned blocks",
        "declared.toml [[issue]]: what stands behind the coin, and what nobody may redeem",
    )
    asks = "X = supply on all chains - own - non-redeemable; security is at least low_rate x X, or high_rate x X + plus"

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with; InputError."""
        self._required(Fraction(0), settings)
        issued.classes(settings)

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare each coin of this type; one whose supply is not known on every chain is undecided."""
        return issued.judge(case, settings, type="funds-transfer", lines=self._lines)

    def _lines(self, coin: Outstanding, yen: Fraction, settings: RuleSettings) -> tuple[list[Line], list[str]]:
        required, how = self._required(yen, settings)
        allowed = issued.classes(settings)
        held = sum((row.amount for row in coin.assets if row.kind in allowed), 0)
        steps = [
            f"{coin.issue.asset}: required {how} = {yen_up(required)} yen",
            *issued.behind(coin, {row for row in coin.assets if row.kind in allowed}),
            f"{coin.issue.asset}: security {held} {'>=' if held >= required else '<'} {yen_up(required)} yen",
        ]
        line = Line(
            label=coin.issue.asset,
            left=str(held),
            right=yen_up(required),
            unit="JPY",
            outcome=decide(held, required),
            basis=coin.basis,
        )
        return [line], steps

    def _required(self, yen: Fraction, settings: RuleSettings) -> tuple[Fraction, str]:
        def figure(name: str) -> Fraction:
            return amounts.parse_exact(settings.parameters.get(name), where=f"{self.id}: {name}")

        threshold, low, high, plus = map(figure, ("threshold", "low_rate", "high_rate", "plus"))
        if yen <= threshold:
            return low * yen, f"{plain(low)} x {yen_up(yen)} (up to {yen_down(threshold)} yen outstanding)"
        return high * yen + plus, f"{plain(high)} x {yen_up(yen)} + {plain(plus)} (above {yen_down(threshold)} yen)"
