"""The report in a real browser: languages, widths, dark and light, paper, and texts that mean harm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from por.header import is_line
from por.publish.report import render_report
from tests.publish.report import statements

PAPER = 688
"""Pixels of an A4 page between its margins of 14 mm."""


def written(folder: Path, predicate: dict[str, Any], part: str = "en") -> str:
    (folder / "report.html").write_bytes(render_report(predicate))
    return f"{(folder / 'report.html').as_uri()}#{part}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("part", ["en", "ja"])
@pytest.mark.parametrize("name", ["second", "bare"])
def test_nothing_for_axe(opening: Any, tmp_path: Path, name: str, part: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for width in (320, 1280):
        opened = opening(written(tmp_path, statements.CASES[name](), part), width=width, scheme=scheme)
        found = Axe().run(opened.page)
        assert found.violations_count == 0, found.generate_report()
        assert opened.faults == [] and len(opened.requests) == 1


def test_one_language_at_a_time_by_keyboard_and_by_address(opening: Any, tmp_path: Path) -> None:
    opened = opening(written(tmp_path, statements.second(), ""))
    page = opened.page
    shown = "[...document.querySelectorAll('article')].filter(a => a.checkVisibility()).map(a => a.lang)"
    assert page.evaluate(shown) == ["en"]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(shown) == ["ja"] and page.url.endswith("#ja")
    page.evaluate("location.hash = '#ja-rules'")
    assert page.evaluate(shown) == ["ja"], "a place inside of it"
    page.go_back()
    page.go_back()
    assert page.evaluate(shown) == ["en"]


def test_without_styles_both_languages_are_there(opening: Any, tmp_path: Path) -> None:
    opened = opening(written(tmp_path, statements.second()))
    opened.page.evaluate("document.querySelector('style').remove()")
    shown = "[...document.querySelectorAll('article')].filter(a => a.checkVisibility()).map(a => a.lang)"
    assert opened.page.evaluate(shown) == ["en", "ja"]


@pytest.mark.parametrize("part", ["en", "ja"])
@pytest.mark.parametrize("name", statements.CASES)
def test_no_width_is_too_small(opening: Any, tmp_path: Path, name: str, part: str) -> None:
    for width in (320, 768, 1280):
        opened = opening(written(tmp_path, statements.CASES[name](), part), width=width)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.evaluate(_OVER, width) == []


_OVER = """limit => [...document.querySelectorAll('article:not([hidden]) *')].filter(one => one.checkVisibility())
  .filter(one => { const box = one.getBoundingClientRect();
    return box.right > limit + 1 && getComputedStyle(one).clipPath === 'none' && !one.closest('thead'); })
  .map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("part", ["en", "ja"])
@pytest.mark.parametrize("name", statements.CASES)
def test_it_prints_on_paper_and_nothing_is_cut(opening: Any, tmp_path: Path, name: str, part: str) -> None:
    opened = opening(written(tmp_path, statements.CASES[name](), part), width=PAPER, scheme="dark")
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate(_OVER, PAPER) == []
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not opened.page.evaluate("document.querySelector('.languages').checkVisibility()")
    height = opened.page.evaluate("document.documentElement.scrollHeight")
    pdf = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    sizes = {
        tuple(round(float(text)) for text in found.split()) for found in re.findall(rb"/MediaBox \[([^\]]+)\]", pdf)
    }
    assert sizes == {(0, 0, 595, 842)}
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    room = 994  # pixels of a page between its margins of 16 and 18 mm
    assert height / room <= pages <= height / room * 1.35 + 1, "one language, and no pages left empty"


@pytest.mark.parametrize("kind", statements.TEXTS)
def test_hostile_texts_in_every_field(opening: Any, tmp_path: Path, kind: str) -> None:
    text = statements.TEXTS[kind]
    for part, width in (("en", 320), ("ja", 1280)):
        opened = opening(written(tmp_path, statements.hostile(text), part), width=width)
        page = opened.page
        assert page.title() != "ran" and opened.faults == [] and len(opened.requests) == 1
        assert page.evaluate("document.querySelectorAll('script, img, b').length") == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(_OVER, width) == []
        # each stands alone in an element that is a world of its own for the direction of writing
        places = page.evaluate(_PLACES, "".join(char if is_line(char) else "\ufffd" for char in text))
        assert len(places) > 100 and set(places) == {"isolate"}


_PLACES = """text => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.includes(text)) continue;
    const above = node.parentElement;
    found.push(above.matches('bdi') ? getComputedStyle(above).unicodeBidi : above.outerHTML.slice(0, 200));
  }
  return found;
}"""


def test_our_own_words_stay_where_they_are(opening: Any, tmp_path: Path) -> None:
    """What follows a text of the issuer begins after it, whatever direction that text asks for."""
    predicate = statements.second()
    predicate["snapshot"]["scope"] = statements.TEXTS["turned"]
    opened = opening(written(tmp_path, predicate), width=1280)
    before, scope, after = opened.page.evaluate(
        """() => { const lines = [...document.querySelectorAll('#en header p')];
          const all = lines.find(p => p.textContent.startsWith('Statement'));
          const bdis = [...all.querySelectorAll('bdi')], time = all.querySelector('time');
          const scope = bdis.find(b => b.textContent.includes('abc')), range = document.createRange();
          range.setStart(all.firstChild, 0); range.setEnd(all.firstChild, 9);
          return [range.getBoundingClientRect().right, scope.getBoundingClientRect().left,
            time.getBoundingClientRect().left]; }"""
    )
    assert before <= scope <= after


def test_a_shortfall_is_told_without_colours_too(opening: Any, tmp_path: Path) -> None:
    opened = opening(written(tmp_path, statements.second()))
    assert (
        opened.page.evaluate("getComputedStyle(document.querySelector('.chart .short .value'), '::before').content")[1]
        == "\u25bc"
    )
    label = opened.page.get_attribute("#en .chart .short svg", "aria-label")
    assert label is not None and "shortfall" in label
    assert opened.page.eval_on_selector("#en .chart .missing", "one => getComputedStyle(one).fill").startswith("url(")
