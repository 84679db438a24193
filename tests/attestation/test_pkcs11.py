"""Keys in a PKCS#11 token: a real SoftHSM2 signs with both algorithms, and every fault has its name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from por.attestation import envelope, private
from por.attestation.countersign import countersign
from por.attestation.keys import Algorithm
from por.attestation.pkcs11 import MODULE, parse_uri
from por.attestation.signers import open_signer
from por.errors import PorError
from tests import softhsm
from tests.attestation import samples
from tests.softhsm import PIN, Token

KINDS = {Algorithm.ED25519: "EC:edwards25519", Algorithm.P256: "EC:prime256v1"}


@pytest.fixture(scope="module")
def token() -> Token:
    made = softhsm.make()
    for algorithm, kind in KINDS.items():
        made.make_key(algorithm.value, kind)
    made.make_key("large", "EC:secp384r1")
    for _ in range(2):
        made.make_key("twice", "EC:prime256v1")
    return made


def pin(what: str) -> bytes:
    return PIN.encode()


def never(what: str) -> bytes:
    raise AssertionError("asked for a PIN")


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_it_signs(algorithm: Algorithm, token: Token, tmp_path: Path) -> None:
    signer = open_signer(token.uri(algorithm.value), ask=pin)
    assert signer.public.algorithm is algorithm
    for message in (b"", b"x" * 100_000):
        signer.public.verify(signer.sign(message), message, where="a")
    assert PIN not in repr(signer)
    exchange = samples.exchange(tmp_path)
    exchange.attest(signer=signer)
    before = samples.contents(exchange.out)
    exchange.attest(signer=signer)
    assert samples.contents(exchange.out) == before
    countersign(exchange.out, private.generate())
    found = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a")
    assert envelope.verify_envelope(found, [signer.public], where="a") == (signer.public,)


def test_a_key_by_its_id_and_a_pin_from_a_file(token: Token, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pin").write_text(f"{PIN}\nnothing more\n")
    uri = f"pkcs11:token=por;id={'%'.join(['', *(f'{byte:02x}' for byte in b'p256')])}?pin-source=file:{tmp_path}/pin"
    monkeypatch.setenv(MODULE, token.module)
    one, other = open_signer(uri, ask=never), open_signer(token.uri("p256"), ask=pin)
    assert one.public == other.public
    assert open_signer(uri, ask=never, public=one.public).public == one.public


FAULTS = {
    "signer-missing": "pkcs11:token=por;object=nobody?module-path=MODULE",
    "signer-unreachable": "pkcs11:token=another;object=p256?module-path=MODULE",
    "key-algorithm": "pkcs11:token=por;object=large?module-path=MODULE",
    "signer-uri": "pkcs11:token=por?module-path=MODULE",
}


@pytest.mark.parametrize("code", FAULTS)
def test_faults_have_names(code: str, token: Token) -> None:
    with pytest.raises(PorError) as caught:
        open_signer(FAULTS[code].replace("MODULE", token.module), ask=pin)
    assert caught.value.code == code and caught.value.hint


def test_two_keys_of_one_name_are_refused(token: Token) -> None:
    with pytest.raises(PorError) as caught:
        open_signer(token.uri("twice"), ask=pin)
    assert caught.value.code == "signer-missing"


def test_a_wrong_pin(token: Token) -> None:
    with pytest.raises(PorError) as caught:
        open_signer(token.uri("p256", token="other"), ask=lambda what: b"0000")
    assert caught.value.code == "passphrase-wrong" and "0000" not in str(caught.value)


def test_several_keys_of_one_token_are_open_together(token: Token) -> None:
    signers = [open_signer(token.uri(algorithm.value), ask=pin) for algorithm in Algorithm]
    for signer in signers:
        signer.public.verify(signer.sign(b"x"), b"x", where="a")


def test_another_key_than_its_public_part_says(token: Token) -> None:
    with pytest.raises(PorError) as caught:
        open_signer(token.uri("p256"), ask=pin, public=private.generate().public)
    assert caught.value.code == "signer-differs"


@pytest.mark.parametrize("place", ["/nowhere/module.so", "/etc/hostname"])
def test_a_module_that_does_not_load(place: str) -> None:
    with pytest.raises(PorError) as caught:
        open_signer(f"pkcs11:object=p256?module-path={place}", ask=pin)
    assert caught.value.code == "signer-unreachable"


@pytest.mark.parametrize(
    "uri",
    [
        "pkcs11:object=a?module-path=/m&pin-value=1234",
        "pkcs11:object=a;object=b?module-path=/m",
        "pkcs11:object=a;type=public?module-path=/m",
        "pkcs11:object=a;manufacturer=x?module-path=/m",
        "pkcs11:object=?module-path=/m",
        "pkcs11:object=a",
        "pkcs11:object=a?module-path=/m&pin-source=https://pin.example",
        "pkcs11:",
    ],
)
def test_what_is_no_uri_of_ours(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODULE, raising=False)
    with pytest.raises(PorError) as caught:
        parse_uri(uri)
    assert caught.value.code == "signer-uri" and "1234" not in str(caught.value)


def test_without_the_library(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(PorError) as caught:
        open_signer(token.uri("p256"), ask=never)
    assert caught.value.code == "extra-missing" and "por[hsm]" in caught.value.hint
