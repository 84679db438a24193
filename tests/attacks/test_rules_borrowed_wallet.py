"""Row 22: what the exchange itself declares as its own, or as a guarantee, never fills a customers' shortfall."""

from __future__ import annotations

import pytest

from por.outcomes import Outcome
from tests.solvency.cases import ETH, chain, held, owed, prices, result, rule, stated


@pytest.mark.parametrize("purpose", ["own", "guarantee", "liability-reserve"])
def test_a_wallet_of_another_purpose_does_not_count(purpose: str) -> None:
    verdict = rule((owed("ETH", 5),), (chain(held(ETH, 5, purpose=purpose)),), prices=prices(ETH="1000"))
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    assert result(verdict, "combined-coverage").outcome is Outcome.DOES_NOT_HOLD
    (position,) = verdict.assets
    assert (position.counted, position.other) == (0, ((purpose, 5),))


@pytest.mark.parametrize("purpose", ["own", "guarantee"])
def test_nor_does_a_document_of_another_purpose(purpose: str) -> None:
    verdict = rule((owed("JPY", 5, 0),), holdings=(stated("JPY", 5, purpose=purpose),))
    assert result(verdict, "fiat-trust").outcome is Outcome.DOES_NOT_HOLD
