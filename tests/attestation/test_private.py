"""Keys in files: encrypted, plain, never overwritten, opened by other programs too."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from por.attestation import private, secretfile
from por.attestation.keys import Algorithm
from por.errors import InputError, PorError, TrustError, UsageError

PASSPHRASE = b"correct horse"
SECRET = bytes(range(32))


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_signing_key_comes_back(algorithm: Algorithm, passphrase: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "attest.pem"
    signer = private.generate(algorithm)
    private.write_private(path, signer, passphrase)
    assert private.load_private(path, passphrase).public == signer.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert private.passphrase_needed(path) is (passphrase is not None)
    label = b"ENCRYPTED PRIVATE KEY" if passphrase else b"BEGIN PRIVATE KEY"
    assert label in path.read_bytes()


def test_openssl_opens_the_key(tmp_path: Path) -> None:
    path = tmp_path / "attest.pem"
    signer = private.generate()
    private.write_private(path, signer, PASSPHRASE)
    command = ["openssl", "pkey", "-in", str(path), "-passin", "stdin", "-pubout"]
    done = subprocess.run(command, input=PASSPHRASE + b"\n", capture_output=True, check=True)
    assert done.stdout == signer.public.pem


@pytest.mark.parametrize("passphrase", [None, b"wrong"])
def test_the_passphrase_is_needed(passphrase: bytes | None, tmp_path: Path) -> None:
    private.write_private(tmp_path / "k.pem", private.generate(), PASSPHRASE)
    secretfile.write_secret(tmp_path / "m.key", SECRET, PASSPHRASE)
    for load, name in ((private.load_private, "k.pem"), (secretfile.load_secret, "m.key")):
        with pytest.raises(TrustError) as caught:
            load(tmp_path / name, passphrase)
        assert caught.value.code == ("passphrase-wrong" if passphrase else "passphrase-missing")


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    signer = private.generate()
    (tmp_path / "k").write_bytes(b"precious")
    for write in (
        lambda: private.write_private(tmp_path / "k", signer, None),
        lambda: private.write_public(tmp_path / "k", signer.public),
        lambda: secretfile.write_secret(tmp_path / "k", SECRET, None),
    ):
        with pytest.raises(UsageError) as caught:
            write()
        assert caught.value.code == "key-exists"
    assert (tmp_path / "k").read_bytes() == b"precious"


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        private.write_private(tmp_path / "k.pem", private.generate(), b"")
    with pytest.raises(UsageError):
        secretfile.write_secret(tmp_path / "m.key", SECRET, b"")
    assert not list(tmp_path.iterdir())


def test_a_private_key_does_not_show() -> None:
    assert "private" not in repr(private.generate())


@pytest.mark.parametrize("data", [b"", b"x", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_private_key(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "k.pem").write_bytes(data)
    with pytest.raises(InputError) as caught:
        private.load_private(tmp_path / "k.pem")
    assert caught.value.code == "key-malformed"


def test_missing_files_are_missing_trust(tmp_path: Path) -> None:
    for load in (private.load_private, secretfile.load_secret):
        with pytest.raises(TrustError) as caught:
            load(tmp_path / "none")
        assert caught.value.code == "key-missing"


def test_a_plain_secret_is_64_digits_and_a_newline(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    secretfile.write_secret(path, SECRET, None)
    assert path.read_bytes() == SECRET.hex().encode() + b"\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert secretfile.load_secret(path) == SECRET
    assert not private.passphrase_needed(path)


def test_an_encrypted_secret_is_a_standard_jwe(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    secretfile.write_secret(path, SECRET, PASSPHRASE)
    assert secretfile.load_secret(path, PASSPHRASE) == SECRET
    assert path.stat().st_mode & 0o777 == 0o600
    assert private.passphrase_needed(path)
    parts = path.read_text().strip().split(".")
    assert len(parts) == 5
    header = json.loads(_b64url(parts[0]))
    assert (header["alg"], header["enc"], header["p2c"]) == ("PBES2-HS256+A128KW", "A256GCM", secretfile.ITERATIONS)
    assert SECRET.hex().encode() not in path.read_bytes()


def test_the_jwe_opens_with_nothing_but_the_rfcs(tmp_path: Path) -> None:
    """RFC 7516 and RFC 7518 4.8 by hand: PBKDF2, AES key unwrap, AES-GCM."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
    from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

    path = tmp_path / "master.key"
    secretfile.write_secret(path, SECRET, PASSPHRASE)
    text = path.read_text().strip().split(".")
    header = json.loads(_b64url(text[0]))
    salt = header["alg"].encode() + b"\x00" + _b64url(header["p2s"])
    kek = PBKDF2HMAC(algorithm=SHA256(), length=16, salt=salt, iterations=header["p2c"]).derive(PASSPHRASE)
    cek = aes_key_unwrap(kek, _b64url(text[1]))
    opened = AESGCM(cek).decrypt(_b64url(text[2]), _b64url(text[3]) + _b64url(text[4]), text[0].encode())
    assert opened == SECRET


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SECRET.hex().encode(),
        SECRET.hex().upper().encode() + b"\n",
        SECRET.hex().encode() + b"\r\n",
        SECRET.hex().encode()[:-2] + b"\n",
        b"eyJ",
        b"eyJhbGciOiJkaXIifQ....\n",
        b"eyJ\xff.a.b.c.d\n",
    ],
)
def test_spoilt_secrets_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.key").write_bytes(data)
    with pytest.raises(PorError) as caught:
        secretfile.load_secret(tmp_path / "m.key", PASSPHRASE)
    assert caught.value.code in ("key-malformed", "passphrase-wrong")


def test_every_byte_of_an_encrypted_secret_counts(tmp_path: Path) -> None:
    path = tmp_path / "m.key"
    secretfile.write_secret(path, SECRET, PASSPHRASE)
    good = path.read_bytes()
    for part in range(1, 5):
        at = sum(len(item) + 1 for item in good.split(b".")[:part]) + 3
        path.write_bytes(good[:at] + (b"A" if good[at : at + 1] != b"A" else b"B") + good[at + 1 :])
        with pytest.raises(TrustError):
            secretfile.load_secret(path, PASSPHRASE)


def _b64url(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
