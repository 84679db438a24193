"""docs/frames.md: each point of the frames is answered by fields that there are; nothing claims to be an audit."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from por.attestation import envelope
from tests.attestation import samples

DOCS = Path(__file__).parents[2] / "docs"
POINTS = ("Identity", "As-of", "Liabilities per asset", "Assets per asset", "Fiat", "Stablecoin as issuer", "Prices")
POINTS += ("Tests", "Liability reserve", "Capital ratios", "Completeness", "History")
PAGE = (DOCS / "frames.md").read_text("utf-8")
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line][1:]
FIELDS = sorted({field for row in ROWS for field in re.findall(r"`([^`]+)`", row[2]) if field != "house"})


@cache
def schema() -> Any:
    return json.loads((DOCS / "spec/attestation-v1.schema.json").read_text())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    exchange = samples.exchange(tmp_path_factory.mktemp("exchange"))
    exchange.attest()
    payload = json.loads(envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload)
    read = {name: json.loads((exchange.out / name).read_text()) for name in ("reserves.json", "liabilities.json")}
    return {**read, "annex.json": json.loads((exchange.reserves / "annex.json").read_text()), "statement": payload}


def steps(path: str) -> list[str]:
    return [step for part in path.split(".") for step in ([part[:-2], "[]"] if part.endswith("[]") else [part])]


def in_schema(node: Any, path: list[str]) -> bool:
    """Say whether a path leads somewhere in a JSON Schema, through references and alternatives."""
    if "$ref" in node:
        return in_schema(schema()["$defs"][node["$ref"].rpartition("/")[2]], path)
    if "anyOf" in node:
        return any(in_schema(other, path) for other in node["anyOf"])
    if not path:
        return True
    if path[0] == "[]":
        return "items" in node and in_schema(node["items"], path[1:])
    return path[0] in node.get("properties", {}) and in_schema(node["properties"][path[0]], path[1:])


def in_value(value: Any, path: list[str]) -> bool:
    if not path:
        return True
    if path[0] == "[]":
        return isinstance(value, list) and any(in_value(item, path[1:]) for item in value)
    return isinstance(value, dict) and path[0] in value and in_value(value[path[0]], path[1:])


def test_every_point_is_there_and_answered() -> None:
    heads = [row[0].strip() for row in ROWS if row[0].strip().startswith("**")]
    assert heads == [f"**{number} {name}**" for number, name in enumerate(POINTS, 1)]
    answered = [row for row in ROWS if not row[0].strip().startswith("**")]
    assert len(answered) >= 40 and all("`" in row[2] and row[1].strip() for row in answered)


@pytest.mark.parametrize("field", FIELDS)
def test_the_field_is_there(field: str, files: dict[str, Any]) -> None:
    name, _, path = field.rpartition(": ")
    if name:
        assert in_value(files[name], steps(path)), field
    else:
        assert in_schema(schema(), steps(path)), field


def test_a_field_that_is_not_there_would_be_seen(files: dict[str, Any]) -> None:
    assert not in_schema(schema(), steps("declared.identity.motto"))
    assert not in_schema(schema(), steps("chains.block"))
    assert not in_value(files["reserves.json"], steps("chains[].holdings[].colour"))


def test_a_statement_never_calls_itself_an_audit(files: dict[str, Any]) -> None:
    text = json.dumps(files["statement"])
    said = re.findall(r"[^.\"]*\baudit\w*[^.\"]*", text)
    assert any("It is not an audit" in sentence for sentence in said)
    claims = re.compile(
        r"\b(was|were|been|is|are|independently) audited\b|\baudit (report|opinion)\b|\bthis audit\b", re.I
    )
    assert not [sentence for sentence in said if claims.search(sentence)]
    assert "it never calls itself an audit" in (DOCS / "spec/statement.md").read_text("utf-8")
