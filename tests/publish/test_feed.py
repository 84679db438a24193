"""The feed as readers parse it, and by the words of RFC 4287."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import feedparser
import pytest

from por.attestation.keys import load_public
from por.attestation.trust import Trust
from por.audit.series import verify_series
from por.publish.site.feed import write_feed
from por.publish.site.values import Site
from tests.conftest import good, por
from tests.publish.conftest import order
from tests.publish.hostile import TEXTS, hostile_site

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def issues(world):
    return verify_series([world.publication, world.shortfall], trust=Trust(keys=(load_public(world.key),)))


def check(data: bytes) -> ElementTree.Element:
    """Hold a feed against RFC 4287, sections 3 and 4.1; return its root."""
    feed = ElementTree.fromstring(data)
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for one in ("id", "title", "updated"):
            assert len(element.findall(ATOM + one)) == 1, one
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{ATOM}updated") or "")
        links = element.findall(f"{ATOM}link")
        kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in links]
        assert len(kinds) == len(set(kinds)), "at most one alternate of a type and language"
        assert any(kind[0] == "alternate" for kind in kinds), "an entry without content has an alternate"
        assert all(re.fullmatch(r"[!-~]+", link.get("href") or "") for link in links)
        for person in element.findall(f"{ATOM}author"):
            assert len(person.findall(f"{ATOM}name")) == 1
        assert len(element.findall(f"{ATOM}summary")) <= 1
    assert len(feed.findall(f"{ATOM}author")) == 1, "entries without one take the feed's"
    ids = [element.findtext(f"{ATOM}id") or "" for element in feed.iter() if element.find(f"{ATOM}id") is not None]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"ni:///sha-256;[A-Za-z0-9_-]{43}", text) for text in ids)
    return feed


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_reader_takes_it(site, language):
    data = (site / ("feed.xml" if language == "en" else "feed.ja.xml")).read_bytes()
    check(data)
    found = feedparser.parse(data)
    assert not found.bozo
    assert found.version == "atom10"
    assert found.feed.author == "Example Exchange K.K."
    assert [entry.links[0].href for entry in found.entries] == [
        f"statements/{number}/{'index.html' if language == 'en' else 'index.ja.html'}" for number in (2, 1)
    ]
    assert [entry.updated for entry in found.entries] == ["2026-11-21T15:00:00Z", "2026-11-20T15:00:00Z"]
    assert found.feed.updated == "2026-11-21T15:00:00Z"
    assert ("Shortfall" if language == "en" else "不足") in found.entries[0].title
    assert "Shortfall" not in found.entries[1].title


def test_ids_are_the_statements_own_and_stay(site, issues):
    ids = [entry.id for entry in feedparser.parse((site / "feed.xml").read_bytes()).entries]
    alone = Site(issues=issues[:1], gaps=(), url="https://elsewhere.example/")
    assert feedparser.parse(write_feed(alone, "en")).entries[0].id == ids[1]
    assert feedparser.parse(write_feed(alone, "ja")).entries[0].id == ids[1]


def test_an_address_makes_links_whole(world, tmp_path):
    good(*order(world, tmp_path / "site", "--url", "https://example.com/a/reserves"))
    feed = check((tmp_path / "site/feed.xml").read_bytes())
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {
        "self": "https://example.com/a/reserves/feed.xml",
        "alternate": "https://example.com/a/reserves/index.html",
    }
    found = feedparser.parse((tmp_path / "site/feed.xml").read_bytes())
    assert found.entries[0].link == "https://example.com/a/reserves/statements/2/index.html"


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "ftp://example.com/",
        "https://user:pw@example.com/",
        "https://example.com/?q",
        "https://e/#a",
        "https://e/ x",
    ],
)
def test_what_is_no_address(world, tmp_path, url):
    ran = por(*order(world, tmp_path / "site", "--url", url), "--json")
    assert (ran.code, ran.document["error"]["code"]) == (2, "site-url")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("text", [*TEXTS.values(), "\ufffe\x0b\ud800]]>", "a\u0000b"], ids=[*TEXTS, "no-xml", "null"])
def test_hostile_texts_stay_texts(issues, text):
    for language in ("en", "ja"):
        data = write_feed(hostile_site(issues, text), language)
        check(data)
        found = feedparser.parse(data)
        assert not found.bozo
        assert len(found.entries) == 2
        assert not set("\u202e\u2066\u202c\u200b") & set(data.decode())


def test_a_long_history_has_a_feed_of_its_newest(issues):
    many = Site(issues=issues * 40, gaps=())
    found = ElementTree.fromstring(write_feed(many, "en"))
    assert len(found.findall(f"{ATOM}entry")) == 50
