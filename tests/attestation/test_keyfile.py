"""The key file: one reading of it, as TOML and as JSON, and everything else refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from por import canonical
from por.attestation.keyfile import KEEPERS, KeyFile, parse_document, parse_signed, parse_toml
from por.attestation.keys import Algorithm
from por.errors import InputError
from tests.attestation.keyworld import FIRST, LAST, Keys, small

KEYS = Keys()
FILE = small(KEYS)


def test_what_is_signed_is_read_again() -> None:
    given = KEYS.signed(FILE, "keeper 1")
    assert given.envelope is not None
    envelope, read = parse_signed(given.envelope.to_bytes(), where="1.keys.json")
    assert read == FILE and envelope.digest == FILE.digest == canonical.digest(FILE.payload)
    assert FILE.statement_thresholds == {"management": 1, "preparer": 1}
    assert [row.name for row in FILE.keepers] == ["keeper 1", "keeper 2", "keeper 3"]


def test_a_person_writes_the_same_as_toml() -> None:
    lines = [f'format = "por-keys/1"\nissuer = "{FILE.issuer}"\nversion = 1\nfrom = "{FIRST}"\nuntil = "{LAST}"']
    lines.append("[thresholds]\nkeys = 2\npreparer = 1\nmanagement = 1")
    for row in FILE.keys:
        public = row.key.verifier_line("example.jp/keys") if row.name == "attest" else row.document()["public"]
        lines.append(f'[[key]]\nname = "{row.name}"\npublic = "{public}"\nroles = {list(row.roles)}'.replace("'", '"'))
    assert parse_toml(tomllib.loads("\n".join(lines)), where="keys.toml") == FILE


def test_heirs_are_followed_one_after_the_other() -> None:
    rows = [
        KEYS.row("a", "preparer"),
        KEYS.row("c", "preparer", succeeds="b"),
        KEYS.row("b", "preparer", succeeds="a"),
        KEYS.row("z", "preparer"),
    ]
    file = KEYS.file(rows, {"preparer": 1})
    assert [row.name for row in file.heirs(KEYS["a"].public.keyid)] == ["a", "c", "b"]
    assert [row.name for row in file.heirs(KEYS["b"].public.keyid)] == ["c", "b"]
    assert file.heirs("00" * 32) == ()


def put(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document.update(values)


def key(number: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["keys"][number].update(values)


P256_COMPRESSED = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgAC" + "A" * 44

WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another format": put(format="por-keys/2"),
    "unknown key": put(extra=1),
    "missing key": lambda document: document.pop("issuer"),
    "version 0": put(version=0),
    "version as text": put(version="1"),
    "version true": put(version=True),
    "no previous of version 2": put(version=2),
    "previous of version 1": put(previous="ab" * 32),
    "previous too short": put(version=2, previous="ab" * 31),
    "time without zone": put(**{"from": "2026-01-01T00:00:00"}),
    "until before from": put(until=FIRST, **{"from": LAST}),
    "control character": put(issuer="a\u202eb"),
    "no thresholds": put(thresholds={}),
    "keepers alone": put(thresholds={KEEPERS: 1}),
    "threshold 0": put(thresholds={"preparer": 0}),
    "threshold true": put(thresholds={"preparer": True}),
    "threshold that nobody can meet": put(thresholds={"preparer": 2}),
    "threshold of no one's role": put(thresholds={"regulator": 1}),
    "role in capitals": put(thresholds={"Preparer": 1}),
    "no keys": put(keys=[]),
    "keys no list": put(keys={}),
    "key no object": put(keys=["a"]),
    "role repeated": key(0, roles=["keys", "keys"]),
    "roles unsorted": key(0, roles=["preparer", "keys"]),
    "no role": key(0, roles=[]),
    "name twice": key(0, name="attest"),
    "key twice": lambda document: document["keys"][0].update(public=document["keys"][1]["public"]),
    "unreadable key": key(0, public="AAAA"),
    "compressed point": key(0, public=P256_COMPRESSED),
    "not base64": key(0, public="!"),
    "until before from of a key": key(0, until=FIRST, **{"from": LAST}),
    "revoked without a reason": key(0, revoked={"at": FIRST}),
    "succeeds nobody": key(0, succeeds="nobody"),
    "succeeds itself": key(0, succeeds="keeper 1"),
    "succeeds in a circle": lambda document: [
        document["keys"][0].update(succeeds="keeper 2"),
        document["keys"][1].update(succeeds="keeper 1"),
    ],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_key_file_is_refused(name: str) -> None:
    document = FILE.document()
    WRONG[name](document)
    with pytest.raises(InputError):
        parse_document(document, where="keys")


@pytest.mark.parametrize("value", [None, [], "x", 1, {}])
def test_another_value_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        parse_document(value, where="keys")
    if isinstance(value, dict):
        with pytest.raises(InputError):
            parse_toml(value, where="keys.toml")


def test_a_statement_is_no_key_file_and_a_key_file_no_statement() -> None:
    from por.attestation import envelope

    given = KEYS.signed(FILE, "keeper 1")
    assert given.envelope is not None
    with pytest.raises(InputError):
        envelope.parse(given.envelope.to_bytes(), where="a")
    as_statement = envelope.sign(FILE.payload, [KEYS["keeper 1"]])
    with pytest.raises(InputError):
        parse_signed(as_statement.to_bytes(), where="a")
    assert as_statement.signatures != given.envelope.signatures  # the type is signed as well


def test_both_algorithms_stand_in_it() -> None:
    found: KeyFile = FILE
    assert {row.key.algorithm for row in found.keys} == set(Algorithm)


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-1, 3), st.text(max_size=8), st.just([]), st.just({}))


@given(data=st.data())
def test_whatever_comes_in_only_our_errors_come_out(data: st.DataObject) -> None:
    document = FILE.document()
    place: Any = document
    while True:
        step = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[step]
        if not inner or not isinstance(inner, dict | list) or data.draw(st.booleans()):
            break
        place = inner
    place[step] = data.draw(VALUES)
    try:
        read = parse_document(document, where="keys")
    except InputError as error:
        assert error.code and error.hint
    else:
        assert read.document() == document


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_signed(data, where="1.keys.json")
