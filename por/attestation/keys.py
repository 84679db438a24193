"""Public keys and what they verify: Ed25519 by default, ECDSA P-256 (SHA-256, DER signatures) for hardware modules.

The key fixes the algorithm; nothing negotiates it. A key's id is the SHA-256 of its SubjectPublicKeyInfo in DER
(P-256 points uncompressed), derived and never taken from a file. A key is given as PEM or as the one-line verifier
key of C2SP signed-note (https://c2sp.org/signed-note).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from por import canonical
from por.errors import ClaimError, InputError, PorError, TrustError
from por.files import read_bytes
from por.header import is_late_format

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_KEY_FILE = 64 << 10
"""A PEM file of a key has a few hundred bytes."""

MAX_NAME = 300
"""Characters of a key's or log's name: a line that fits on a help page, with room for the longest issuer."""

_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----")
_NO_NAME = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"})
"""Unassigned characters are not among them: Pythons and browsers of different years would not agree on a name."""

_VERIFIER_LINE = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})")


class Algorithm(StrEnum):
    """The two algorithms there are."""

    ED25519 = "ed25519"
    P256 = "p256"


_PREFIXES = {
    Algorithm.ED25519: (bytes.fromhex("302a300506032b6570032100"), 32),
    Algorithm.P256: (bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"), 65),
}
"""What stands before the key in a SubjectPublicKeyInfo (RFC 8410, RFC 5480), and the key's length.

A key has one encoding and so one keyid: another length form or a compressed point is refused.
"""

_NOTE_TYPES = {Algorithm.ED25519: 1, Algorithm.P256: 2}
"""Signature type bytes of C2SP signed-note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key: its algorithm, its SubjectPublicKeyInfo (DER), and the name under which it was given, if any."""

    algorithm: Algorithm
    spki: bytes
    name: str | None = None

    @property
    def keyid(self) -> str:
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def pem(self) -> bytes:
        """The PEM file of this key."""
        text = canonical.encode_base64(self.spki)
        lines = [text[at : at + 64] for at in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]).encode("ascii")

    @property
    def note_type(self) -> int:
        """The signature type byte of C2SP signed-note: 1 for Ed25519, 2 for ECDSA."""
        return _NOTE_TYPES[self.algorithm]

    def note_id(self, name: str) -> bytes:
        """Return the 4-byte key id of C2SP signed-note under `name`; for ECDSA the name does not enter."""
        if self.algorithm is Algorithm.ED25519:
            hashed = check_name(name).encode() + b"\n" + bytes([self.note_type]) + self._encoded
        else:
            hashed = self.spki
        return hashlib.sha256(hashed).digest()[:4]

    def verifier_line(self, name: str) -> str:
        """Return the one-line verifier key, name+hash+base64, under `name` (no blanks, no plus)."""
        encoded = canonical.encode_base64(bytes([self.note_type]) + self._encoded)
        return f"{check_name(name)}+{self.note_id(name).hex()}+{encoded}"

    def verify(self, signature: bytes, message: bytes, *, where: str) -> None:
        """Return when `signature` is this key's over `message`; raise ClaimError otherwise."""
        try:
            if self.algorithm is Algorithm.ED25519:
                _load_ed25519(self.spki).verify(signature, message)
            else:
                from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
                from cryptography.hazmat.primitives.hashes import SHA256

                _load_p256(self.spki).verify(signature, message, ECDSA(SHA256()))
        except InvalidSignature:
            raise ClaimError(
                f"{where}: the signature is not that of key {self.keyid[:16]}...",
                code="signature-invalid",
                hint="what was signed has been changed, or another key signed it; do not rely on it",
            ) from None

    @property
    def _encoded(self) -> bytes:
        """The key as a verifier line holds it."""
        return self.spki[len(_PREFIXES[self.algorithm][0]) :] if self.algorithm is Algorithm.ED25519 else self.spki


class Signer(Protocol):
    """Whatever holds a private key: a file here, a hardware module or a service elsewhere."""

    @property
    def public(self) -> PublicKey:
        """The key that verifies what `sign` returns."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature: 64 bytes for Ed25519, DER for P-256, the same bytes for the same message."""


def from_spki(spki: bytes, *, where: str) -> PublicKey:
    """Read a SubjectPublicKeyInfo in DER; InputError when it is of another algorithm, or no point of the curve."""
    for algorithm, (prefix, length) in _PREFIXES.items():
        if spki.startswith(prefix) and len(spki) == len(prefix) + length:
            try:
                _LOADERS[algorithm](spki)
            except (ValueError, UnsupportedAlgorithm):
                raise _malformed(f"{where}: not a readable public key") from None
            return PublicKey(algorithm=algorithm, spki=spki)
    if not spki.startswith(b"\x30"):
        raise _malformed(f"{where}: not a readable public key")
    raise InputError(
        f"{where}: neither an Ed25519 nor a P-256 key (with the point uncompressed)",
        code="key-algorithm",
        hint="`por keys new attest.pem --name NAME` makes one, and its .pub",
    )


def load_public(source: Path | str) -> PublicKey:
    """Read a key from a one-line verifier key, or from the file at `source` that holds a PEM key or such a line.

    TrustError when there is no such file, InputError when it is no key of ours.
    """
    if isinstance(source, str) and _VERIFIER_LINE.fullmatch(source):
        return parse_verifier_line(source, where="the verifier key")
    try:
        data = read_bytes(Path(source), limit=MAX_KEY_FILE)
    except InputError as error:
        if error.code != "file-missing":
            raise
        raise TrustError(
            f"{source}: no such key file, and no one-line verifier key",
            code="key-missing",
            hint="give the exchange's .pub file, or its line name+hash+base64 from where it publishes its key",
        ) from None
    return parse_public(data, where=str(source))


def parse_public(data: bytes, *, where: str) -> PublicKey:
    """Read a PEM SubjectPublicKeyInfo, or a one-line verifier key; raise InputError."""
    if b"PRIVATE KEY-----" in data:
        raise InputError(
            f"{where}: this is a private key", code="key-private", hint="give the .pub file; keep this one secret"
        )
    try:
        line = data.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        line = ""
    if _VERIFIER_LINE.fullmatch(line):
        return parse_verifier_line(line, where=where)
    blocks = _PEM.findall(data)
    if len(blocks) != 1 or data.count(b"-----BEGIN ") != 1:
        raise _malformed(f"{where}: not one PEM public key")
    return from_spki(canonical.decode_base64("".join(blocks[0].decode("ascii").split()), where=where), where=where)


def parse_verifier_line(line: str, *, where: str) -> PublicKey:
    """Read name+hash+base64 and check that the hash is that of the name and the key; raise InputError."""
    found = _VERIFIER_LINE.fullmatch(line)
    if found is None:
        raise _malformed(f"{where}: not of the form name+hash+base64")
    data = canonical.decode_base64(found["key"], where=where)
    kind, encoded = data[:1], data[1:]
    if kind == b"\x01" and len(encoded) == _PREFIXES[Algorithm.ED25519][1]:
        key = from_spki(_PREFIXES[Algorithm.ED25519][0] + encoded, where=where)
    elif kind == b"\x02":
        key = from_spki(encoded, where=where)
    else:
        raise _malformed(f"{where}: neither an Ed25519 key (type 01) nor an ECDSA key (type 02)")
    if key.note_type != kind[0]:
        raise _malformed(f"{where}: the signature type is not that of the key")
    if key.note_id(found["name"]).hex() != found["id"]:
        raise _malformed(f"{where}: the hash does not belong to this name and key")
    return replace(key, name=check_name(found["name"]))


def check_name(name: str) -> str:
    """Return a key or log name: 1 to 300 characters, no blanks, control or format characters, no plus (C2SP)."""
    refused = name == "" or len(name) > MAX_NAME or "+" in name
    if refused or any(unicodedata.category(c) in _NO_NAME or is_late_format(c) for c in name):
        raise InputError(
            f"{name[:40]!r} is not a name for a key or a log",
            code="key-name",
            hint="write it like example.com/reserves, without blanks or plus signs",
        )
    return name


_FIELD = 2**255 - 19
_CURVE_D = -121665 * pow(121666, -1, _FIELD) % _FIELD
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8})
"""The y of the eight points of small order (RFC 7748, section 7, and edwards25519's torsion)."""


def _check_ed25519_point(encoded: bytes) -> None:
    """Raise ValueError unless these are the one encoding of a point of the curve of large order (RFC 8032, 5.1.3).

    OpenSSL takes any 32 bytes as a key, and under a point of small order a signature verifies any message at all.
    """
    y = int.from_bytes(encoded, "little") & ((1 << 255) - 1)
    if y >= _FIELD or y in _SMALL_ORDER:
        raise ValueError("no canonical point of large order")
    square = (y * y - 1) * pow(_CURVE_D * y * y + 1, -1, _FIELD) % _FIELD
    if pow(square, (_FIELD - 1) // 2, _FIELD) != 1:
        raise ValueError("no point of the curve")


def _load_ed25519(spki: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    encoded = spki[len(_PREFIXES[Algorithm.ED25519][0]) :]
    _check_ed25519_point(encoded)
    return Ed25519PublicKey.from_public_bytes(encoded)


def _load_p256(spki: bytes) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), spki[len(_PREFIXES[Algorithm.P256][0]) :])


_LOADERS = {Algorithm.ED25519: _load_ed25519, Algorithm.P256: _load_p256}


def _malformed(message: str) -> PorError:
    return InputError(message, code="key-malformed", hint="fetch the key again from where the exchange publishes it")
