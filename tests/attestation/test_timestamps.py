"""RFC 3161 timestamps of a real authority (openssl ts on the loopback), and everything that is none."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from por.attestation import envelope, private, timestamps, tsa
from por.attestation.envelope import Signature
from por.attestation.keys import Algorithm
from por.attestation.timestamps import read_roots, read_token, verify_token
from por.errors import ClaimError, InputError, PorError, SourceError, UsageError
from por.header import parse_time
from tests.attestation import samples
from tests.tsa import Authority, authority

AS_OF = parse_time(samples.AS_OF, where="t")
STAMPED = parse_time("2026-11-21T00:00:00Z", where="t")
ORDER = timestamps._P256_ORDER


@pytest.fixture(scope="module")
def server() -> Iterator[Authority]:
    with authority() as found:
        yield found


@pytest.fixture(autouse=True)
def anew(server: Authority) -> None:
    server.moment, server.answer, server.asked = "2026-11-21 00:00:00", None, 0


def signature(algorithm: Algorithm = Algorithm.ED25519) -> Signature:
    (found,) = envelope.sign(b"{}", [private.generate(algorithm)]).signatures
    return found


def moment(server: Authority, data: bytes, sig: Signature, as_of: int = AS_OF) -> int:
    token = read_token(data, where="token")
    return verify_token(token, sig, roots=read_roots(server.root.read_bytes(), where="ca"), as_of=as_of)


def test_the_moment_is_the_latest_it_may_be(server: Authority) -> None:
    sig = signature()
    data = tsa.ask(server.url, sig.sig, where="token")
    assert moment(server, data, sig) == STAMPED + 1  # the authority's accuracy is a second
    assert read_token(data, where="token").algorithm == "sha256"


def test_openssl_says_the_same(server: Authority, tmp_path: Path) -> None:
    sig = signature()
    (tmp_path / "signature").write_bytes(sig.sig)
    (tmp_path / "token.tsr").write_bytes(tsa.ask(server.url, sig.sig, where="token"))
    ran = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "signature", "-in", "token.tsr", "-CAfile", server.root],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert b"Verification: OK" in ran.stdout + ran.stderr


def test_it_is_over_one_signature(server: Authority) -> None:
    data = tsa.ask(server.url, signature().sig, where="token")
    with pytest.raises(ClaimError) as caught:
        moment(server, data, signature())
    assert caught.value.code == "timestamp-other"


def test_an_ecdsa_twin_is_the_same_signature(server: Authority) -> None:
    sig = signature(Algorithm.P256)
    data = tsa.ask(server.url, sig.sig, where="token")
    r, s = decode_dss_signature(sig.sig)
    twin = Signature(keyid=sig.keyid, sig=encode_dss_signature(r, ORDER - s))
    assert moment(server, data, twin) == moment(server, data, sig) == STAMPED + 1


def test_another_authority_shows_nothing(server: Authority) -> None:
    sig = signature()
    data = tsa.ask(server.url, sig.sig, where="token")
    with authority() as other, pytest.raises(ClaimError) as caught:
        moment(other, data, sig)
    assert caught.value.code == "timestamp-invalid"


def test_signed_before_its_own_moment(server: Authority) -> None:
    server.moment = "2026-11-20 14:59:58"
    sig = signature()
    data = tsa.ask(server.url, sig.sig, where="token")
    with pytest.raises(ClaimError) as caught:
        moment(server, data, sig)
    assert caught.value.code == "timestamp-before"
    server.moment = "2026-11-20 14:59:59"  # with its accuracy it may be the very moment
    assert moment(server, tsa.ask(server.url, sig.sig, where="token"), sig) == AS_OF


def test_every_changed_byte_is_refused_or_changes_nothing(server: Authority) -> None:
    """Row 28: some bytes are unprotected, so a token is what it is over, and never its bytes."""
    sig = signature()
    data = tsa.ask(server.url, sig.sig, where="token")
    same = 0
    for place in range(0, len(data), 3):
        changed = bytearray(data)
        changed[place] ^= 1
        try:
            assert moment(server, bytes(changed), sig) == STAMPED + 1
            same += 1
        except (ClaimError, InputError) as error:
            assert error.code in ("timestamp-invalid", "timestamp-malformed", "timestamp-other", "timestamp-before")
    assert same < len(data) // 6


@pytest.mark.parametrize("data", [b"", b"\x30", b"x" * 100, b"\x30\x03\x02\x01\x00", b"0" * (timestamps.MAX_TOKEN + 1)])
def test_what_is_no_timestamp_is_refused(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_token(data, where="token")
    assert caught.value.code == "timestamp-malformed"


def test_an_authority_that_refuses_is_quoted(server: Authority) -> None:
    server.answer = server.reply(b"not a query")
    with pytest.raises(InputError) as caught:
        tsa.ask(server.url, b"x" * 64, where="token")
    assert caught.value.code == "timestamp-malformed" and "refused" in caught.value.message


def test_an_answer_to_another_question_is_refused(server: Authority) -> None:
    """A recorded answer over the same signature has another nonce."""
    sig = signature()
    server.answer = tsa.ask(server.url, sig.sig, where="token")
    with pytest.raises(ClaimError) as caught:
        tsa.ask(server.url, sig.sig, where="token")
    assert caught.value.code == "timestamp-other"


def test_an_authority_out_of_reach_and_a_url_that_is_secret(server: Authority) -> None:
    for url in ("http://user:hidden@127.0.0.1:9/secret", f"{server.url}?hidden"):
        server.answer = 503
        with pytest.raises(SourceError) as caught:
            tsa.ask(url, b"x" * 64, where="token")
        assert caught.value.code == "tsa-unreachable"
        assert "hidden" not in str(caught.value) and "secret" not in str(caught.value)
    for url in ("ftp://127.0.0.1", "file:///etc/passwd", "tsa.example", "http://"):
        with pytest.raises(UsageError) as usage:
            tsa.ask(url, b"x" * 64, where="token")
        assert usage.value.code == "tsa-url"


def test_a_publication_is_stamped_once(server: Authority, tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    known = read_roots(server.root.read_bytes(), where="ca.pem")
    made = tsa.stamp(exchange.out, [server.url, server.url], roots=known)
    keyid = exchange.signer.public.keyid
    assert made == [f"timestamps/{keyid}-1.tsr", f"timestamps/{keyid}-2.tsr"] and server.asked == 2
    assert tsa.stamp(exchange.out, [server.url, server.url], roots=known) == [] and server.asked == 2
    before = samples.contents(exchange.out)
    exchange.attest()  # again: what others added stays
    assert samples.contents(exchange.out) == before
    exchange.next().attest()  # another statement in the same folder: they are not its own
    assert not [name for name in samples.contents(exchange.out) if name.startswith("timestamps/")]


def test_a_wrong_authority_is_noticed_when_it_answers(server: Authority, tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    with authority() as other:
        known = read_roots(other.root.read_bytes(), where="ca.pem")
        with pytest.raises(ClaimError):
            tsa.stamp(exchange.out, [server.url], roots=known)
    assert not (exchange.out / "timestamps").exists()


def test_files_that_are_no_certificates_are_refused() -> None:
    with pytest.raises(PorError) as caught:
        read_roots(b"x", where="ca.pem")
    assert caught.value.code == "certificate-malformed"
