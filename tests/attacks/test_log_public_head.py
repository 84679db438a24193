"""The public folder of a log shows the head of that log: what its keeper's folder holds is not what readers see."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.attestation import note, private
from por.attestation.log import open_log
from por.attestation.prepare import Settings, draft
from por.attestation.tiles import PUBLIC
from por.audit.equivocation import EquivocationError
from por.audit.evidence import check_evidence_file
from por.audit.logfolder import check_log_folder
from por.errors import PorError
from por.outcomes import Outcome
from tests.attestation import samples
from tests.attestation.samples import Exchange


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    found = samples.exchange(tmp_path)
    found.attest()
    found = found.next()
    found.attest()
    return found


def refused(exchange: Exchange) -> PorError:
    with pytest.raises(PorError) as caught:
        list(check_log_folder(exchange.log, keys=[exchange.signer.public]))
    return caught.value


def show(exchange: Exchange, *, signer: Any = None, name: str | None = None, root: bytes | None = None) -> None:
    """Put another head of the same size into the public folder."""
    path = exchange.log / PUBLIC / "checkpoint"
    found = note.parse_checkpoint(note.parse_note(path.read_bytes(), where="c"), where="c")
    origin = name or found.origin
    text = note.Checkpoint(origin=origin, size=found.size, root=root or found.root).text()
    path.write_bytes(note.sign_note(text, name=origin, signers=[signer or exchange.signer]).to_bytes())


def test_another_root_is_evidence(exchange: Exchange) -> None:
    show(exchange, root=bytes(32))
    error = refused(exchange)
    assert isinstance(error, EquivocationError) and error.code == "history-forked"
    found = check_evidence_file(error.evidence, keys=[exchange.signer.public])
    assert [row.outcome for row in found] == [Outcome.HOLDS] * 3


def test_a_strangers_head(exchange: Exchange) -> None:
    show(exchange, signer=private.generate())
    assert refused(exchange).code == "signer-unknown"


def test_a_head_of_another_log(exchange: Exchange) -> None:
    show(exchange, name="other.example/log")
    assert refused(exchange).code in ("signer-unknown", "log-checkpoint")


@pytest.mark.parametrize("text", ["", "nothing\n\n- of a head\n", "a\n0\n"])
def test_no_head_at_all(exchange: Exchange, text: str) -> None:
    shutil.rmtree(exchange.log / PUBLIC / "tile")
    (exchange.log / PUBLIC / "checkpoint").write_text(text)
    assert refused(exchange).code == "log-tiles"


@pytest.mark.parametrize("key", ["previous", "replaces"])
def test_an_entry_that_names_a_statement_that_never_was(exchange: Exchange, key: str) -> None:
    """The log's own entries say which statement had a sequence."""
    later = exchange.next()
    drafted = draft(
        liabilities=later.liabilities,
        reserves=later.reserves,
        pack=samples.pack(),
        prices=samples.PRICES,
        key=exchange.signer.public.keyid,
        log_dir=exchange.log,
        settings=Settings(software="0.1.0"),
    )
    value = canonical.decode(drafted.payload, where="x")
    predicate = value["predicate"]
    if key == "previous":
        predicate["previous"]["sequence"] -= 1
    else:
        sequence = predicate["previous"]["sequence"]
        predicate["replaces"] = {"sequence": sequence, "digest": "ab" * 32, "reason": "a mistake"}
    with open_log(exchange.log, origin=None, default="", key=exchange.signer.public.keyid) as log:
        log.append(canonical.encode(value))
    error = refused(exchange)
    assert error.code == "log-entry" and ("its sequence" if key == "previous" else "it replaces") in error.message
