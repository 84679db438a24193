"""Signing keys in files: PKCS#8 in PEM, encrypted unless the operator decides otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from por.attestation.keys import MAX_KEY_FILE, Algorithm, PublicKey, from_spki
from por.errors import InputError, TrustError, UsageError
from por.files import read_bytes, write_bytes

_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PLAIN = b"-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSigner:
    """A private key in memory. It never shows in a repr."""

    public: PublicKey
    private: Ed25519PrivateKey | EllipticCurvePrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Sign; P-256 with the deterministic nonce of RFC 6979, so that a repeated run gives the same bytes."""
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(message)
        return self.private.sign(message, ECDSA(SHA256(), deterministic_signing=True))


def generate(algorithm: Algorithm = Algorithm.ED25519) -> FileSigner:
    """Make a new signing key from the operating system's generator."""
    if algorithm is Algorithm.ED25519:
        return _signer(Ed25519PrivateKey.generate(), where="new key")
    return _signer(generate_private_key(SECP256R1()), where="new key")


def write_private(path: Path, signer: FileSigner, passphrase: bytes | None) -> None:
    """Write PKCS#8 PEM, mode 0600, encrypted (PBES2) unless `passphrase` is None; never over a file that is there."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        encryption = BestAvailableEncryption(check_passphrase(passphrase))
    refuse_existing(path)
    write_bytes(path, signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), mode=0o600)


def write_public(path: Path, key: PublicKey) -> None:
    """Write PEM SubjectPublicKeyInfo; never over a file that is there."""
    refuse_existing(path)
    write_bytes(path, key.pem)


def load_private(path: Path, passphrase: bytes | None = None) -> FileSigner:
    """Read a signing key; TrustError when the passphrase is missing or wrong, InputError when it is no key of ours."""
    data = _read(path)
    if _ENCRYPTED in data and passphrase is None:
        raise TrustError(
            f"{path}: the key is encrypted",
            code="passphrase-missing",
            hint="give --passphrase-fd or --passphrase-file, or run where it can be asked for",
        )
    if _ENCRYPTED not in data and _PLAIN not in data:
        raise InputError(
            f"{path}: not a private key in PKCS#8 PEM",
            code="key-malformed",
            hint="convert it with `openssl pkcs8 -topk8`, or make one with `por keys new`",
        )
    try:
        key = load_pem_private_key(data, passphrase if _ENCRYPTED in data else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if _ENCRYPTED in data:
            raise wrong_passphrase(path) from None
        raise InputError(
            f"{path}: not a readable private key", code="key-malformed", hint="restore it from your backup"
        ) from None
    return _signer(key, where=str(path))


def passphrase_needed(path: Path) -> bool:
    """Tell whether a signing key's or a secret's file is encrypted, so that the program knows when to ask."""
    data = _read(path)
    return _ENCRYPTED in data or data.startswith(b"eyJ")


def check_passphrase(passphrase: bytes) -> bytes:
    """Return a passphrase that is not empty, or raise UsageError."""
    if not passphrase:
        raise UsageError(
            "the passphrase is empty", code="passphrase-empty", hint="give one, or --no-passphrase if you mean it"
        )
    return passphrase


def wrong_passphrase(path: Path) -> TrustError:
    """Return the error for a file that does not open with the passphrase given."""
    return TrustError(
        f"{path}: the passphrase does not open it",
        code="passphrase-wrong",
        hint="check the passphrase; if it is right, the file is damaged",
    )


def refuse_existing(path: Path) -> None:
    """Raise UsageError when something is at `path`: a key that is overwritten is lost."""
    if path.exists() or path.is_symlink():
        raise UsageError(
            f"{path}: a file is there already", code="key-exists", hint="move it away; keys are never overwritten"
        )


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, limit=MAX_KEY_FILE)
    except InputError as error:
        if error.code != "file-missing":
            raise
        raise TrustError(
            f"{path}: no such key file", code="key-missing", hint="check the path, or make one with `por keys new`"
        ) from None


def _signer(key: object, *, where: str) -> FileSigner:
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise InputError(
            f"{where}: neither an Ed25519 nor a P-256 key",
            code="key-algorithm",
            hint="make one with `por keys new attest.pem --name NAME`",
        )
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return FileSigner(public=from_spki(spki, where=where), private=key)
