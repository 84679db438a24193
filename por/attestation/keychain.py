"""From the key file that was pinned to today's: each version is signed by the threshold of the one before it.

As with root.json of The Update Framework: a version is accepted when enough keepers of the version before it and
enough of its own signed it. Nobody is asked and no clock is looked at. What a version says of a key that the one
before it had stays, so that nobody's past is rewritten: keys stay, with their roles and beginnings, and a revocation
is not taken back. Only `until` may move either way, since a validity may be prolonged; a keeper's key therefore ends
by revocation alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from por.attestation.envelope import Envelope
from por.attestation.envelope import pae as signed_bytes
from por.attestation.keyfile import KEEPERS, KeyEntry, KeyFile
from por.attestation.keys import PublicKey
from por.errors import ClaimError, InputError, TrustError
from por.header import show_time

MAX_VERSIONS = 1000
"""A version a week for twenty years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A key file as it was given: `envelope` is None for TOML, which counts only as what the verifier brought."""

    where: str
    file: KeyFile
    envelope: Envelope | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChain:
    """The versions from the pinned one to the newest, each followed from the one before it."""

    files: tuple[KeyFile, ...]

    @property
    def newest(self) -> KeyFile:
        """The version that says which keys there are and which were revoked."""
        return self.files[-1]

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """Every key of the newest version, which has all of the versions before it."""
        return tuple(row.key for row in self.newest.keys)

    def in_force(self, time: int) -> KeyFile:
        """Return the version whose thresholds a statement of that moment must meet: the newest begun by then."""
        begun = [row for row in self.files if row.first <= time]
        return begun[-1] if begun else self.files[0]


def follow(pinned: Given, others: Iterable[Given]) -> KeyChain:
    """Follow from the pinned file as far as the others go; older ones are passed over.

    ClaimError when a version is not signed by its predecessor's threshold, contradicts it, or exists twice;
    TrustError when one in between is missing; InputError when an unsigned file is offered as a successor.
    """
    by_version: dict[int, Given] = {pinned.file.version: pinned}
    for given in others:
        known = by_version.setdefault(given.file.version, given)
        if known.envelope is None and replace(given.file, previous=None) == replace(known.file, previous=None):
            by_version[given.file.version] = given  # what a person wrote names no predecessor
        elif known.file.digest != given.file.digest:
            raise ClaimError(
                f"{given.where}: another version {given.file.version} than {known.where}",
                code="keyfile-forked",
                hint="two key files of one version: keep both as evidence and ask the exchange",
            )
    if pinned.envelope is not None:
        _check_threshold(pinned.envelope, pinned.file, pinned.file.first, where=pinned.where, whose="its own")
    files = [by_version[pinned.file.version].file]
    later = sorted(version for version in by_version if version > pinned.file.version)
    if len(later) > MAX_VERSIONS:
        raise InputError(f"{len(later):,} versions", code="keyfile-malformed", hint="is this the right folder?")
    for version in later:
        if version != files[-1].version + 1:
            raise TrustError(
                f"version {files[-1].version + 1} of the key file is missing",
                code="keyfile-missing",
                hint=f"fetch it: without it nothing shows that version {version} follows from yours",
            )
        check_successor(files[-1], by_version[version])
        files.append(by_version[version].file)
    return KeyChain(files=tuple(files))


def check_successor(old: KeyFile, given: Given) -> None:
    """Return when a version follows from the one before it; ClaimError (InputError when unsigned) otherwise."""
    new, where = given.file, given.where
    if given.envelope is None:
        raise InputError(
            f"{where}: an unsigned key file follows from nothing",
            code="keyfile-unsigned",
            hint="give the signed version, N.keys.json; your own TOML file comes first, or alone",
        )
    _check_threshold(given.envelope, old, new.first, where=where, whose=f"version {old.version}'s")
    _check_threshold(given.envelope, new, new.first, where=where, whose="its own")
    check_history(old, new, where=where)


def check_history(old: KeyFile, new: KeyFile, *, where: str) -> None:
    """Return when a version names the one before it and rewrites nothing of it; ClaimError otherwise."""
    kept = {row.key.keyid: row for row in new.keys}
    wrong = [row.name for row in old.keys if not _keeps(row, kept.get(row.key.keyid))]
    if new.version != old.version + 1 or new.previous != old.digest or new.first < old.first:
        raise _rewrites(f"{where}: it does not name version {old.version} as the one before it, or begins earlier")
    if wrong:
        raise _rewrites(f"{where}: it drops or changes {wrong[0]}, or takes back that it was revoked")


def _rewrites(message: str) -> ClaimError:
    return ClaimError(
        message,
        code="keyfile-history",
        hint="keys stay in the file; they end by `until` or `revoked`, and a new role needs a new key",
    )


def _keeps(old: KeyEntry, new: KeyEntry | None) -> bool:
    if new is None or (old.name, old.roles, old.first, old.succeeds) != (new.name, new.roles, new.first, new.succeeds):
        return False
    return old.revoked is None or (new.revoked is not None and new.revoked.at <= old.revoked.at)


def _check_threshold(envelope: Envelope, file: KeyFile, time: int, *, where: str, whose: str) -> None:
    """Count distinct keepers of `file` that were valid at `time` and signed."""
    needed = file.thresholds.get(KEEPERS)
    if needed is None:
        raise ClaimError(
            f"{where}: nobody may sign key files by {whose} thresholds",
            code="keyfile-threshold",
            hint=f"a key file whose successors are to be followed has a threshold for the role {KEEPERS!r}",
        )
    short = short_of(envelope, file, time, where=where)
    if short:
        raise ClaimError(
            f"{where}: signed by {needed - short} of the {needed} keepers that {whose} threshold asks for",
            code="keyfile-threshold",
            hint="do not use it; a key file without its signatures may come from anybody",
        )


def short_of(envelope: Envelope, file: KeyFile, time: int, *, where: str = "key file") -> int:
    """Return how many keepers of `file` that were valid at `time` are still to sign; ClaimError for a wrong one."""
    message = signed_bytes(envelope.payload, envelope.kind)
    sigs = {item.keyid: item.sig for item in envelope.signatures}
    signed = 0
    for entry in file.keepers:
        if entry.key.keyid in sigs and within(entry, time):
            entry.key.verify(sigs[entry.key.keyid], message, where=where)
            signed += 1
    return max(file.thresholds.get(KEEPERS, 0) - signed, 0)


def within(entry: KeyEntry, time: int) -> bool:
    """Tell whether a moment lies in a key's validity."""
    return (entry.first is None or entry.first <= time) and (entry.last is None or time <= entry.last)


def validity(entry: KeyEntry) -> str:
    """Return a key's validity in words."""
    first = "" if entry.first is None else f" from {show_time(entry.first)}"
    last = "" if entry.last is None else f" until {show_time(entry.last)}"
    return f"valid{first}{last}" if first or last else "valid at any time"


def pinned_of(files: Sequence[Given]) -> Given:
    """Return the file with the lowest version: what a folder pins."""
    return min(files, key=lambda given: given.file.version)
