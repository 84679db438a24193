"""Row 31: a token that the exchange minted itself, or one with a likeness of name, backs nothing."""

from __future__ import annotations

import pytest

from por.outcomes import Basis, Outcome
from tests.solvency.cases import ETH, JUNK, chain, held, owed, result, rule

WETH = "eip155:1/erc20:0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
PREPAID_JPYC = "eip155:1/erc20:0x431D5dfF03120AFA4bDf332c61A6e1766eF37BDB"


@pytest.mark.parametrize(("code", "id"), [("BTC", JUNK), ("ETH", WETH), ("JPYC", PREPAID_JPYC)])
@pytest.mark.parametrize("basis", [Basis.NODE, Basis.PROVEN])
def test_it_counts_zero_and_is_listed(code: str, id: str, basis: Basis) -> None:
    verdict = rule((owed(code, 1, 8),), (chain(held(id, 10**30, basis=basis)),))
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    assert verdict.assets[0].counted == 0
    assert f"{id} backs nothing in this policy pack's asset table: 1 holding left out" in verdict.gaps


def test_the_good_beside_it_still_counts() -> None:
    verdict = rule((owed("ETH", 5),), (chain(held(WETH, 10**30), held(ETH, 5)),))
    assert result(verdict, "segregation").outcome is Outcome.HOLDS


def test_a_local_chain_backs_nothing_in_japan() -> None:
    local = held("eip155:31337/slip44:60", 10**30, account="eip155:31337:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B")
    verdict = rule((owed("ETH", 5),), (chain(local, id="eip155:31337"),))
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
