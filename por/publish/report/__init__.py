"""report.html: one statement as a page for people, made from its predicate and from nothing else.

The same predicate gives the same bytes: no clock, locale, network or other file goes in, so that an auditor makes the
page again and compares. It runs no scripts and asks for nothing, and prints on A4.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from por.files import read_text
from por.publish.report.reading import Place
from por.publish.report.sources import sources
from por.publish.report.speaker import ALL, Speaker, bar
from por.publish.report.view import view
from por.publish.report.words import LANGUAGES
from por.publish.verifier import web_folder

if TYPE_CHECKING:
    from jinja2 import Environment

LOOK = "look.css"
"""What the page shares with the others; its own style stands among the templates."""


def render_report(predicate: Mapping[str, Any]) -> bytes:
    """Return report.html of a statement's predicate; InputError when the predicate is not as it should be."""
    shown, ground = view(predicate), sources(Place(predicate, "predicate"))
    environment = _environment()
    style = read_text(web_folder() / LOOK) + environment.get_template("report.css").render()
    page = environment.get_template("report.html").render(
        v=shown,
        g=ground,
        speakers=[Speaker(language) for language in LANGUAGES],
        bar=bar,
        all_owed=f"{ALL // 100}%",
        style=style,
        style_digest=base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii"),
    )
    return page.encode("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("por.publish.report"),
        autoescape=lambda name: name is None or not name.endswith(".css"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
