"""Asks a timestamping authority (RFC 3161 over HTTP) for a token over a signature."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from por import canonical
from por.attestation import envelope
from por.attestation.countersign import ATTESTATION
from por.attestation.envelope import Envelope, Signature
from por.attestation.statement import head
from por.attestation.timestamps import (
    FOLDER,
    MAX_EACH,
    MAX_TOKEN,
    Token,
    check_token,
    name_of,
    read_token,
    verify_token,
)
from por.errors import ClaimError, InputError, PorError, SourceError, UsageError
from por.files import make_folder, read_bytes, write_bytes

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

TIMEOUT = 30
"""Seconds to wait for an authority; they answer in one."""


def stamp(folder: Path, urls: Sequence[str], *, roots: Sequence[Certificate] = ()) -> list[str]:
    """Put a timestamp of each authority beside each signature of a publication, and return the names that are new.

    What is there and fits stays, so a repeated run asks for nothing. Each answer is checked to be over the signature
    that was sent; with `roots`, verified too. UsageError for more authorities than a publication holds; SourceError
    when one is out of reach; InputError and ClaimError when it answers something else.
    """
    if not 1 <= len(urls) <= MAX_EACH:
        raise UsageError(f"not 1 to {MAX_EACH} authorities", code="usage", hint="give --tsa URL once for each")
    signed = envelope.parse(read_bytes(folder / ATTESTATION), where=ATTESTATION)
    as_of = head(signed.payload, where=ATTESTATION).header.time
    made = []
    for signature in signed.signatures:
        for number, url in enumerate(urls, 1):
            name = name_of(signature.keyid, number)
            if _fits(folder / name, name, signature):
                continue
            data = ask(url, signature.sig, where=name)
            token = read_token(data, where=name)
            check_token(token, signature)
            if roots:
                verify_token(token, signature, roots=roots, as_of=as_of)
            make_folder(folder / FOLDER)
            write_bytes(folder / name, data)
            made.append(name)
    return made


def kept(folder: Path, signed: Envelope) -> dict[str, bytes]:
    """Return the timestamps in a folder that are over signatures of this envelope; others are left behind."""
    found = {}
    for signature in signed.signatures:
        for number in range(1, MAX_EACH + 1):
            name = name_of(signature.keyid, number)
            if (folder / name).is_file() and _fits(folder / name, name, signature):
                found[name] = read_bytes(folder / name, limit=MAX_TOKEN)
    return found


def ask(url: str, sig: bytes, *, where: str) -> bytes:
    """Return an authority's answer (TimeStampResp in DER) over SHA-256 of a signature; the URL may be a secret."""
    import http.client
    import urllib.error
    import urllib.request

    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            "--tsa takes an http or https URL", code="tsa-url", hint="for example --tsa http://tsa.example"
        )
    asked = TimestampRequestBuilder(data=sig, hash_algorithm=HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query", "User-Agent": "por"}
    user, at, place = parts.netloc.rpartition("@")
    if at:
        headers["Authorization"] = f"Basic {canonical.encode_base64(unquote(user).encode())}"
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=place)), data=asked.as_bytes(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            data = bytes(answer.read(MAX_TOKEN + 1))
    except urllib.error.HTTPError as error:
        raise _unreachable(f"{parts.hostname}: answers with status {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise _unreachable(f"{parts.hostname}: {str(getattr(reason, 'strerror', None) or reason).lower()}") from None
    if read_token(data, where=f"{parts.hostname}'s answer").nonce != asked.nonce:
        raise ClaimError(
            f"{parts.hostname}'s answer is not to what was asked",
            code="timestamp-other",
            hint="somebody may be answering in its place; try again over https",
        )
    return data


def _fits(path: Path, name: str, signature: Signature) -> bool:
    if not path.is_file():
        return False
    try:
        token: Token = read_token(read_bytes(path, limit=MAX_TOKEN), where=name)
        check_token(token, signature)
    except (InputError, ClaimError):
        return False
    return True


def _unreachable(message: str) -> PorError:
    return SourceError(
        message,
        code="tsa-unreachable",
        hint="run the same command again later, or take another authority; what is there already stays",
    )
