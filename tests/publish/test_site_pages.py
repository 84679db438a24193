"""The site's pages in a real browser: readable by everybody, from a disk and below any address, and nothing runs."""

from __future__ import annotations

import html
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest

from por.attestation.keys import load_public
from por.attestation.trust import Trust
from por.audit.series import verify_series
from por.publish.site.pages import Pages
from por.publish.site.values import File
from tests.browser import Quiet
from tests.publish.hostile import TEXTS, hostile_site

PAGES = ("index.html", "index.ja.html", "statements/2/index.html", "statements/2/index.ja.html")


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site below a path of a loopback server, as at example.com/a/reserves/site/."""
    folder = site.parent
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/site/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("width", [320, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_for_axe_and_no_sideways_scrolling(site, opening, page, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    opened = opening(site / page, width=width, scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.faults == []


@pytest.mark.parametrize("over", ["disk", "http"])
def test_every_link_leads_to_something_in_the_site(site, opening, address, over):
    root = address if over == "http" else f"{site.as_uri()}/"
    seen: set[str] = set()
    waiting = [f"{root}index.html"]
    while waiting:
        opened = opening(waiting.pop())
        here = opened.page.url
        assert opened.faults == [], here
        for link in opened.page.eval_on_selector_all(
            "a[href], link[href]", "all => all.map(a => a.getAttribute('href'))"
        ):
            target = urldefrag(urljoin(here, link)).url
            if target in seen or link.startswith("data:"):
                continue
            seen.add(target)
            assert target.startswith(root), link
            assert (site / target.removeprefix(root)).is_file(), link
            if target.endswith(".html") and "verify" not in target and "report" not in target:
                waiting.append(target)
        assert all(url.startswith((here, "data:")) for url in opened.requests)
        opened.page.context.close()
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    unlinked = files - {target.removeprefix(root) for target in seen}
    assert all(name.startswith("log/") or name == "site.json" for name in unlinked), unlinked


def test_the_newest_verdict_stands_first_and_says_what_lacks(site, opening):
    text = [line for line in opening(site / "index.html").page.inner_text("main").splitlines() if line]
    assert text[0] == "Example Exchange K.K."
    assert text[3] == "Shortfall: a test fails"
    assert any(line.startswith("USDC: 11,") for line in text)
    japanese = opening(site / "index.ja.html", locale="ja-JP").page
    assert japanese.evaluate("document.documentElement.lang") == "ja"
    assert "不足：満たしていない基準があります" in japanese.inner_text("main")
    assert "日本時間" in japanese.inner_text("main")


def test_languages_lead_to_each_other(site, opening):
    page = opening(site / "statements/1/index.html").page
    page.click("text=日本語")
    assert page.url.endswith("statements/1/index.ja.html")
    page.click("text=English")
    assert page.url.endswith("statements/1/index.html")


def test_pages_are_walked_by_keyboard(site, opening):
    page = opening(site / "index.html").page
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
    for wanted in ("index.ja.html", "statements/2/index.html", "verify.html", "feed.xml", "log/checkpoint"):
        assert wanted in reached
    page.focus("a[href='verify.html']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify.html")


def test_the_verifier_of_the_site_knows_the_key(world, site, opening):
    opened = opening(site / "verify.html")
    opened.fill(world.proof.read_bytes(), world.account, None)
    assert "You were counted" in opened.answer
    assert opened.faults == []


def test_no_page_runs_a_script(site, opening):
    for name in PAGES:
        text = (site / name).read_text()
        assert "<script" not in text
        assert "default-src 'none'; style-src 'sha256-" in html.unescape(text)
        page = opening(site / name).page
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = 1'}))"
        )
        assert page.title() != "1"


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_hostile_texts_stay_texts(world, opening, tmp_path, kind, language):
    trust = Trust(keys=(load_public(world.key),))
    spoiled = hostile_site(verify_series([world.publication, world.shortfall], trust=trust), TEXTS[kind])
    pages = Pages(spoiled, language)
    archive = File(name="statement-1.zip", size=1, sha256="00" * 32)
    for name, data in {"first": pages.statement(0, archive), "second": pages.statement(1, archive)}.items():
        path = tmp_path / f"{name}.html"
        path.write_bytes(data)
        for width in (320, 1280):
            opened = opening(path, width=width)
            page = opened.page
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.title() != "ran"
            assert page.evaluate("document.querySelectorAll('img, script, b').length") == 0
            assert opened.faults == []
            if kind == "turned":
                _check_apart(page)


def _check_apart(page) -> None:
    text = page.inner_text("body")
    assert not set("\u202e\u2066\u2069\u202c\u200b") & set(text)
    assert "\\u202e" in text
    outside = page.evaluate(
        """() => {
          const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode;
            const apart = node.parentElement.closest('bdi') !== null;
            if (/[\\u0590-\\u06ff]/.test(node.data) && !apart) found.push(node.data);
          }
          return found;
        }"""
    )
    assert outside == []
    assert page.evaluate(
        "[...document.querySelectorAll('bdi')].every(e => getComputedStyle(e).unicodeBidi === 'isolate')"
    )
