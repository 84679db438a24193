"""The examples in the documents are read by the program, and every rule that a shipped pack runs is explained."""

from __future__ import annotations

import re
from pathlib import Path

from por.reserves.declared import parse_declared
from por.solvency.formula import VOLUME_KINDS
from por.solvency.pack import parse_pack, shipped
from por.solvency.prices import parse_prices
from tests.solvency.test_judge import healthy

DOCS = Path(__file__).parents[2] / "docs"


def block(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    assert found
    return found.group(1)


def test_the_pack_on_its_page_is_a_pack() -> None:
    pack = parse_pack(block("spec/policy.md", "toml").replace("…64 hex…", "ab" * 32).encode())
    assert pack.tables.tokens[0].mask == (1 << 255) - 1


def test_every_kind_of_trade_is_on_the_page() -> None:
    page = (DOCS / "spec/policy.md").read_text("utf-8")
    assert all(re.search(rf"\b{kind}\b", page) for kind in VOLUME_KINDS)


def test_the_prices_on_their_page_are_prices() -> None:
    assert len(parse_prices(block("spec/prices.md", "csv").encode()).quotes) == 5


def test_what_is_declared_on_its_page_is_read() -> None:
    found = parse_declared(block("spec/declared.md", "toml"))
    assert (len(found.holdings), len(found.issues[0].assets), len(found.issues[0].non_redeemable)) == (1, 2, 1)
    assert found.reserve is not None and len(found.reserve.uses) == 1


def test_every_rule_is_explained_with_its_reference() -> None:
    page = re.sub(r"\s+>?\s*", " ", (DOCS / "rules.md").read_text("utf-8"))
    for rule in shipped("japan").rules:
        assert f"## {rule.id} " in page
        article = rule.reference.split(";")[0].split(",")[0]
        assert article in page, article
        if rule.days_to_cure is not None:
            assert f"{rule.days_to_cure} business days to cure" in page


def test_every_key_of_the_verdict_is_on_the_page() -> None:
    shape = (DOCS / "rules.md").read_text("utf-8").split("## The verdict in the statement")[1]

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    for key in keys(healthy().document()):
        assert re.search(rf"\b{key}\b", shape), key
