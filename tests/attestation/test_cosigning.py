"""`por log cosign`: from log folder to publication, with witnesses that are there, gone or of another mind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from por.attestation import note, private
from por.attestation.cosignature import Witness, verify_cosignatures
from tests.attestation import samples
from tests.attestation.samples import Exchange
from tests.conftest import Ran, por
from tests.witness import Running, Tree, make, running


@dataclass
class Town:
    """An exchange that attested once, and two witnesses."""

    exchange: Exchange
    folder: Path
    witnesses: list[Witness]
    servers: list[Running]

    @property
    def key(self) -> Path:
        path = self.folder / "attest.pub"
        if not path.exists():
            private.write_public(path, self.exchange.signer.public)
        return path

    def cosign(self, *more: object, which: tuple[int, ...] = (0, 1)) -> Ran:
        words: list[object] = ["log", "cosign", self.exchange.log, "--key", self.key]
        for at in which:
            words += ["--witness", self.servers[at].url, "--witness-key", self.witnesses[at].line]
        return por(*words, *more)

    def names(self, path: Path) -> list[str]:
        signed = note.parse_note(path.read_bytes(), where="n")
        return [row.witness.name for row in verify_cosignatures(signed, self.witnesses, where="n")]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    head = note.parse_checkpoint(note.parse_note((exchange.log / "checkpoint").read_bytes(), where="n"), where="n")
    tree = Tree(origin=head.origin, signer=exchange.signer)
    with ExitStack() as stack:
        made, servers = [], []
        for number in (1, 2):
            made.append(make(tmp_path / f"w{number}", tree, name=f"w{number}.example"))
            servers.append(stack.enter_context(running(tmp_path / f"w{number}")))
        yield Town(exchange=exchange, folder=tmp_path, witnesses=made, servers=servers)


def places(town: Town) -> list[Path]:
    return [
        town.exchange.log / "checkpoint",
        town.exchange.log / "public/checkpoint",
        town.exchange.out / "log/checkpoint",
    ]


BOTH = ["w1.example", "w2.example"]


def test_cosigned_wherever_the_head_stands(town: Town) -> None:
    assert [town.names(path) for path in places(town)] == [[], [], []]
    ran = town.cosign("--publication", town.exchange.out)
    assert ran.code == 0, ran
    assert [town.names(path) for path in places(town)] == [BOTH, BOTH, BOTH]
    assert por("log", "verify", town.exchange.log, "--key", town.key).code == 0


def test_what_witnesses_signed_is_not_lost(town: Town) -> None:
    """By a repeated run, with the publication or without it, and by the next statement."""
    assert town.cosign().code == 0
    assert [town.names(path) for path in places(town)] == [BOTH, BOTH, []]
    assert not town.exchange.attest().appended
    assert [town.names(path) for path in places(town)] == [BOTH, BOTH, BOTH]
    before = [path.read_bytes() for path in places(town)]
    town.exchange.attest()
    assert [path.read_bytes() for path in places(town)] == before
    shutil.rmtree(town.exchange.out)
    town.exchange.attest()
    assert town.names(places(town)[2]) == BOTH
    after = town.exchange.next()
    after.attest()
    assert [town.names(path) for path in places(town)] == [[], [], []]
    assert town.cosign("--publication", after.out).code == 0, "each extends what it had cosigned"
    assert [town.names(path) for path in places(town)] == [BOTH, BOTH, BOTH]


def test_a_witness_that_is_gone(town: Town) -> None:
    town.servers[1].end()
    ran = town.cosign("--publication", town.exchange.out)
    assert ran.code == 4 and "127.0.0.1: connection refused" in ran.err
    assert [town.names(path) for path in places(town)] == [BOTH[:1]] * 3


def test_a_witness_that_has_seen_another_history(town: Town) -> None:
    """The log's folder was restored from before, and went another way: both heads are evidence at the witness."""
    saved = town.folder / "saved"
    shutil.copytree(town.exchange.log, saved)
    one = town.exchange.next()
    one.attest()
    assert town.cosign().code == 0
    shutil.rmtree(town.exchange.log)
    shutil.copytree(saved, town.exchange.log)
    ran = town.cosign()
    assert ran.code == 1 and "cosigned 2 entries of this log, and this head has 1" in ran.err
    town.exchange.next(eth=4 * 10**18).attest()
    ran = town.cosign()
    assert ran.code == 1 and "another root of 2 entries" in ran.err
    assert [town.names(path) for path in places(town)[:2]] == [[], []]
    assert len(list((town.folder / "w1/evidence").iterdir())) == 1


def test_a_key_that_is_not_the_witness(town: Town) -> None:
    town.witnesses.reverse()
    ran = town.cosign(which=(0,))
    assert ran.code == 1 and "no cosignature of a witness that you named" in ran.err
    assert town.names(places(town)[0]) == []


def test_the_publication_of_another_head(town: Town) -> None:
    old = town.folder / "old"
    shutil.copytree(town.exchange.out, old)
    town.exchange.next().attest()
    ran = town.cosign("--publication", old)
    assert ran.code == 3 and "not the newest head" in ran.err


def test_a_witness_that_does_not_watch_it(town: Town) -> None:
    folder = town.folder / "w3"
    stranger = make(folder, Tree(origin="example.com/other"), name="w3.example")
    with running(folder) as server:
        ran = por(
            *("log", "cosign", town.exchange.log, "--key", town.key),
            *("--witness", server.url, "--witness-key", stranger.line),
        )
    assert ran.code == 4 and "status 404" in ran.err
