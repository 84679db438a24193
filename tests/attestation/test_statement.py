"""Reading a statement: strict, light, and never a foreign exception."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.attestation import envelope, statement
from por.errors import InputError, PorError
from tests.attestation import samples


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    exchange = samples.exchange(tmp_path_factory.mktemp("exchange"))
    exchange.attest()
    exchange = exchange.next()
    exchange.attest()
    return envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload


def _code(document: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        statement.head(canonical.encode(document), where="s")
    return caught.value.code


def test_the_good_one_is_read(payload: bytes) -> None:
    head = statement.head(payload, where="s")
    assert head.digest == canonical.digest(payload)
    assert head.header == samples.header(8)
    assert [rule.id for rule in head.rules] == list(samples.pack().rule_ids())
    assert head.gaps and head.limitations
    assert head.previous is not None and head.previous.sequence == 7
    assert head.software == "0.1.0"


SPOILERS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda doc: doc.update(_type="https://in-toto.io/Statement/v0.1"), "statement-type"),
    (lambda doc: doc.update(predicateType="https://w3id.org/por/attestation/v2"), "statement-type"),
    (lambda doc: doc.update(more=1), "statement-malformed"),
    (lambda doc: doc.pop("subject"), "statement-malformed"),
    (lambda doc: doc.update(predicate=[]), "statement-malformed"),
    (lambda doc: doc["predicate"].update(role="accountant"), "statement-malformed"),
    (lambda doc: doc["predicate"].pop("log"), "statement-malformed"),
    (lambda doc: doc["predicate"].update(snapshot_id="00" * 32), "snapshot-id-mismatch"),
    (lambda doc: doc["predicate"]["snapshot"].update(sequence=9), "snapshot-id-mismatch"),
    (lambda doc: doc["predicate"]["snapshot"].update(sequence=True), "header-malformed"),
    (lambda doc: doc["predicate"].update(verdict="does-not-hold"), "statement-malformed"),
    (lambda doc: doc["predicate"].update(verdict="not-covered"), "statement-malformed"),
    (lambda doc: doc["predicate"]["solvency"]["rules"][0].update(outcome="does-not-hold"), "statement-malformed"),
    (lambda doc: doc["predicate"]["solvency"]["rules"][0].update(outcome="fine"), "statement-malformed"),
    (lambda doc: doc["predicate"]["solvency"]["rules"][0].pop("unit"), "statement-malformed"),
    (lambda doc: doc["predicate"]["solvency"].update(rules={}), "statement-malformed"),
    (lambda doc: doc["predicate"]["solvency"].update(gaps=[1]), "statement-malformed"),
    (lambda doc: doc["predicate"].update(solvency=None), "statement-malformed"),
    (lambda doc: doc["predicate"].update(limitations="none"), "statement-malformed"),
    (lambda doc: doc["predicate"].update(issued="now"), "time-malformed"),
    (lambda doc: doc["predicate"].update(previous=None), "statement-malformed"),
    (lambda doc: doc["predicate"].update(change=None), "statement-malformed"),
    (lambda doc: doc["predicate"].update(change=[]), "statement-malformed"),
    (lambda doc: doc["predicate"].pop("change"), "statement-malformed"),
    (lambda doc: doc["predicate"]["previous"].update(sequence=8), "statement-malformed"),
    (lambda doc: doc["predicate"]["previous"].update(digest="x"), "hex-malformed"),
    (lambda doc: doc["predicate"].update(replaces={"sequence": 7, "digest": "00" * 32}), "statement-malformed"),
    (lambda doc: doc["predicate"]["log"].update(index=2), "log-malformed"),
    (lambda doc: doc["predicate"]["log"].update(origin="a b"), "key-name"),
    (lambda doc: doc["predicate"]["log"].update(origin=7), "log-malformed"),
    (lambda doc: doc["predicate"].update(software={"name": "por"}), "statement-malformed"),
    (lambda doc: doc["predicate"]["liabilities"].reverse(), ""),
    (lambda doc: doc["predicate"]["liabilities"][0].update(total="-1"), ""),
    (lambda doc: doc["predicate"]["liabilities"][0].update(total=1), ""),
    (lambda doc: doc["predicate"].update(liabilities={}), ""),
    (lambda doc: doc["subject"].reverse(), "statement-malformed"),
    (lambda doc: doc["subject"].append(doc["subject"][0]), "statement-malformed"),
    (lambda doc: doc["subject"][0].update(name="../../etc/passwd"), "statement-malformed"),
    (lambda doc: doc["subject"][0].update(name=["x"]), "statement-malformed"),
    (lambda doc: doc["subject"][0]["digest"].update(sha1="00"), "statement-malformed"),
    (lambda doc: doc["subject"].pop(), "statement-malformed"),
    (lambda doc: doc.update(subject=None), "statement-malformed"),
]


@pytest.mark.parametrize(("spoil", "code"), SPOILERS)
def test_other_statements_are_refused(spoil: Callable[[dict[str, Any]], object], code: str, payload: bytes) -> None:
    document = canonical.decode(payload, where="s")
    spoil(document)
    # The table's rows are read by por.liabilities.manifest, whose tests name its codes.
    assert code in ("", _code(document)) and _code(document)


def test_whatever_a_value_becomes_no_foreign_exception_comes_out(payload: bytes) -> None:
    """Every value of the statement in turn replaced by each of some others."""
    document = canonical.decode(payload, where="s")
    count = 0
    for path in _paths(document, ()):
        for other in (None, True, -1, "x", [[]], {"a": 1}):
            spoilt = copy.deepcopy(document)
            _set(spoilt, path, other)
            try:
                statement.head(canonical.encode(spoilt), where="s")
            except PorError:
                count += 1
    assert count > 200


def _paths(value: object, above: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = []
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))[:1]
    for key, child in items:
        found += [(*above, key), *_paths(child, (*above, key))]
    return found


def _set(document: Any, path: tuple[str | int, ...], value: object) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'"x"', b'{"_type":1,"_type":2}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_statement(data: bytes) -> None:
    with pytest.raises(InputError):
        statement.head(data, where="s")


def test_a_customers_check_starts_light() -> None:
    """`por verify` must not wait for these."""
    heavy = ("pydantic", "click", "rich", "web3", "duckdb", "pymerkle", "joserfc", "pyarrow", "por.snapshot")
    heavy += ("cryptography.hazmat.primitives.serialization", "por.attestation.note", "ctypes")
    program = (
        "import sys, por.attestation.statement, por.attestation.envelope;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == b"[]"
