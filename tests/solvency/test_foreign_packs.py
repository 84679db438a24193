"""Other regimes are other data: Dubai's and Hong Kong's packs over the same exchange, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from por.cli.options import policy_for
from por.outcomes import Outcome
from por.reserves.declared import Declared, DeclaredReserve
from por.solvency.pack import shipped
from por.solvency.verdict import RuleResult
from por.solvency.whatif.facts import Facts
from tests.solvency.cases import ETH, edited, fund, insurance, result
from tests.solvency.whatif.exchange import facts

DOCS = Path(__file__).parents[2] / "docs" / "rules.md"


def hong_kong(given: Facts, rule: str) -> RuleResult:
    return result(given.judge(shipped("hong-kong")), rule)


def with_reserve(reserve: DeclaredReserve) -> Facts:
    return facts(reserve=reserve)


def test_the_same_exchange_under_another_limit() -> None:
    # 1 of 10 ETH is hot: 400,000 of 4,150,000 yen of coins, 9.6 %. Neither Japan's 5 % nor Hong Kong's 2 % allows it.
    # With 0.15 ETH hot it is 60,000 yen, 1.4 %: both do. With 0.3 ETH, 120,000 yen, 2.9 %: only Japan's.
    for hot, japan, hong in ((1.0, False, False), (0.15, True, True), (0.3, True, False)):
        given = moved(int(hot * 10**18))
        assert (result(given.judge(shipped("japan")), "hot-limit").outcome is Outcome.HOLDS) is japan
        assert (hong_kong(given, "hot-limit").outcome is Outcome.HOLDS) is hong


def moved(hot: int) -> Facts:
    """The small exchange with so much ETH in its hot wallet and the rest of the ten cold."""
    given = facts()
    (chain,) = given.report.chains
    storage = given.storage() or {}
    holdings = tuple(
        replace(row, amount=hot if storage[row.account, row.asset][0] == "hot" else 10**19 - hot)
        if row.asset == ETH
        else row
        for row in chain.holdings
    )
    return replace(given, report=replace(given.report, chains=(replace(chain, holdings=holdings),)))


@pytest.mark.parametrize(
    ("funds", "limit", "deductible", "outcome", "left"),
    [
        # 400,000 hot + 150,000 with a third party + half of 3,600,000 cold = 2,350,000 yen.
        (2_350_000, 0, 0, Outcome.HOLDS, "100"),
        (2_349_999, 0, 0, Outcome.DOES_NOT_HOLD, "99"),
        (350_000, 2_100_000, 100_000, Outcome.HOLDS, "100"),
        (350_000, 2_000_000, 100_000, Outcome.DOES_NOT_HOLD, "95"),  # 2,250,000 of 2,350,000 is 95.7 %
        (0, 0, 0, Outcome.DOES_NOT_HOLD, "0"),
    ],
)
def test_compensation(funds: int, limit: int, deductible: int, outcome: Outcome, left: str) -> None:
    reserve = DeclaredReserve(funds=(fund(funds),), insurance=(insurance(limit, deductible),))
    found = hong_kong(with_reserve(reserve), "compensation")
    assert (found.outcome, found.left, found.right) == (outcome, left, "100")
    assert found.sides is not None and found.sides.right == "2350000"
    assert found.sides.left == str(funds + max(0, limit - deductible))


def test_what_is_set_aside_must_be_fresh_and_in_force() -> None:
    stale = DeclaredReserve(
        funds=(fund(9_000_000, at="2025-11-20"),), insurance=(insurance(9_000_000, 0, last="2026-11-20"),)
    )
    # The snapshot's day in Hong Kong is 2026-11-20 (23:00 there): insurance to that day still runs, the fund is old.
    found = hong_kong(with_reserve(stale), "compensation")
    assert found.sides is not None and found.sides.left == "9000000"
    assert any("left out of the reserve" in step for step in found.sides.steps)


def test_compensation_tells_the_public_no_more_than_a_share() -> None:
    found = hong_kong(facts(), "compensation")
    public = str(found.document())
    assert "2350000" not in public and "3600000" not in public
    without = hong_kong(facts(annex=False), "compensation")
    assert without.outcome is Outcome.NOT_COVERED


def test_a_public_share_that_contradicts_its_outcome_gives_another() -> None:
    from por.solvency.rules.compensation import Compensation

    settings = shipped("hong-kong").rule("compensation", "2026-11-20")
    assert settings is not None
    assert Compensation().public(settings, Outcome.HOLDS, "99").outcome is Outcome.DOES_NOT_HOLD
    assert Compensation().public(settings, Outcome.DOES_NOT_HOLD, "100").outcome is Outcome.HOLDS


def test_a_coin_without_a_price_leaves_compensation_undecided() -> None:
    given = facts()
    bare = replace(given, prices=replace(given.prices, quotes=given.prices.of("ETH")))
    assert hong_kong(bare, "compensation").outcome is Outcome.UNDECIDED


def dubai(company: dict[str, str] | None) -> RuleResult:
    given = facts()
    assert given.declared is not None
    declared = Declared(holdings=given.declared.holdings, reserve=given.declared.reserve, company=company)
    return result(replace(given, declared=declared).judge(shipped("dubai")), "independent-audit")


@pytest.mark.parametrize(
    ("day", "outcome", "due"),
    [
        ("2026-05-20", Outcome.HOLDS, "2026-11-20"),  # the snapshot's day in Dubai is 2026-11-20
        ("2026-05-19", Outcome.DOES_NOT_HOLD, "2026-11-19"),
        ("2026-08-31", Outcome.HOLDS, "2027-02-28"),  # there is no 31 February
        ("2026-11-21", Outcome.UNDECIDED, "2027-05-21"),
    ],
)
def test_the_last_independent_audit(day: str, outcome: Outcome, due: str) -> None:
    found = dubai({"last_independent_audit": day})
    assert (found.outcome, found.left) == (outcome, due)


@pytest.mark.parametrize("company", [None, {}, {"last_independent_audit": "in May"}])
def test_no_audit_given_is_undecided(company: dict[str, str] | None) -> None:
    assert dubai(company).outcome is Outcome.UNDECIDED


def test_parameters_are_checked_when_the_pack_is_read() -> None:
    from por.errors import InputError
    from por.solvency.pack import parse_pack

    for id, edit in (
        ("dubai", ('months = "6"', 'months = "half a year"')),
        ("dubai", ('months = "6"', f'months = "{"6" * 5000}"')),  # more digits than Python reads
        ("hong-kong", ('hot = "1"', 'hot = "2"')),
        ("hong-kong", (', cold = "0.5"', "")),
    ):
        with pytest.raises(InputError):
            parse_pack(edited(id, edit), where="edited.toml")


def test_in_dubai_every_class_counts() -> None:
    assert not shipped("dubai").excluded_classes
    assert result(facts().judge(shipped("dubai")), "segregation").outcome is Outcome.HOLDS


def test_foreign_packs_say_what_they_are() -> None:
    for id in ("dubai", "hong-kong"):
        assert "have it checked against the text in force" in shipped(id).limitations[0]
        page = DOCS.read_text("utf-8")
        assert all(f"**{rule}**" in page or f"## {rule}\n" in page for rule in shipped(id).rule_ids())


def test_no_foreign_pack_is_taken_unasked() -> None:
    assert policy_for(None, {"eip155:1"}).id == "japan"
    assert policy_for(None, {"eip155:31337"}).id == "demo"
