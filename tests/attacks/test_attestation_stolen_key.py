"""Rows 28 and 41 and their family: what a thief of a key can make, and what only the rightful signer has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from por.attestation import envelope, tsa
from por.attestation.statement import head
from por.attestation.timestamps import name_of, read_roots, read_token
from por.attestation.trust import Trust
from por.audit.publication import open_publication
from por.audit.timestamps import stamps_of
from por.errors import ClaimError
from tests.attestation import samples
from tests.attestation.keyworld import LATER, Keys
from tests.attestation.samples import Exchange
from tests.tsa import Authority, authority

IN_TIME, TOO_LATE = "2026-11-21 00:00:00", "2026-12-24 00:00:00"


@pytest.fixture(scope="module")
def server() -> Iterator[Authority]:
    with authority() as found:
        yield found


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    found = samples.exchange(tmp_path)
    found.attest()
    return found


def trust(exchange: Exchange) -> Trust:
    """Today's key file: the key was stolen on the first of December."""
    keys = Keys({"attest": exchange.signer})
    one = keys.file([keys.row("keeper 1", "keys"), keys.row("attest", "preparer")], {"keys": 1, "preparer": 1})
    two = keys.next(one, lambda rows: rows["attest"].update(revoked={"at": LATER, "reason": "stolen"}))
    chain = keys.chain(one, two, keepers=("keeper 1",))
    return Trust(keys=chain.keys, chain=chain)


def judged(exchange: Exchange, server: Authority) -> None:
    publication = open_publication(exchange.out)
    signed = envelope.parse(publication.read("attestation.json"), where="a")
    statement = head(signed.payload, where="a")
    stamps = stamps_of(publication.files, signed, statement, read_roots(server.root.read_bytes(), where="ca"))
    trust(exchange).judge(signed, time=statement.header.time, where="a", stamps=stamps)


def put(exchange: Exchange, data: bytes) -> None:
    path = exchange.out / name_of(exchange.signer.public.keyid, 1)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)


def refused(exchange: Exchange, server: Authority) -> None:
    with pytest.raises(ClaimError) as caught:
        judged(exchange, server)
    assert caught.value.code == "key-revoked"


def test_only_the_rightful_statement_holds(exchange: Exchange, server: Authority) -> None:
    server.moment = IN_TIME
    refused(exchange, server)
    tsa.stamp(exchange.out, [server.url])
    judged(exchange, server)


def test_a_thief_writes_an_earlier_date(exchange: Exchange, server: Authority) -> None:
    server.moment = TOO_LATE
    tsa.stamp(exchange.out, [server.url])
    refused(exchange, server)


def test_a_payload_that_was_stamped_before_it_was_signed(exchange: Exchange, server: Authority) -> None:
    """Whoever means to steal a key can have his false statement stamped in advance: so that counts for nothing."""
    server.moment = IN_TIME
    payload = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload
    for content in (payload, envelope.pae(payload), hashlib.sha256(payload).digest()):
        put(exchange, tsa.ask(server.url, content, where="a"))
        refused(exchange, server)


def test_a_timestamp_of_another_statement(exchange: Exchange, server: Authority) -> None:
    server.moment = IN_TIME
    tsa.stamp(exchange.out, [server.url])
    token = (exchange.out / name_of(exchange.signer.public.keyid, 1)).read_bytes()
    other = exchange.next()
    other.attest()
    put(other, token)
    refused(other, server)


def test_a_timestamp_of_the_thiefs_own_authority(exchange: Exchange, server: Authority) -> None:
    with authority() as own:
        own.moment = IN_TIME
        tsa.stamp(exchange.out, [own.url])
        refused(exchange, server)


def test_a_token_with_another_unprotected_byte_is_the_same(exchange: Exchange, server: Authority) -> None:
    """Row 28: nothing goes by a token's own bytes, so a changed copy neither adds nor takes anything."""
    server.moment = IN_TIME
    tsa.stamp(exchange.out, [server.url])
    path = exchange.out / name_of(exchange.signer.public.keyid, 1)
    data, same = path.read_bytes(), 0
    for place in range(0, len(data), 13):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        path.write_bytes(changed)
        try:
            judged(exchange, server)
        except Exception:  # refused in whatever way: another test looks at how
            continue
        same += 1
        assert read_token(changed, where="a").imprint == read_token(data, where="a").imprint
    assert same < len(data) // 130
