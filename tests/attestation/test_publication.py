"""Making a publication: what it holds, that it repeats, and what is refused before anything is signed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from por import canonical
from por.attestation import envelope, log, logproof, note, statement
from por.attestation.keys import Algorithm
from por.attestation.publication import Correction, default_origin
from por.errors import InputError, PorError, UsageError
from por.outcomes import Outcome
from tests.attestation import samples
from tests.attestation.samples import Exchange, contents


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return samples.exchange(tmp_path)


def _head(exchange: Exchange) -> statement.Head:
    signed = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="attestation.json")
    envelope.verify_envelope(signed, [exchange.signer.public], where="attestation.json")
    found = statement.head(signed.payload, where="attestation.json")
    files = contents(exchange.out)
    logproof.verify_place(position=found.log, payload=signed.payload, files=files, keys=[exchange.signer.public])
    return found


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_publication_holds_what_it_says(algorithm: Algorithm, tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path, algorithm)
    done = exchange.attest()
    head = _head(exchange)
    files = contents(exchange.out)
    assert (done.digest, done.sequence, done.index, done.appended) == (head.digest, 7, 0, True)
    assert done.verdict.outcome is head.verdict is Outcome.HOLDS
    published = {name for name in files if "/" not in name} - {"attestation.json"}
    assert published | {"annex.json"} == set(head.subjects)
    for name in published:
        assert canonical.digest(files[name]) == head.subjects[name]
    assert canonical.digest((exchange.reserves / "annex.json").read_bytes()) == head.subjects["annex.json"]
    evidence = {name.removeprefix("evidence/") for name in files if name.startswith("evidence/")}
    assert evidence == samples.report().digests()
    assert files["policy.toml"] == samples.pack().data
    assert {name for name in files if name.startswith("log/")} == {
        logproof.CHECKPOINT,
        logproof.INCLUSION,
        logproof.CONSISTENCY,
    }


def test_the_table_is_the_manifest_field_for_field(exchange: Exchange) -> None:
    exchange.attest()
    head = _head(exchange)
    made = samples.manifest()
    assert (head.header, head.assets, head.account_id_kind) == (made.header, made.assets, made.account_id_kind)
    assert head.predicate["liabilities"] == made.document()["assets"]
    assert head.snapshot_id == made.header.id
    assert head.roots["ETH"].total == 5 * 10**18


def test_a_shortfall_is_stated_and_not_raised(exchange: Exchange) -> None:
    short = exchange.next(eth=7 * 10**18)
    assert short.attest().verdict.outcome is Outcome.DOES_NOT_HOLD
    head = _head(short)
    assert head.verdict is Outcome.DOES_NOT_HOLD
    assert "segregation" in [rule.id for rule in head.failed]


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_same_inputs_give_the_same_bytes(algorithm: Algorithm, tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path, algorithm)
    exchange.attest()
    first, logged = contents(exchange.out), contents(exchange.log)
    assert exchange.attest().appended is False
    assert contents(exchange.out) == first
    again = exchange.attest(out=tmp_path / "elsewhere")
    assert contents(again.folder) == first
    assert contents(exchange.log) == logged


def test_an_earlier_statement_comes_out_the_same_when_the_log_has_grown(exchange: Exchange) -> None:
    exchange.attest()
    first = contents(exchange.out)
    later = exchange.next()
    later.attest()
    head = (exchange.log / "checkpoint").read_bytes()
    exchange.attest()
    assert contents(exchange.out) == first
    assert (exchange.log / "checkpoint").read_bytes() == head


def test_a_history_links_up(exchange: Exchange) -> None:
    """Each statement names the one before, its index, and the root before it; the checkpoints extend each other."""
    seen: list[tuple[statement.Head, note.Checkpoint]] = []
    for sequence in (7, 8, 12, 13, 14):
        current = exchange.next(sequence)
        current.attest(out=exchange.root / f"publication-{sequence}")
        files = contents(exchange.root / f"publication-{sequence}")
        payload = envelope.parse(files["attestation.json"], where="a").payload
        head = statement.head(payload, where="a")
        keys = [exchange.signer.public]
        after = logproof.verify_place(position=head.log, payload=payload, files=files, keys=keys)
        if seen:
            before, checkpoint = seen[-1]
            assert head.previous is not None
            assert (head.previous.sequence, head.previous.digest) == (before.header.sequence, before.digest)
            assert (head.log.index, head.log.before) == (checkpoint.size, checkpoint.root)
        else:
            assert head.previous is None and head.log.index == 0
        assert after.size == head.log.index + 1
        seen.append((head, after))
    last = log.read_checkpoint(exchange.log)
    assert last is not None and last == seen[-1][1]


def test_another_statement_of_a_sequence_is_refused(exchange: Exchange) -> None:
    exchange.attest()
    first, logged = contents(exchange.out), contents(exchange.log)
    other = exchange.next(sequence=7, eth=10**18)
    for options in ({}, {"out": exchange.root / "elsewhere"}, {"software": "0.2.0"}):
        with pytest.raises(UsageError) as caught:
            (exchange if "software" in options else other).attest(**options)
        assert caught.value.code == "sequence-taken"
        assert "--replaces" in caught.value.hint
    assert contents(exchange.out) == first and contents(exchange.log) == logged
    assert not (exchange.root / "elsewhere").exists()


def test_statements_only_go_forward(exchange: Exchange) -> None:
    exchange.attest()
    with pytest.raises(UsageError) as caught:
        exchange.next(sequence=6).attest()
    assert caught.value.code == "sequence-passed"


def test_a_correction_names_what_it_replaces(exchange: Exchange) -> None:
    first = exchange.attest()
    corrected = exchange.next()
    with pytest.raises(UsageError) as caught:
        corrected.attest(replaces=Correction(sequence=6, reason="typing error"))
    assert caught.value.code == "replaces-unknown"
    with pytest.raises(InputError):
        corrected.attest(replaces=Correction(sequence=7, reason=" \n"))
    corrected.attest(replaces=Correction(sequence=7, reason="a wallet was missing"))
    assert _head(corrected).replaces == statement.Reference(
        sequence=7, digest=first.digest, reason="a wallet was missing"
    )


def test_nothing_secret_is_published(exchange: Exchange) -> None:
    """Neither the annex nor the store nor a file that no report names."""
    exchange.attest()
    whole = b"".join(contents(exchange.out).values()) + b"".join(contents(exchange.log).values())
    for secret in (b"secret store", b"secret custodian", b"evidence that no report names"):
        assert secret not in whole
    assert "annex.json" not in contents(exchange.out)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda e: (e.liabilities / "liabilities.json").unlink(), "file-missing"),
        (lambda e: (e.reserves / "reserves.json").write_bytes(b"{}"), "format-unknown"),
        (lambda e: (e.reserves / "reserves.json").write_bytes(samples.report(9).to_bytes()), "snapshot-differs"),
        (
            lambda e: (e.reserves / "declared.toml").write_text(samples.DECLARED.replace("125", "126")),
            "declared-differs",
        ),
        (lambda e: (e.reserves / "declared.toml").write_bytes(b"\xff"), "file-not-text"),
        (lambda e: next((e.reserves / "evidence").iterdir()).write_bytes(b"x"), "evidence-differs"),
        (lambda e: shutil.rmtree(e.reserves / "evidence"), "file-missing"),
    ],
)
def test_spoilt_inputs_leave_log_and_publication_alone(exchange: Exchange, spoil: object, code: str) -> None:
    exchange.attest()
    later = exchange.next()
    before, logged = contents(exchange.out), contents(exchange.log)
    assert callable(spoil)
    (later.reserves / "evidence" / canonical.digest(b"evidence that no report names")).unlink()
    spoil(later)
    with pytest.raises(PorError) as caught:
        later.attest()
    assert caught.value.code == code
    assert contents(exchange.out) == before and contents(exchange.log) == logged


def test_other_folders_are_not_overwritten(exchange: Exchange) -> None:
    for target in (exchange.reserves, exchange.reserves / "reserves.json"):
        with pytest.raises(UsageError) as caught:
            exchange.attest(out=target)
        assert caught.value.code == "out-occupied"
    assert not exchange.log.exists()
    (exchange.root / "empty").mkdir()
    exchange.attest(out=exchange.root / "empty")


def test_a_folder_without_declarations_or_annex(exchange: Exchange) -> None:
    from dataclasses import replace

    for name in ("declared.toml", "annex.json"):
        (exchange.reserves / name).unlink()
    bare = replace(samples.report(), declared=())
    (exchange.reserves / "reserves.json").write_bytes(bare.to_bytes())
    exchange.attest()
    head = _head(exchange)
    assert set(head.subjects) == statement.REQUIRED_SUBJECTS
    empty: dict[str, object] = {key: [] for key in ("holdings", "issues", "custodians", "encumbrances")}
    assert head.predicate["declared"] == {**empty, "reserve": None, "company": None, "identity": None}


def test_a_time_of_issue_only_when_given(exchange: Exchange) -> None:
    with pytest.raises(InputError):
        exchange.attest(issued="yesterday")
    exchange.attest(issued="2026-11-21T09:00:00Z")
    assert _head(exchange).issued == "2026-11-21T09:00:00Z"


@pytest.mark.parametrize(
    ("issuer", "origin"),
    [
        ("Example Exchange K.K.", "Example-Exchange-K.K./reserves"),
        ("交換所　株式会社", "交換所-株式会社/reserves"),
        ("A+B\u00a0Co", "A-B-Co/reserves"),
    ],
)
def test_a_log_is_named_after_its_issuer(issuer: str, origin: str) -> None:
    assert default_origin(issuer) == origin
    from por.attestation.keys import check_name

    assert check_name(default_origin("x" * 200))
