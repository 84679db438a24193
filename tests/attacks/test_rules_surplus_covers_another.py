"""Row 39: BTC 0 of 100 beside much of something else: no surplus covers another asset, not even in yen."""

from __future__ import annotations

import pytest

from por.outcomes import Outcome
from tests.solvency.cases import ETH, chain, fund, held, owed, prices, reserve, result, rule, stated


@pytest.mark.parametrize("ether", [10**18, 10**36])
def test_a_surplus_of_ether_is_no_bitcoin(ether: int) -> None:
    verdict = rule(
        (owed("BTC", 100 * 10**8, 8), owed("ETH", 10**18)),
        (chain(held(ETH, ether)),),
        prices=prices(BTC="1000", ETH="1000"),
        reserve=reserve(fund(99_999)),
    )
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    coverage = result(verdict, "combined-coverage")
    assert coverage.outcome is Outcome.DOES_NOT_HOLD
    assert (coverage.left, coverage.right) == ("100999", "101000")


def test_a_surplus_of_money_is_no_bitcoin() -> None:
    verdict = rule(
        (owed("BTC", 100 * 10**8, 8), owed("JPY", 10, 0)),
        holdings=(stated("JPY", 10**12),),
        prices=prices(BTC="1000"),
    )
    assert result(verdict, "combined-coverage").left == "10"
