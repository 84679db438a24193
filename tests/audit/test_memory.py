"""`por verify --remember`: what was seen is kept, changes are told, and the log must go on from what was seen."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.attestation import merkle
from por.audit.memory import parse_memory
from tests.attacks.forged_world import forger
from tests.conftest import Ran, World, por

PAGE = Path(__file__).parents[2] / "docs/spec/memory.md"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def later(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same customer's proof in the second statement, whose tree is another."""
    out = tmp_path_factory.mktemp("later") / "proof.json"
    work = world.shop.folder / "work" / "liabilities"
    ran = por(
        *("liabilities", "prove", work, world.account, "--master-key", world.secret / "master.key"),
        *("--attestation", world.shortfall / "attestation.json", "-o", out),
    )
    assert ran.code == 0, ran.err
    return out


def verify(world: World, proof: Path, *more: object) -> Ran:
    return por(
        *("verify", proof, "--key", world.key, "--account-id-file", world.account_file),
        *("--remember", "record.json", *more),
    )


def remembered(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = ran.document["remembered"]
    return found


def test_the_log_has_grown(world: World, later: Path) -> None:
    first = verify(world, world.proof, "--statement", world.publication, "--json")
    assert first.code == 0 and remembered(first)["log"]["gap"] == "first"
    assert stat.S_IMODE(Path("record.json").stat().st_mode) == 0o600
    again = verify(world, world.proof, "--statement", world.publication)
    assert again.code == 0 and "it has not grown" in again.out and "You saw this statement before" in again.out
    ran = verify(world, later, "--statement", world.shortfall)
    assert ran.code == 0 and "The log has grown from 1 to 2 entries" in ran.out and "Since statement 1" in ran.out
    old = verify(world, world.proof, "--statement", world.publication, "--json")
    assert remembered(old)["log"]["outcome"] == "not-covered", "an older log shows nothing of the newer one"
    kept = parse_memory(Path("record.json").read_bytes(), where="record")
    assert len(kept.statements) == len(kept.checkpoints) == 2
    assert kept.to_bytes() == Path("record.json").read_bytes()


def test_without_log_proofs_nothing_is_claimed(world: World, later: Path) -> None:
    verify(world, world.proof, "--statement", world.publication)
    ran = verify(world, later)
    assert ran.code == 0 and "is not covered: give the publication" in ran.out
    ran = verify(world, later, "--lang", "ja")
    assert ran.code == 0 and "確認していません" in ran.out


def test_balances_that_changed_are_told(world: World, later: Path) -> None:
    verify(world, world.proof)
    document = json.loads(Path("record.json").read_bytes())
    asset, amount = next(iter(document["statements"][0]["balances"].items()))
    document["statements"][0]["balances"][asset] = str(int(amount) + 1)
    Path("record.json").write_bytes(canonical.encode(document))
    ran = verify(world, later, "--json")
    (change,) = [row for row in remembered(ran)["changes"] if row["asset"] == asset]
    assert int(change["then"]) == int(amount) + 1
    assert "none of your balances has changed" not in verify(world, later).out


def test_a_rewritten_log_is_found_from_the_record_alone(world: World, later: Path, tmp_path: Path) -> None:
    """The record began with another log of the exchange; the real one is then the rewritten one."""
    forged = forger(world)
    forged.after = (merkle.leaf_hash(b"another history"),)
    out = forged.publish(tmp_path / "fork")
    assert verify(world, world.proof, "--statement", out).code == 0
    kept = Path("record.json").read_bytes()
    ran = verify(world, later, "--statement", world.shortfall, "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "history-forked"
    assert Path("record.json").read_bytes() == kept, "it stays as it was"
    (path,) = tmp_path.glob("equivocation-*.json")
    assert por("audit", "--evidence", path, "--key", world.key).code == 0


def test_a_publication_whose_proofs_do_not_hold(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.publication, tmp_path / "broken")
    path = tmp_path / "broken/log/inclusion.json"
    path.write_bytes(canonical.encode(json.loads(path.read_bytes()) | {"path": ["ab" * 32]}))
    ran = verify(world, world.proof, "--statement", tmp_path / "broken", "--json")
    assert ran.document["error"]["code"] == "log-inclusion" and not Path("record.json").exists()


def test_what_was_seen_is_kept_though_an_amount_differs(world: World) -> None:
    assert verify(world, world.proof, "--expect", "BTC=123456").code == 1
    assert len(parse_memory(Path("record.json").read_bytes(), where="record").statements) == 1


def test_a_record_that_cannot_be_written_loses_nothing(world: World, tmp_path: Path) -> None:
    (tmp_path / "record.json").mkdir()
    assert verify(world, world.proof).code == 4
    assert (tmp_path / "record.json").is_dir()


@pytest.mark.parametrize(
    "change",
    [
        {"account": "ab"},
        {"checkpoints": [1]},
        {"checkpoints": ["x"]},
        {"statements": {}},
        {"statements": [{}]},
        {"statements": [{"balances": {}, "statement": {}}]},
        {"more": 1},
    ],
)
def test_a_spoilt_record_is_refused(world: World, change: dict[str, Any]) -> None:
    verify(world, world.proof)
    document = json.loads(Path("record.json").read_bytes())
    Path("record.json").write_bytes(canonical.encode(document | change))
    assert verify(world, world.proof).code == 3


def test_the_example_on_the_page() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    data = canonical.encode(json.loads(block))
    assert parse_memory(data, where="page").to_bytes() == data
