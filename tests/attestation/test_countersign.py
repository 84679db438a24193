"""Countersignatures: the identity stays, attesting again loses none, and a key signs once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from por.attestation import envelope, private
from por.attestation.countersign import countersign
from por.attestation.envelope import Envelope
from por.attestation.keys import Algorithm, PublicKey
from por.errors import ClaimError, InputError
from tests.attestation import samples
from tests.attestation.keyworld import Keys, small, write


def read(place: Path) -> Envelope:
    return envelope.parse((place / "attestation.json").read_bytes(), where="attestation.json")


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_signature_is_added_and_the_identity_stays(algorithm: Algorithm, tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    before, other = read(exchange.out), private.generate(algorithm)
    done = countersign(exchange.out, other, expected=before.digest)
    after = read(exchange.out)
    assert done.added and done.envelope == after and after.digest == before.digest
    assert done.statement is not None and done.statement.digest == before.digest
    keys = [exchange.signer.public, other.public]
    assert envelope.verify_envelope(after, keys, where="a") == tuple(keys)
    data = (exchange.out / "attestation.json").read_bytes()
    assert not countersign(exchange.out / "attestation.json", other).added
    assert (exchange.out / "attestation.json").read_bytes() == data


def test_attesting_again_keeps_what_others_added(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    for other in (private.generate(), private.generate(Algorithm.P256)):
        countersign(exchange.out, other)
    before = samples.contents(exchange.out)
    again = exchange.attest()
    assert samples.contents(exchange.out) == before and not again.appended
    exchange.next().attest()
    assert len(read(exchange.out).signatures) == 1  # another statement


@dataclass(frozen=True)
class Module:
    """Signs like a hardware module: with another nonce each time."""

    inner: private.FileSigner

    @property
    def public(self) -> PublicKey:
        return self.inner.public

    def sign(self, message: bytes) -> bytes:
        return self.inner.private.sign(message, ECDSA(SHA256()))  # type: ignore[call-arg, arg-type]


def test_a_modules_own_signatures_stay_too(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    module = Module(private.generate(Algorithm.P256))
    assert module.sign(b"x") != module.sign(b"x")
    exchange.attest(signer=module)
    before = samples.contents(exchange.out)
    exchange.attest(signer=module)
    assert samples.contents(exchange.out) == before


def test_a_spoiled_signature_is_made_again(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    path, found = exchange.out / "attestation.json", read(exchange.out)
    good = path.read_bytes()
    spoiled = replace(found.signatures[0], sig=bytes(64))
    path.write_bytes(replace(found, signatures=(spoiled,)).to_bytes())
    assert countersign(exchange.out, exchange.signer).added
    assert path.read_bytes() == good
    path.write_bytes(replace(found, signatures=(spoiled,)).to_bytes())
    exchange.attest()
    assert path.read_bytes() == good


def test_only_what_was_meant_is_signed(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    data = (exchange.out / "attestation.json").read_bytes()
    with pytest.raises(ClaimError) as caught:
        countersign(exchange.out, private.generate(), expected="00" * 32)
    assert caught.value.code == "countersign-differs"
    assert (exchange.out / "attestation.json").read_bytes() == data


def test_a_key_file_is_countersigned(tmp_path: Path) -> None:
    keys = Keys()
    folder = write(tmp_path / "keys", keys.signed(small(keys), "keeper 1"))
    done = countersign(folder / "1.keys.json", keys["keeper 2"])
    assert done.keys == small(keys) and len(done.envelope.signatures) == 2


def test_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'{"a":1}')
    other = envelope.sign(b"{}", [private.generate()], kind="text/plain")
    (tmp_path / "y.json").write_bytes(other.to_bytes())
    for name in ("x.json", "y.json"):
        with pytest.raises(InputError):
            countersign(tmp_path / name, private.generate())


def test_envelopes_of_two_payloads_do_not_merge() -> None:
    signer = private.generate()
    with pytest.raises(InputError):
        envelope.merge(envelope.sign(b"{}", [signer]), envelope.sign(b"[]", [signer]))
    with pytest.raises(InputError):
        envelope.merge(envelope.sign(b"{}", [signer]), envelope.sign(b"{}", [signer], kind="text/plain"))
