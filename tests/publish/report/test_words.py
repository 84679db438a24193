"""Both languages say the same, whole, and every word is said somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from por.attestation.build import LIMITATIONS
from por.outcomes import Outcome
from por.publish.report import render_report, sentences, words
from por.publish.report.view import VERDICTS
from por.solvency.pack import shipped
from tests.publish.report import statements

REPORT = Path(words.__file__).parent
FIELD = re.compile(r"\{([a-z]+)\}")
SOURCE = "".join(path.read_text() for path in (*REPORT.glob("templates/*.html"), REPORT / "speaker.py"))


def test_each_has_both_languages_with_the_same_values_in_it() -> None:
    for name, (english, japanese) in words._WORDS.items():
        assert set(FIELD.findall(english)) == set(FIELD.findall(japanese)), name
        assert english and japanese and "<" not in english + japanese, name
        assert english != japanese or name in ("asked",), name


def test_each_is_said_somewhere() -> None:
    """By its whole name, or by the beginning that a template puts a value behind."""
    prefixes = tuple(set(re.findall(r'"([a-z]+-)"', SOURCE)) | {"asked-"})
    lists = set(re.findall(r'"([a-z-]+)"', SOURCE))
    assert [name for name in words._WORDS if name not in lists and not name.startswith(prefixes)] == []


@pytest.mark.parametrize("name", statements.CASES)
def test_no_word_is_lacking(name: str) -> None:
    """Rendering looks every word up: one that is not there is a KeyError."""
    assert render_report(statements.CASES[name]()).startswith(b"<!doctype html>")


def test_each_outcome_basis_and_verdict_has_words() -> None:
    assert all(words.has(f"short-{outcome}") for outcome in (*Outcome, *VERDICTS))
    assert all(words.has(f"says-{basis}") for basis in ("proven", "node", "declared"))


@pytest.mark.parametrize("id", ["japan", "demo"])
def test_what_the_japanese_packs_say_is_said_in_japanese(id: str) -> None:
    pack: dict[str, Any] = tomllib.loads(shipped(id).data.decode())
    rows = [*pack["rules"], *pack.get("ratios", ())]
    said = [pack["pack"]["title"], *pack["pack"]["limitations"], *LIMITATIONS]
    said += [row["title"] for row in rows] + [row["reference"] for row in rows]
    assert [sentence for sentence in said if sentences.japanese(sentence) is None] == []
    assert all(sentences.named("rule", row["id"]) for row in pack["rules"])


def test_what_nobody_translated_is_marked_as_english() -> None:
    predicate = statements.second()
    predicate["solvency"]["gaps"] = ["nobody has translated this"]
    assert '<bdi lang="en">nobody has translated this</bdi>' in render_report(predicate).decode()
