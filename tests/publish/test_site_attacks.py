"""What an adversary tried on the site: a shortfall that no test asks about, moments at the end of time, key files."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from por.attestation.keys import load_public
from por.attestation.trust import Trust
from por.audit.series import verify_series
from por.cli import publishing
from por.errors import ClaimError
from por.outcomes import Outcome
from por.publish.site.feed import write_feed
from por.publish.site.pages import Pages
from por.publish.site.values import File, Issue, Site
from por.publish.site.words import Words
from tests.attacks.forged_world import forger
from tests.conftest import World


@pytest.fixture
def issue(world: World) -> Issue:
    return verify_series([world.shortfall], trust=Trust(keys=(load_public(world.key),)))[0]


def said(page: bytes) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.partition(b"<main>")[2].decode()))


@pytest.mark.parametrize(
    ("language", "wanted"), [("en", "Shortfall: less is held than is owed"), ("ja", "不足：預かり高")]
)
def test_a_missing_asset_is_told_whatever_the_verdict_says(issue: Issue, language: str, wanted: str) -> None:
    rules = tuple(replace(rule, outcome=Outcome.HOLDS) for rule in issue.statement.rules)
    statement = replace(issue.statement, verdict=Outcome.HOLDS, rules=rules)
    pages = Pages(Site(issues=(replace(issue, statement=statement),), gaps=()), language)
    for page in (pages.index(), pages.statement(0, File(name="x.zip", size=1, sha256="00" * 32))):
        assert wanted in said(page)
        assert Words(language).plain("holds") not in said(page)
        assert b"verdict bad" in page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_its_marks_tell_of_it_too(issue: Issue, language: str) -> None:
    """In the history, its picture and the feed, which people read without opening a statement."""
    statement = replace(issue.statement, verdict=Outcome.HOLDS, rules=())
    site = Site(issues=(replace(issue, statement=statement),), gaps=())
    words = Words(language)
    page = Pages(site, language).index()
    assert b'<rect class="does-not-hold"' in page and words.plain("short-does-not-hold") in said(page)
    assert words.plain("short") in write_feed(site, language).decode()


def test_a_signed_page_that_lies_does_not_go_out(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.rendered = False
    forged.files["report.html"] = b"<h1>Ten times as much as is owed</h1>"
    with pytest.raises(ClaimError) as caught:
        verify_series([forged.publish(tmp_path / "out")], trust=Trust(keys=(load_public(world.key),)))
    assert caught.value.code == "publication-differs" and "report" in caught.value.message


def test_assets_that_are_none_keep_the_verdict(issue: Issue) -> None:
    for assets in (None, [], [7], [{"asset": "BTC"}]):
        solvency = {**issue.statement.predicate["solvency"], "assets": assets}
        statement = replace(issue.statement, predicate={**issue.statement.predicate, "solvency": solvency})
        page = Pages(Site(issues=(replace(issue, statement=statement),), gaps=()), "en").index()
        assert "Shortfall: a test fails" in said(page)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_moments_at_the_end_of_time(issue: Issue, moment: str, language: str) -> None:
    statement = replace(issue.statement, header=replace(issue.statement.header, as_of=moment))
    site = Site(issues=(replace(issue, statement=statement),), gaps=())
    assert moment[:10] in said(Pages(site, language).index())
    assert moment.encode() in write_feed(site, language)


def test_of_two_files_of_one_version_the_same_goes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order the disk lists them."""
    for name in ("1.keys.json", "1-more.keys.json", "0.keys.json"):
        (tmp_path / name).write_text(name)
    file: Any = SimpleNamespace(digest="d", version=1)
    monkeypatch.setattr("por.attestation.keyfile.parse_signed", lambda data, where: (None, file))
    trust: Any = SimpleNamespace(chain=SimpleNamespace(files=(file,)))
    listed = sorted(tmp_path.iterdir())
    found = []
    for order in (listed, listed[::-1]):
        monkeypatch.setattr(Path, "iterdir", lambda path, order=order: iter(order))
        found.append(
            publishing._key_files(publishing.Order(publications=(), keys=(str(tmp_path),), trust=trust, out=tmp_path))
        )
    assert found[0] == found[1]
