"""Row 24: every byte of what carries its own proof is bound, and broken documents only give our errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from por.attestation import envelope, keys, logproof, note, statement
from por.attestation.position import Position
from por.errors import PorError
from tests.attestation import samples

OWN_PROOF = ("attestation.json", logproof.CHECKPOINT, logproof.INCLUSION, logproof.CONSISTENCY)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[keys.PublicKey, dict[str, bytes]]:
    exchange = samples.exchange(tmp_path_factory.mktemp("exchange"))
    for _ in range(3):
        exchange.attest()
        exchange = exchange.next()
    exchange.attest()
    return exchange.signer.public, samples.contents(exchange.out)


def _verify(key: keys.PublicKey, files: dict[str, bytes]) -> None:
    signed = envelope.parse(files["attestation.json"], where="a")
    envelope.verify_envelope(signed, [key], where="a")
    found = statement.head(signed.payload, where="a")
    logproof.verify_place(position=found.log, payload=signed.payload, files=files, keys=[key])


@pytest.mark.parametrize("name", OWN_PROOF)
def test_every_byte_is_bound(name: str, published: tuple[keys.PublicKey, dict[str, bytes]]) -> None:
    key, files = published
    _verify(key, files)
    good = files[name]
    step = 1 + len(good) // 400
    for at in [*range(0, len(good), step), len(good) - 1]:
        for other in (good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :], good[:at] + good[at + 1 :]):
            with pytest.raises(PorError):
                _verify(key, {**files, name: other})
    for other in (good + b"\n", b"\n" + good, b"\xef\xbb\xbf" + good, good[:-1], b""):
        with pytest.raises(PorError):
            _verify(key, {**files, name: other})


@pytest.mark.parametrize("name", OWN_PROOF[1:])
def test_every_file_is_needed(name: str, published: tuple[keys.PublicKey, dict[str, bytes]]) -> None:
    key, files = published
    with pytest.raises(PorError) as caught:
        _verify(key, {other: data for other, data in files.items() if other != name})
    assert caught.value.code == "publication-incomplete"


def test_files_of_another_statement_do_not_fit(tmp_path: Path) -> None:
    """Each log file of the statement before, in turn, beside the rest of this one."""
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    before = samples.contents(exchange.out)
    exchange = exchange.next()
    exchange.attest()
    files = samples.contents(exchange.out)
    for name in OWN_PROOF:
        with pytest.raises(PorError):
            _verify(exchange.signer.public, {**files, name: before[name]})


PIECES = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b":", b",", b"0", b"-1", b"1e9", b"null", b"\xff", b"\n", b"\n\n", b"\\u0000", b"=",
     b'"payload"', b'"signatures"', b"\xe2\x80\x94 ", b"x ", b"AAAA", b"9" * 400, b"{" * 50]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map(b"".join) | st.binary(max_size=100))
def test_whatever_comes_in_only_our_errors_come_out(data: bytes) -> None:
    def checkpoint(data: bytes) -> None:
        note.parse_checkpoint(note.parse_note(data, where="x"), where="x")

    position = Position(origin="x", key="00" * 32, index=0, before=bytes(32))

    def place(data: bytes) -> None:
        files = dict.fromkeys(OWN_PROOF, data)
        logproof.verify_place(position=position, payload=data, files=files, keys=[])

    def public(data: bytes) -> None:
        keys.parse_public(data, where="x")

    def head(data: bytes) -> None:
        statement.head(data, where="x")

    def whole(data: bytes) -> None:
        envelope.parse(data, where="x")

    for parse in (whole, head, checkpoint, place, public):
        with pytest.raises(PorError):
            parse(data)
