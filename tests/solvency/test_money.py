"""Fiat trust, liability reserve and combined coverage: figures in yen, and what is missing is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from por.outcomes import Basis, Outcome
from por.reserves.declared import Volume
from tests.solvency.cases import (
    ETH,
    HEADER,
    chain,
    document,
    fund,
    held,
    insurance,
    japan,
    owed,
    prices,
    reserve,
    result,
    rule,
    stated,
)

# 10bn yen of spot trade a year: 10^10 x 0.2 / 10,000 = 200,000 a year, 600,000 after three.
REQUIRED = 600_000
MONEY = (owed("JPY", 1000, 0),)
ONE_ETH = 10**18


def test_trust_money_to_the_yen() -> None:
    for amount, outcome in ((1000, Outcome.HOLDS), (999, Outcome.DOES_NOT_HOLD)):
        found = result(rule(MONEY, holdings=(stated("JPY", amount),)), "fiat-trust")
        assert found.outcome is outcome
        assert (found.left, found.right, found.unit) == (str(amount), "1000", "JPY")
        assert (found.basis, found.days_to_cure) == (Basis.DECLARED, 2)


def test_money_elsewhere_than_in_trust_does_not_count() -> None:
    for kind in ("bank-deposit", "government-bond", "custodian-statement"):
        assert result(rule(MONEY, holdings=(stated("JPY", 1000, kind),)), "fiat-trust").outcome is Outcome.DOES_NOT_HOLD
    own = stated("JPY", 1000, purpose="own")
    assert result(rule(MONEY, holdings=(own,)), "fiat-trust").outcome is Outcome.DOES_NOT_HOLD


def test_nothing_declared_is_nothing_held() -> None:
    found = result(rule(MONEY), "fiat-trust")
    assert (found.outcome, found.basis, found.left) == (Outcome.DOES_NOT_HOLD, None, "0")


def test_no_money_in_the_ledger() -> None:
    assert result(rule((owed("BTC", 1, 8),)), "fiat-trust").outcome is Outcome.NOT_COVERED


def test_two_kinds_of_money_each_by_itself() -> None:
    pack = japan(("^fiat = .*", 'fiat = ["JPY", "USD"]'))
    rich = (stated("JPY", 10**9), stated("USD", 99))
    found = result(rule((*MONEY, owed("USD", 100, 2)), holdings=rich, pack=pack), "fiat-trust")
    assert found.outcome is Outcome.DOES_NOT_HOLD
    assert (found.left, found.right) == ("1", "2")


def test_the_reserve_to_the_yen() -> None:
    for amount, outcome in ((REQUIRED, Outcome.HOLDS), (REQUIRED - 1, Outcome.DOES_NOT_HOLD)):
        verdict = rule(MONEY, reserve=reserve(fund(amount)))
        found = result(verdict, "liability-reserve")
        assert found.outcome is outcome
        assert (found.left, found.right, found.unit, found.basis) == (str(amount), "600000", "JPY", Basis.DECLARED)
        assert "never cures a segregation shortfall" in found.steps[0]
        assert verdict.reserve is not None and verdict.reserve.required == "600000"


def test_the_reserve_is_decided_exactly_and_shown_safely() -> None:
    # 10^10 + 1 yen in the last year: 0.00002 yen more than 600,000. Shown as 600001 required, and 600,000 fails.
    volumes = tuple(Volume(year=2024 + n, by={"spot": 10**10 + (n == 2)}) for n in range(3))
    found = result(rule(MONEY, reserve=reserve(fund(REQUIRED), volumes=volumes)), "liability-reserve")
    assert (found.outcome, found.right) == (Outcome.DOES_NOT_HOLD, "600001")


def test_insurance_counts_less_its_deductible_and_up_to_half() -> None:
    # 400,000 - 150,000 = 250,000 of insurance: under half of 600,000, so all of it counts.
    cover = insurance(400_000, 150_000)
    assert result(rule(MONEY, reserve=reserve(fund(350_000), insurance=(cover,))), "liability-reserve").outcome is (
        Outcome.HOLDS
    )
    assert result(rule(MONEY, reserve=reserve(fund(349_999), insurance=(cover,))), "liability-reserve").outcome is (
        Outcome.DOES_NOT_HOLD
    )
    # However large, insurance fills 300,000 of it.
    large = rule(MONEY, reserve=reserve(fund(299_999), insurance=(insurance(10**12, 0),)))
    assert result(large, "liability-reserve").outcome is Outcome.DOES_NOT_HOLD
    assert large.reserve is not None
    assert (large.reserve.insurance, large.reserve.insurance_counted) == (str(10**12), "300000")
    # A deductible over the limit takes nothing from other policies.
    none = rule(MONEY, reserve=reserve(insurance=(insurance(5, 500),)))
    assert none.reserve is not None and none.reserve.insurance == "0"


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        ("2026-11-21", "2026-11-21", True),  # the snapshot's day in Japan, both ends inclusive
        ("2026-04-01", "2026-11-20", False),
        ("2026-11-22", "2027-11-21", False),
    ],
)
def test_insurance_must_be_in_force(first: str, last: str, counts: bool) -> None:
    verdict = rule(MONEY, reserve=reserve(insurance=(insurance(10, 0, first, last),)))
    assert verdict.reserve is not None
    assert verdict.reserve.insurance_counted == ("10" if counts else "0")
    assert any("not in force" in gap for gap in verdict.gaps) != counts


def test_funds_of_another_time_do_not_count() -> None:
    for at in ("2026-08-12", "2026-11-22"):
        verdict = rule(MONEY, reserve=reserve(fund(REQUIRED, at=at)))
        assert result(verdict, "liability-reserve").outcome is Outcome.DOES_NOT_HOLD
        assert any("left out of the reserve" in gap for gap in verdict.gaps)
    assert result(rule(MONEY, reserve=reserve(fund(REQUIRED, at="2026-08-13"))), "liability-reserve").outcome is (
        Outcome.HOLDS
    )


def test_what_is_held_for_customers_is_no_reserve() -> None:
    both = document("one certificate")
    verdict = rule(
        MONEY,
        holdings=(stated("JPY", REQUIRED, document=both),),
        reserve=reserve(fund(REQUIRED, document=both)),
    )
    assert result(verdict, "fiat-trust").outcome is Outcome.HOLDS
    assert result(verdict, "liability-reserve").outcome is Outcome.DOES_NOT_HOLD
    assert any("counts for customers already" in gap for gap in verdict.gaps)


def test_a_fund_listed_twice_counts_once() -> None:
    verdict = rule(MONEY, reserve=reserve(fund(REQUIRED // 2), fund(REQUIRED // 2)))
    assert result(verdict, "liability-reserve").outcome is Outcome.DOES_NOT_HOLD
    assert any("counted once" in gap for gap in verdict.gaps)


def test_without_figures_the_reserve_is_undecided_and_says_why() -> None:
    for verdict in (rule(MONEY), rule(MONEY, reserve=reserve(fund(10**12), volumes=()))):
        found = result(verdict, "liability-reserve")
        assert found.outcome is Outcome.UNDECIDED
        assert "no trading values are declared" in found.steps[1]
        assert verdict.reserve is not None and verdict.reserve.required is None
        assert (found.left, found.right) == (verdict.reserve.held, "")


def test_before_the_act_was_promulgated() -> None:
    from dataclasses import replace

    verdict = rule(MONEY, header=replace(HEADER, as_of="2026-07-22T14:59:59Z"))
    assert result(verdict, "liability-reserve").outcome is Outcome.NOT_COVERED
    assert result(verdict, "combined-coverage").outcome is Outcome.NOT_COVERED
    assert result(verdict, "fiat-trust").outcome is Outcome.DOES_NOT_HOLD
    assert verdict.reserve is None


def test_combined_coverage_to_the_yen() -> None:
    # Owed: 2 ETH at 300,000 and 1,000 yen = 601,000. Held: 1 ETH and 1,000 yen = 301,000. Missing: 300,000.
    ledger = (*MONEY, owed("ETH", 2 * ONE_ETH))
    for amount, outcome in ((300_000, Outcome.HOLDS), (299_999, Outcome.DOES_NOT_HOLD)):
        verdict = rule(
            ledger,
            (chain(held(ETH, ONE_ETH)),),
            holdings=(stated("JPY", 1000),),
            reserve=reserve(fund(amount)),
            prices=prices(ETH="300000"),
        )
        found = result(verdict, "combined-coverage")
        assert found.outcome is outcome
        assert (found.left, found.right) == (str(301_000 + amount), "601000")
        assert verdict.yen.document() == {
            "owed": "601000",
            "covered": "301000",
            "reserve": str(amount),
            "unpriced": [],
        }
        # The reserve never cures the shortfall in kind.
        assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
        assert verdict.outcome is Outcome.DOES_NOT_HOLD


def test_sums_are_exact_where_shown_figures_are_rounded() -> None:
    # One wei short at 3 yen: the difference is 3e-18 yen, and without a reserve it fails.
    short = rule((owed("ETH", ONE_ETH),), (chain(held(ETH, ONE_ETH - 1)),), prices=prices(ETH="3"))
    found = result(short, "combined-coverage")
    assert found.outcome is Outcome.DOES_NOT_HOLD
    assert (found.left, found.right) == ("2", "3")
    # Half a yen each side: it holds although it is shown as 0 against 1.
    half = rule((owed("ETH", ONE_ETH // 2),), (chain(held(ETH, ONE_ETH // 2)),), prices=prices(ETH="1"))
    found = result(half, "combined-coverage")
    assert found.outcome is Outcome.HOLDS
    assert (found.left, found.right) == ("0", "1")
    assert (half.assets[0].covered_yen, half.assets[0].owed_yen) == ("0", "1")


def test_a_missing_price_leaves_it_undecided() -> None:
    verdict = rule((owed("ETH", 5),), (chain(held(ETH, 5)),))
    found = result(verdict, "combined-coverage")
    assert found.outcome is Outcome.UNDECIDED
    assert verdict.yen.unpriced == ("ETH",)
    assert verdict.assets[0].owed_yen is None
    assert any("ETH" in step and "cannot be decided" in step for step in found.steps)


def test_a_missing_price_hides_no_known_shortfall() -> None:
    ledger = (owed("ETH", 5), owed("BTC", 5, 8))
    verdict = rule(ledger, (chain(held(ETH, 5)),), prices=prices(BTC="100000000"))
    assert result(verdict, "combined-coverage").outcome is Outcome.DOES_NOT_HOLD


def test_an_old_price_is_no_price() -> None:
    from por.solvency.prices import parse_prices

    for at, outcome in (
        ("2026-11-19T15:00:00Z", Outcome.HOLDS),
        ("2026-11-19T14:59:59Z", Outcome.UNDECIDED),
        ("2026-11-21T15:00:01Z", Outcome.UNDECIDED),
    ):
        found = parse_prices(f"asset,yen,at,source\nETH,3,{at},a\n".encode())
        verdict = rule((owed("ETH", 5),), (chain(held(ETH, 5)),), prices=found)
        assert result(verdict, "combined-coverage").outcome is outcome
        assert any("the price of ETH from a is more than 24 hours" in gap for gap in verdict.gaps) == (
            outcome is Outcome.UNDECIDED
        )


def test_nothing_owed() -> None:
    assert result(rule((owed("ETH", 0),)), "combined-coverage").outcome is Outcome.NOT_COVERED


def test_one_document_is_one_reserve() -> None:
    one = document("one certificate")
    least = rule(MONEY, reserve=reserve(fund(REQUIRED, document=one), fund(1, document=one, institution="Other Bank")))
    same = rule(MONEY, reserve=reserve(fund(1, document=one, institution="Other Bank"), fund(REQUIRED, document=one)))
    assert least.reserve is not None and least.reserve.funds == "1"
    assert least.document() == same.document()
    perils = tuple(replace(insurance(100_000, 0), perils=text) for text in ("theft", "fraud"))
    twice = rule(MONEY, reserve=reserve(insurance=perils))
    assert twice.reserve is not None and twice.reserve.insurance == "100000"
    both = rule(MONEY, reserve=reserve(fund(5, document=document("policy")), insurance=(insurance(100_000, 0),)))
    assert both.reserve is not None and (both.reserve.funds, both.reserve.insurance) == ("5", "0")
    assert any("is a fund of the reserve already" in gap for gap in both.gaps)


def test_money_stated_on_two_days_counts_once() -> None:
    days = ("2026-11-19", "2026-11-20")
    half = REQUIRED // 2
    holdings = tuple(stated("JPY", half, at=at, document=document(at)) for at in days)
    funds = tuple(fund(half, at=at, document=document(f"fund {at}")) for at in days)
    verdict = rule((owed("JPY", REQUIRED, 0),), holdings=holdings, reserve=reserve(*funds))
    assert result(verdict, "fiat-trust").outcome is Outcome.DOES_NOT_HOLD
    assert result(verdict, "fiat-trust").left == result(verdict, "liability-reserve").left == str(half)
    assert sum("the same institution states it anew on 2026-11-20" in gap for gap in verdict.gaps) == 2
    # A later day that does not count yet takes nothing away, and two institutions are two.
    apart = (holdings[1], replace(holdings[0], at="2026-11-22"), replace(holdings[0], institution="Other Trust"))
    assert result(rule((owed("JPY", REQUIRED, 0),), holdings=apart), "fiat-trust").outcome is Outcome.HOLDS
