"""Rows 11 and 30: another statement for another reader, under one sequence; both are the evidence."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from por import canonical
from por.attestation import envelope
from por.attestation.statement import head
from por.attestation.trust import Trust
from por.audit.customer import check_proof
from por.audit.equivocation import EquivocationError, compare_statements
from por.errors import ClaimError, UsageError
from tests.attestation import samples
from tests.attestation.samples import Exchange


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Exchange, bytes, bytes]:
    """A dishonest exchange keeps a copy of its log, and signs two statements of sequence 8 under one key."""
    honest = samples.exchange(tmp_path / "one")
    honest.attest()
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    shown = []
    for name, eth in (("one", 5 * 10**18), ("two", 10**18)):
        exchange = replace(honest, root=tmp_path / name).next(eth=eth)
        exchange.attest()
        shown.append((exchange.out / "attestation.json").read_bytes())
    return honest, shown[0], shown[1]


def test_the_program_itself_does_not_sign_a_second_one(pair: tuple[Exchange, bytes, bytes]) -> None:
    exchange = pair[0].next(eth=10**18)
    with pytest.raises(UsageError) as caught:
        exchange.attest()
    assert caught.value.code == "sequence-taken"


def test_two_statements_of_one_sequence_are_equivocation(pair: tuple[Exchange, bytes, bytes]) -> None:
    _, one, other = pair
    envelopes = [envelope.parse(data, where="a") for data in (one, other)]
    first, second = ((item, head(item.payload, where="a")) for item in envelopes)
    trust = Trust.of([pair[0].signer.public])
    compare_statements(first, first, trust=trust)
    with pytest.raises(EquivocationError) as caught:
        compare_statements(first, second, trust=trust)
    assert caught.value.code == "equivocation" and caught.value.sequence == 8
    kept = canonical.decode(caught.value.evidence, where="evidence")
    assert [canonical.encode(item["statement"]) for item in kept["sides"]] == [one, other]


def test_a_customer_with_a_statement_from_elsewhere_finds_it(pair: tuple[Exchange, bytes, bytes]) -> None:
    exchange, one, other = pair
    embedded = envelope.parse(one, where="a")
    proof = canonical.encode(
        {
            "format": "por-proof/1",
            "snapshot_id": samples.header(8).id.hex(),
            "entries": [],
            "attestation": {"digest": embedded.digest, "envelope": embedded.document()},
        }
    )
    with pytest.raises(EquivocationError) as caught:
        check_proof(proof, keys=[exchange.signer.public], account_id="alice@example.jp", statement=other)
    assert {side["statement"]["payload"] for side in canonical.decode(caught.value.evidence, where="e")["sides"]} == {
        canonical.encode_base64(envelope.parse(data, where="a").payload) for data in (one, other)
    }


def test_a_countersignature_is_not_another_statement(pair: tuple[Exchange, bytes, bytes]) -> None:
    exchange, one, _ = pair
    alone = envelope.parse(one, where="a")
    from por.attestation import private

    both = envelope.sign(alone.payload, [exchange.signer, private.generate()])
    assert both.to_bytes() != one
    found = [(row, head(row.payload, where="a")) for row in (alone, both)]
    compare_statements(*found, trust=Trust.of([exchange.signer.public]))


def test_a_rewritten_history_shows(tmp_path: Path) -> None:
    """The log begun anew with another first statement: what comes after no longer extends what was seen."""
    from por.attestation.logproof import verify_place

    seen = samples.exchange(tmp_path / "seen")
    seen.attest()
    seen = seen.next()
    seen.attest()
    rewritten = replace(seen, root=tmp_path / "rewritten", sequence=7, eth=10**18).write()
    rewritten.attest()
    rewritten = rewritten.next()
    rewritten.attest()
    heads = []
    for exchange in (seen, rewritten):
        files = samples.contents(exchange.out)
        payload = envelope.parse(files["attestation.json"], where="a").payload
        found = head(payload, where="a")
        verify_place(position=found.log, payload=payload, files=files, keys=[seen.signer.public])
        heads.append(found)
    assert heads[0].log.index == heads[1].log.index == 1
    assert heads[0].log.before != heads[1].log.before
    assert heads[0].previous != heads[1].previous
    files = samples.contents(rewritten.out)
    payload = envelope.parse(files["attestation.json"], where="a").payload
    with pytest.raises(ClaimError) as caught:
        verify_place(position=heads[0].log, payload=payload, files=files, keys=[seen.signer.public])
    assert caught.value.code == "log-consistency"
