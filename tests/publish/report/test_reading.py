"""A predicate that is not as it should be: an error that names the place, and never another exception."""

from __future__ import annotations

import random
from typing import Any

import pytest

from por.errors import InputError
from por.publish.report import render_report
from tests.publish.report import statements

OTHERS: tuple[Any, ...] = (None, True, 0, -1, 1 << 80, 1.5, "", "x", "-1", "9" * 79, "1e5", "٣", "\ud800", [], {}, [[]])


@pytest.mark.parametrize("name", ["first", "second"])
def test_whatever_a_value_becomes(name: str) -> None:
    """Each value replaced by a few of others, each key left out: a page comes, or an InputError with a place."""
    predicate = statements.CASES[name]()
    chosen = random.Random(9)
    refused = pages = 0
    for path in statements.leaves(predicate):
        for value in chosen.sample(OTHERS, 6):
            try:
                assert render_report(statements.put(predicate, path, value)).startswith(b"<!doctype html>")
                pages += 1
            except InputError as error:
                assert error.code in ("statement-malformed", "time-malformed") and error.message.startswith("predicate")
                refused += 1
    assert refused > 500 and pages > 100


@pytest.mark.parametrize("value", [None, [], "x", 7, {}])
def test_whatever_an_object_becomes(value: object) -> None:
    predicate = statements.second()
    for name in ("snapshot", "solvency", "declared", "liabilities", "policy", "log", "software", "chains", "change"):
        if (name, value) in [("liabilities", []), ("chains", []), ("change", None)]:
            continue
        with pytest.raises(InputError):
            render_report({**predicate, name: value})
        less = {key: row for key, row in predicate.items() if key != name}
        with pytest.raises(InputError):
            render_report(less)


def test_no_predicate_at_all() -> None:
    for value in (None, [], "x", 7):
        with pytest.raises(InputError):
            render_report(value)  # type: ignore[arg-type]


def test_what_html_cannot_hold_is_shown_as_such() -> None:
    predicate = statements.second()
    predicate["snapshot"]["issuer"] = "a\x00b\x1bc\x85d"
    page = render_report(predicate).decode()
    assert "a\ufffdb\ufffdc\ufffdd" in page and "\x00" not in page and "\x1b" not in page


def test_what_turns_other_text_around_is_shown_as_such() -> None:
    """Each of these could close the element, or the marks, that keep a text to themselves."""
    predicate = statements.second()
    predicate["solvency"]["assets"][0]["asset"] = "\u2069\u202eA\u200bB\u2028C"
    predicate["declared"]["holdings"][0]["institution"] = "\u2069\u202e x"
    page = render_report(predicate).decode()
    assert "\ufffd\ufffdA\ufffdB\ufffdC" in page and "\ufffd\ufffd x" in page
    assert not set(page) & set("\u202e\u200b\u2028") and page.count("\u2068") == page.count("\u2069")
