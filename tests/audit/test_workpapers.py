"""The papers hold every holding, liability, rule with its steps, evidence digest and check; no cell is run."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from por.audit.papers import cell, paper
from tests.conftest import World, por


def read(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text("utf-8-sig"))))


@pytest.fixture(scope="module")
def papers(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("papers") / "papers"
    ran = por(
        *("audit", world.publication, "--key", world.key, "--annex", world.reserves / "annex.json"),
        *("--workpapers", folder, "--json"),
    )
    assert ran.code == 0, ran.out
    assert ran.document["workpapers"]["folder"] == str(folder)
    assert sorted(ran.document["workpapers"]["files"]) == sorted(path.name for path in folder.iterdir())
    yield folder


def published(world: World, name: str) -> Any:
    return json.loads((world.publication / name).read_text())


def test_every_holding_with_its_storage(world: World, papers: Path) -> None:
    found = read(papers, "holdings.csv")
    wanted = [
        (row["account"], row["asset"], row["amount"])
        for chain in published(world, "reserves.json")["chains"]
        for row in chain["holdings"]
    ]
    assert [(row["account"], row["id"], row["base_units"]) for row in found] == wanted and wanted
    storage = {row["storage"] for row in found}
    assert {"hot", "cold"} <= storage and "" not in storage
    eth = next(row for row in found if row["asset"] == "ETH")
    assert float(eth["amount"]) == int(eth["base_units"]) / 10**18


def test_every_liability_total_and_root(world: World, papers: Path) -> None:
    rows = published(world, "liabilities.json")["assets"]
    found = read(papers, "liabilities.csv")
    assert [(row["asset"], row["total_base_units"], row["root"], row["accounts"]) for row in found] == [
        (row["asset"], row["total"], row["root"], str(row["count"])) for row in rows
    ]


def test_every_rule_with_every_step(world: World, papers: Path) -> None:
    stated = por("rules", "explain", "segregation", world.publication, "--json").document["stated"]
    rules = {row["rule"]: row for row in read(papers, "rules.csv")}
    assert rules["segregation"]["reference"] == stated["reference"]
    assert rules["segregation"]["left"] == stated["left"]
    steps = [
        row["says"] for row in read(papers, "steps.csv") if row["rule"] == "segregation" and row["shown_to"] == "public"
    ]
    assert steps == stated["steps"]
    lines = [row["of"] for row in read(papers, "lines.csv") if row["rule"] == "segregation"]
    assert lines == [row["label"] for row in stated["lines"]]
    # Storage is judged with the annex, and its exact sides are there for whoever has it.
    assert rules["hot-limit"]["outcome"] == "holds" and rules["hot-limit"]["annex_left"]
    assert any(row["shown_to"] == "annex" for row in read(papers, "steps.csv"))


def test_every_evidence_digest_and_what_names_it(world: World, papers: Path) -> None:
    found = read(papers, "evidence.csv")
    assert {row["sha256"] for row in found} == {path.name for path in (world.publication / "evidence").iterdir()}
    assert all(row["there"] == "yes" and row["named_by"] != "nothing" for row in found)


def test_every_check_is_there(world: World, papers: Path) -> None:
    ran = por("audit", world.publication, "--key", world.key, "--annex", world.reserves / "annex.json", "--json")
    assert [(row["check"], row["outcome"]) for row in read(papers, "checks.csv")] == [
        (row["id"], row["outcome"]) for row in ran.document["checks"]
    ]


def test_every_file_with_its_signed_digest(world: World, papers: Path) -> None:
    found = {row["file"]: row for row in read(papers, "files.csv")}
    assert found["liabilities.json"]["sha256"] == found["liabilities.json"]["signed_sha256"] != ""
    assert len(found) == sum(path.is_file() for path in world.publication.rglob("*"))


def test_the_digests_are_those_that_sha256sum_finds(papers: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=papers, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": OK") == sum(path.name != "SHA256SUMS" for path in papers.iterdir())


def test_it_says_what_it_is_and_keeps_it_private(papers: Path) -> None:
    text = (papers / "README.txt").read_text()
    assert "no audit and no opinion" in text and "as confidential as it is" in text
    assert all(path.name in text for path in papers.iterdir() if path.suffix == ".csv")
    assert papers.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in papers.iterdir()} == {0o600}


def test_without_the_annex_nothing_of_storage(world: World, tmp_path: Path) -> None:
    ran = por("audit", world.publication, "--key", world.key, "--workpapers", tmp_path / "papers")
    assert ran.code == 0 and "working papers" in ran.out
    assert {row["storage"] for row in read(tmp_path / "papers", "holdings.csv")} == {""}
    assert "not given" in (tmp_path / "papers" / "README.txt").read_text()
    labels = {row["label"] for row in json.loads((world.reserves / "annex.json").read_text())["holdings"]}
    text = (tmp_path / "papers" / "holdings.csv").read_text("utf-8-sig")
    assert labels and not any(label in text for label in labels)


def test_the_same_audit_writes_the_same_bytes(world: World, papers: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    for _ in range(2):  # the second time earlier papers are replaced
        ran = por(
            *("audit", world.publication, "--key", world.key, "--annex", world.reserves / "annex.json"),
            *("--workpapers", again),
        )
        assert ran.code == 0
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in papers.iterdir()
    }


def test_a_failed_audit_is_filed_too(world: World, tmp_path: Path) -> None:
    ran = por("audit", world.shortfall, "--key", world.key, "--workpapers", tmp_path / "papers")
    assert ran.code == 1
    assert any(row["outcome"] == "does-not-hold" for row in read(tmp_path / "papers", "rules.csv"))


def test_other_files_are_never_replaced(world: World, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("dear to somebody")
    ran = por("audit", world.publication, "--key", world.key, "--workpapers", tmp_path, "--json")
    assert ran.code == 3 and ran.document["error"]["code"] == "out-occupied"
    assert (tmp_path / "photo.jpg").read_text() == "dear to somebody"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_run_by_a_spreadsheet(text: str) -> None:
    assert cell(text) == f"'{text}"
    table = paper("t.csv", "t", ("a",), [(text,)])
    assert list(csv.reader(io.StringIO(table.to_bytes().decode("utf-8-sig"), newline="")))[1] == [f"'{text}"]


def test_plain_cells_stay() -> None:
    assert [cell(value) for value in (None, 5, "a=b", "東京")] == ["", "5", "a=b", "東京"]
