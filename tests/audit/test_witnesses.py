"""The check `witnesses`: what a publication's head is worth by the key file's witnesses."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from por.attestation import cosignature, note, private
from por.attestation.logproof import CHECKPOINT
from tests.conftest import World, por

TIME = 1_795_187_000
PEOPLE = [private.generate() for _ in range(3)]
WITNESSES = [cosignature.witness_of(f"w{number}.example", row.public) for number, row in enumerate(PEOPLE)]


@dataclass
class Auditor:
    folder: Path
    world: World

    def key_file(self, needed: int | None) -> Path:
        path = self.folder / "mine.toml"
        line = self.world.shop.folder / "secret/attest.pub"
        public = "".join(line.read_text().splitlines()[1:-1])
        text = (
            'format = "por-keys/1"\nissuer = "Example Exchange K.K."\nversion = 1\nfrom = "2026-01-01T00:00:00Z"\n'
            'until = "2028-01-01T00:00:00Z"\n[thresholds]\npreparer = 1\n'
            f'[[key]]\nname = "attest"\npublic = "{public}"\nroles = ["preparer"]\n'
        )
        if needed is not None:
            text += f"[witnesses]\nneeded = {needed}\nkeys = {[row.line for row in WITNESSES]}\n"
        path.write_text(text)
        return path

    def cosign(self, *who: int, wrong: bool = False) -> None:
        path = self.folder / "publication" / CHECKPOINT
        signed = note.parse_note(path.read_bytes(), where="n")
        text = signed.text + "x\n" if wrong else signed.text
        lines = [cosignature.cosign(text, name=WITNESSES[at].name, signer=PEOPLE[at], time=TIME) for at in who]
        path.write_bytes(note.merge(signed, note.Note(text=signed.text, signatures=tuple(lines))).to_bytes())

    def outcome(self, key: Path) -> tuple[str, str]:
        ran = por("audit", self.folder / "publication", "--key", key, "--json")
        (row,) = (row for row in ran.document["checks"] if row["id"] == "witnesses")
        others = {row["outcome"] for row in ran.document["checks"] if row["id"] != "witnesses"}
        assert "does-not-hold" not in others and ran.code == (row["outcome"] == "does-not-hold")
        return row["outcome"], row["detail"]


@pytest.fixture
def auditor(world: World, tmp_path: Path) -> Auditor:
    shutil.copytree(world.publication, tmp_path / "publication")
    return Auditor(folder=tmp_path, world=world)


def test_by_how_many_are_needed(auditor: Auditor) -> None:
    auditor.cosign(0, 2)
    outcome, detail = auditor.outcome(auditor.key_file(2))
    assert outcome == "holds" and detail.startswith("2 of 3 witnesses, 2 needed: w0.example at 2026-11-")
    assert auditor.outcome(auditor.key_file(3))[0] == "does-not-hold"
    assert auditor.outcome(auditor.key_file(1))[0] == "holds"


def test_nothing_is_asked_without_a_policy(auditor: Auditor) -> None:
    assert auditor.outcome(auditor.world.key)[0] == "not-covered"
    assert auditor.outcome(auditor.key_file(None))[0] == "not-covered"
    auditor.cosign(0, wrong=True)
    assert auditor.outcome(auditor.key_file(None))[0] == "not-covered", "a stranger's line"


def test_a_wrong_one_fails_whatever_the_others_are(auditor: Auditor) -> None:
    auditor.cosign(0, 1)
    auditor.cosign(2, wrong=True)
    outcome, detail = auditor.outcome(auditor.key_file(1))
    assert outcome == "does-not-hold" and "signature is not that of" in detail


def test_none(auditor: Auditor) -> None:
    assert auditor.outcome(auditor.key_file(1)) == (
        "does-not-hold",
        "log/checkpoint: cosigned by 0 of 3 witnesses, 1 needed",
    )
