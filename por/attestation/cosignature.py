"""Witnesses' cosignatures on a checkpoint (https://c2sp.org/tlog-cosignature, version 1: Ed25519 with a timestamp).

A witness signs, under its own name,

    cosignature/v1
    time 1679315147
    <the checkpoint's text>

and so states that this was, at that time, the largest head of this log that it had seen, and that it extends every
one it had seen before. Light: `por verify` reads key files, which name witnesses.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from por import canonical
from por.attestation import note
from por.attestation.keys import Algorithm, PublicKey, Signer, check_name, from_spki
from por.attestation.note import Note, NoteSignature
from por.errors import ClaimError, InputError, PorError

NOTE_TYPE = 4
"""The signature type byte of C2SP signed-note for timestamped Ed25519 cosignatures."""

MAX_TIME = (1 << 63) - 1
"""The latest timestamp (Unix seconds) that the specification allows."""

MAX_WITNESSES = note.MAX_SIGNATURES - 1
"""All of them fit under one checkpoint beside the log's own signature."""

_TIME_BYTES, _SIGNATURE_BYTES = 8, 64
_PREFIX = bytes.fromhex("302a300506032b6570032100")
_LINE = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness: its name and its Ed25519 key. Both together are what a verifier trusts."""

    name: str
    key: PublicKey

    @property
    def id(self) -> bytes:
        """The 4-byte key id: SHA-256(name, line break, 0x04, key), cut off."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._encoded).digest()[:4]

    @property
    def line(self) -> str:
        """The one-line verifier key, name+id+base64, of signature type 0x04."""
        return f"{self.name}+{self.id.hex()}+{canonical.encode_base64(self._encoded)}"

    @property
    def _encoded(self) -> bytes:
        return bytes([NOTE_TYPE]) + self.key.spki[len(_PREFIX) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A cosignature that was verified: whose, and of when (Unix seconds, by the witness's clock)."""

    witness: Witness
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPolicy:
    """How many of which witnesses must have cosigned a checkpoint."""

    needed: int
    witnesses: tuple[Witness, ...]

    def document(self) -> dict[str, Any]:
        """Return the object `witnesses` of a key file."""
        return {"needed": self.needed, "keys": [witness.line for witness in self.witnesses]}


def witness_of(name: str, key: PublicKey) -> Witness:
    """Return the witness of that name and key; InputError when the key is not Ed25519 or the name none."""
    if key.algorithm is not Algorithm.ED25519:
        raise InputError(
            "cosignatures are made with Ed25519 keys only",
            code="key-algorithm",
            hint="`por witness init` makes one",
        )
    return Witness(name=check_name(name), key=key)


def parse_witness(line: object, *, where: str) -> Witness:
    """Read name+id+base64 of type 0x04 and check that the id is that of the name and the key; raise InputError."""
    found = _LINE.fullmatch(line) if isinstance(line, str) else None
    if found is None:
        raise _malformed(f"{where}: not of the form name+id+base64")
    data = canonical.decode_base64(found["key"], where=where)
    if data[:1] != bytes([NOTE_TYPE]) or len(data) != 33:
        raise _malformed(f"{where}: not a witness's key (type 04, Ed25519)")
    witness = witness_of(found["name"], from_spki(_PREFIX + data[1:], where=where))
    if witness.line != line:
        raise _malformed(f"{where}: the id does not belong to this name and key")
    return witness


def parse_policy(value: Mapping[str, Any], *, where: str) -> WitnessPolicy:
    """Read {needed, keys} of a key file; raise InputError. A name or a key that stands twice would count twice."""
    lines, needed = value.get("keys"), value.get("needed")
    if value.keys() != {"needed", "keys"} or not isinstance(lines, list) or not 1 <= len(lines) <= MAX_WITNESSES:
        raise _malformed(f"{where}: not an object of needed and keys, of 1 to {MAX_WITNESSES} witnesses")
    found = tuple(parse_witness(line, where=f"{where}: key {number}") for number, line in enumerate(lines, 1))
    if len({row.name for row in found}) != len(found) or len({row.key.keyid for row in found}) != len(found):
        raise _malformed(f"{where}: a name or a key stands twice")
    if type(needed) is not int or not 1 <= needed <= len(found):
        raise _malformed(f"{where}: needed is not how many of the {len(found)} witnesses must have cosigned")
    return WitnessPolicy(needed=needed, witnesses=found)


def cosigned_bytes(text: str, time: int) -> bytes:
    """Return what is signed for a checkpoint's text, which ends in a line break, at a time (Unix seconds)."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(text: str, *, name: str, signer: Signer, time: int) -> NoteSignature:
    """Return a witness's line for the text of a checkpoint; InputError when the key is not Ed25519."""
    witness = witness_of(name, signer.public)
    if not 0 <= time <= MAX_TIME:
        raise _malformed(f"{time} is not a cosignature's time")
    sig = time.to_bytes(_TIME_BYTES, "big") + signer.sign(cosigned_bytes(text, time))
    return NoteSignature(name=witness.name, id=witness.id, sig=sig)


def verify_cosignatures(signed: Note, witnesses: Sequence[Witness], *, where: str) -> tuple[Cosigned, ...]:
    """Return which of `witnesses` cosigned, each once with its latest time, in their order; it may be none.

    Lines of unknown names or ids are passed over. ClaimError when a line under a known name and id is not that
    witness's, be it only too long: a note with such a line is refused whole, as C2SP signed-note asks.
    """
    known = {(witness.name, witness.id): witness for witness in witnesses}
    times: dict[str, int] = {}
    for item in signed.signatures:
        witness = known.get((item.name, item.id))
        if witness is None:
            continue
        time = int.from_bytes(item.sig[:_TIME_BYTES], "big")
        if len(item.sig) != _TIME_BYTES + _SIGNATURE_BYTES or time > MAX_TIME:
            raise ClaimError(
                f"{where}: the line of {witness.name} is no cosignature",
                code="signature-invalid",
                hint="what was signed has been changed, or another key signed it; do not rely on it",
            )
        witness.key.verify(item.sig[_TIME_BYTES:], cosigned_bytes(signed.text, time), where=where)
        times[witness.name] = max(time, times.get(witness.name, 0))
    return tuple(Cosigned(witness=row, time=times[row.name]) for row in witnesses if row.name in times)


def _malformed(message: str) -> PorError:
    return InputError(message, code="witness-key", hint="ask the witness for its key again: name+id+base64, of type 04")
