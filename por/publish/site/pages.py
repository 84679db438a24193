"""The site's pages as HTML: each holds its own styles and runs nothing; texts from outside are escaped and apart."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from por import amounts
from por.attestation.statement import Head, RuleHead
from por.files import read_text
from por.outcomes import Outcome
from por.publish.site.chart import draw
from por.publish.site.feed import feed_name, page_name
from por.publish.site.values import File, Issue, Site
from por.publish.site.words import LANGUAGES, Words, grouped, relation, visible
from por.publish.verifier import web_folder

if TYPE_CHECKING:
    from jinja2 import Environment

RECENT = 60
"""Statements on the first page; the history page has all."""

_NAMES = {"en": "English", "ja": "日本語"}
_TEMPLATES = Path(__file__).parent / "templates"
_REPORT = "report.html"
_SIGNS = {
    Outcome.HOLDS: ("✓", "good"),
    Outcome.DOES_NOT_HOLD: ("✗", "bad"),
    Outcome.UNDECIDED: ("?", "warn"),
    Outcome.NOT_COVERED: ("–", ""),
}


class Pages:
    """Renders one site in one language."""

    def __init__(self, site: Site, language: str) -> None:
        self._site, self._words, self._environment = site, Words(language), _environment()
        self._css = read_text(web_folder() / "look.css") + read_text(_TEMPLATES / "site.css")
        digest = base64.b64encode(hashlib.sha256(self._css.encode("utf-8")).digest()).decode("ascii")
        self._policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
        )
        self._corrections = _corrections(site)

    def index(self) -> bytes:
        """Return the first page: the newest verdict, the way to check a balance, history, keys, log."""
        issues = list(reversed(self._site.issues))
        return self._render(
            "index",
            stem="index",
            title=self._words.plain("title-index", issuer=self._site.newest.statement.header.issuer),
            recent=issues[:RECENT],
            chart=draw(self._site.issues, self._words),
            keys=[key_row(self._site, key) for key in self._site.keys],
            all_page=page_name("history", self._words.language),
        )

    def history(self) -> bytes:
        """Return the list of all statements, the newest first."""
        return self._render(
            "history",
            stem="history",
            title=self._words.plain("title-history", issuer=self._site.newest.statement.header.issuer),
            issues=list(reversed(self._site.issues)),
            home=page_name("index", self._words.language),
        )

    def statement(self, at: int, archive: File) -> bytes:
        """Return the page of the statement at this place of the site's row; `archive` is the .zip of it."""
        issues = self._site.issues
        issue = issues[at]
        return self._render(
            "statement",
            stem="index",
            root="../../",
            title=self._words.plain("title-statement", issuer=issue.statement.header.issuer, sequence=issue.sequence),
            issue=issue,
            archive=archive,
            plain=[file for file in issue.files if not file.name.startswith("evidence/")],
            evidence=[file for file in issue.files if file.name.startswith("evidence/")],
            older=issues[at - 1] if at else None,
            newer=issues[at + 1] if at + 1 < len(issues) else None,
            has_older=at > 0 or issue.statement.log.index > 0,
            corrected_by=self._corrections.get(issue.statement.digest, []),
        )

    def _render(self, template: str, *, stem: str, title: str, root: str = "", **values: Any) -> bytes:
        language, words = self._words.language, self._words
        text = self._environment.get_template(f"{template}.html").render(
            lang=language,
            languages=[{"lang": name, "name": _NAMES[name], "page": page_name(stem, name)} for name in LANGUAGES],
            page=page_name("index", language),
            feed=feed_name(language),
            policy=self._policy,
            css=_markup(self._css),
            site=self._site,
            t=words,
            root=root,
            title=title,
            grouped=grouped,
            has_report=_has_report,
            undecided=_undecided,
            failing=_failing,
            shown=lambda row: amounts.show(row.short, row.decimals),
            relation=relation,
            sign=lambda outcome: _SIGNS[outcome][0],
            tone=lambda outcome: _SIGNS[outcome][1],
            bytes=lambda size: words("bytes", size=f"{size:,}"),
            **values,
        )
        return text.encode("utf-8")


def key_row(site: Site, key: Any) -> Mapping[str, str]:
    """Return how a key is shown and what its file is called; a key without a name goes by the log's."""
    name = key.name or site.newest.statement.log.origin
    return {"keyid": key.keyid, "line": key.verifier_line(name), "file": f"{key.keyid[:16]}.pub"}


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not at the start of every command

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _markup(text: str) -> Any:
    from markupsafe import Markup

    if "</" in text:
        raise ValueError("a style sheet of ours would end its element")
    return Markup(text)


def _has_report(issue: Issue) -> bool:
    return any(file.name == _REPORT for file in issue.files)


def _undecided(statement: Head) -> list[RuleHead]:
    return [rule for rule in statement.rules if rule.outcome is Outcome.UNDECIDED]


def _failing(statement: Head, rule: RuleHead) -> list[Mapping[str, str]]:
    """Return the lines of a rule's result that do not hold, as `head` has checked them to be: five texts each."""
    rows = statement.predicate["solvency"]["rules"]
    lines = rows[statement.rules.index(rule)]["lines"]
    return [line for line in lines if line["outcome"] == Outcome.DOES_NOT_HOLD.value]


def _corrections(site: Site) -> dict[str, list[Issue]]:
    found: dict[str, list[Issue]] = {}
    for issue in site.issues:
        if issue.statement.replaces is not None:
            found.setdefault(issue.statement.replaces.digest, []).append(issue)
    return found
