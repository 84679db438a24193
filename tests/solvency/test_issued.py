"""Stablecoins as issuer: what is outstanding on all chains, and both kinds of security, by figures made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from por.errors import InputError
from por.liabilities.manifest import Manifest
from por.outcomes import Basis, Outcome
from por.reserves.declared import Declared, parse_declared
from por.reserves.issues import Issue, IssueAsset, NonRedeemable
from por.reserves.report import Report, Supply
from por.solvency.judge import judge
from por.solvency.rules.stablecoin_trust import _months_after
from por.solvency.verdict import RuleResult, Verdict
from tests.solvency.cases import HEADER, chain, document, held, japan, owed, prices, result, stated

ONE = 10**18
CONTRACT = "0xE7C3D8C9a439feDe00D2600032D5dB0Be71C3c29"
CHAINS = ("eip155:1", "eip155:137", "eip155:43114", "eip155:8217")
PREPAID = "eip155:1/erc20:0x431D5dfF03120AFA4bDf332c61A6e1766eF37BDB"
FUNDS, TRUST = "stablecoin-funds-transfer", "stablecoin-trust"


def behind(amount: int, kind: Any = "legal-deposit", **other: Any) -> IssueAsset:
    values: dict[str, Any] = {"at": "2026-11-20", "institution": "Tokyo", "document": document(f"{kind} {amount}")}
    return IssueAsset(kind=kind, amount=amount, **{**values, **other})


def issue(*assets: IssueAsset, type: Any = "funds-transfer", currency: str = "JPY", **other: Any) -> Issue:
    return Issue(asset="JPYC", type=type, currency=currency, assets=assets, **other)


def verdict(
    coin: Issue, *supplies: int | None, own: int = 0, customers: int = 0, purpose: Any = "own", **yen: str
) -> Verdict:
    """Judge a coin with a supply (base units) on each of the chains of issue; None was not read."""
    return judged(Declared(issues=(coin,)), *supplies, own=own, customers=customers, purpose=purpose, **yen)


def judged(
    declared: Declared, *supplies: int | None, own: int = 0, customers: int = 0, purpose: Any = "own", **yen: str
) -> Verdict:
    found = []
    for name, amount in zip(CHAINS, supplies, strict=False):
        token = f"{name}/erc20:{CONTRACT}"
        rows = []
        if own and name == CHAINS[0]:
            rows.append(held(token, own, purpose=purpose))
        if customers and name == CHAINS[1]:
            rows.append(held(token, customers, account=f"{name}:0x0000000000000000000000000000000000001271"))
        more = () if amount is None else (Supply(asset=token, amount=amount),)
        found.append(replace(chain(*rows, id=name), supplies=more))
    return judge(
        pack=japan(),
        manifest=Manifest(header=HEADER, account_id_kind="login e-mail", assets=(owed("JPY", 0, 0),)),
        report=Report(snapshot_id=HEADER.id, chains=tuple(found), declared=declared.holdings),
        declared=declared,
        prices=prices(**(yen or {"USD": "150"})),
    )


def funds(security: int, *supplies: int | None, **other: Any) -> RuleResult:
    return result(verdict(issue(behind(security)), *supplies, **other), FUNDS)


def test_above_a_hundred_million_one_per_cent_and_four_million() -> None:
    # 400 + 300 + 150 + 50 million on four chains: X = 900,000,000; 1.01 x X + 4,000,000 = 913,000,000.
    supplies = tuple(million * 10**6 * ONE for million in (400, 300, 150, 50))
    for security, outcome in ((913_000_000, Outcome.HOLDS), (912_999_999, Outcome.DOES_NOT_HOLD)):
        found = funds(security, *supplies)
        assert found.outcome is outcome
        assert (found.left, found.right, found.unit) == (str(security), "913000000", "JPY")
        assert found.basis is Basis.DECLARED


def test_up_to_a_hundred_million_five_per_cent() -> None:
    # X = 100,000,000 exactly: 1.05 x X = 105,000,000; and 1.01 x X + 4,000,000 is the same, so no step is left out.
    at = (10**8 * ONE, 0, 0, 0)
    assert funds(105_000_000, *at).outcome is Outcome.HOLDS
    assert funds(104_999_999, *at).outcome is Outcome.DOES_NOT_HOLD
    # One coin more: 1.01 x 100,000,001 + 4,000,000 = 105,000,001.01, shown rounded up.
    over = funds(105_000_001, (10**8 + 1) * ONE, 0, 0, 0)
    assert (over.outcome, over.right) == (Outcome.DOES_NOT_HOLD, "105000002")
    # X = 40,000,000.5: 42,000,000.525
    assert funds(42_000_001, 40_000_000 * ONE + ONE // 2, 0, 0, 0).right == "42000001"


def test_a_chain_of_issue_that_was_not_read_leaves_it_open() -> None:
    found = funds(10**15, 5 * ONE, 5 * ONE, 5 * ONE, None)
    assert found.outcome is Outcome.UNDECIDED
    assert any("was not read of eip155:8217" in step for step in found.steps)
    assert funds(10**15, 5 * ONE).outcome is Outcome.UNDECIDED
    figures = verdict(issue(), 5 * ONE).issues[0]
    assert (figures.outstanding, figures.yen, figures.supplies[0][1]) == (None, None, "5")


def test_the_legacy_coin_is_never_added() -> None:
    coin = issue(behind(105 * 10**6))
    base = verdict(coin, 10**8 * ONE, 0, 0, 0)
    report = Report(
        snapshot_id=HEADER.id,
        chains=tuple(
            replace(
                chain(id=name),
                supplies=(
                    *([Supply(asset=PREPAID, amount=10**30)] if name == "eip155:1" else []),
                    Supply(asset=f"{name}/erc20:{CONTRACT}", amount=10**8 * ONE if name == "eip155:1" else 0),
                ),
            )
            for name in CHAINS
        ),
    )
    manifest = Manifest(header=HEADER, account_id_kind="login e-mail", assets=(owed("JPY", 0, 0),))
    other = judge(
        pack=japan(), manifest=manifest, report=report, declared=Declared(issues=(coin,)), prices=prices(USD="1")
    )
    assert result(other, FUNDS).document() == result(base, FUNDS).document()


def test_own_coins_are_taken_off_and_customers_are_not() -> None:
    # 100 million minted, 40 in the issuer's own wallet: 60 x 1.05 = 63 million. What it holds for customers is owed.
    minted = (90 * 10**6 * ONE, 10 * 10**6 * ONE, 0, 0)
    assert funds(63 * 10**6, *minted, own=40 * 10**6 * ONE).outcome is Outcome.HOLDS
    assert funds(63 * 10**6 - 1, *minted, own=40 * 10**6 * ONE).outcome is Outcome.DOES_NOT_HOLD
    assert funds(63 * 10**6, *minted, own=40 * 10**6 * ONE, purpose="customers").outcome is Outcome.DOES_NOT_HOLD
    assert funds(105 * 10**6, *minted, customers=5 * 10**6 * ONE).right == "105000000"


def test_frozen_coins_are_taken_off_by_a_fresh_document() -> None:
    def frozen(at: str) -> Issue:
        entry = NonRedeemable(kind="frozen-by-order", amount="20000000.5", at=at, document=document("order"))
        return issue(behind(10**9), non_redeemable=(entry,))

    # 100,000,000 - 20,000,000.5 = 79,999,999.5; x 1.05 = 83,999,999.475
    assert result(verdict(frozen("2026-11-20"), 10**8 * ONE, 0, 0, 0), FUNDS).right == "84000000"
    stale = verdict(frozen("2026-11-13"), 10**8 * ONE, 0, 0, 0)
    assert result(stale, FUNDS).right == "105000000"
    assert any("frozen-by-order" in gap and "not taken off" in gap for gap in stale.gaps)
    most = NonRedeemable(kind="burnt", amount="999999999", at="2026-11-20", document=document("order"))
    none = verdict(issue(non_redeemable=(most,)), 10**8 * ONE, 0, 0, 0)
    assert (none.issues[0].outstanding, result(none, FUNDS).right) == ("0", "0")


def test_security_of_other_classes_or_other_days_does_not_count() -> None:
    old = issue(behind(10**9, at="2026-11-13"))
    assert result(verdict(old, ONE, 0, 0, 0), FUNDS).left == "0"
    assert any("behind JPYC: left out" in gap for gap in verdict(old, ONE, 0, 0, 0).gaps)
    other = issue(behind(10**9, "other"))
    found = result(verdict(other, ONE, 0, 0, 0), FUNDS)
    assert found.left == "0" and any("does not count" in step for step in found.steps)


def test_another_currency_is_reckoned_by_its_price() -> None:
    coin = issue(behind(10**9), currency="USD")
    # 1,000,000 coins of a dollar at 150 yen are 150,000,000 yen: 1.01 x that + 4,000,000 = 155,500,000.
    assert result(verdict(coin, 10**6 * ONE, 0, 0, 0, USD="150"), FUNDS).right == "155500000"
    assert result(verdict(coin, 10**6 * ONE, 0, 0, 0, EUR="170"), FUNDS).outcome is Outcome.UNDECIDED


def property_of(demand: int, time: int, bonds: int, *, maturity: str = "2027-01-20", cancellable: bool = True) -> Issue:
    return issue(
        behind(demand, "demand-deposit"),
        behind(time, "time-deposit", cancellable=cancellable),
        behind(bonds, "government-bond", maturity=maturity, book=bonds + 1),
        type="trust",
    )


def trust(coin: Issue, coins: int = 1000) -> RuleResult:
    return result(verdict(coin, coins * ONE, 0, 0, 0), TRUST)


def test_the_trust_covers_what_is_outstanding_half_of_it_on_demand() -> None:
    assert trust(property_of(500, 300, 200)).outcome is Outcome.HOLDS
    short = trust(property_of(500, 300, 199))  # bonds at market value, a yen under
    assert (short.outcome, short.days_to_cure, short.cure_by) == (Outcome.DOES_NOT_HOLD, 2, "2026-11-25")
    assert [line.outcome for line in short.lines] == [Outcome.DOES_NOT_HOLD, Outcome.HOLDS, Outcome.HOLDS]
    # Half of 1,001 is 500.5: 500 on demand are too few, shown as 501.
    half = trust(property_of(500, 301, 200))
    assert [line.outcome for line in half.lines] == [Outcome.HOLDS, Outcome.DOES_NOT_HOLD, Outcome.HOLDS]
    assert half.lines[1].right == "501"


def test_property_of_another_kind_does_not_count_and_must_not_be_there() -> None:
    for coin in (
        property_of(600, 300, 200, maturity="2027-02-22"),
        property_of(600, 300, 200, cancellable=False),
        replace(property_of(600, 300, 200), assets=(*property_of(600, 300, 200).assets, behind(1, "other"))),
    ):
        found = trust(coin)
        assert found.lines[2].outcome is Outcome.DOES_NOT_HOLD
    late = trust(property_of(600, 300, 200, maturity="2027-02-22"))
    assert late.lines[0].outcome is Outcome.DOES_NOT_HOLD and late.lines[0].left == "900"
    # The snapshot's day in Japan is 21 November: due on 21 February is within three months.
    assert trust(property_of(600, 300, 200, maturity="2027-02-21")).outcome is Outcome.HOLDS


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-12-31", 1, "2027-01-31"),
        ("2026-10-31", 1, "2026-11-30"),
        ("2026-12-15", 12, "2027-12-15"),
        ("9999-11-01", 3, "9999-12-31"),
    ],
)
def test_months_end_where_the_calendar_ends(day: str, months: int, found: str) -> None:
    assert _months_after(day, months) == found


def test_each_type_is_judged_by_its_own_rule() -> None:
    found = verdict(issue(behind(10**9)), ONE, 0, 0, 0)
    assert result(found, TRUST).outcome is Outcome.NOT_COVERED
    assert result(verdict(property_of(1, 0, 0), ONE, 0, 0, 0), FUNDS).outcome is Outcome.NOT_COVERED


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ('demand_share = "0.5"', 'demand_share = "1.5"'),
        ('bond_months = "3"', 'bond_months = "0"'),
        ('bond_months = "3"', 'bond_months = "three"'),
        ('classes = "[a-z -]*"', 'classes = "gold"'),
        ('classes = "[a-z -]*"', 'classes = ""'),
        ('low_rate = "1.05"', 'low_rate = "5 %"'),
        ('limit = "0.05" }', 'limit = "5" }'),
        ('third_party = "cold"', 'third_party = "warm"'),
        ('capital = "10000000"', 'capital = "1e7"'),
    ],
)
def test_parameters_that_a_rule_cannot_work_with_are_found_when_the_pack_is_read(
    pattern: str, replacement: str
) -> None:
    with pytest.raises(InputError) as found:
        japan((pattern, replacement))
    assert ": line " in found.value.message and ".parameters: " in found.value.message
    assert found.value.hint


ISSUE = '[[issue]]\nasset = "JPYC"\ntype = "trust"\n'
BOND = """[[issue.assets]]
class = "government-bond"
amount = "1"
book = "1"
maturity = "2027-01-01"
at = "2026-11-20"
institution = "a"
document = "sha256:{}"
""".format("a" * 64)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ISSUE + ISSUE, "declared-issue"),
        (ISSUE.replace("JPYC", "JPYC:lent"), "declared-issue"),
        (ISSUE.replace("trust", "tulips"), "document-malformed"),
        (ISSUE + BOND + BOND, "declared-issue"),
        (ISSUE + BOND.replace('maturity = "2027-01-01"\n', ""), "declared-issue"),
        (ISSUE + BOND.replace('book = "1"\n', ""), "declared-issue"),
        (ISSUE + BOND.replace("government-bond", "demand-deposit"), "declared-issue"),
        (ISSUE + BOND.replace("government-bond", "time-deposit"), "declared-issue"),
        (ISSUE + BOND + "cancellable = true\n", "declared-issue"),
        (ISSUE + BOND.replace("2027-01-01", "2027-02-30"), "date-malformed"),
        (ISSUE + BOND.replace("sha256:", "sha1:"), "digest-malformed"),
        (ISSUE + BOND.replace('amount = "1"', 'amount = "1.5"'), "amount-not-canonical"),
        (ISSUE + BOND + 'rating = "AAA"\n', "document-unknown-key"),
        (
            ISSUE + 'non_redeemable = [{ class = "Frozen!", amount = "1", at = "2026-11-20", document = "x" }]\n',
            "declared-issue",
        ),
    ],
)
def test_a_slip_in_an_issue_is_named(text: str, code: str) -> None:
    with pytest.raises(InputError) as found:
        parse_declared(text)
    assert found.value.code == code, found.value.message
    assert "issue" in found.value.message


def test_one_paper_secures_one_thing() -> None:
    minted = (10**8 * ONE, 0, 0, 0)
    paper = behind(105 * 10**6)
    assert funds(105 * 10**6, *minted).outcome is Outcome.HOLDS
    other = Issue(asset="OTHER", type="trust", currency="JPY", assets=(replace(paper, kind="demand-deposit"),))
    base = verdict(issue(paper), *minted)
    assert result(base, FUNDS).outcome is Outcome.HOLDS
    for declared in (
        Declared(issues=(issue(paper), other)),
        Declared(issues=(issue(paper),), holdings=(stated("JPY", 1, document=paper.document),)),
    ):
        found = judged(declared, *minted)
        assert result(found, FUNDS).outcome is Outcome.DOES_NOT_HOLD
        assert any("behind another coin as well" in gap for gap in found.gaps)
    days = tuple(replace(paper, at=at, amount=paper.amount // 2) for at in ("2026-11-19", "2026-11-20"))
    assert result(verdict(issue(*days), *minted), FUNDS).outcome is Outcome.DOES_NOT_HOLD
