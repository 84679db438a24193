"""docs/errors.md is what the code says, and every error on it is provoked by a transcript or explained."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from scripts import errors
from tests.cli import script as scripts

CLI = Path(__file__).parents[1] / "cli"
UNREACHED = tomllib.loads((CLI / "unreached.toml").read_text())
TRANSCRIPTS = {path.stem: scripts.parse(path) for path in sorted((CLI / "transcripts").glob("*.txtar"))}


def test_the_page_is_up_to_date() -> None:
    assert errors.PAGE.read_text("utf-8") == errors.page(), "run .venv/bin/python -m scripts.errors"


def test_every_error_is_provoked_or_explained() -> None:
    codes = {code for _, code in errors.table()}
    assert sorted(codes - TRANSCRIPTS.keys() - UNREACHED.keys()) == []
    assert sorted((TRANSCRIPTS.keys() | UNREACHED.keys()) - codes) == [], "no such error any more"
    whole = {code for code, row in UNREACHED.items() if "exits" not in row}
    assert sorted(TRANSCRIPTS.keys() & whole) == []


def test_every_exit_code_of_an_error_is_shown() -> None:
    """A code that stands under two exit codes is provoked with both; unreached.toml may name the pair."""
    shown = {(step.exit, code) for code, script in TRANSCRIPTS.items() for step in script.steps if step.exit}
    missing = [f"{code} {exit}" for exit, code in errors.table() if (exit, code) not in shown]
    explained = {f"{code} {exit}" for code, row in UNREACHED.items() for exit in row.get("exits", [])}
    whole = {code for code, row in UNREACHED.items() if "exits" not in row}
    left = [name for name in missing if name not in explained and name.split()[0] not in whole]
    assert left == []


def test_what_is_explained_has_a_reason() -> None:
    for code, row in UNREACHED.items():
        assert len(row["why"]) > 20, code


def test_every_error_says_what_to_do() -> None:
    for (_, code), rows in errors.table().items():
        for site in rows:
            assert site.hint, f"{site.place}: {code} has no hint"
            assert not re.match(r"[A-Z][a-z]", site.message), f"{site.place}: messages are in lower case"
