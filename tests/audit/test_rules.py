"""Rules about storage with and without the annex, prices of the auditor's own, and rules explained step by step."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from por.attestation.statement import overall
from por.outcomes import Outcome
from por.solvency.rules.hidden import NOTHING, OPEN
from tests.attacks.forged_world import Forger, forger
from tests.audit.test_audit import outcomes
from tests.conftest import World, good, por

HIDDEN = ("rule:hot-limit", "rule:cold-rest", "rule:guarantee")


def detail(document: dict[str, Any], id: str) -> str:
    return next(str(check["detail"]) for check in document["checks"] if check["id"] == id)


def test_without_the_annex_rules_about_storage_are_told_and_not_covered(world: World) -> None:
    document = good("audit", world.publication, "--key", world.key, "--json").document
    found = outcomes(document)
    assert [found[id] for id in HIDDEN] == [("not-covered", "signed")] * 3
    assert "stated to hold" in detail(document, "rule:hot-limit") and " 3 <= 5 " in detail(document, "rule:hot-limit")
    assert "which need the annex" in detail(document, "recomputed")


def test_with_the_annex_they_are_judged_by_exact_sides(world: World) -> None:
    annex = world.reserves / "annex.json"
    document = good("audit", world.publication, "--key", world.key, "--annex", annex, "--json").document
    found = outcomes(document)
    assert [found[id] for id in HIDDEN] == [("holds", "declared")] * 3
    assert found["recomputed"] == ("holds", "recomputed")
    assert "by the annex" in detail(document, "rule:hot-limit") and "need the annex" not in detail(
        document, "recomputed"
    )


def test_the_publication_tells_no_storage(world: World) -> None:
    totals = json.loads((world.reserves / "annex.json").read_bytes())["totals"]
    hot = {row["amount"] for row in totals if row["storage"] == "hot"}
    assert len(hot) >= 3
    envelope = json.loads((world.publication / "attestation.json").read_bytes())
    predicate = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    rows = [row for row in predicate["solvency"]["rules"] if f"rule:{row['id']}" in HIDDEN]
    assert len(rows) == 3 and not [amount for amount in hot if amount in json.dumps(rows)]
    assert [(row["left"], row["right"], row["lines"]) for row in rows] == [("3", "5", []), ("", "", []), ("", "", [])]


def solvency(forged: Forger, id: str) -> dict[str, Any]:
    return next(row for row in forged.statement["predicate"]["solvency"]["rules"] if row["id"] == id)


def test_a_lie_about_storage_is_seen_with_the_annex_and_its_form_without(world: World, tmp_path: Path) -> None:
    lie = forger(world)
    solvency(lie, "hot-limit")["left"] = "1"
    folder = lie.publish(tmp_path / "lie")
    blind = por("audit", folder, "--key", world.key, "--json")
    assert outcomes(blind.document)["recomputed"][0] == "holds"  # what only the annex shows
    ran = por("audit", folder, "--key", world.key, "--annex", world.reserves / "annex.json", "--json")
    assert ran.code == 1 and outcomes(ran.document)["recomputed"][0] == "does-not-hold"
    clumsy = forger(world)
    solvency(clumsy, "guarantee")["left"] = "100"
    ran = por("audit", clumsy.publish(tmp_path / "clumsy"), "--key", world.key, "--json")
    assert ran.code == 1 and outcomes(ran.document)["recomputed"][0] == "does-not-hold"


def prices(world: World, path: Path, factor: int) -> Path:
    path.write_text((world.publication / "prices.csv").read_text().replace("481250.5", str(481250 * factor)))
    return path


def test_prices_of_the_auditors_own(world: World, tmp_path: Path) -> None:
    near = prices(world, tmp_path / "near.csv", 1)
    found = good("audit", world.publication, "--key", world.key, "--prices", near, "--json").document
    assert outcomes(found)["prices"] == ("holds", "recomputed")
    assert outcomes(found)["recomputed"] == ("holds", "recomputed")
    far = prices(world, tmp_path / "far.csv", 3)
    ran = por("audit", world.publication, "--key", world.key, "--prices", far, "--json")
    assert ran.code == 1 and outcomes(ran.document)["prices"] == ("does-not-hold", "recomputed")
    assert "ETH 481250.5 against your 1443750" in detail(ran.document, "prices")
    assert outcomes(ran.document)["recomputed"][0] == "holds"  # the statement is still what its own prices give
    (tmp_path / "none.csv").write_text("asset,yen,at,source\nBTC,1,2026-11-20T15:00:00Z,me\n")
    ran = por("audit", world.publication, "--key", world.key, "--prices", tmp_path / "none.csv", "--json")
    assert ran.code == 4 and outcomes(ran.document)["rule:combined-coverage"][0] == "undecided"
    assert outcomes(ran.document)["prices"][0] == "not-covered"


def test_a_rule_is_explained_by_its_steps(world: World) -> None:
    document = good("rules", "explain", "segregation", world.publication, "--json").document
    assert document["stated"]["outcome"] == "holds" and document["again"] == document["stated"]
    assert document["inputs"] and document["asks"]
    told = good("rules", "explain", "segregation", world.publication).out
    assert "made again here from the published files, by the pack demo 1: the same" in told
    for step in document["stated"]["steps"]:
        assert " ".join(step.split()[:4]) in told
    assert "liabilities.json: what customers are owed, in every class (sha256 " in told


def test_a_rule_about_storage_is_explained_to_the_annexs_reader(world: World) -> None:
    blind = good("rules", "explain", "hot-limit", world.publication, "--json").document
    assert blind["by_annex"] is None
    annex = world.reserves / "annex.json"
    seen = good("rules", "explain", "hot-limit", world.publication, "--annex", annex, "--json").document
    assert seen["by_annex"]["relation"] == "<=" and len(seen["by_annex"]["steps"]) >= 4
    assert int(seen["by_annex"]["left"]) < int(seen["by_annex"]["right"])
    told = good("rules", "explain", "hot-limit", world.publication, "--annex", annex).out
    assert "by the annex: " in told


def test_another_annex_explains_nothing(world: World, tmp_path: Path) -> None:
    (tmp_path / "annex.json").write_bytes((world.reserves / "annex.json").read_bytes()[:-1])
    ran = por("rules", "explain", "hot-limit", world.publication, "--annex", tmp_path / "annex.json")
    assert ran.code == 1 and "not the annex of this statement" in ran.err
    assert por("rules", "explain", "hot-limit", "--annex", tmp_path / "annex.json").code == 2


def test_a_failure_shows_when_it_must_be_cured(world: World) -> None:
    document = good("rules", "explain", "segregation", world.shortfall, "--json").document
    # As of midnight on 22 November in Japan, a Sunday; the 23rd is a holiday: 24, 25, 26, 27 and 30 November.
    assert (document["stated"]["outcome"], document["stated"]["cure_by"]) == ("does-not-hold", "2026-11-30")
    assert "to be cured by 2026-11-30" in good("rules", "explain", "segregation", world.shortfall).out
    ran = por("audit", world.shortfall, "--key", world.key, "--json")
    assert "to be cured by 2026-11-30" in detail(ran.document, "rule:segregation")


@pytest.mark.parametrize("key", ["left", "steps", "lines", "unit"])
def test_a_malformed_result_is_told(world: World, tmp_path: Path, key: str) -> None:
    forged = forger(world)
    solvency(forged, "segregation")[key] = None
    ran = por("rules", "explain", "segregation", forged.publish(tmp_path / "out"))
    assert ran.code == 3 and "attestation.json: rules[0]" in ran.err


@pytest.mark.parametrize("outcome", ["not-covered", "undecided"])
def test_a_failure_about_storage_is_not_signed_away(world: World, tmp_path: Path, outcome: str) -> None:
    """Without the annex nobody sees the failure; that the rule applies, and is decided, everybody sees."""
    step = {"not-covered": NOTHING, "undecided": OPEN}[outcome]
    for id in ("hot-limit", "cold-rest", "guarantee"):
        lie = forger(world)
        solvency(lie, id).update(outcome=outcome, left="", basis=None, steps=[step])
        whole = lie.statement["predicate"]
        whole["verdict"] = str(overall(Outcome(row["outcome"]) for row in whole["solvency"]["rules"]))
        whole["solvency"]["outcome"] = whole["verdict"]
        folder = lie.publish(tmp_path / id)
        found = outcomes(por("audit", folder, "--key", world.key, "--json").document)
        assert found["recomputed"] == ("does-not-hold", "recomputed"), id
