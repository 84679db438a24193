"""[site] of por.toml: each run brings the static site up to date, and nothing else depends on it."""

from __future__ import annotations

import re
import shutil

import pytest

from por.pipeline.steps import digest_folder
from tests.conftest import good, por


@pytest.fixture
def night(night):
    text = night.config.read_text()
    night.config.write_text(text + '\n[site]\nfolder = "site"\nurl = "https://example.com/reserves"\n')
    return night


def test_a_run_ends_with_the_site_and_leaves_it_when_nothing_changed(night):
    first = night.run("--json")
    assert first.code == 1, first.err
    assert [row["step"] for row in first.document["steps"]][-1] == "site"
    site = night.folder / "site"
    assert digest_folder(site / "statements/2/publication") == digest_folder(night.publication())
    assert "https://example.com/reserves/feed.xml" in (site / "feed.xml").read_text()
    before = digest_folder(site)
    stamp = site.stat().st_mtime_ns
    again = night.run("--json")
    assert again.document["steps"][-1]["ran"] is False
    assert site.stat().st_mtime_ns == stamp
    (site / "index.html").write_text("somebody's")
    assert night.run("--json").document["steps"][-1]["ran"] is True
    assert digest_folder(site) == before
    log = night.folder / "log"
    good("publish", night.publication(), "-o", night.folder / "by-hand", "--key", night.key, "--log", log, *URL)
    assert digest_folder(night.folder / "by-hand") == before


URL = ("--url", "https://example.com/reserves/")


def test_a_correction_is_shown_beside_what_it_corrects(night):
    night.run()
    night.run("--replaces", 2, "--reason", "a wallet was left out")
    site = night.folder / "site"
    first, second = (site / f"statements/{number}/index.html" for number in (2, 3))
    assert "a wallet was left out" in second.read_text()
    assert re.search(r'href="../3/index.html">Statement <bdi>3</bdi> has corrected this one', first.read_text())


def test_what_was_taken_away_is_said(night):
    night.run()
    night.run("--replaces", 2, "--reason", "a wallet was left out")
    shutil.move(night.publication(), night.folder / "archive")
    ran = night.run("--replaces", 3, "--reason", "another one too")
    assert "not on the site: 1 entry of the log before statement 3" in ran.err
    assert "Missing here" in (night.folder / "site/index.html").read_text()


def test_no_history_no_site(night):
    night.config.write_text(night.config.read_text().replace("publications/{sequence}", "publication"))
    ran = night.run("--json")
    assert (ran.code, ran.document["error"]["code"]) == (3, "config-site")


def test_a_folder_that_is_none_of_ours_is_told_before_the_night(night):
    (night.folder / "site").mkdir()
    (night.folder / "site/cat.jpg").write_text("a cat")
    checks = {row["id"]: row["outcome"] for row in night.run("--check", "--json").document["checks"]}
    assert checks["site"] == "does-not-hold"
    ran = night.run("--json")
    assert (ran.code, ran.document["error"]["code"]) == (2, "out-occupied")
    assert night.publication().is_dir(), "the publication stands all the same"
    assert por("audit", night.publication(), "--key", night.key).code == 1
    (night.folder / "site/cat.jpg").unlink()
    assert night.run().code == 1
    assert (night.folder / "site/index.html").is_file()
