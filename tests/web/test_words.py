"""The page's words: every code has its own, in both languages, and names are those that `por verify` uses."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from por.cli.language import CATALOGUES, DOMAIN
from por.publish.verifier import web_folder

CODES = re.compile(r'PorError\(\s*"([a-z0-9-]+)"')
FAULTS = re.compile(r'"(key-(?:expired|revoked)|equivocation|history-rewritten)"')


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(web_folder().glob("*.js"))}


def codes(sources: dict[str, str]) -> set[str]:
    """Every code that the page's scripts can give."""
    code = "\n".join(text for name, text in sources.items() if name not in ("errors.js", "words.js"))
    return set(CODES.findall(code)) | set(FAULTS.findall(code))


def test_every_code_has_words_of_its_own_and_no_other_has(sources, opening, address):
    errors = opening(address).page.evaluate("por.ERRORS")
    assert set(errors) == codes(sources)
    for kind, english, japanese in errors.values():
        assert kind in ("claim", "input", "trust", "usage")
        assert english.endswith((".", "?")) and japanese.endswith(("。", "か。"))


def test_codes_are_those_of_the_program(sources):
    known = re.findall(r"`([a-z0-9-]+)`", (Path(__file__).parents[2] / "docs" / "errors.md").read_text())
    assert codes(sources) - set(known) == {"browser-too-old", "keyfile-toml"}  # which only a page can meet


def test_names_are_those_of_the_catalogue(opening, address):
    names = opening(address).page.evaluate("por.NAMES")
    catalogue = gettext.translation(DOMAIN, CATALOGUES, languages=["ja"])
    with (CATALOGUES / "ja" / "LC_MESSAGES" / f"{DOMAIN}.po").open() as file:
        rows = set(re.findall(r'msgctxt "(role|rule|unit)"\nmsgid "(.+)"\nmsgstr', file.read()))
    assert rows == {(kind, key) for kind, found in names.items() for key in found}
    for kind, key in rows:
        assert names[kind][key] == catalogue.pgettext(kind, key)


def test_no_word_is_left_over_and_none_is_missing(sources, opening, address):
    words = opening(address).page.evaluate("Object.keys(por.WORDS)")
    html = (web_folder() / "index.html").read_text()
    code = "\n".join(text for name, text in sources.items() if name != "words.js") + html
    assert [name for name in words if f'"{name}"' not in code] == []


def test_every_script_is_loaded_and_said_what_it_is(sources):
    html = (web_folder() / "index.html").read_text()
    assert sorted(re.findall(r'src="([a-z]+\.js)"', html)) == sorted(sources)
    readme = (web_folder() / "README.md").read_text()
    assert [name for name in sources if name not in readme] == []
    assert all(len(text.splitlines()) < 260 for text in sources.values())
