"""Hot limit: of all customers' crypto, in yen, no more than a small share lies in wallets that are online."""

from __future__ import annotations

from fractions import Fraction

from por import amounts
from por.outcomes import Outcome
from por.solvency.case import Case
from por.solvency.figures import plain, units, yen_down, yen_up
from por.solvency.rules import hidden
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult, Sides

UNIT = "% of customers' crypto, in yen, is hot; rounded up to whole per cent"

MOST = 1000
"""Per cent that are shown at most: a surplus that is hot may be any number of times what customers have."""


class HotLimit:
    """Yen of customers' coins in hot wallets <= `limit` x yen of all customers' coins that are there.

    On the yen total and not per asset. What is hot counts whole, a surplus too; of the whole only the lesser of held
    and owed counts, asset by asset: both err against the exchange.
    """

    id = "hot-limit"
    parameters = frozenset({"limit"})
    needs_annex = True
    needs_prices = True
    inputs = (
        "annex.json: how each wallet is stored",
        "reserves.json: what is held for customers",
        "liabilities.json: what they are owed",
        "prices.csv: yen for each asset",
    )
    asks = "sum of yen price x hot, over all crypto-assets, is at most limit x sum of yen price x min(held, owed)"

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with; InputError."""
        hidden.share(settings, "limit")

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare exact fractions of a yen; without a price of anything that is held it is undecided."""
        limit = hidden.share(settings, "limit")
        rows = [row for row in hidden.rows(case) if row.hot or hidden.covered(case, row)]
        if not rows:
            return self.public(settings, Outcome.NOT_COVERED, "")
        missing = hidden.unpriced(case, rows)
        if missing:
            return self.public(settings, Outcome.UNDECIDED, "")
        hot, whole = Fraction(0), Fraction(0)
        steps = []
        for row in rows:
            there = hidden.covered(case, row)
            hot += hidden.yen(case, row, row.hot)
            whole += hidden.yen(case, row, there)
            steps.append(
                f"{row.asset}: {units(row.hot, row.decimals)} hot of {units(there, row.decimals)} (the lesser of held "
                f"and owed); at {plain(case.prices[row.asset])} yen each {yen_up(hidden.yen(case, row, row.hot))} of "
                f"{yen_down(hidden.yen(case, row, there))} yen"
            )
        outcome = Outcome.HOLDS if hot <= limit * whole else Outcome.DOES_NOT_HOLD
        sign = "<=" if outcome is Outcome.HOLDS else ">"
        left = str(min(MOST, amounts.round_up(hot * 100 / whole)) if whole else MOST)
        steps.append(
            f"{yen_up(hot)} yen hot {sign} {plain(limit)} x {yen_down(whole)} = {yen_down(limit * whole)} yen; decided "
            f"on exact fractions; the share in public, {left} %, is rounded up"
        )
        found = self.public(settings, outcome, left)
        exact = Sides(left=yen_up(hot), right=yen_down(limit * whole), unit="JPY", relation="<=", steps=tuple(steps))
        return hidden.with_sides(found, exact)

    def public(self, settings: RuleSettings, outcome: Outcome, left: str) -> RuleResult:
        """Return the result with the share in whole per cent and no other figure."""
        per_cent = hidden.share(settings, "limit") * 100
        if outcome in hidden.DECIDED:
            # a share that was rounded up lies less than one above the exact one
            possible = {
                Outcome.HOLDS: int(left or 0) < per_cent + 1,
                Outcome.DOES_NOT_HOLD: int(left or 0) > per_cent,
            }
            if not possible[outcome]:
                outcome = Outcome.DOES_NOT_HOLD if outcome is Outcome.HOLDS else Outcome.HOLDS
        return hidden.shown(settings, outcome, left=left, right=plain(per_cent), unit=UNIT, relation="<=")
