"""The Atom feed (RFC 4287) of new statements. No clock: an entry's time is its statement's, its id the digest's.

Ids are those of RFC 6920: ni:///sha-256;DIGEST names the statement itself, wherever the site moves.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import quote
from xml.etree import ElementTree

from por import canonical
from por.outcomes import Outcome
from por.publish.site.values import Issue, Site
from por.publish.site.words import LANGUAGES, Words, apart, grouped, relation, visible

NAMESPACE = "http://www.w3.org/2005/Atom"
LONGEST = 50
"""Entries: a reader that looks once a month misses none of a daily exchange's. All are on the pages."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_name(language: str) -> str:
    """Return a feed's file name."""
    return "feed.xml" if language == LANGUAGES[0] else f"feed.{language}.xml"


def page_name(stem: str, language: str) -> str:
    """Return a page's file name."""
    return f"{stem}.html" if language == LANGUAGES[0] else f"{stem}.{language}.html"


def write_feed(site: Site, language: str) -> bytes:
    """Return the feed's bytes, the newest statement first."""
    words, header = Words(language), site.newest.statement.header
    page, name = page_name("index", language), feed_name(language)
    feed = ElementTree.Element("feed", {"xmlns": NAMESPACE, "xml:lang": language})
    _text(feed, "id", _name(canonical.digest(f"{site.newest.statement.log.key} feed {language}".encode())))
    _text(feed, "title", words.plain("title-index", issuer=header.issuer))
    _text(feed, "updated", max(issue.statement.header.as_of for issue in site.issues))
    _text(ElementTree.SubElement(feed, "author"), "name", visible(header.issuer))
    if site.url:
        _link(feed, "self", site.url + name, "application/atom+xml")
    _link(feed, "alternate", site.url + page, "text/html", language)
    for issue in list(reversed(site.issues))[:LONGEST]:
        _entry(feed, site, issue, words)
    ElementTree.indent(feed, " ")
    text = ElementTree.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _entry(feed: ElementTree.Element, site: Site, issue: Issue, words: Words) -> None:
    statement, language = issue.statement, words.language
    entry = ElementTree.SubElement(feed, "entry")
    _text(entry, "id", _name(statement.digest))
    missing = issue.short and statement.verdict is not Outcome.DOES_NOT_HOLD
    verdict = words.plain("short" if missing else statement.verdict.value)
    _text(entry, "title", f"{words.plain('statement', sequence=issue.sequence)}: {verdict}")
    _text(entry, "updated", statement.header.as_of)
    where = f"{site.url}statements/{issue.sequence}/{page_name('index', language)}"
    _link(entry, "alternate", where, "text/html", language)
    lines = [words.plain("by-itself", time=words.moment(statement.header.as_of)), verdict]
    for rule in statement.failed:
        sides = words.plain(
            "sides",
            left=grouped(rule.left),
            unit=words.unit(rule),
            relation=relation(rule.relation),
            right=grouped(rule.right),
        )
        lines.append(f"{apart(visible(words.rule(rule) or rule.title))}: {sides}")
    if statement.replaces is not None:
        replaced = statement.replaces
        lines.append(words.plain("corrects", sequence=replaced.sequence, reason=replaced.reason))
    _text(entry, "summary", "\n".join(lines))


def _name(digest: str) -> str:
    return "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(digest)).decode("ascii").rstrip("=")


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = _NOT_XML.sub("\ufffd", text)


def _link(parent: ElementTree.Element, rel: str, href: str, kind: str, language: str | None = None) -> None:
    attributes = {"rel": rel, "type": kind, "href": quote(href, safe="/:%~[]@!$&'()*+,;=")}
    if language is not None:
        attributes["hreflang"] = language
    ElementTree.SubElement(parent, "link", attributes)
