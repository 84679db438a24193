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


def test_an_edited_report_page_is_not_the_file_that_was_signed(world: World, tmp_path: Path) -> None:
    out = forger(world).publish(tmp_path / "out")
    page = (out / "report.html").read_text()
    (out / "report.html").write_text(page.replace("101.", "999.", 1))
    assert (out / "report.html").read_text() != page
    ran, found = audit(world, out)
    assert ran.code == 1 and found["files"] == found["report"] == "does-not-hold"


def test_an_edited_report_page_that_a_new_signature_names(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.rendered = False
    forged.files["report.html"] = forged.files["report.html"].replace(b"101.", b"999.", 1)
    ran, found = audit(world, forged.publish(tmp_path / "out"))
    assert ran.code == 1 and found["files"] == "holds" and found["report"] == "does-not-hold"


def test_a_report_page_left_behind_by_its_statement(world: World, tmp_path: Path) -> None:
    """One digit of the statement changed, and the page as it was."""
    forged = forger(world)
    forged.rendered = False
    forged.predicate["solvency"]["yen"]["covered"] = "1"
    ran, found = audit(world, forged.publish(tmp_path / "out"))
    assert ran.code == 1 and found["report"] == "does-not-hold"


@pytest.mark.parametrize("software", [{"name": "por", "version": "0.0.1"}, {"name": "other", "version": "0.1.0"}])
def test_a_report_page_of_another_version_is_not_covered(world: World, tmp_path: Path, software: object) -> None:
    """What it says is then nobody's finding, and the audit says so."""
    forged = forger(world)
    forged.rendered = False
    forged.files["report.html"] = b"<h1>Ten times as much as is owed</h1>"
    forged.predicate["software"] = software
    ran, found = audit(world, forged.publish(tmp_path / "out"))
    assert found["report"] == "not-covered"
    assert "may be anything" in next(row["detail"] for row in ran.document["checks"] if row["id"] == "report")


def test_a_report_page_of_figures_that_are_none(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.predicate["solvency"]["yen"]["covered"] = "all of it"
    ran, found = audit(world, forged.publish(tmp_path / "out"))
    assert ran.code == 1 and found["report"] == "does-not-hold"


def test_a_report_page_that_is_missing_or_was_never_made(world: World, tmp_path: Path) -> None:
    out = forger(world).publish(tmp_path / "out")
    (out / "report.html").unlink()
    ran, found = audit(world, out)
    assert ran.code == 1 and found["files"] == "does-not-hold" and found["report"] == "not-covered"
    forged = forger(world)
    forged.statement["subject"] = [row for row in forged.statement["subject"] if row["name"] != "report.html"]
    del forged.files["report.html"]
    assert "report" not in audit(world, forged.publish(tmp_path / "without"))[1]


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
