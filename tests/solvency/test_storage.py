"""Hot limit, cold rest, guarantee: exact for the annex's reader, and nothing of it in what is published."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from por.outcomes import Basis, Outcome
from por.solvency.rules import find_rule
from por.solvency.rules.base import needs_annex
from por.solvency.stated import as_stated
from por.solvency.verdict import Verdict
from tests.solvency.cases import ETH, OTHER, USDC, WALLET, chain, held, japan, owed, prices, result, rule, stated

THIRD = "eip155:1:0x0000000000000000000000000000000000001272"
OWN = "eip155:1:0x0000000000000000000000000000000000001273"
HIDDEN = ("hot-limit", "cold-rest", "guarantee")
STORED = {WALLET: "cold", OTHER: "hot", THIRD: "third-party", OWN: "cold"}
ONE = 10**18
YEN = prices(ETH="500000", USDC="150")


def exchange(hot: int, cold: int, *, own: int = 0, third: int = 0, eth: int = 100 * ONE, **other: Any) -> Verdict:
    """100 ETH owed, and 1,000,000 USDC all cold: 200 million yen in all."""
    rows = [held(ETH, hot, account=OTHER), held(ETH, cold), held(USDC, 10**12)]
    rows += [held(ETH, own, account=OWN, purpose="guarantee")] if own else []
    rows += [held(ETH, third, account=THIRD)] if third else []
    given: dict[str, Any] = {"prices": YEN, "storage": STORED, **other}
    return rule((owed("ETH", eth), owed("USDC", 10**12, 6)), (chain(*rows),), **given)


def test_five_per_cent_of_the_yen_total_to_the_wei() -> None:
    # 5 % of 200,000,000 yen is 10,000,000 yen, which are 20 ETH: a fifth of all ether, for it is the total that counts.
    for hot, outcome in ((20 * ONE, Outcome.HOLDS), (20 * ONE + 1, Outcome.DOES_NOT_HOLD)):
        found = result(exchange(hot, 100 * ONE - hot), "hot-limit")
        assert found.outcome is outcome
        assert found.sides is not None
        assert (found.sides.left, found.sides.right) == ("10000000" if hot % ONE == 0 else "10000001", "10000000")
        assert found.basis is Basis.DECLARED


def test_the_share_in_public_is_rounded_up() -> None:
    # 4 of 100 ETH: 2,000,000 of 200,000,000 yen is exactly 1 %; one wei more shows 2.
    assert result(exchange(4 * ONE, 96 * ONE), "hot-limit").left == "1"
    assert result(exchange(4 * ONE + 1, 96 * ONE - 1), "hot-limit").left == "2"
    over = result(exchange(20 * ONE + 1, 80 * ONE - 1), "hot-limit")
    assert (over.left, over.relation, over.right, over.cure_by) == ("6", "<=", "5", "2026-11-24")


def test_a_surplus_makes_no_share_smaller() -> None:
    # 21 hot of 100 owed; 1,000 more ETH of its own, cold, do not make 10.5 of 200 million yen less than 5 %.
    assert result(exchange(21 * ONE, 1079 * ONE), "hot-limit").outcome is Outcome.DOES_NOT_HOLD
    # Nor does a shortfall of the same coin: 20 ETH hot, 70 held of 100: 10 of 185 million yen is more than 5 %.
    assert result(exchange(20 * ONE, 50 * ONE), "hot-limit").outcome is Outcome.DOES_NOT_HOLD


def test_the_rest_is_cold() -> None:
    good = result(exchange(20 * ONE, 80 * ONE), "cold-rest")
    assert good.outcome is Outcome.HOLDS and good.sides is not None
    assert (good.sides.left, good.sides.right) == ("190000000", "190000000")
    assert result(exchange(20 * ONE + 1, 80 * ONE - 1), "cold-rest").outcome is Outcome.DOES_NOT_HOLD
    # A surplus of the same coin that lies cold stands in for what is hot; one of another coin does not.
    assert result(exchange(30 * ONE, 100 * ONE), "cold-rest").outcome is Outcome.HOLDS
    rows = (held(ETH, 30 * ONE, account=OTHER), held(ETH, 70 * ONE), held(USDC, 10**18))
    other = rule((owed("ETH", 100 * ONE), owed("USDC", 10**12, 6)), (chain(*rows),), prices=YEN, storage=STORED)
    assert result(other, "cold-rest").outcome is Outcome.DOES_NOT_HOLD


def test_third_parties_count_as_cold_when_the_pack_says_so() -> None:
    assert result(exchange(0, 50 * ONE, third=50 * ONE), "cold-rest").outcome is Outcome.HOLDS
    strict = japan(('third_party = "cold"', 'third_party = "not-cold"'))
    found = result(exchange(0, 50 * ONE, third=50 * ONE, pack=strict), "cold-rest")
    assert found.outcome is Outcome.DOES_NOT_HOLD
    paper = stated("ETH", 50 * ONE, "custodian-statement")
    for pack, outcome in ((None, Outcome.HOLDS), (strict, Outcome.DOES_NOT_HOLD)):
        assert result(exchange(0, 50 * ONE, holdings=(paper,), pack=pack), "cold-rest").outcome is outcome


def test_a_guarantee_in_kind_and_cold() -> None:
    for own, outcome in ((4 * ONE, Outcome.HOLDS), (4 * ONE - 1, Outcome.DOES_NOT_HOLD)):
        found = result(exchange(4 * ONE, 96 * ONE, own=own), "guarantee")
        assert found.outcome is outcome
    warm = exchange(4 * ONE, 96 * ONE, own=4 * ONE, storage={**STORED, OWN: "hot"})
    assert result(warm, "guarantee").outcome is Outcome.DOES_NOT_HOLD
    # Ether is no guarantee for dollars: hot USDC needs USDC.
    rows = (held(ETH, 1000 * ONE, account=OWN, purpose="guarantee"), held(USDC, 1, account=OTHER), held(USDC, 10**12))
    found = rule((owed("USDC", 10**12, 6),), (chain(*rows),), prices=YEN, storage=STORED)
    assert result(found, "guarantee").outcome is Outcome.DOES_NOT_HOLD
    assert result(exchange(0, 100 * ONE), "guarantee").outcome is Outcome.HOLDS


def test_guarantee_needs_no_price_and_the_others_do() -> None:
    found = exchange(4 * ONE, 96 * ONE, own=4 * ONE, prices=prices(ETH="500000"))
    assert [result(found, id).outcome for id in HIDDEN] == [Outcome.UNDECIDED, Outcome.UNDECIDED, Outcome.HOLDS]


def test_without_the_annex_they_are_not_covered() -> None:
    found = exchange(4 * ONE, 96 * ONE, storage=None)
    assert {result(found, id).outcome for id in HIDDEN} == {Outcome.NOT_COVERED}
    assert all("annex" in result(found, id).steps[-1] for id in HIDDEN)


def test_a_holding_that_the_annex_does_not_name_is_hot() -> None:
    from por.reserves.annex import Annex
    from por.reserves.report import Report
    from por.solvency.holdings import on_chain
    from por.solvency.storage import with_storage
    from tests.solvency.cases import HEADER

    pack = japan()
    report = Report(snapshot_id=HEADER.id, chains=(chain(held(ETH, 1)),))
    counted, _ = on_chain(pack, report)
    empty = Annex(snapshot_id=HEADER.id, salt=b"\x07" * 32, holdings=())
    assert [row.storage for row in with_storage(counted, empty)] == ["hot"]


def test_what_is_published_does_not_tell_hot_from_cold() -> None:
    """Two exchanges with other wallets hot, the same share in whole per cent: not one byte of the statement differs."""
    one = exchange(5 * ONE, 95 * ONE, own=9 * ONE)
    rows = (held(ETH, 5 * ONE, account=OTHER), held(ETH, 95 * ONE), held(USDC, 10**12))
    rows += (held(ETH, 9 * ONE, account=OWN, purpose="guarantee"),)
    swapped = {**STORED, THIRD: "cold"}
    assert result(one, "hot-limit").left == "2"
    other = rule(
        (owed("ETH", 100 * ONE), owed("USDC", 10**12, 6)),
        (
            chain(
                *(replace(row, account=THIRD) if row.account == OTHER else row for row in rows),
                held(ETH, 8 * ONE, account=OTHER, purpose="own"),
            ),
        ),
        prices=YEN,
        storage=swapped,
    )
    assert result(other, "hot-limit").left == "0"
    for verdict in (one, other):
        document = verdict.document()
        for row in document["rules"]:
            if row["id"] in HIDDEN:
                assert row["lines"] == [] and "sides" not in row
                shown = json.dumps(row)
                assert "ETH" not in shown and "USDC" not in shown
                assert row["id"] == "hot-limit" or (row["left"], row["right"]) == ("", "")


def test_an_auditor_without_the_annex_makes_the_same_rows_of_what_is_stated() -> None:
    for hot in (0, 5 * ONE, 20 * ONE, 21 * ONE):
        signed = exchange(hot, 100 * ONE - hot, own=5 * ONE)
        blind = exchange(hot, 100 * ONE - hot, own=5 * ONE, storage=None)
        assert blind.document() != signed.document()
        assert as_stated(blind, japan(), signed.document()).document() == signed.document()


@pytest.mark.parametrize(
    ("id", "key", "value"),
    [
        ("hot-limit", "left", "3"),  # with does-not-hold: impossible
        ("hot-limit", "left", "4.5"),
        ("hot-limit", "left", "x" * 1000),
        ("hot-limit", "left", 6),
        ("hot-limit", "right", "7"),
        ("hot-limit", "outcome", "holds"),
        ("hot-limit", "outcome", "splendid"),
        ("hot-limit", "reference", "none"),
        ("hot-limit", "cure_by", None),
        ("cold-rest", "left", "100"),
        ("guarantee", "lines", [{"label": "ETH"}]),
        ("guarantee", "steps", ["trust us"]),
        ("guarantee", "basis", "proven"),
    ],
)
def test_what_a_statement_may_not_say_is_seen_without_the_annex(id: str, key: str, value: Any) -> None:
    signed = exchange(21 * ONE, 79 * ONE, own=21 * ONE).document()
    blind = exchange(21 * ONE, 79 * ONE, own=21 * ONE, storage=None)
    next(row for row in signed["rules"] if row["id"] == id)[key] = value
    assert as_stated(blind, japan(), signed).document() != signed


@pytest.mark.parametrize("id", HIDDEN)
@pytest.mark.parametrize("outcome", ["not-covered", "undecided"])
def test_a_failure_is_not_told_as_a_rule_that_does_not_apply(id: str, outcome: str) -> None:
    """Customers' coins are there and all have a price: then the rule is decided, whatever stands in the annex."""
    signed = exchange(21 * ONE, 79 * ONE, own=ONE).document()
    blind = exchange(21 * ONE, 79 * ONE, own=ONE, storage=None)
    rule = find_rule(id)
    settings = japan().rule(id, blind.day)
    assert rule is not None and settings is not None and needs_annex(rule)
    row = next(row for row in signed["rules"] if row["id"] == id)
    assert row["outcome"] == "does-not-hold"
    row.update(rule.public(settings, Outcome(outcome), "").document())
    assert as_stated(blind, japan(), signed).document() != signed


def test_what_has_no_price_is_not_told_as_decided() -> None:
    priced = exchange(0, 100 * ONE).document()
    unpriced: dict[str, Any] = {"prices": prices(USDC="150")}
    signed = exchange(0, 100 * ONE, **unpriced).document()
    blind = exchange(0, 100 * ONE, storage=None, **unpriced)
    assert as_stated(blind, japan(), signed).document() == signed
    for n, row in enumerate(priced["rules"]):
        if row["id"] == "hot-limit":
            signed["rules"][n] = row
    assert as_stated(blind, japan(), signed).document() != signed


def test_a_surplus_that_is_hot_is_too_much_under_any_limit() -> None:
    pack = japan((r'limit = "0\.05" }', 'limit = "1" }'))
    for hot, owes in ((5 * ONE, 0), (5 * ONE, 1)):
        given: dict[str, Any] = {"prices": YEN, "pack": pack}
        chains = (chain(held(ETH, hot, account=OTHER)),)
        signed = rule((owed("ETH", owes),), chains, storage=STORED, **given)
        found = result(signed, "hot-limit")
        assert (found.outcome, found.left) == (Outcome.DOES_NOT_HOLD, "1000")
        blind = rule((owed("ETH", owes),), chains, **given)
        assert as_stated(blind, pack, signed.document()).document() == signed.document()


@pytest.mark.parametrize("stated_rules", [None, [], "rules", [None], [{"id": []}], {"rules": 1}, {"rules": [{}]}])
def test_a_statement_without_rules_breaks_nothing(stated_rules: Any) -> None:
    blind = exchange(0, 100 * ONE, storage=None)
    assert as_stated(blind, japan(), stated_rules) == blind


def test_only_rules_about_storage_are_taken_from_a_statement() -> None:
    ours = [find_rule(id) for id in ("segregation", "fiat-trust", "net-assets", "liability-reserve")]
    assert not any(needs_annex(found) for found in ours if found is not None)
    signed = exchange(0, 100 * ONE).document()
    short = exchange(0, 99 * ONE, storage=None)
    for row in signed["rules"]:
        row["outcome"] = "holds"
    assert result(as_stated(short, japan(), signed), "segregation").outcome is Outcome.DOES_NOT_HOLD
