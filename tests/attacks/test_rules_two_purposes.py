"""Rows 20 and 40: one holding, one purpose; reserve, guarantee and own coins are never the customers' as well."""

from __future__ import annotations

import pytest

from por.outcomes import Outcome
from tests.solvency.cases import ETH, USDC, WALLET, chain, document, fund, held, owed, reserve, result, rule, stated


@pytest.mark.parametrize("purpose", ["customers", "guarantee", "own", "liability-reserve"])
def test_the_same_coins_twice_count_for_nobody(purpose: str) -> None:
    verdict = rule((owed("ETH", 5),), (chain(held(ETH, 5), held(ETH, 5, purpose=purpose)),))
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    assert verdict.assets[0].other == ()
    assert any("stands twice" in gap and "2 holdings" in gap for gap in verdict.gaps)


def test_another_spelling_of_the_address_is_the_same_wallet() -> None:
    verdict = rule((owed("ETH", 5),), (chain(held(ETH, 5), held(ETH, 5, account=WALLET.lower())),))
    assert verdict.assets[0].counted == 0


def test_one_address_with_two_purposes_for_two_assets() -> None:
    verdict = rule((owed("ETH", 5), owed("USDC", 5, 6)), (chain(held(ETH, 5), held(USDC, 5, purpose="own")),))
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    assert any("is given two purposes" in gap for gap in verdict.gaps)


def test_the_reserve_is_counted_once() -> None:
    # The very certificate that fills the trust is offered as the reserve.
    same = document("certificate")
    verdict = rule(
        (owed("JPY", 600_000, 0),),
        holdings=(stated("JPY", 600_000, document=same),),
        reserve=reserve(fund(600_000, document=same)),
    )
    assert result(verdict, "liability-reserve").outcome is Outcome.DOES_NOT_HOLD
    assert verdict.yen.reserve == "0"


def test_the_reserve_is_no_trust_money() -> None:
    verdict = rule((owed("JPY", 600_000, 0),), reserve=reserve(fund(600_000)))
    assert result(verdict, "fiat-trust").outcome is Outcome.DOES_NOT_HOLD
