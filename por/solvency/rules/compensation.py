"""Compensation: funds and insurance stand ready for a share of what is hot, and for another of what is cold."""

from __future__ import annotations

from fractions import Fraction

from por import amounts
from por.outcomes import Outcome
from por.solvency.case import Case
from por.solvency.figures import plain, units, yen_down, yen_up
from por.solvency.reserve import set_aside
from por.solvency.rules import hidden
from por.solvency.rules.base import decide
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult, Sides

UNIT = "% of the compensation asked for is set aside; rounded down to whole per cent, at most 100"


class Compensation:
    """Declared funds and insurance in force >= `hot` x yen of what is hot + `cold` x yen of what is cold.

    What a third party keeps is taken as hot. All that is held for customers counts, a surplus too: it is not known
    which of the coins would be lost.
    """

    id = "compensation"
    parameters = frozenset({"hot", "cold"})
    needs_annex = True
    needs_prices = True
    inputs = (
        "annex.json: how each wallet is stored",
        "reserves.json: what is held for customers",
        "prices.csv: yen for each asset",
        "declared.toml [reserve]: funds, and insurance with its limits and deductibles",
    )
    asks = "funds + insurance is at least the sum of yen price x (hot share x (hot + third-party) + cold share x cold)"

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with; InputError."""
        hidden.share(settings, "hot")
        hidden.share(settings, "cold")

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare exact fractions of a yen; without a price of anything that is held it is undecided."""
        hot, cold = hidden.share(settings, "hot"), hidden.share(settings, "cold")
        rows = [row for row in hidden.rows(case) if row.hot or row.cold or row.third_party]
        if not rows:
            return self.public(settings, Outcome.NOT_COVERED, "")
        if hidden.unpriced(case, rows):
            return self.public(settings, Outcome.UNDECIDED, "")
        asked = Fraction(0)
        steps = []
        for row in rows:
            full, part = row.hot + row.third_party, row.cold
            yen = hot * hidden.yen(case, row, full) + cold * hidden.yen(case, row, part)
            asked += yen
            steps.append(
                f"{row.asset}: {plain(hot)} x {units(full, row.decimals)} hot or with third parties + {plain(cold)} x "
                f"{units(part, row.decimals)} cold, at {plain(case.prices[row.asset])} yen each = {yen_up(yen)} yen"
            )
        declared = case.declared
        aside = set_aside(
            case.pack, day=case.day, declared=declared, holdings=declared.holdings if declared is not None else ()
        )
        held = aside.funds + aside.insurance
        outcome = decide(held, asked)
        left = str(min(100, amounts.round_down(held * 100 / asked))) if asked else "100"
        steps += [
            *aside.gaps,
            f"funds {yen_down(aside.funds)} + insurance {yen_down(aside.insurance)} = {yen_down(held)} yen "
            f"{'>=' if outcome is Outcome.HOLDS else '<'} {yen_up(asked)} yen; decided on exact fractions",
        ]
        found = self.public(settings, outcome, left)
        exact = Sides(left=yen_down(held), right=yen_up(asked), unit="JPY", steps=(*found.steps, *steps))
        return hidden.with_sides(found, exact)

    def public(self, settings: RuleSettings, outcome: Outcome, left: str) -> RuleResult:
        """Return the result with the share in whole per cent and no other figure."""
        if outcome in hidden.DECIDED:
            # a share that was rounded down reaches 100 exactly when the whole is there
            outcome = Outcome.HOLDS if left == "100" else Outcome.DOES_NOT_HOLD
        return hidden.shown(settings, outcome, left=left, right="100", unit=UNIT)
