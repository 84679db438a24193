"""A statement repeats what the one before it said; tests/attacks/test_audit_history.py has the lies."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.attestation import envelope, statement
from por.attestation.change import repeated
from por.errors import InputError
from tests.attestation import samples


def _head(folder: Path) -> statement.Head:
    payload = envelope.parse((folder / "attestation.json").read_bytes(), where="a").payload
    return statement.head(payload, where="statement")


def test_the_first_repeats_nothing_and_the_next_what_the_first_said(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    first = _head(exchange.out)
    assert first.predicate["change"] is None
    exchange = exchange.next(eth=9 * 10**18)
    exchange.attest()
    change = _head(exchange.out).predicate["change"]
    assert change == repeated(first)
    solvency = first.predicate["solvency"]
    for row, old in zip(change["assets"], solvency["assets"], strict=True):
        assert row == {name: old[name] for name in row} and {"asset", "liabilities", "proven", "node"} <= row.keys()
    assert change["yen"] == solvency["yen"]
    assert change["reserve"] == {name: solvency["reserve"][name] for name in ("required", "held")}
    assert (change["as_of"], change["verdict"]) == (samples.AS_OF, "holds")
    assert change["rules"] == [{"id": rule.id, "outcome": str(rule.outcome)} for rule in first.rules]


def test_the_same_inputs_again_give_the_same_change(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    later = exchange.next()
    once = later.attest().digest
    again = later.attest(out=tmp_path / "again")
    assert again.digest == once and not again.appended


SPOILERS: list[tuple[tuple[str, ...], Any]] = [
    (("assets",), None),
    (("assets", "0"), []),
    (("assets", "0", "asset"), 1),
    (("assets", "0", "decimals"), "18"),
    (("assets", "0", "decimals"), True),
    (("assets", "0", "node"), None),
    (("reserve",), []),
    (("reserve", "held"), None),
    (("reserve", "required"), 5),
    (("yen",), None),
    (("yen", "owed"), 1),
    (("yen", "unpriced"), ""),
    (("yen", "unpriced"), [1]),
]


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    exchange = samples.exchange(tmp_path_factory.mktemp("exchange"))
    exchange.attest()
    return envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload


@pytest.mark.parametrize(("path", "value"), SPOILERS)
def test_a_malformed_predecessor_is_refused(path: tuple[str, ...], value: object, payload: bytes) -> None:
    document = copy.deepcopy(canonical.decode(payload, where="s"))
    place = document["predicate"]["solvency"]
    for key in path[:-1]:
        place = place[int(key) if key.isdigit() else key]
    place[int(path[-1]) if path[-1].isdigit() else path[-1]] = value
    with pytest.raises(InputError) as caught:
        repeated(statement.head(canonical.encode(document), where="s"))
    assert caught.value.code == "statement-malformed"


def test_without_a_reserve_there_is_none(payload: bytes) -> None:
    document = canonical.decode(payload, where="s")
    document["predicate"]["solvency"]["reserve"] = None
    assert repeated(statement.head(canonical.encode(document), where="s"))["reserve"] is None
