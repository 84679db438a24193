"""The rule, written against what por offers to everybody: a case in, a result with its steps out."""

from fractions import Fraction

from por.amounts import parse_exact
from por.outcomes import Basis, Outcome
from por.solvency.case import Case
from por.solvency.figures import plain, yen_up
from por.solvency.positions import value
from por.solvency.rules.base import aside
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult


class EvenSpread:
    """Yen of each crypto-asset owed <= `limit` x yen of all crypto-assets owed."""

    id = "even-spread"
    parameters = frozenset({"limit"})

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with."""
        parse_exact(settings.parameters.get("limit"), where="even-spread: limit")

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare the largest with its share of the whole, exactly."""
        limit = parse_exact(settings.parameters["limit"], where="limit")
        owed = {
            row.asset: value(row.liabilities, row.decimals, case.prices[row.asset])
            for row in case.positions
            if not row.fiat and row.liabilities and row.asset in case.prices
        }
        if not owed:
            return aside(settings, Outcome.NOT_COVERED, "nothing is owed that has a price")
        total = sum(owed.values(), Fraction(0))
        largest = max(sorted(owed), key=lambda asset: owed[asset])
        return RuleResult(
            id=settings.id,
            title=settings.title,
            reference=settings.reference,
            outcome=Outcome.HOLDS if owed[largest] <= limit * total else Outcome.DOES_NOT_HOLD,
            basis=Basis.DECLARED,
            left=yen_up(owed[largest]),
            relation="<=",
            right=yen_up(limit * total),
            unit="JPY",
            steps=(f"the largest is {largest}; {plain(limit)} x {yen_up(total)} yen = {yen_up(limit * total)} yen",),
        )


class Impostor(EvenSpread):
    """Takes the name of one of por's own rules; por's go first, so this is never run."""

    id = "segregation"

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Say that everything is fine."""
        raise AssertionError("a package took the place of one of por's own rules")
