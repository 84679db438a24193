"""A site of an exchange with a key file, and one with a long history."""

from __future__ import annotations

import json
import re
import string
from dataclasses import replace
from pathlib import Path

import pytest

from por import canonical
from por.attestation.keys import load_public
from por.attestation.trust import Trust
from por.audit.series import verify_series
from por.publish import site as package
from por.publish.site.chart import draw
from por.publish.site.pages import RECENT, Pages
from por.publish.site.values import Site
from por.publish.site.words import WORDS, Words
from por.publish.site.write import write_site
from tests.conftest import World, good

KEYS = """\
format = "por-keys/1"
issuer = "Example Exchange K.K."
version = {version}
from = "2026-01-01T00:00:00Z"
until = "2028-01-01T00:00:00Z"

[thresholds]
keys = 1
preparer = 1

[[key]]
name = "reserves"
public = "{first}"
roles = ["preparer"]

[[key]]
name = "safe"
public = "{keeper}"
roles = ["keys"]
"""


@pytest.fixture
def keys(world: World, tmp_path: Path) -> Path:
    """The folder of a key file's two versions."""
    good("keys", "new", tmp_path / "safe.pem", "--name", "safe", "--no-passphrase")
    first, keeper = (canonical.encode_base64(load_public(path).spki) for path in (world.key, tmp_path / "safe.pub"))
    for version in (1, 2):
        draft = tmp_path / "keys.toml"
        draft.write_text(KEYS.format(version=version, first=first, keeper=keeper))
        good("keys", "sign", draft, "--key", tmp_path / "safe.pem", "-o", tmp_path / "keys")
    return tmp_path / "keys"


def test_the_key_file_is_published_and_known_to_the_page(world, keys, opening, tmp_path):
    (keys / "notes.txt").write_text("secret")
    site = tmp_path / "site"
    good("publish", world.publication, world.shortfall, "-o", site, "--key", keys)
    assert {path.name for path in (site / "keys").iterdir() if path.suffix == ".json"} == {"1.keys.json", "2.keys.json"}
    assert (site / "keys/2.keys.json").read_bytes() == (keys / "2.keys.json").read_bytes()
    assert b"secret" not in b"".join(path.read_bytes() for path in (site / "keys").iterdir())
    good(
        "audit",
        site / "statements/1/publication",
        "--key",
        site / "keys/1.keys.json",
        "--key",
        site / "keys/2.keys.json",
    )
    opened = opening(site / "verify.html")
    opened.fill(world.proof.read_bytes(), world.account, None)
    assert "You were counted" in opened.answer
    assert opened.faults == []


def test_a_long_history_has_a_page_of_its_own(world, opening, tmp_path):
    trust = Trust(keys=(load_public(world.key),))
    (issue,) = verify_series([world.publication], trust=trust)

    def at(number: int):
        statement = issue.statement
        header = replace(statement.header, sequence=number + 1)
        return replace(issue, statement=replace(statement, header=header, log=replace(statement.log, index=number)))

    many = Site(issues=tuple(at(number) for number in range(RECENT + 5)), gaps=())
    write_site(many, tmp_path / "site")
    page = opening(tmp_path / "site/index.html", width=320).page
    assert page.locator(".history li").count() == RECENT
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.click(f"text=All {RECENT + 5} statements")
    assert page.locator(".history li").count() == RECENT + 5
    page.click("text=Statement 3 >> nth=-1")
    assert page.url.endswith("statements/3/index.html")


def test_the_chart_tells_verdicts_by_shape_and_gaps(world):
    trust = Trust(keys=(load_public(world.key),))
    one, two = verify_series([world.publication, world.shortfall], trust=trust)
    later = replace(two, statement=replace(two.statement, log=replace(two.statement.log, index=5)))
    picture = draw([one, later], Words("en"))
    assert picture.count("<rect") == 2
    assert picture.count('class="gap"') == 1
    assert 'class="holds" x="2" y="4"' in picture
    assert "2 statements from the oldest to the newest: 1 hold, 1 fail, 0 undecided" in picture
    assert 'class="gap"' not in draw([one, two], Words("ja"))


def test_every_word_has_both_languages_and_is_used():
    folder = Path(package.__file__).parent
    used = "".join(path.read_text() for path in [*folder.glob("*.py"), *folder.glob("templates/*.html")])
    used = used.replace((folder / "words.py").read_text(), "")
    for name, (english, japanese) in WORDS.items():
        fields = [sorted(row[1] for row in string.Formatter().parse(text) if row[1]) for text in (english, japanese)]
        assert fields[0] == fields[1], name
        assert re.search("[ぁ-んァ-ヶ一-龯]", japanese), name
        verdict = name.removeprefix("short-") in ("holds", "does-not-hold", "undecided", "not-covered")
        assert verdict or f'"{name}"' in used, f"{name} is used nowhere"


def test_pages_are_the_same_bytes_each_time(world):
    trust = Trust(keys=(load_public(world.key),))
    made = Site(issues=verify_series([world.publication], trust=trust), gaps=())
    assert Pages(made, "ja").index() == Pages(made, "ja").index()


def test_the_specification_shows_a_marker_as_it_is(site):
    page = (Path(__file__).parents[2] / "docs/spec/site.md").read_text()
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    found = json.loads((site / "site.json").read_bytes())
    assert shown.keys() == found.keys()
    assert shown["format"] == found["format"]
    (ours,), theirs = shown["statements"], found["statements"][0]
    assert ours.keys() == theirs.keys() and ours["archive"].keys() == theirs["archive"].keys()
    assert (ours["sequence"], ours["as_of"], ours["verdict"]) == (1, theirs["as_of"], theirs["verdict"])
    names = {path.relative_to(site).parts[0] for path in site.rglob("*")}
    assert all(name in page for name in names)
