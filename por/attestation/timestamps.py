"""RFC 3161 timestamps of a publication: timestamps/<keyid>-<n>.tsr, each over one signature of attestation.json.

A token is over the signature and not over the payload: a payload could be stamped first and signed with a stolen key
later, a signature cannot exist before it was made, and it binds the payload. A token is known by what it is over and
never by its own bytes, of which some are unprotected. The authority is the verifier's choice: its certificate comes
from outside (`roots`).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from por.attestation.envelope import Envelope, Signature
from por.errors import ClaimError, InputError, PorError
from por.header import show_time

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

FOLDER = "timestamps"
MAX_TOKEN = 64 << 10
"""Bytes of a response: a token with a chain of three certificates has 6 kB."""

MAX_EACH = 8
"""Timestamps of one signature: as many authorities as anybody would ask."""

_NAME = re.compile(rf"{FOLDER}/([0-9a-f]{{64}})-([1-{MAX_EACH}])\.tsr", re.ASCII)
_HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A timestamp as read: `latest` is the latest moment it may mean (Unix seconds, its accuracy added, rounded up).

    Nothing is verified yet; `algorithm` and `imprint` say what it is over.
    """

    where: str
    latest: int
    algorithm: str
    imprint: bytes
    nonce: int | None
    response: TimeStampResponse = field(repr=False)


def name_of(keyid: str, number: int) -> str:
    """Return a timestamp's name in the publication; `number` counts authorities from 1."""
    return f"{FOLDER}/{keyid}-{number}.tsr"


def belongs(name: str, envelope: Envelope) -> bool:
    """Tell whether a file of a publication is a timestamp's by its name, of a key that signed the envelope."""
    found = _NAME.fullmatch(name)
    return found is not None and any(item.keyid == found[1] for item in envelope.signatures)


def tokens_of(files: Mapping[str, bytes], envelope: Envelope) -> dict[str, list[Token]]:
    """Return the timestamps in a publication by keyid; InputError when one is malformed."""
    found: dict[str, list[Token]] = {}
    for name, data in sorted(files.items()):
        if belongs(name, envelope):
            found.setdefault(name.removeprefix(f"{FOLDER}/")[:64], []).append(read_token(data, where=name))
    return found


def read_token(data: bytes, *, where: str) -> Token:
    """Read a TimeStampResp in DER; InputError when it is none, or holds no token."""
    rfc3161_client = _library()
    if len(data) > MAX_TOKEN:
        raise _malformed(f"{where}: larger than {MAX_TOKEN:,} bytes")
    try:
        response = rfc3161_client.decode_timestamp_response(data)
        if response.status > 1:
            raise _malformed(
                f"{where}: the authority refused: {', '.join(response.status_string)[:200] or 'no reason'}"
            )
        info = response.tst_info
        algorithm = _HASHES.get(info.message_imprint.hash_algorithm.dotted_string, "")
        accuracy = info.accuracy
        spread = 0.0
        if accuracy is not None:
            spread = (accuracy.seconds or 0) + (accuracy.millis or 0) / 1e3 + (accuracy.micros or 0) / 1e6
        latest = math.ceil(info.gen_time.timestamp() + spread)
        imprint, nonce = bytes(info.message_imprint.message), info.nonce
    except PorError:
        raise
    except Exception as error:  # the library is a binding, and its parser raises what it likes
        raise _malformed(f"{where}: no RFC 3161 timestamp ({type(error).__name__})") from None
    return Token(where=where, latest=latest, algorithm=algorithm, imprint=imprint, nonce=nonce, response=response)


def check_token(token: Token, signature: Signature) -> None:
    """Return when a token is over this signature, or over its ECDSA twin; ClaimError otherwise."""
    for sig in (signature.sig, _twin(signature.sig)):
        if sig and token.algorithm and hashlib.new(token.algorithm, sig).digest() == token.imprint:
            return
    raise ClaimError(
        f"{token.where}: not over the signature of key {signature.keyid[:16]}...",
        code="timestamp-other",
        hint="it belongs to another statement or another signature; ask the exchange, and keep both",
    )


def verify_token(token: Token, signature: Signature, *, roots: Iterable[Certificate], as_of: int) -> int:
    """Return the moment by which a signature existed, by an authority of `roots`; ClaimError when it does not hold.

    A statement that was signed before its own as_of spoke of a moment that was still to come.
    """
    rfc3161_client = _library()
    check_token(token, signature)
    builder = rfc3161_client.VerifierBuilder()
    for certificate in roots:
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify(token.response, token.imprint)
    except Exception as error:  # VerificationError, and ValueError of what it is built on
        told = str(error).lower()
        if "certificates:" in told or not told:  # behind it stands a whole stack of OpenSSL's
            told = "its signature or its certificate does not lead to one of them"
        raise ClaimError(
            f"{token.where}: no timestamp of your authorities: {told[:160]}",
            code="timestamp-invalid",
            hint="compare the certificate given as --tsa-ca with the authority's; otherwise it shows nothing",
        ) from None
    if token.latest < as_of:
        raise ClaimError(
            f"{token.where}: signed by {show_time(token.latest)}, before {show_time(as_of)}, of which it speaks",
            code="timestamp-before",
            hint="nobody can know what will be: the statement or the clock of its maker is wrong",
        )
    return token.latest


def read_roots(data: bytes, *, where: str) -> list[Certificate]:
    """Read the certificates of authorities (PEM) that the verifier trusts; InputError when there are none."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return list(dict.fromkeys(load_pem_x509_certificates(data)))
    except ValueError:
        raise InputError(
            f"{where}: no certificates in PEM",
            code="certificate-malformed",
            hint="give the root certificate that the timestamping authority publishes",
        ) from None


def _twin(sig: bytes) -> bytes | None:
    """Return the other ECDSA signature (r, n - s) that verifies wherever this one does; None for Ed25519."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    try:
        r, s = decode_dss_signature(sig)
    except ValueError:
        return None
    return encode_dss_signature(r, _P256_ORDER - s) if 0 < s < _P256_ORDER else None


def _library() -> Any:
    import rfc3161_client

    return rfc3161_client


def _malformed(message: str) -> InputError:
    return InputError(
        message, code="timestamp-malformed", hint="fetch the file again; an authority answers with a TimeStampResp"
    )
