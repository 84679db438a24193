"""Scenarios against numbers worked out by hand; the rules that decide are the real ones."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from por.outcomes import Outcome
from por.reserves.annex import AnnexHolding
from por.solvency.whatif.facts import Facts
from por.solvency.whatif.scenario import Scenario, shipped_scenarios, together
from por.solvency.whatif.shocks import CustodianGone, HotWallets, Loss, PriceMove, Shock
from por.solvency.whatif.stress import Stressed, stress
from tests.solvency.cases import ETH, USDC, held, japan, result
from tests.solvency.whatif.exchange import facts

OWED = 5_150_000
GUARANTEE = "eip155:1:0x0000000000000000000000000000000000000c0D"
ALL = Fraction(1)


def run(*shocks: Shock, given: Facts | None = None) -> Stressed:
    return stress(japan(), given or facts(), Scenario(id="s", title="s", shocks=shocks))


def outcomes(found: Stressed) -> dict[str, Outcome]:
    return {change.after.id: change.after.outcome for change in found.changes}


def test_as_it_is_everything_is_covered() -> None:
    found = run(PriceMove(factor=ALL))
    assert (found.before, found.after.short, found.after.left) == (found.after, 0, 0)
    assert found.after.owed == OWED and found.after.share(found.after.covered) == 1
    assert not any(change.broken for change in found.changes)


def test_hot_wallets_are_drained() -> None:
    # 1 of 10 ETH is hot: 400,000 of 5,150,000 yen are gone, and the reserve of 600,000 and insurance could pay for it.
    found = run(HotWallets(share=ALL))
    assert outcomes(found)["segregation"] is Outcome.DOES_NOT_HOLD
    assert found.after.short == 400_000 and found.after.covered == OWED - 400_000
    assert found.after.paid == 400_000 and found.after.left == 0
    assert outcomes(found)["combined-coverage"] is Outcome.HOLDS
    assert found.days_to_cure is not None and found.days_to_cure >= 5


def test_guarantee_coins_make_good_what_is_hot_in_kind() -> None:
    # The law's own answer: 1 ETH hot is gone, 0.6 ETH of guarantee coins lie cold; the other 0.4 ETH, 160,000 yen, are
    # the reserve's. Guarantee coins of another kind are no help.
    given = facts()
    (chain,) = given.report.chains
    own = held(ETH, 6 * 10**17, account=GUARANTEE, purpose="guarantee")
    more = held(USDC, 9 * 10**9, account=GUARANTEE, purpose="guarantee")
    rows = sorted((*chain.holdings, own, more), key=lambda row: (row.account, row.asset))
    richer = replace(given, report=replace(given.report, chains=(replace(chain, holdings=tuple(rows)),)))
    found = run(HotWallets(share=ALL), given=with_cold(richer))
    assert found.after.short == 400_000
    assert (found.after.guarantee, found.after.paid, found.after.left) == (240_000, 160_000, 0)
    assert outcomes(found)["segregation"] is Outcome.DOES_NOT_HOLD


def with_cold(given: Facts) -> Facts:
    """Say in the annex that the guarantee coins are cold."""
    assert given.annex is not None
    stored = [
        AnnexHolding(account=GUARANTEE, asset=asset, storage="cold", custodian="", label="") for asset in (ETH, USDC)
    ]
    rows = sorted((*given.annex.holdings, *stored), key=lambda row: (row.account, row.asset))
    return replace(given, annex=replace(given.annex, holdings=tuple(rows)))


def test_half_of_what_is_hot() -> None:
    assert run(HotWallets(share=Fraction(1, 2))).after.short == 200_000


def test_without_the_annex_hot_wallets_are_not_known() -> None:
    found = run(HotWallets(share=ALL), given=facts(annex=False))
    assert "annex.json" in found.missing and found.after == found.before


def test_without_the_annex_a_share_can_be_assumed() -> None:
    # 5 % of 10 ETH and of 1,000 USDC: 200,000 + 7,500 yen; money is not touched.
    found = run(HotWallets(share=ALL, assumed=Fraction("0.05")), given=facts(annex=False))
    assert found.after.short == 207_500
    assert outcomes(found)["fiat-trust"] is Outcome.HOLDS


def test_a_custodian_is_gone() -> None:
    found = run(CustodianGone(name="Example Custody", share=ALL))
    assert found.after.short == 150_000
    assert [line.label for line in result(found.verdict, "segregation").lines if line.left == "0"] == ["USDC"]


def test_the_largest_is_the_trust_bank() -> None:
    # Example Trust Bank has 1,000,000 yen, Example Custody 150,000.
    found = run(CustodianGone(name="largest", share=ALL))
    assert found.after.short == 1_000_000
    assert "Example Trust Bank is gone" in found.steps[0]
    assert outcomes(found)["fiat-trust"] is Outcome.DOES_NOT_HOLD and outcomes(found)["segregation"] is Outcome.HOLDS


def test_a_bank_takes_the_reserve_with_it() -> None:
    # Japan's formula asks for 0.2 per 10,000 of 3 x 10 bn, 600,000 yen; half of it, 300,000, may be insurance. Of
    # 600,000 in funds nothing is left.
    found = run(CustodianGone(name="Example Bank", share=ALL))
    assert found.before.reserve == 900_000 and found.after.reserve == 300_000
    assert outcomes(found)["liability-reserve"] is Outcome.DOES_NOT_HOLD


def test_an_insurer_is_gone() -> None:
    found = run(CustodianGone(name="Example Insurance", share=ALL))
    assert found.after.reserve == 600_000 and "insurance pays nothing" in found.steps[1]


def test_nobody_of_that_name() -> None:
    found = run(CustodianGone(name="Nobody", share=ALL))
    assert "Example Trust Bank" in found.missing and found.after == found.before


def test_prices_down_touch_no_coin() -> None:
    found = run(PriceMove(factor=Fraction(1, 2), excepted=("USDC",)))
    # 10 ETH at 200,000, USDC as before, money as before.
    assert found.after.owed == 2_000_000 + 150_000 + 1_000_000
    assert outcomes(found)["segregation"] is Outcome.HOLDS
    assert found.steps == ("prices down 50 %: ETH",)


def test_a_rise_makes_what_is_missing_dearer() -> None:
    theft = HotWallets(share=ALL)
    after = run(theft, PriceMove(factor=Fraction(3), assets=("ETH",)))
    # 1 ETH is missing, now at 1,200,000; the reserve pays 900,000 of it.
    assert after.after.short == 1_200_000 and after.after.left == 300_000
    assert outcomes(after)["combined-coverage"] is Outcome.DOES_NOT_HOLD


def test_a_fraud_takes_the_same_part_of_everything() -> None:
    # 515,000 of 5,150,000 yen is a tenth: 1 ETH, 100 USDC and 100,000 yen.
    found = run(Loss(yen=Fraction(515_000), share=None))
    assert found.after.short == 515_000
    rows = {row.asset: row.counted for row in found.verdict.assets}
    assert rows == {"ETH": 9 * 10**18, "USDC": 900 * 10**6, "JPY": 900_000}


def test_a_loss_is_rounded_against_the_exchange() -> None:
    # A third of a yen is a whole yen of money gone; of coins the last unit.
    found = run(Loss(yen=Fraction(1, 3), share=None, taken="fiat"))
    assert {row.asset: row.counted for row in found.verdict.assets}["JPY"] == 999_999


def test_the_largest_coin_first() -> None:
    # 80 % of 5,150,000 is 4,120,000 yen out of coins: all of the ETH (4,000,000), then 120,000 of USDC's 150,000.
    found = run(Loss(yen=None, share=Fraction("0.8"), of="all", taken="crypto", spread="largest-first"))
    rows = {row.asset: row.counted for row in found.verdict.assets}
    assert rows == {"ETH": 0, "USDC": 200 * 10**6, "JPY": 1_000_000}


def test_no_more_is_lost_than_there_is() -> None:
    found = run(Loss(yen=Fraction(10**9), share=None))
    assert found.after.covered == 0 and found.after.short == OWED
    assert found.steps[-1] == "only 5150000 yen were there to be lost"


def test_past_incidents_are_scaled_to_this_exchange() -> None:
    lost = {
        row.id: stress(japan(), facts(), row).after.short / OWED
        for row in shipped_scenarios()
        if row.incident is not None
    }
    # DMM: 48.2 of 96.2. FTX: 8.9 of 11.6. Mt. Gox: 550 of 750 of the coins' 4,150,000 yen, 2.8 of 6.5 of the million.
    wanted = {
        "dmm": Fraction(482, 962),
        "ftx": Fraction(89, 116),
        "mt-gox": (Fraction(550, 750) * 4_150_000 + Fraction(28, 65) * 1_000_000) / OWED,
    }
    assert lost.keys() == wanted.keys()
    for id, share in wanted.items():
        assert 0 <= lost[id] - share < Fraction(2, 10_000), id


def test_several_at_once_are_the_sum_of_their_harm() -> None:
    theft = Scenario(id="a", title="a", shocks=(HotWallets(share=ALL),))
    custody = Scenario(id="b", title="b", shocks=(CustodianGone(name="Example Custody", share=ALL),))
    found = stress(japan(), facts(), together([theft, custody]))
    assert found.after.short == 400_000 + 150_000
    assert found.scenario.id == "a+b" and len(found.steps) == 2


def test_what_is_given_stays_as_it_was() -> None:
    given = facts()
    before = repr(given)
    run(HotWallets(share=ALL), PriceMove(factor=Fraction(1, 2)), Loss(yen=Fraction(9), share=None), given=given)
    assert repr(given) == before


@pytest.mark.parametrize("scenario", shipped_scenarios(), ids=lambda row: row.id)
def test_each_shipped_scenario_can_be_played(scenario: Scenario) -> None:
    found = stress(japan(), facts(), scenario)
    assert not found.missing and found.steps
    assert found.after != found.before
