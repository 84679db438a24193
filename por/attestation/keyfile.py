"""The key file: who signs in which role, from when until when, which keys were revoked, and who signs the next file.

    {"format": "por-keys/1", "issuer", "version", "from", "until", "previous", "thresholds": {role: number},
     "keys": [{"name", "public", "roles", "from", "until", "succeeds", "revoked"}, ...],
     "witnesses": {"needed": number, "keys": [line, ...]}}    left out where no witness is asked for

Published as a DSSE envelope of a payload type of its own, RFC 8785 bytes throughout (docs/spec/keyfile.md). People
write it as TOML, which is also what an auditor may bring unsigned. This reads one file; `por.attestation.keychain`
follows one to the next. Light: `por verify` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from por import canonical
from por.attestation import cosignature, envelope
from por.attestation.cosignature import WitnessPolicy
from por.attestation.envelope import Envelope
from por.attestation.keys import PublicKey, from_spki, parse_verifier_line
from por.errors import InputError
from por.header import check_text, parse_time, show_time

FORMAT = "por-keys/1"
PAYLOAD_TYPE = "application/vnd.por.keys+json"

KEEPERS = "keys"
"""The role of those who sign the next key file, as root's is in The Update Framework."""

PREPARER = "preparer"
"""The role of those who make statements: they alone sign the heads of the log in which these stand."""

MAX_FILE = 1 << 20
MAX_KEYS = 256
"""An exchange that rotated three keys a year for half a century has fewer."""

_ROLE = re.compile(r"[a-z][a-z-]{0,23}", re.ASCII)
_VERIFIER = re.compile(r"\S+\+[0-9a-f]{8}\+\S+", re.ASCII)
_HINT = "compare the file with docs/spec/keyfile.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """From which moment a key is no longer trusted (Unix seconds), and why."""

    at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One key: `first` and `last` bound the moments (Unix seconds) of statements it may sign; None is no bound.

    `succeeds` names the key whose log this one goes on with.
    """

    name: str
    key: PublicKey
    roles: tuple[str, ...]
    first: int | None
    last: int | None
    succeeds: str | None
    revoked: Revocation | None

    def document(self) -> dict[str, Any]:
        """Return the entry of `keys`."""
        revoked = self.revoked
        return {
            "name": self.name,
            "public": canonical.encode_base64(self.key.spki),
            "roles": list(self.roles),
            "from": None if self.first is None else show_time(self.first),
            "until": None if self.last is None else show_time(self.last),
            "succeeds": self.succeeds,
            "revoked": None if revoked is None else {"at": show_time(revoked.at), "reason": revoked.reason},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """One version. `first` is since when its thresholds are asked for, `last` until when it speaks (Unix seconds)."""

    issuer: str
    version: int
    first: int
    last: int
    previous: str | None
    thresholds: Mapping[str, int]
    keys: tuple[KeyEntry, ...]
    witnesses: WitnessPolicy | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "format": FORMAT,
            "issuer": self.issuer,
            "version": self.version,
            "from": show_time(self.first),
            "until": show_time(self.last),
            "previous": self.previous,
            "thresholds": dict(self.thresholds),
            "keys": [row.document() for row in self.keys],
            **({} if self.witnesses is None else {"witnesses": self.witnesses.document()}),
        }

    @property
    def payload(self) -> bytes:
        """The bytes that are signed."""
        return canonical.encode(self.document())

    @property
    def digest(self) -> str:
        """The identity of this version: hex SHA-256 of its payload."""
        return canonical.digest(self.payload)

    @property
    def statement_thresholds(self) -> dict[str, int]:
        """How many keys of each role must sign a statement."""
        return {role: number for role, number in sorted(self.thresholds.items()) if role != KEEPERS}

    @property
    def keepers(self) -> tuple[KeyEntry, ...]:
        """The keys that may sign the next version: of the role `keys`, and not revoked."""
        return tuple(row for row in self.keys if KEEPERS in row.roles and row.revoked is None)

    @property
    def preparers(self) -> tuple[KeyEntry, ...]:
        """The keys that may sign the head of a log: of the role `preparer`, revoked ones among them."""
        return tuple(row for row in self.keys if PREPARER in row.roles)

    def find(self, keyid: str) -> KeyEntry | None:
        """Return the entry of a key."""
        return next((row for row in self.keys if row.key.keyid == keyid), None)

    def began(self, keyid: str) -> str:
        """Return the id of the key that began the log which a key signs: its own, or that of whom it succeeds."""
        by_name = {row.name: row for row in self.keys}
        entry = self.find(keyid)
        while entry is not None and entry.succeeds is not None:
            entry = by_name[entry.succeeds]
        return keyid if entry is None else entry.key.keyid

    def heirs(self, keyid: str) -> tuple[KeyEntry, ...]:
        """Return a key's entry and those that succeed it, one after the other, in the order of the file."""
        names = {row.name for row in self.keys if row.key.keyid == keyid}
        grown = True
        while grown:
            more = {row.name for row in self.keys if row.succeeds in names} - names
            names |= more
            grown = bool(more)
        return tuple(row for row in self.keys if row.name in names)


def parse_document(value: object, *, where: str, draft: bool = False) -> KeyFile:
    """Read the JSON object of a key file that was decoded already; raise InputError.

    A `draft` of a later version need not name the one before it yet.
    """
    names = ("format", "issuer", "version", "from", "until", "previous", "thresholds", "keys")
    row = _object(value, names, where=where, optional=("witnesses",))
    if row["format"] != FORMAT:
        raise malformed(f"{where}: not of the format {FORMAT}")
    version = row["version"]
    if type(version) is not int or not 1 <= version < canonical.INTEGER_LIMIT:
        raise malformed(f"{where}: version is not 1, 2, 3, ...")
    previous = row["previous"]
    if previous is not None:
        previous = canonical.parse_hex(previous, 32, where=f"{where}: previous").hex()
    found = KeyFile(
        issuer=check_text(row["issuer"], where=f"{where}: issuer"),
        version=version,
        first=parse_time(row["from"], where=f"{where}: from"),
        last=parse_time(row["until"], where=f"{where}: until"),
        previous=previous,
        thresholds=_thresholds(row["thresholds"], where=f"{where}: thresholds"),
        keys=tuple(_entries(row["keys"], where=f"{where}: keys")),
        witnesses=_witnesses(row["witnesses"], where=f"{where}: witnesses") if "witnesses" in row else None,
    )
    if (version == 1) != (previous is None) and not (draft and previous is None):
        raise malformed(f"{where}: version 1 has no previous file, and every other one names its own")
    _check_whole(found, where=where)
    return found


def parse_toml(value: Mapping[str, Any], *, where: str) -> KeyFile:
    """Read what a person wrote as TOML: the same, with [[key]] tables, and without what is null; raise InputError.

    A public key may be a one-line verifier key there.
    """
    row = dict(value)
    keys = row.pop("key", None)
    if not isinstance(keys, list) or not all(isinstance(item, dict) for item in keys):
        raise malformed(f"{where}: no [[key]] tables")
    row["keys"] = [_filled(item, where=f"{where}: key {number}") for number, item in enumerate(keys, 1)]
    return parse_document({"previous": None, **row}, where=where, draft=True)


def parse_signed(data: bytes, *, where: str) -> tuple[Envelope, KeyFile]:
    """Read N.keys.json strictly; raise InputError. No signature is verified."""
    found = envelope.parse(data, where=where, kind=PAYLOAD_TYPE)
    return found, parse_document(canonical.decode(found.payload, where=where), where=where)


def _filled(item: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    row: dict[str, Any] = {"from": None, "until": None, "succeeds": None, "revoked": None, **item}
    roles = row.get("roles")
    if isinstance(roles, list) and all(isinstance(role, str) for role in roles):
        row["roles"] = sorted(roles)
    public = row.get("public")
    if isinstance(public, str) and _VERIFIER.fullmatch(public):
        row["public"] = canonical.encode_base64(parse_verifier_line(public, where=f"{where}: public").spki)
    return row


def _entries(rows: object, *, where: str) -> Iterator[KeyEntry]:
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_KEYS:
        raise malformed(f"{where}: not a list of 1 to {MAX_KEYS} keys")
    for number, value in enumerate(rows, 1):
        place = f"{where}: key {number}"
        row = _object(value, ("name", "public", "roles", "from", "until", "succeeds", "revoked"), where=place)
        name = check_text(row["name"], where=f"{place}: name")
        spki = canonical.decode_base64(row["public"], where=f"{place}: public")
        key = from_spki(spki, where=f"{place}: public")
        yield KeyEntry(
            name=name,
            key=PublicKey(algorithm=key.algorithm, spki=key.spki, name=name),
            roles=_roles(row["roles"], where=place),
            first=_moment(row["from"], where=f"{place}: from"),
            last=_moment(row["until"], where=f"{place}: until"),
            succeeds=None if row["succeeds"] is None else check_text(row["succeeds"], where=f"{place}: succeeds"),
            revoked=_revocation(row["revoked"], where=f"{place}: revoked"),
        )


def _roles(value: object, *, where: str) -> tuple[str, ...]:
    good = isinstance(value, list) and value and all(isinstance(role, str) and _ROLE.fullmatch(role) for role in value)
    if not good or not isinstance(value, list) or value != sorted(set(value)):
        raise malformed(f"{where}: roles are not names like preparer, each once and sorted")
    return tuple(value)


def _moment(value: object, *, where: str) -> int | None:
    return None if value is None else parse_time(value, where=where)


def _revocation(value: object, *, where: str) -> Revocation | None:
    if value is None:
        return None
    row = _object(value, ("at", "reason"), where=where)
    return Revocation(
        at=parse_time(row["at"], where=f"{where}.at"), reason=check_text(row["reason"], where=f"{where}.reason")
    )


def _thresholds(value: object, *, where: str) -> dict[str, int]:
    if not isinstance(value, dict) or not value.keys() - {KEEPERS}:
        raise malformed(f"{where}: no role is asked to sign statements")
    for role, number in value.items():
        if not _ROLE.fullmatch(role) or type(number) is not int or not 1 <= number <= MAX_KEYS:
            raise malformed(f"{where}: {role[:30]!r} is not a role with how many of its keys must sign")
    return dict(value)


def _witnesses(value: object, *, where: str) -> WitnessPolicy:
    return cosignature.parse_policy(_object(value, ("needed", "keys"), where=where), where=where)


def _check_whole(found: KeyFile, *, where: str) -> None:
    names = [row.name for row in found.keys]
    if not found.preparers:
        raise malformed(f"{where}: no key has the role {PREPARER}, whose keys alone sign the log")
    if len(set(names)) != len(names) or len({row.key.keyid for row in found.keys}) != len(names):
        raise malformed(f"{where}: a name or a key stands twice")
    if found.last <= found.first or any(row.last is not None and row.last < (row.first or 0) for row in found.keys):
        raise malformed(f"{where}: an until that is before its from")
    own = {row.key.keyid for row in found.keys}
    if found.witnesses is not None and any(row.key.keyid in own for row in found.witnesses.witnesses):
        raise malformed(f"{where}: a witness has a key of this file: nobody is the witness of himself")
    before = {row.name: row.succeeds for row in found.keys}
    for row in found.keys:
        name, steps = row.succeeds, 0
        while name is not None and steps <= len(names):
            if name not in before:
                raise malformed(f"{where}: {row.name} succeeds {name[:40]!r}, which is no key of this file")
            name, steps = before[name], steps + 1
        if steps > len(names):
            raise malformed(f"{where}: {row.name} succeeds itself")
    for role, number in found.thresholds.items():
        # A stolen key is revoked at once, and its successor may come later; but somebody must be able to say so.
        able = sum(role in row.roles and (row.revoked is None or role != KEEPERS) for row in found.keys)
        if able < number:
            raise malformed(f"{where}: the role {role} asks for {number} keys and has {able}")


def _object(value: object, names: tuple[str, ...], *, where: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() - set(optional) != set(names):
        wrong = sorted(set(names).symmetric_difference(value if isinstance(value, dict) else ()))[:1]
        told = f" ({'unknown' if wrong[0] not in names else 'missing'}: {wrong[0][:40]!r})" if wrong else ""
        raise malformed(f"{where}: not an object of {', '.join(names)}{told}")
    return value


def malformed(message: str) -> InputError:
    """Return the error for what docs/spec/keyfile.md does not allow."""
    return InputError(message, code="keyfile-malformed", hint=_HINT)
