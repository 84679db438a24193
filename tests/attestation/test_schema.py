"""docs/spec/attestation-v1.schema.json describes what is built, all of it and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from por.attestation import envelope, statement
from por.attestation.publication import Correction
from tests.attestation import samples

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/spec/attestation-v1.schema.json").read_text())


@pytest.fixture(scope="module")
def predicates(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    found = []
    exchange = samples.exchange(tmp_path_factory.mktemp("exchange"))
    for options in ({}, {"issued": "2026-11-21T00:00:00Z", "replaces": Correction(sequence=7, reason="typing error")}):
        exchange.attest(**options)
        found.append(_predicate(exchange.out))
        exchange = exchange.next(eth=9 * 10**18)
    (exchange.reserves / "declared.toml").unlink()
    from dataclasses import replace

    bare = replace(samples.report(exchange.sequence), declared=())
    (exchange.reserves / "reserves.json").write_bytes(bare.to_bytes())
    exchange.attest()
    return [*found, _predicate(exchange.out)]


def _predicate(folder: Path) -> Any:
    payload = envelope.parse((folder / "attestation.json").read_bytes(), where="a").payload
    return json.loads(payload)["predicate"]


def _valid(document: object) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(document))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == statement.PREDICATE_TYPE
    assert set(SCHEMA["required"]) == statement.PREDICATE_KEYS


def test_what_is_built_satisfies_it(predicates: list[Any]) -> None:
    for predicate in predicates:
        jsonschema.Draft202012Validator(SCHEMA).validate(predicate)
    assert {predicate["verdict"] for predicate in predicates} >= {"holds", "does-not-hold"}


def test_every_object_is_closed_and_every_key_needed(predicates: list[Any]) -> None:
    """A key more or less anywhere, but for the two tables whose keys the issuer chooses, is no longer valid."""
    free = {"figures", "by"}
    predicate = predicates[0]
    seen = 0
    for path in _objects(predicate, ()):
        if path and path[-1] in free:
            continue
        for change in ("more", "less"):
            spoilt = copy.deepcopy(predicate)
            target = spoilt
            for key in path:
                target = target[key]
            if change == "more":
                target["surprise"] = 1
            else:
                target.pop(next(iter(target)))
            assert not _valid(spoilt), (path, change)
            seen += 1
    assert seen > 50


def _objects(value: object, above: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        found.append(above)
        for key, child in value.items():
            found += _objects(child, (*above, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            found += _objects(child, (*above, index))
    return found


def test_the_schema_describes_nothing_that_is_not_built(predicates: list[Any]) -> None:
    """Every definition is used, and every property occurs in what the samples build."""
    text = json.dumps(SCHEMA)
    assert [name for name in SCHEMA["$defs"] if f"#/$defs/{name}" not in text] == []
