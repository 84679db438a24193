"""Segregation: the same kind and the same quantity, per asset, and everything left out is named."""

from __future__ import annotations

from por.outcomes import Basis, Outcome
from tests.solvency.cases import ETH, JPYC, OTHER, USDC, chain, document, held, japan, owed, result, rule, stated

POLYGON = "eip155:137:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"
TEN = 10 * 10**18


def test_it_holds_to_the_last_wei_and_not_one_less() -> None:
    found = result(rule((owed("ETH", TEN),), (chain(held(ETH, TEN)),)), "segregation")
    assert found.outcome is Outcome.HOLDS
    assert (found.left, found.right, found.unit) == ("1", "1", "assets held in full")
    assert found.steps == (
        "ETH owed: spot 10 = 10",
        "ETH held for customers: proven 0 + node 10 + declared 0 = 10",
        "ETH: 10 >= 10, 0 to spare",
    )
    short = result(rule((owed("ETH", TEN),), (chain(held(ETH, TEN - 1)),)), "segregation")
    assert short.outcome is Outcome.DOES_NOT_HOLD
    assert short.days_to_cure == 5
    assert short.lines[0].left == "9.999999999999999999"
    assert short.steps[-1] == "ETH: 9.999999999999999999 < 10, 0.000000000000000001 short"


def test_every_class_counts_with_its_base_asset_but_the_lent() -> None:
    ledger = (owed("ETH", 4), owed("ETH:margin", 3), owed("ETH:invented", 2), owed("ETH:lent", 100))
    assert result(rule(ledger, (chain(held(ETH, 9)),)), "segregation").outcome is Outcome.HOLDS
    verdict = rule(ledger, (chain(held(ETH, 8)),))
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    assert any("ETH:lent of 0.0000000000000001 is outside segregation" in gap for gap in verdict.gaps)
    (position,) = verdict.assets
    assert [(row.name, row.excluded) for row in position.classes] == [
        ("", False), ("invented", False), ("lent", True), ("margin", False),
    ]  # fmt: skip


def test_classes_of_an_asset_without_spot_balances() -> None:
    verdict = rule((owed("ETH:margin", 5),), (chain(held(ETH, 5)),))
    assert result(verdict, "segregation").outcome is Outcome.HOLDS


def test_amounts_of_different_decimals_meet_at_the_largest() -> None:
    # The ledger keeps JPYC with 4 decimals, Polygon with 18: one more unit of the chain's last digit must not matter
    # less than it is.
    ledger = (owed("JPYC", 10_001, 4), owed("JPYC:margin", 1, 6))
    exact = 1_000_101 * 10**12
    assert (
        result(rule(ledger, (chain(held(JPYC, exact, account=POLYGON), id="eip155:137"),)), "segregation")
        .lines[0]
        .right
        == "1.000101"
    )
    for amount, outcome in ((exact, Outcome.HOLDS), (exact - 1, Outcome.DOES_NOT_HOLD)):
        verdict = rule(ledger, (chain(held(JPYC, amount, account=POLYGON), id="eip155:137"),))
        assert result(verdict, "segregation").outcome is outcome


def test_a_ledger_finer_than_the_chain() -> None:
    # USDC has 6 decimals on its chain, the ledger 8: 1.00000001 owed is more than 1.000000 held.
    ledger = (owed("USDC", 100_000_001, 8),)
    found = result(rule(ledger, (chain(held(USDC, 1_000_000)),)), "segregation")
    assert found.outcome is Outcome.DOES_NOT_HOLD
    assert (found.lines[0].left, found.lines[0].right) == ("1", "1.00000001")


def test_holdings_on_several_chains_add_up() -> None:
    ethereum = "eip155:1/erc20:0xE7C3D8C9a439feDe00D2600032D5dB0Be71C3c29"
    chains = (chain(held(ethereum, 6)), chain(held(JPYC, 4, account=POLYGON), id="eip155:137"))
    assert result(rule((owed("JPYC", 10),), chains), "segregation").outcome is Outcome.HOLDS


def test_the_basis_is_the_weakest_that_was_used() -> None:
    proven = held(ETH, TEN, basis=Basis.PROVEN)
    node = held(ETH, 1, account=OTHER)
    nothing = held(ETH, 0, account=OTHER)
    ledger = (owed("ETH", TEN),)
    assert result(rule(ledger, (chain(proven),)), "segregation").basis is Basis.PROVEN
    assert result(rule(ledger, (chain(proven, nothing),)), "segregation").basis is Basis.PROVEN
    assert result(rule(ledger, (chain(proven, node),)), "segregation").basis is Basis.NODE
    custodian = stated("ETH", 1, "custodian-statement")
    assert result(rule(ledger, (chain(proven),), holdings=(custodian,)), "segregation").basis is Basis.DECLARED
    assert result(rule(ledger), "segregation").basis is None


def test_a_token_outside_the_token_table_is_a_nodes_word_whatever_the_report_says() -> None:
    verdict = rule((owed("USDC", 1, 6),), (chain(held(USDC, 1, basis=Basis.PROVEN)),))
    assert (verdict.assets[0].proven, verdict.assets[0].node) == (0, 1)


def test_of_documents_only_a_custodians_counts_for_crypto() -> None:
    ledger = (owed("BTC", 5, 8),)
    good = stated("BTC", 5, "custodian-statement")
    assert result(rule(ledger, holdings=(good,)), "segregation").outcome is Outcome.HOLDS
    for kind in ("fiat-trust", "bank-deposit", "government-bond"):
        verdict = rule(ledger, holdings=(stated("BTC", 5, kind),))
        assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
        assert verdict.assets[0].other == ((kind, 5),)


def test_a_document_of_another_day_does_not_count() -> None:
    ledger = (owed("BTC", 5, 8),)
    # The snapshot's day in Japan is 2026-11-21, and seven days are allowed.
    for at, outcome in (
        ("2026-11-21", Outcome.HOLDS),
        ("2026-11-14", Outcome.HOLDS),
        ("2026-11-13", Outcome.DOES_NOT_HOLD),
        ("2026-11-22", Outcome.DOES_NOT_HOLD),
    ):
        verdict = rule(ledger, holdings=(stated("BTC", 5, "custodian-statement", at=at),))
        assert result(verdict, "segregation").outcome is outcome, at
        assert bool([gap for gap in verdict.gaps if at in gap]) == (outcome is Outcome.DOES_NOT_HOLD)


def test_a_document_listed_twice_counts_once() -> None:
    row = stated("BTC", 5, "custodian-statement")
    verdict = rule((owed("BTC", 10, 8),), holdings=(row, row))
    assert verdict.assets[0].declared == 5
    assert any("stands twice" in gap for gap in verdict.gaps)
    other = stated("BTC", 5, "custodian-statement", document=document("another"))
    assert rule((owed("BTC", 10, 8),), holdings=(row, other)).assets[0].declared == 10


def test_what_no_ledger_knows_is_a_gap() -> None:
    verdict = rule((owed("BTC", 0, 8),), holdings=(stated("XMR", 5, "custodian-statement"),))
    assert any(gap.startswith("XMR is declared but no asset of the ledger") for gap in verdict.gaps)


def test_an_asset_that_is_held_and_owed_to_nobody_is_shown_and_not_judged() -> None:
    verdict = rule((owed("BTC", 0, 8),), (chain(held(ETH, 5)),))
    assert [(row.asset, row.liabilities, row.counted) for row in verdict.assets] == [("BTC", 0, 0), ("ETH", 0, 5)]
    assert [row.label for row in result(verdict, "segregation").lines] == ["BTC"]


def test_a_chain_outside_the_pack_counts_zero() -> None:
    pack = japan(('^  "eip155:137",\n', ""))
    verdict = rule((owed("JPYC", 1),), (chain(held(JPYC, 1, account=POLYGON), id="eip155:137"),), pack=pack)
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    assert any(gap.startswith("eip155:137 is not a chain of this policy pack") for gap in verdict.gaps)


def test_a_holding_filed_under_another_chain_counts_zero() -> None:
    # A devnet's balance offered with mainnet's asset id.
    verdict = rule((owed("ETH", 1),), (chain(held(ETH, 1), id="eip155:137"),))
    assert result(verdict, "segregation").outcome is Outcome.DOES_NOT_HOLD
    assert any("where it does not belong" in gap for gap in verdict.gaps)


def test_a_ledger_of_money_only() -> None:
    assert result(rule((owed("JPY", 0, 0),)), "segregation").outcome is Outcome.NOT_COVERED
