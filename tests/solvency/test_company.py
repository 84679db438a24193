"""Net assets and capital: the company's own figures against the guarantee coins and the least amount."""

from __future__ import annotations

import pytest

from por.outcomes import Basis, Outcome
from por.solvency.verdict import RuleResult
from tests.solvency.cases import ETH, OTHER, chain, held, owed, prices, result, rule

ONE = 10**18


def judged(net: str | None, capital: str | None = "10000000", guarantee: int = 3 * ONE, **yen: str) -> RuleResult:
    given = {"net_assets": net, "capital": capital, "accountant": "somebody"}
    company = {name: text for name, text in given.items() if text is not None}
    coins = chain(held(ETH, 10 * ONE), held(ETH, guarantee, account=OTHER, purpose="guarantee"))
    return result(
        rule((owed("ETH", 10 * ONE),), (coins,), company=company, prices=prices(**(yen or {"ETH": "500000.5"}))),
        "net-assets",
    )


def test_net_assets_to_the_yen() -> None:
    # 3 ETH at 500,000.5 yen are 1,500,001.5 yen: 1,500,002 are enough and 1,500,001 are not.
    for net, outcome in (("1500002", Outcome.HOLDS), ("1500001", Outcome.DOES_NOT_HOLD), ("-5", Outcome.DOES_NOT_HOLD)):
        found = judged(net)
        assert found.outcome is outcome, net
        assert (found.left, found.right, found.basis) == (net, "1500002", Basis.DECLARED)


def test_capital_to_the_yen() -> None:
    found = judged("1500002", "9999999")
    assert [(line.label, line.outcome) for line in found.lines] == [
        ("net assets", Outcome.HOLDS),
        ("capital", Outcome.DOES_NOT_HOLD),
    ]
    assert found.outcome is Outcome.DOES_NOT_HOLD


def test_no_guarantee_coins_ask_for_nothing_but_net_assets_that_are_not_below_zero() -> None:
    assert judged("0", guarantee=0).outcome is Outcome.HOLDS
    assert judged("-1", guarantee=0).outcome is Outcome.DOES_NOT_HOLD


@pytest.mark.parametrize("net", [None, "", "1,000", "1.5", "01", "+5", "-", "-0 ", "٣", "1" * 40])
def test_what_is_no_figure_leaves_it_undecided(net: str | None) -> None:
    found = judged(net)
    assert found.outcome is Outcome.UNDECIDED
    assert "net_assets" in found.steps[-1]


def test_a_price_that_is_missing_leaves_it_undecided_but_for_a_failure() -> None:
    assert judged("9" * 20, USDC="150").outcome is Outcome.UNDECIDED
    assert judged("-1", USDC="150").outcome is Outcome.DOES_NOT_HOLD
    assert judged("9" * 20, "5", USDC="150").outcome is Outcome.DOES_NOT_HOLD
