"""Rows 11 and 30: histories rewritten so that the auditor's kept publication does not show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from por.attestation import envelope, merkle
from por.attestation.trust import Trust
from por.audit.case import open_statement
from por.audit.equivocation import EquivocationError, compare_statements
from por.audit.publication import open_publication
from tests.attacks.forged_world import Forger, audit, forger
from tests.conftest import World, por

OTHER = (merkle.leaf_hash(b"another history"), merkle.leaf_hash(b"and more of it"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence is written where the person is."""
    monkeypatch.chdir(tmp_path)


def kept_leaf(world: World) -> bytes:
    return merkle.leaf_hash(envelope.parse((world.publication / "attestation.json").read_bytes(), where="x").payload)


def later(world: World, *, before: tuple[bytes, ...]) -> Forger:
    """A statement after the one that the auditor kept."""
    forged = forger(world)
    forged.before = before
    forged.change_header(sequence=5)
    forged.predicate["previous"] = {"sequence": 4, "digest": "ee" * 32}
    forged.predicate["change"] = {}
    return forged


def test_an_entry_in_between_does_not_hide_another_history(world: World, tmp_path: Path) -> None:
    out = later(world, before=OTHER).publish(tmp_path / "out")
    _, found = audit(world, out, "--previous", world.publication)
    assert found["history"] == "undecided", "it was asked for"
    assert (
        audit(world, later(world, before=OTHER[:1]).publish(tmp_path / "next"), "--previous", world.publication)[1][
            "history"
        ]
        == "does-not-hold"
    )


def test_one_entry_of_the_log_under_two_sequences(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.change_header(sequence=2)
    out = forged.publish(tmp_path / "out")
    ran, found = audit(world, out, "--previous", world.publication)
    assert ran.code == 1 and found["history"] == "does-not-hold"
    one, other = (open_statement(open_publication(place)) for place in (world.publication, out))
    with pytest.raises(EquivocationError) as caught:
        compare_statements(one, other, trust=Trust.of([forged.signer.public]))
    assert "the entry of the log 0" in caught.value.message


def test_the_customer_gets_evidence_of_it(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = forger(world)
    forged.change_header(sequence=2)
    out = forged.publish(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    ran = por(*("verify", world.proof, "--key", world.key, "--account-id-file", world.account_file, "--statement", out))
    assert ran.code == 1 and list(tmp_path.glob("equivocation-*.json"))


def test_a_log_forked_after_the_statement(world: World, tmp_path: Path) -> None:
    """The same statement, and two heads of one size over different entries behind it."""
    places = []
    for number, leaf in enumerate(OTHER):
        forged = forger(world)
        forged.after = (leaf,)
        places.append(forged.publish(tmp_path / str(number)))
    assert audit(world, places[0], "--previous", places[0])[1]["history"] == "holds"
    ran, found = audit(world, places[0], "--previous", places[1])
    assert ran.code == 1 and found["history"] == "does-not-hold"


def test_a_log_begun_with_a_key_that_nobody_brought(world: World, tmp_path: Path) -> None:
    """With a new name for its log in each statement an exchange would never contradict itself."""
    forged = forger(world)
    forged.predicate["log"]["key"] = "ab" * 32
    ran, found = audit(world, forged.publish(tmp_path / "out"))
    assert ran.code == 4 and found["log-key"] == "undecided"
    assert "log-key" not in audit(world, world.publication)[1]
