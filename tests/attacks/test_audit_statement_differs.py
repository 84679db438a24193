"""Rows 29, 31 and 42: the exchange signs a statement that says something else than the files beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from por.solvency.pack import shipped
from tests.attacks.forged_world import audit, forger
from tests.conftest import World


def own_pack(folder: Path) -> Path:
    """The auditor's own copy of the pack, which no statement names."""
    path = folder / "own.toml"
    path.write_bytes(shipped("demo").data + b"# read and accepted\n")
    return path


def test_an_honest_forgery_holds(world: World, tmp_path: Path) -> None:
    ran, found = audit(world, forger(world).publish(tmp_path / "out"))
    assert ran.code == 0 and found["recomputed"] == "holds"
    assert audit(world, tmp_path / "out", "--policy", own_pack(tmp_path))[1]["recomputed"] == "not-covered"


def test_other_rules_published_than_judged_by(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.files["policy.toml"] += b"# stricter rules, for show\n"
    ran, found = audit(world, forged.publish(tmp_path / "out"))
    assert ran.code == 1 and found["files"] == "does-not-hold"


def test_policy_that_is_no_object(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.predicate["policy"] = "demo"
    out = forged.publish(tmp_path / "out")
    for more in ((), ("--policy", "demo")):
        ran, _ = audit(world, out, *more)
        assert ran.code == 3 and ran.document["error"]["code"] == "statement-malformed"


@pytest.mark.parametrize("name", ["prices", "declared", "limitations"])
def test_an_own_pack_does_not_excuse_what_no_pack_decides(world: World, tmp_path: Path, name: str) -> None:
    forged = forger(world)
    forged.predicate[name] = []
    ran, found = audit(world, forged.publish(tmp_path / "out"), "--policy", own_pack(tmp_path))
    assert ran.code == 1 and found["recomputed"] == "does-not-hold"


def test_a_holding_stated_twice_in_different_amounts(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    rows = forged.predicate["assets"]
    rows.insert(0, rows[0] | {"amount": "9" + rows[0]["amount"]})
    ran, found = audit(world, forged.publish(tmp_path / "out"), "--policy", own_pack(tmp_path))
    assert ran.code == 1 and found["reserves-table"] == "does-not-hold"


def test_true_is_not_one(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    asset = forged.predicate["solvency"]["assets"][0]
    asset["fiat"] = int(asset["fiat"])
    ran, found = audit(world, forged.publish(tmp_path / "out"))
    assert ran.code == 1 and found["recomputed"] == "does-not-hold"


def test_a_report_page_that_nobody_made_again_is_not_covered(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.files["report.html"] = b"<h1>Ten times as much as is owed</h1>"
    forged.name_subject("report.html", forged.files["report.html"])
    _, found = audit(world, forged.publish(tmp_path / "out"))
    assert found["report"] == "not-covered"


@pytest.mark.parametrize("as_of", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_the_ends_of_the_calendar(world: World, tmp_path: Path, as_of: str) -> None:
    forged = forger(world)
    forged.change_header(as_of=as_of)
    assert audit(world, forged.publish(tmp_path / "out"))[0].code == 1


def test_what_the_rules_left_out_is_listed(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    late = forged.files["prices.csv"].replace(b"2026-11-20T", b"2026-11-10T")
    assert late != forged.files["prices.csv"]
    forged.files["prices.csv"] = late
    _, found = audit(world, forged.publish(tmp_path / "out"))
    assert found["gaps"] == "not-covered"


def test_an_annex_of_other_holdings(world: World, tmp_path: Path) -> None:
    honest = (world.reserves / "annex.json").read_bytes()
    for number, data in enumerate((b"anything", b"{}", honest.replace(b'"hot"', b'"safe"'), cut(honest))):
        forged, path = forger(world), tmp_path / f"annex-{number}.json"
        path.write_bytes(data)
        forged.name_subject("annex.json", data)
        ran, found = audit(world, forged.publish(tmp_path / f"out-{number}"), "--annex", path)
        assert ran.code == 1 and found["annex"] == "does-not-hold", number


def cut(annex: bytes) -> bytes:
    """The annex without its first holding."""
    import json

    from por import canonical

    document = json.loads(annex)
    return canonical.encode(document | {"holdings": document["holdings"][1:]})


def test_an_annex_that_nothing_signed_names(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.statement["subject"] = [row for row in forged.statement["subject"] if row["name"] != "annex.json"]
    ran, found = audit(world, forged.publish(tmp_path / "out"), "--annex", world.reserves / "annex.json")
    assert ran.code == 1 and found["annex"] == "does-not-hold"
