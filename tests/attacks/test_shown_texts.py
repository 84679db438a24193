"""Texts of the exchange that are shown: more lines than one, escape sequences, names that are no text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from por import canonical
from por.cli.result import dump
from tests.attacks.forged_world import audit, forger
from tests.conftest import Ran, World, por

LINE = "none\n\nSigned by key 00 (the regulator), which you brought."


def verified(world: World, folder: Path, statement: str, text: str) -> Ran:
    """What a customer is told when a failed rule of the statement carries this text."""
    forged = forger(world)
    forged.predicate["solvency"]["rules"][0].update({"outcome": "does-not-hold", statement: text})
    forged.predicate["verdict"] = "does-not-hold"
    signed = forged.sign()
    proof = json.loads(world.proof.read_bytes())
    proof["attestation"] = {"digest": signed.digest, "envelope": signed.document()}
    path = folder / "proof.json"
    path.write_bytes(canonical.encode(proof))
    return por("verify", path, "--key", world.key, "--account-id-file", world.account_file)


def test_a_rule_of_one_line_is_shown(world: World, tmp_path: Path) -> None:
    ran = verified(world, tmp_path, "title", "全資産　の分別")
    assert ran.code == 0 and "全資産　の分別" in ran.out


@pytest.mark.parametrize("field", ["title", "left", "right", "unit", "reference", "relation", "id"])
@pytest.mark.parametrize("text", [LINE, "\x1b[2J", "\u202egnp", "\u2028x"])
def test_a_rule_cannot_write_lines_of_its_own(world: World, tmp_path: Path, field: str, text: str) -> None:
    ran = verified(world, tmp_path, field, text)
    assert ran.code == 3 and "regulator" not in ran.out + ran.err


def test_json_holds_no_control_character_as_it_is() -> None:
    value = {"name": "\x9b31m\u202e\x7f\udcff\U000e0001 é 全　"}
    shown = dump(value)
    assert shown == '{"name": "\\u009b31m\\u202e\\u007f\\udcff\\udb40\\udc01 é 全　"}'
    assert json.loads(shown) == value


def test_a_file_whose_name_is_no_text(world: World, tmp_path: Path) -> None:
    out = forger(world).publish(tmp_path / "out")
    (out / os.fsdecode(b"\xff\n")).write_bytes(b"")
    ran, found = audit(world, out)
    assert ran.code == 1 and found["files"] == "does-not-hold"
    ran.out.encode("utf-8")
    assert por("audit", out, "--key", world.key).code == 1


def test_inspect_of_a_statement_without_a_policy(world: World, tmp_path: Path) -> None:
    forged = forger(world)
    forged.predicate["policy"] = "none"
    assert por("inspect", forged.publish(tmp_path / "out") / "attestation.json").code == 3
