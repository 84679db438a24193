"""The master key and a snapshot key in files: 64 hex digits and a newline, or a JWE under a passphrase.

The JWE (RFC 7516, compact) has alg PBES2-HS256+A128KW and enc A256GCM, and holds the 32 bytes themselves, so that any
JOSE library opens it.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from por.attestation.keys import MAX_KEY_FILE
from por.attestation.private import check_passphrase, refuse_existing, wrong_passphrase
from por.errors import InputError, TrustError, UsageError
from por.files import read_bytes, write_bytes

if TYPE_CHECKING:
    from joserfc.jwe import JWERegistry
    from joserfc.jwk import OctKey

SECRET_BYTES = 32
"""Both keys have the length of SHA-256's output."""

ITERATIONS = 300_000
"""PBKDF2 rounds: the most that the library opens again, a tenth of a second."""

_HEX = re.compile(rb"[0-9a-f]{64}\n")
_HEADER = {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "p2c": ITERATIONS, "cty": "octet-stream"}


def write_secret(path: Path, secret: bytes, passphrase: bytes | None) -> None:
    """Write 32 bytes, mode 0600, plainly or as a JWE; never over a file that is there."""
    if len(secret) != SECRET_BYTES:
        raise UsageError(f"a secret has {SECRET_BYTES} bytes", code="key-length", hint="make one with `por keys new`")
    refuse_existing(path)
    if passphrase is None:
        text = secret.hex()
    else:
        check_passphrase(passphrase)
        key, registry = _jose(passphrase)
        from joserfc import jwe

        text = jwe.encrypt_compact(dict(_HEADER), secret, key, registry=registry)
    write_bytes(path, text.encode("ascii") + b"\n", mode=0o600)


def load_secret(path: Path, passphrase: bytes | None = None) -> bytes:
    """Read the 32 bytes; TrustError when file or passphrase is missing or wrong, InputError when malformed."""
    try:
        data = read_bytes(path, limit=MAX_KEY_FILE)
    except InputError as error:
        if error.code != "file-missing":
            raise
        raise TrustError(
            f"{path}: no such key file", code="key-missing", hint="make one with `por keys new master.key --master`"
        ) from None
    if _HEX.fullmatch(data):
        return bytes.fromhex(data.decode("ascii"))
    if not data.startswith(b"eyJ"):
        raise _malformed(path)
    if passphrase is None:
        raise TrustError(
            f"{path}: the key is encrypted",
            code="passphrase-missing",
            hint="give --passphrase-fd or --passphrase-file, or run where it can be asked for",
        )
    key, registry = _jose(passphrase)
    from joserfc import jwe
    from joserfc.errors import JoseError

    try:
        secret = jwe.decrypt_compact(data.rstrip(b"\n"), key, registry=registry).plaintext
    except (JoseError, ValueError, TypeError, KeyError):
        # The library tells a wrong passphrase and damage by the same error, and so do we.
        raise wrong_passphrase(path) from None
    if secret is None or len(secret) != SECRET_BYTES:
        raise _malformed(path)
    return secret


def _malformed(path: Path) -> InputError:
    return InputError(
        f"{path}: neither 64 hex digits and a newline nor an encrypted key",
        code="key-malformed",
        hint="restore the file from your backup; editors that add or drop a line end damage it",
    )


def _jose(passphrase: bytes) -> tuple[OctKey, JWERegistry]:
    try:
        from joserfc.jwe import JWERegistry
        from joserfc.jwk import OctKey
    except ImportError:
        raise UsageError(
            "an encrypted master or snapshot key needs the library joserfc",
            code="extra-missing",
            hint="pip install 'por[exchange]'",
        ) from None
    with warnings.catch_warnings():
        # The library judges a passphrase as if it were a raw key, by its bits; PBKDF2 is what stretches it here.
        warnings.simplefilter("ignore")
        key = OctKey.import_key(passphrase)
    return key, JWERegistry(algorithms=[str(_HEADER["alg"]), str(_HEADER["enc"])])
