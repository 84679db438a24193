"""Row 16: a customer's debt in one asset must not lower what is owed to others, nor a customer's surplus of junk."""

from __future__ import annotations

from por.outcomes import Outcome
from tests.solvency.cases import ETH, chain, held, owed, result, rule


def test_excluded_debts_are_shown_and_lower_nothing() -> None:
    # 100 ETH are owed; a debt of 100 ETH was left out of the ledger's tree. One wei less than 100 held is a shortfall.
    ledger = (owed("ETH", 100 * 10**18, excluded=(1, 100 * 10**18)), owed("JUNK", 10**9, 0))
    verdict = rule(ledger, (chain(held(ETH, 100 * 10**18 - 1)),))
    assert verdict.assets[0].liabilities == 100 * 10**18
    assert result(verdict, "segregation").lines[0].outcome is Outcome.DOES_NOT_HOLD
    assert "ETH: 1 negative balances of 100 lower no liability" in verdict.gaps
