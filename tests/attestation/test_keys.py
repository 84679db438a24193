"""Public keys: what is accepted, what is refused, and what their ids and one-line forms are."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from por.attestation import keys, private
from por.attestation.keys import Algorithm
from por.errors import ClaimError, InputError, TrustError

ALGORITHMS = list(Algorithm)

# The example keys that the C2SP signed-note page and its Go implementation publish.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_goes_out_and_comes_back(algorithm: Algorithm, tmp_path: Path) -> None:
    key = private.generate(algorithm).public
    private.write_public(tmp_path / "attest.pub", key)
    assert keys.load_public(tmp_path / "attest.pub") == key
    line = key.verifier_line("example.com/reserves")
    named = keys.load_public(line)
    assert (named.spki, named.name) == (key.spki, "example.com/reserves")
    (tmp_path / "line").write_text(line + "\n")
    assert keys.load_public(str(tmp_path / "line")) == named


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_keyid_is_what_openssl_gives(algorithm: Algorithm, tmp_path: Path) -> None:
    key = private.generate(algorithm).public
    private.write_public(tmp_path / "attest.pub", key)
    command = ["openssl", "pkey", "-pubin", "-in", str(tmp_path / "attest.pub"), "-outform", "DER"]
    assert hashlib.sha256(subprocess.run(command, check=True, capture_output=True).stdout).hexdigest() == key.keyid


@pytest.mark.parametrize("line", [FOO, PETER])
def test_published_verifier_keys_are_read(line: str) -> None:
    key = keys.load_public(line)
    assert key.algorithm is Algorithm.ED25519
    assert key.name is not None and key.verifier_line(key.name) == line


@pytest.mark.parametrize(
    "line",
    [
        FOO.replace("530d903a", "530d903b"),  # hash of another key
        FOO.replace("example.com/foo", "example.com/fop"),  # another name
        FOO.replace("+Aeky", "+Beky"),  # another signature type
        FOO[:-1],  # not canonical base64
        FOO[:-4],  # 29 bytes
        FOO.replace("+Ae", "++Ae"),
    ],
)
def test_spoilt_verifier_keys_are_refused(line: str) -> None:
    with pytest.raises(InputError) as caught:
        keys.parse_verifier_line(line, where="key")
    assert caught.value.code in ("key-malformed", "base64-malformed")


def test_other_algorithms_are_refused() -> None:
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(InputError) as caught:
            keys.parse_public(pem, where="key")
        assert caught.value.code == "key-algorithm"


def test_a_compressed_point_is_refused(tmp_path: Path) -> None:
    """It is the same key under another keyid."""
    private.write_public(tmp_path / "k.pub", private.generate(Algorithm.P256).public)
    pem = subprocess.run(
        ["openssl", "ec", "-pubin", "-in", str(tmp_path / "k.pub"), "-conv_form", "compressed"],
        check=True,
        capture_output=True,
    ).stdout
    with pytest.raises(InputError) as caught:
        keys.parse_public(pem, where="key")
    assert caught.value.code == "key-algorithm"


def test_a_private_key_is_not_taken_for_a_public_one(tmp_path: Path) -> None:
    private.write_private(tmp_path / "attest.pem", private.generate(), None)
    with pytest.raises(InputError) as caught:
        keys.load_public(tmp_path / "attest.pem")
    assert caught.value.code == "key-private"


def test_nothing_there_is_missing_trust() -> None:
    with pytest.raises(TrustError) as caught:
        keys.load_public("no/such.pub")
    assert caught.value.code == "key-missing"


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"\xff"]
)
def test_what_is_no_key_is_malformed(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        keys.parse_public(data, where="key")
    assert caught.value.code == "key-malformed"


def test_two_keys_in_a_file_are_refused() -> None:
    pem = private.generate().public.pem + private.generate().public.pem
    with pytest.raises(InputError):
        keys.parse_public(pem, where="key")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signatures_verify_and_repeat(algorithm: Algorithm) -> None:
    signer = private.generate(algorithm)
    signature = signer.sign(b"message")
    assert signer.sign(b"message") == signature
    signer.public.verify(signature, b"message", where="x")
    for spoilt in (signature[:-1], signature + b"\x00", b"", signature[:1] + bytes([signature[1] ^ 1]) + signature[2:]):
        with pytest.raises(ClaimError) as caught:
            signer.public.verify(spoilt, b"message", where="x")
        assert caught.value.code == "signature-invalid"
    with pytest.raises(ClaimError):
        signer.public.verify(signature, b"massage", where="x")
    with pytest.raises(ClaimError):
        private.generate(algorithm).public.verify(signature, b"message", where="x")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\u202eb", "x" * 301])
def test_names_that_c2sp_forbids(name: str) -> None:
    with pytest.raises(InputError) as caught:
        keys.check_name(name)
    assert caught.value.code == "key-name"
