"""A mistake in a scenario is found when it is read, and named with its line; the page's example is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from por.errors import InputError
from por.solvency.whatif.document import FORMAT
from por.solvency.whatif.scenario import parse_scenario, shipped_scenarios

SPEC = Path(__file__).parents[3] / "docs" / "spec" / "scenario.md"

GOOD = """format = "por-scenario/1"
[scenario]
id = "mine"
title = "Mine"
[[shocks]]
kind = "hot-wallets"
lost = "0.5"
[[shocks]]
kind = "prices"
down = "0.3"
assets = ["BTC",
  "ETH"]
[[shocks]]
kind = "loss"
yen = "3000000000"
from = "crypto"
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        (
            'lost = "0.5"',
            'lost = "5"',
            "scenario-malformed",
            "s.toml: line 7: shocks[0].lost: 5 is more than the whole",
        ),
        ('lost = "0.5"', 'loss = "0.5"', "document-unknown-key", "s.toml: line 7: shocks.0.hot-wallets.loss"),
        ('lost = "0.5"', 'lost = "half"', "decimal-malformed", "s.toml: line 7: shocks[0].lost"),
        ('lost = "0.5"', "lost = 0.5", "document-malformed", "s.toml: line 7: shocks.0.hot-wallets.lost"),
        ('kind = "prices"', 'kind = "price"', "document-malformed", "s.toml: line 8: shocks.1"),
        ('down = "0.3"', 'down = "1"', "scenario-malformed", "s.toml: line 10: shocks[1].down: a price of zero"),
        (
            'down = "0.3"',
            'down = "0.3"\nup = "1"',
            "scenario-malformed",
            "s.toml: line 8: shocks[1]: prices move either",
        ),
        ('"ETH"', '"ETH:lent"', "scenario-malformed", "s.toml: line 12: shocks[1].assets[1]: ETH:lent is a class"),
        ('"ETH"', '"ether"', "asset-malformed", "s.toml: line 12: shocks[1].assets[1]"),
        ('from = "crypto"', 'from = "coins"', "scenario-malformed", "s.toml: line 16: shocks[2].from: 'coins' is none"),
        ('yen = "3000000000"', 'yen = "1"\nshare = "1"', "scenario-malformed", "s.toml: line 13: shocks[2]: a loss is"),
        ('title = "Mine"', 'title = "Mine"\nincident = "2024-05-31"', "scenario-source-missing", "needs its sources"),
        (
            'title = "Mine"',
            'incident = "2024-02-30"\ntitle = ""',
            "date-malformed",
            "s.toml: line 4: scenario.incident",
        ),
        ('id = "mine"', 'id = "My own"', "scenario-malformed", "s.toml: line 3: scenario.id"),
        ('"por-scenario/1"', '"por-scenario/2"', "document-malformed", "s.toml: line 1: format"),
        ('yen = "3', "yen = 3", "toml-malformed", "line 15"),
    ],
)
def test_the_line_is_named(old: str, new: str, code: str, words: str) -> None:
    assert len(parse_scenario(GOOD.encode()).shocks) == 3
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        parse_scenario(GOOD.replace(old, new, 1).encode(), where="s.toml")
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.hint


def test_a_scenario_without_a_shock_is_none() -> None:
    with pytest.raises(InputError):
        parse_scenario(GOOD.partition("[[shocks]]")[0].encode() + b"shocks = []\n")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(InputError) as caught:
        parse_scenario(b"\xff\xfe")
    assert caught.value.code == "file-not-text"


def test_past_incidents_have_sources_and_say_how_they_are_scaled() -> None:
    past = {row.id: row for row in shipped_scenarios() if row.incident}
    assert past.keys() == {"mt-gox", "dmm", "ftx"}
    assert all(row.sources and row.about for row in past.values())


def test_the_page_s_example_is_a_scenario_and_every_key_is_on_the_page() -> None:
    page = SPEC.read_text("utf-8")
    found = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert found and FORMAT in found.group(1)
    assert len(parse_scenario(found.group(1).encode()).shocks) == 3
    for key in (
        "lost",
        "assumed_hot",
        "name",
        "down",
        "up",
        "assets",
        "excepted",
        "yen",
        "share",
        "of",
        "from",
        "spread",
    ):
        assert f"`{key}`" in page, key
