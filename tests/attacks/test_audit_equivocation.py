"""Rows 11 and 30: whatever an exchange signed against itself becomes a file that a third party can judge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from por import canonical
from por.attestation import merkle
from tests.attacks.forged_world import Forger, audit, forger
from tests.conftest import Ran, World, por

OTHER = (merkle.leaf_hash(b"another history"), merkle.leaf_hash(b"and more of it"))


def judged(world: World, path: Path, *, key: object = None) -> Ran:
    return por("audit", "--evidence", path, "--key", key or world.key, "--json")


def changed(
    world: World, *, sequence: int = 1, before: tuple[bytes, ...] = (), after: tuple[bytes, ...] = ()
) -> Forger:
    forged = forger(world)
    forged.before, forged.after = before, after
    forged.change_header(sequence=sequence)
    if before:
        forged.predicate["previous"] = {"sequence": 1, "digest": "ee" * 32}
        forged.predicate["change"] = {}
    return forged


def issued_again(world: World) -> Forger:
    forged = forger(world)
    forged.predicate["issued"] = "2026-11-20T18:00:00Z"
    return forged


CASES = {
    "two statements of a sequence": lambda world: (issued_again(world), 1),
    "two statements of an entry": lambda world: (changed(world, sequence=2), 1),
    "another predecessor": lambda world: (changed(world, before=OTHER[:1], sequence=2), 2),
}


@pytest.mark.parametrize("name", CASES)
def test_audit_writes_evidence(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    forged, number = CASES[name](world)
    out = forged.publish(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    ran, found = audit(world, out, "--previous", world.publication)
    assert ran.code == 1 and found["history"] == "does-not-hold"
    assert ran.document["evidence"] == [f"equivocation-{number}.json"]
    again = judged(world, tmp_path / ran.document["evidence"][0])
    assert again.code == 0 and [row["outcome"] for row in again.document["checks"]] == ["holds"] * 3
    audit(world, out, "--previous", world.publication)
    assert len(list(tmp_path.glob("equivocation-*.json"))) == 1, "the same evidence once"


def test_two_heads_of_one_size(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (changed(world, after=(leaf,)).publish(tmp_path / leaf.hex()[:4]) for leaf in OTHER)
    monkeypatch.chdir(tmp_path)
    ran, _ = audit(world, one, "--previous", other)
    (name,) = ran.document["evidence"]
    assert [set(side) for side in json.loads((tmp_path / name).read_bytes())["sides"]] == [{"checkpoint"}] * 2
    assert judged(world, tmp_path / name).code == 0


def test_entries_taken_out_of_the_log(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shortened log shows as soon as it goes on: a later statement stands before an earlier one."""
    earlier = changed(world, sequence=5, before=OTHER).publish(tmp_path / "kept")
    later = changed(world, sequence=6, before=OTHER[:1]).publish(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    ran, found = audit(world, later, "--previous", earlier)
    assert ran.code == 1 and found["history"] == "does-not-hold"
    assert judged(world, tmp_path / ran.document["evidence"][0]).code == 0


def test_a_customer_compares_with_the_head_too(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The statement given is a later one; only its log's head shows that the customer's own is not in it."""
    forged = changed(world, before=(), after=(), sequence=1)
    out = forged.publish(tmp_path / "out")
    note_text = changed(world, sequence=3).publish(tmp_path / "third") / "log" / "checkpoint"
    (out / "log" / "checkpoint").write_bytes(note_text.read_bytes())
    monkeypatch.chdir(tmp_path)
    ran = por(
        *("verify", world.proof, "--key", world.key, "--account-id-file", world.account_file),
        *("--statement", out, "--json"),
    )
    assert ran.code == 1 and ran.document["error"]["code"] == "history-rewritten"
    (path,) = tmp_path.glob("equivocation-*.json")
    assert judged(world, path).code == 0
    shown = por("inspect", path)
    assert shown.code == 0 and "a checkpoint" in shown.out and "a statement" in shown.out


@pytest.fixture
def evidence(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    out = changed(world, sequence=2).publish(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    ran, _ = audit(world, out, "--previous", world.publication)
    return tmp_path / str(ran.document["evidence"][0])


def test_evidence_of_a_strangers_key_is_none(world: World, evidence: Path, tmp_path: Path) -> None:
    por("keys", "new", tmp_path / "stranger.pem", "--name", "stranger", "--no-passphrase")
    ran = judged(world, evidence, key=tmp_path / "stranger.pub")
    assert ran.code == 1 and ran.document["error"]["code"] == "signer-unknown"


@pytest.mark.parametrize("side", [0, 1])
def test_invented_evidence_is_refused(world: World, evidence: Path, side: int) -> None:
    """Whoever has no key can copy what was signed and can change nothing in it."""
    document = json.loads(evidence.read_bytes())
    payload = canonical.decode_base64(document["sides"][side]["statement"]["payload"], where="test")
    forged = payload.replace(b'"limitations"', b'"limitation5"').replace(b"Exchange", b"Exchanges")
    document["sides"][side]["statement"]["payload"] = canonical.encode_base64(forged)
    evidence.write_bytes(canonical.encode(document))
    assert judged(world, evidence).code in (1, 3)
    document["sides"][side] = document["sides"][1 - side]
    evidence.write_bytes(canonical.encode(document))
    assert judged(world, evidence).document["error"]["code"] == "evidence-proves-nothing"


@pytest.mark.parametrize("text", [b"{}", b"[]", b'{"format":"por-equivocation/1","sides":[{},{}]}', b"\xff"])
def test_malformed_evidence(world: World, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "evidence.json").write_bytes(text)
    assert judged(world, tmp_path / "evidence.json").code == 3


def test_evidence_goes_alone(world: World, tmp_path: Path) -> None:
    assert por("audit", world.publication, "--evidence", tmp_path / "x", "--key", world.key).code == 2
    assert por("audit", "--key", world.key).code == 2
