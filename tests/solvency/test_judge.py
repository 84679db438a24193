"""The verdict as a whole: what belongs together, the JSON that is signed, rules of others."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from por import canonical
from por.errors import InputError, UsageError
from por.liabilities.manifest import Manifest
from por.outcomes import Outcome
from por.reserves.declared import Declared
from por.reserves.report import Report
from por.solvency.judge import judge
from por.solvency.rules import find_rule, rule_ids
from por.solvency.verdict import Verdict
from tests.solvency.cases import (
    ETH,
    HEADER,
    WALLET,
    chain,
    fund,
    held,
    insurance,
    japan,
    owed,
    prices,
    reserve,
    rule,
    stated,
)


def healthy() -> Verdict:
    return rule(
        (owed("ETH", 5, excluded=(2, 9)), owed("ETH:lent", 1), owed("JPY", 1000, 0)),
        (chain(held(ETH, 6)),),
        holdings=(stated("JPY", 1000),),
        reserve=reserve(fund(600_000), insurance=(insurance(10, 1),)),
        prices=prices(ETH="300000.5"),
        company={"net_assets": "1", "capital": "10000000"},
        storage={WALLET: "cold"},
    )


def test_a_healthy_exchange() -> None:
    verdict = healthy()
    assert [str(row.outcome) for row in verdict.rules] == ["holds"] * 8 + ["not-covered"] * 2
    assert verdict.outcome is Outcome.HOLDS


def test_the_document_is_canonical_json_and_the_same_each_time() -> None:
    document = healthy().document()
    data = canonical.encode(document)
    assert canonical.decode(data, where="verdict") == document
    assert data == canonical.encode(healthy().document())
    assert list(document) == [
        "pack",
        "day",
        "outcome",
        "rules",
        "assets",
        "reserve",
        "prices",
        "yen",
        "issues",
        "beside",
        "gaps",
    ]
    assert document["pack"] == {"id": "japan", "version": "1"}
    assert document["day"] == "2026-11-21"
    assert document["assets"][0] == {
        "asset": "ETH",
        "decimals": 18,
        "fiat": False,
        "classes": [
            {"class": "", "amount": "5", "excluded": False},
            {"class": "lent", "amount": "1", "excluded": True},
        ],
        "liabilities": "5",
        "proven": "0",
        "node": "6",
        "declared": "0",
        "other": [],
        "owed_yen": "1",
        "covered_yen": "0",
    }
    assert "ETH: 2 negative balances of 0.000000000000000009 lower no liability" in document["gaps"]
    assert document["gaps"][-2:] == list(japan().limitations)


def test_nothing_depends_on_the_hash_seed_or_the_locale() -> None:
    program = (
        "import json;from tests.solvency.test_judge import healthy;"
        "print(json.dumps(healthy().document(),sort_keys=True))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "LC_ALL": language, "TZ": zone, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for seed, language, zone in (("1", "C.UTF-8", "UTC"), ("2", "de_DE.UTF-8", "Asia/Tokyo"))
    }
    assert len(found) == 1
    assert json.loads(found.pop())["outcome"] == "holds"


def test_the_report_of_another_snapshot_is_refused() -> None:
    other = replace(HEADER, sequence=8)
    with pytest.raises(InputError) as found:
        judge(
            pack=japan(),
            manifest=Manifest(header=HEADER, account_id_kind="e-mail", assets=(owed("ETH", 1),)),
            report=Report(snapshot_id=other.id, chains=()),
            declared=None,
            prices=prices(),
        )
    assert found.value.code == "snapshot-differs"


def test_a_declared_file_that_the_report_does_not_carry_is_refused() -> None:
    with pytest.raises(InputError) as found:
        judge(
            pack=japan(),
            manifest=Manifest(header=HEADER, account_id_kind="e-mail", assets=(owed("JPY", 1, 0),)),
            report=Report(snapshot_id=HEADER.id, chains=(), declared=(stated("JPY", 1),)),
            declared=Declared(holdings=(stated("JPY", 2),)),
            prices=prices(),
        )
    assert found.value.code == "declared-differs"


def test_an_exchange_with_nothing_at_all_gets_a_verdict() -> None:
    verdict = rule((owed("ETH", 5), owed("JPY", 5, 0)))
    assert {row.id: str(row.outcome) for row in verdict.rules} == {
        "segregation": "does-not-hold",
        "hot-limit": "not-covered",
        "cold-rest": "not-covered",
        "guarantee": "not-covered",
        "fiat-trust": "does-not-hold",
        "net-assets": "undecided",
        "liability-reserve": "undecided",
        "combined-coverage": "does-not-hold",
        "stablecoin-funds-transfer": "not-covered",
        "stablecoin-trust": "not-covered",
    }


STRANGER = """
from por.outcomes import Basis, Outcome
from por.solvency.verdict import RuleResult

class Good:
    id = "few-assets"
    parameters = frozenset({"most"})

    def judge(self, case, settings):
        most, found = int(settings.parameters["most"]), len(case.positions)
        outcome = Outcome.HOLDS if found <= most else Outcome.DOES_NOT_HOLD
        return RuleResult(id=self.id, title=settings.title, reference=settings.reference, outcome=outcome, basis=None,
                          left=str(found), right=str(most), unit="assets", relation="<=")

class Bad:
    id = "another"
"""


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of somebody else, as an installer leaves it: a module and its metadata."""
    (tmp_path / "por_few_assets.py").write_text(STRANGER)
    info = tmp_path / "por_few_assets-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: por-few-assets\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[por.rules]\nfew-assets = por_few_assets:Good\nmislabelled = por_few_assets:Bad\n"
        "absent = por_few_assets:Nothing\nsegregation = por_few_assets:Good\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("stranger")
def test_a_package_of_somebody_else_adds_a_rule() -> None:
    extra = (
        '[[rules]]\nid = "few-assets"\ntitle = "Few"\nreference = "ours"\nfrom = "2020-01-01"\n'
        'parameters = { most = "1" }\n\n# Securities firms'
    )
    pack = japan(("^# Securities firms", extra))
    assert rule((owed("ETH", 0),), pack=pack).rules[-1].outcome is Outcome.HOLDS
    verdict = rule((owed("ETH", 0), owed("BTC", 0, 8)), pack=pack)
    assert (verdict.rules[-1].id, verdict.rules[-1].outcome) == ("few-assets", Outcome.DOES_NOT_HOLD)
    assert "few-assets" in rule_ids()


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize("id", ["mislabelled", "absent"])
def test_a_rule_that_cannot_be_loaded_says_so(id: str) -> None:
    with pytest.raises(UsageError) as found:
        find_rule(id)
    assert found.value.code == "rule-broken"


@pytest.mark.usefixtures("stranger")
def test_no_package_replaces_our_rules() -> None:
    assert type(find_rule("segregation")).__module__.startswith("por.")


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize("most", ["", "x"])
def test_a_rule_that_breaks_says_whose_it_is(most: str) -> None:
    extra = (
        '[[rules]]\nid = "few-assets"\ntitle = "Few"\nreference = "ours"\nfrom = "2020-01-01"\n'
        f'parameters = {{ most = "{most}" }}\n\n# Securities firms'
    )
    with pytest.raises(UsageError) as found:
        rule((owed("ETH", 0),), pack=japan(("^# Securities firms", extra)))
    assert found.value.code == "rule-broken" and "few-assets" in found.value.message
