"""Cold rest: what may not be hot lies in wallets that were never online."""

from __future__ import annotations

from fractions import Fraction

from por.outcomes import Outcome
from por.solvency.case import Case
from por.solvency.figures import plain, units, yen_down, yen_up
from por.solvency.rules import hidden
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult, Sides


class ColdRest:
    """Yen of customers' coins in cold wallets >= yen of all that are there, less what may be hot and is.

    What may be hot is at most `limit` of the whole. Coins at a third party count as cold when `third_party` is
    "cold": the law asks the same safety of it, which only its own statement shows. No wallet shows that it was never
    online: the annex says so.
    """

    id = "cold-rest"
    parameters = frozenset({"limit", "third_party"})
    needs_annex = True
    needs_prices = True
    inputs = (
        "annex.json: how each wallet is stored",
        "reserves.json: what is held for customers",
        "liabilities.json: what they are owed",
        "prices.csv: yen for each asset",
    )
    asks = (
        "sum of yen price x cold is at least the sum of yen price x min(held, owed), less the yen of what is hot, "
        "which counts up to limit of that sum"
    )

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with; InputError."""
        hidden.share(settings, "limit")
        hidden.choice(settings, "third_party", ("cold", "not-cold"))

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare exact fractions of a yen; without a price of anything that is held it is undecided."""
        limit = hidden.share(settings, "limit")
        others = hidden.choice(settings, "third_party", ("cold", "not-cold")) == "cold"
        rows = [row for row in hidden.rows(case) if hidden.covered(case, row)]
        if not rows:
            return self.public(settings, Outcome.NOT_COVERED, "")
        if hidden.unpriced(case, rows):
            return self.public(settings, Outcome.UNDECIDED, "")
        hot, cold, whole = Fraction(0), Fraction(0), Fraction(0)
        steps = []
        for row in rows:
            there = hidden.covered(case, row)
            asleep = row.cold + (row.third_party if others else 0)
            hot += hidden.yen(case, row, row.hot)
            # a surplus of one asset does not stand in for another that is online
            cold += hidden.yen(case, row, min(asleep, there))
            whole += hidden.yen(case, row, there)
            steps.append(
                f"{row.asset}: {units(row.cold, row.decimals)} cold, {units(row.third_party, row.decimals)} at third "
                f"parties ({'counted' if others else 'not counted'} as cold), {units(row.hot, row.decimals)} hot; "
                f"customers' are {units(there, row.decimals)}, at {plain(case.prices[row.asset])} yen each"
            )
        allowed = min(hot, limit * whole)
        rest = whole - allowed
        outcome = Outcome.HOLDS if cold >= rest else Outcome.DOES_NOT_HOLD
        steps += [
            f"all together {yen_up(whole)} yen, of which {yen_down(allowed)} are hot and may be (at most {plain(limit)}"
            f" of it): the rest is {yen_up(rest)} yen",
            f"cold, of each asset at most what customers have: {yen_down(cold)} "
            f"{'>=' if outcome is Outcome.HOLDS else '<'} {yen_up(rest)} yen; decided on exact fractions",
        ]
        found = self.public(settings, outcome, "")
        exact = Sides(left=yen_down(cold), right=yen_up(rest), unit="JPY", steps=tuple(steps))
        return hidden.with_sides(found, exact)

    def public(self, settings: RuleSettings, outcome: Outcome, left: str) -> RuleResult:
        """Return the result without any figure."""
        return hidden.shown(settings, outcome)
