"""Adds a signature to a statement that others signed, or to a key file; the identity stays what it was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from por import canonical
from por.attestation import envelope, keyfile
from por.attestation.envelope import Envelope
from por.attestation.keys import Signer
from por.attestation.statement import Head, head
from por.errors import ClaimError, InputError
from por.files import read_bytes, write_bytes

ATTESTATION = "attestation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersigned:
    """What was signed: `added` is False when this key's signature was there already. `statement` or `keys` is set."""

    path: Path
    envelope: Envelope
    added: bool
    statement: Head | None
    keys: keyfile.KeyFile | None


def countersign(place: Path, signer: Signer, *, expected: str | None = None) -> Countersigned:
    """Sign what a publication's folder, an attestation.json or an N.keys.json holds, and write it back in one step.

    `expected` is the identity that the signer means to sign; ClaimError `countersign-differs` when it is another.
    InputError when the file is neither. A signature of the same key that does not verify is replaced.
    """
    path = place / ATTESTATION if place.is_dir() else place
    data = read_bytes(path)
    statement, keys = None, None
    if _payload_type(data, where=str(path)) == keyfile.PAYLOAD_TYPE:
        found, keys = keyfile.parse_signed(data, where=str(path))
    else:
        found = envelope.parse(data, where=str(path))
        statement = head(found.payload, where=str(path))
    if expected is not None and expected.lower() != found.digest:
        raise ClaimError(
            f"{path}: this is {found.digest[:16]}..., not {expected[:16]}..., which you meant to sign",
            code="countersign-differs",
            hint="look at what it is now (`por inspect`, `por audit`) before you sign it",
        )
    if signed_by(found, signer):
        return Countersigned(path=path, envelope=found, added=False, statement=statement, keys=keys)
    mine = envelope.sign(found.payload, [signer], kind=found.kind)
    envelope.verify_envelope(mine, [signer.public], where=str(path))
    merged = envelope.merge(mine, found)
    write_bytes(path, merged.to_bytes())
    return Countersigned(path=path, envelope=merged, added=True, statement=statement, keys=keys)


def signed_by(found: Envelope, signer: Signer) -> bool:
    """Tell whether an envelope has a good signature of a signer's key."""
    try:
        return bool(envelope.verify_envelope(found, [signer.public], where="signature"))
    except ClaimError:
        return False


def keep_signatures(payload: bytes, signer: Signer, *, standing: Path) -> Envelope:
    """Sign a payload, keeping every signature that the envelope at `standing` has over the same payload.

    The signer's own is kept too when it is good: a hardware module gives another one each time.
    """
    before = _standing(payload, standing)
    if before is not None and signed_by(before, signer):
        return before
    mine = envelope.sign(payload, [signer])
    envelope.verify_envelope(mine, [signer.public], where=ATTESTATION)
    return mine if before is None else envelope.merge(mine, before)


def _standing(payload: bytes, path: Path) -> Envelope | None:
    if not path.is_file():
        return None
    try:
        found = envelope.parse(read_bytes(path), where=str(path))
    except InputError:
        return None
    return found if found.payload == payload else None


def _payload_type(data: bytes, *, where: str) -> object:
    value = canonical.decode(data, where=where)
    return value.get("payloadType") if isinstance(value, dict) else None
