"""The DSSE envelope (https://github.com/secure-systems-lab/dsse) around a statement: attestation.json.

A key file is signed in the same way under a payload type of its own, so that neither can pass as the other.

    {"payload": base64, "payloadType": "application/vnd.in-toto+json", "signatures": [{"keyid", "sig"}, ...]}

A statement's identity is the SHA-256 of the decoded payload, never of these bytes: signatures are added later, and
ECDSA ones have twins. An envelope says nothing of names or roles; those come from the verifier's own keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from por import canonical
from por.attestation.keys import PublicKey, Signer
from por.errors import ClaimError, InputError, TrustError

PAYLOAD_TYPE = "application/vnd.in-toto+json"

MAX_PAYLOAD = 32 << 20
"""A statement of 150 assets on 20 chains has about 200 kB; a bound against files that fill the memory."""

MAX_SIGNATURES = 64
"""More signers than any scheme of roles needs; each costs a verification."""

_HINT = "the file is damaged or not an attestation; fetch it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature, by the key that `keyid` claims."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A parsed envelope. Nothing in it is verified yet. `kind` is the payload type."""

    payload: bytes
    signatures: tuple[Signature, ...]
    kind: str = PAYLOAD_TYPE

    @property
    def digest(self) -> str:
        """The identity of the statement in it."""
        return identity(self.payload)

    def document(self) -> dict[str, Any]:
        """Return the JSON object, as it is embedded in a customer's proof."""
        return {
            "payload": canonical.encode_base64(self.payload),
            "payloadType": self.kind,
            "signatures": [{"keyid": item.keyid, "sig": canonical.encode_base64(item.sig)} for item in self.signatures],
        }

    def to_bytes(self) -> bytes:
        """Return the bytes of attestation.json: RFC 8785, no newline."""
        return canonical.encode(self.document())


def identity(payload: bytes) -> str:
    """Return a statement's identity: lower-case hex SHA-256 of the decoded payload."""
    return canonical.digest(payload)


def pae(payload: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    """Return the bytes that are signed: the pre-authentication encoding of DSSE v1."""
    typed = kind.encode("ascii")
    return b"DSSEv1 %d %b %d %b" % (len(typed), typed, len(payload), payload)


def sign(payload: bytes, signers: Iterable[Signer], *, kind: str = PAYLOAD_TYPE) -> Envelope:
    """Sign a payload with one or more keys."""
    message = pae(payload, kind)
    made = {signer.public.keyid: signer.sign(message) for signer in signers}
    signatures = tuple(Signature(keyid=k, sig=made[k]) for k in sorted(made))
    return Envelope(payload=payload, signatures=signatures, kind=kind)


def merge(first: Envelope, *others: Envelope) -> Envelope:
    """Return the signatures of several envelopes around one payload together; of one keyid the first one's stays."""
    if any((other.payload, other.kind) != (first.payload, first.kind) for other in others):
        raise _malformed("envelopes of different payloads have no signatures in common")
    found: dict[str, Signature] = {}
    for item in (item for one in (first, *others) for item in one.signatures):
        found.setdefault(item.keyid, item)
    if len(found) > MAX_SIGNATURES:
        raise _malformed(f"an envelope has 1 to {MAX_SIGNATURES} signatures")
    return replace(first, signatures=tuple(found[keyid] for keyid in sorted(found)))


def parse(data: bytes, *, where: str, kind: str = PAYLOAD_TYPE) -> Envelope:
    """Read attestation.json strictly (canonical JSON and base64, no other keys); raise InputError."""
    return parse_object(canonical.decode(data, where=where), where=where, kind=kind)


def parse_object(value: object, *, where: str, kind: str = PAYLOAD_TYPE) -> Envelope:
    """Read an envelope that was decoded already, as it stands in a proof; raise InputError."""
    if not isinstance(value, dict) or set(value) != {"payload", "payloadType", "signatures"}:
        raise _malformed(f"{where}: an envelope has payload, payloadType and signatures, and nothing else")
    if value["payloadType"] != kind:
        raise _malformed(f"{where}: payloadType is not {kind}")
    text = value["payload"]
    if isinstance(text, str) and len(text) > MAX_PAYLOAD // 3 * 4:
        raise _malformed(f"{where}: the payload is larger than {MAX_PAYLOAD:,} bytes")
    payload = canonical.decode_base64(text, where=f"{where}: payload")
    rows = value["signatures"]
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_SIGNATURES:
        raise _malformed(f"{where}: an envelope has 1 to {MAX_SIGNATURES} signatures")
    signatures = tuple(_parse_signature(row, where=f"{where}: signatures[{i}]") for i, row in enumerate(rows))
    keyids = [item.keyid for item in signatures]
    if any(left >= right for left, right in pairwise(keyids)):
        raise _malformed(f"{where}: signatures are not in the order of their keyids, each once")
    return Envelope(payload=payload, signatures=signatures, kind=kind)


def verify_envelope(envelope: Envelope, keys: Sequence[PublicKey], *, where: str) -> tuple[PublicKey, ...]:
    """Return the distinct keys of `keys` that signed, in the order given.

    Signatures by other keys are passed over. TrustError without keys; ClaimError when none of them signed, or when
    the signature under one of their keyids is not that key's.
    """
    if not keys:
        raise TrustError(
            f"{where}: no key was given to check the signature with",
            code="key-missing",
            hint="give --key with the exchange's .pub file or verifier line, from a place that you trust",
        )
    known = {key.keyid: key for key in reversed(keys)}
    message = pae(envelope.payload, envelope.kind)
    signed = set()
    for item in envelope.signatures:
        key = known.get(item.keyid)
        if key is not None:
            key.verify(item.sig, message, where=where)
            signed.add(item.keyid)
    if not signed:
        raise ClaimError(
            f"{where}: not signed by any of the keys given",
            code="signer-unknown",
            hint="compare the key's fingerprint with the exchange's; a key that came with the file proves nothing",
        )
    return tuple(known[keyid] for keyid in dict.fromkeys(key.keyid for key in keys) if keyid in signed)


def signed_part(envelope: Envelope, keys: Sequence[PublicKey]) -> Envelope:
    """Return the envelope without those signatures that are under the id of one of `keys` and not by it.

    For evidence: what anybody can write beside a signature must not make it worthless. Where nothing of theirs would be
    left, the envelope as it is, so that verifying it says why.
    """
    known = {key.keyid: key for key in keys}
    message = pae(envelope.payload, envelope.kind)
    kept = tuple(
        item for item in envelope.signatures if item.keyid not in known or _is_by(known[item.keyid], item.sig, message)
    )
    return replace(envelope, signatures=kept) if any(item.keyid in known for item in kept) else envelope


def _is_by(key: PublicKey, sig: bytes, message: bytes) -> bool:
    try:
        key.verify(sig, message, where="a signature")
    except ClaimError:
        return False
    return True


def _parse_signature(value: object, *, where: str) -> Signature:
    if not isinstance(value, dict) or set(value) != {"keyid", "sig"}:
        raise _malformed(f"{where}: a signature has keyid and sig, and nothing else")
    return Signature(
        keyid=canonical.parse_hex(value["keyid"], 32, where=f"{where}.keyid").hex(),
        sig=canonical.decode_base64(value["sig"], where=f"{where}.sig"),
    )


def _malformed(message: str) -> InputError:
    return InputError(message, code="envelope-malformed", hint=_HINT)
