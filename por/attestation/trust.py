"""What a verifier brought to judge signatures by: bare keys, any of which suffices, or a key file with roles.

An envelope never says who signs in which role: that is the verifier's matter. Keys are counted, never keyids. A
statement's moment is its as_of. A revoked key counts for a statement from before its revocation only when a timestamp
shows that the signature itself is from before it (`stamps`): whoever stole the key can write any as_of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from por.attestation.cosignature import WitnessPolicy
from por.attestation.envelope import Envelope, verify_envelope
from por.attestation.keychain import KeyChain, validity, within
from por.attestation.keyfile import PREPARER, KeyEntry
from por.attestation.keys import PublicKey
from por.attestation.position import Position
from por.errors import ClaimError, PorError, TrustError
from por.header import show_time

Stamps: TypeAlias = Mapping[str, int | None]
"""For a keyid, the earliest moment (Unix seconds) at which a trusted timestamp shows that its signature existed; None
where there is a timestamp and the verifier brought no authority to judge it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One key of the verifier's that signed: in which roles it counts, and why not when it does not."""

    key: PublicKey
    roles: tuple[str, ...] = ()
    fault: PorError | None = None

    @property
    def shown(self) -> str:
        """The key for people: its fingerprint's beginning, and the name by which the verifier knows it."""
        return f"{self.key.keyid[:16]}...{f' ({self.key.name})' if self.key.name else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Bare keys, or a chain of key files; `keys` are all the keys either way."""

    keys: tuple[PublicKey, ...]
    chain: KeyChain | None = None

    @classmethod
    def of(cls, given: Sequence[PublicKey] | Trust) -> Trust:
        """Return trust in any of these keys, or the trust that was given."""
        return given if isinstance(given, Trust) else cls(keys=tuple(given))

    def open(self, envelope: Envelope, *, where: str) -> tuple[PublicKey, ...]:
        """Return the keys of the verifier's that signed, whatever they may sign: enough to read on, not to rely on.

        Raises what `verify_envelope` raises.
        """
        return verify_envelope(envelope, self.keys, where=where)

    def judge(self, envelope: Envelope, *, time: int, where: str, stamps: Stamps | None = None) -> tuple[Signed, ...]:
        """Return the keys that signed a statement of `time` (Unix seconds), each with the roles in which it counts.

        ClaimError when a signature is wrong, when none is by a key of the verifier's, or when a role's threshold is
        not met; TrustError when the key file does not speak of that time.
        """
        keys = self.open(envelope, where=where)
        if self.chain is None:
            return tuple(Signed(key=key) for key in keys)
        newest = self.chain.newest
        if time > newest.last:
            raise TrustError(
                f"{where}: of {show_time(time)}, and the key file speaks until {show_time(newest.last)}",
                code="keyfile-expired",
                hint="fetch the versions of the key file that came after yours; who holds them back hides something",
            )
        found = tuple(_judged(newest.find(key.keyid), key, time, stamps or {}, where=where) for key in keys)
        self._check_thresholds(found, time, where=where)
        return found

    def log_keys(self, position: Position, *, time: int) -> tuple[PublicKey, ...]:
        """Return the keys that may sign the head of a statement's log: the preparer's that began it, and its heirs.

        Of bare keys, all. Where the key file does not have the first key, which `knows_log` tells, all preparers.
        ClaimError when none of them was valid at `time`.
        """
        if self.chain is None:
            return self.keys
        entries = self.chain.newest.heirs(position.key) or self.chain.newest.keys
        able = tuple(
            row.key for row in entries if PREPARER in row.roles and within(row, time) and not _revoked_by(row, time)
        )
        if not able:
            raise ClaimError(
                f"the log {position.origin}: no key of a preparer that may sign it was valid at {show_time(time)}",
                code="key-expired",
                hint="a key signs statements of its own time only; ask the exchange, and keep this one",
            )
        return able

    def heads_of(self, signers: Sequence[PublicKey]) -> frozenset[str]:
        """Return the ids of the keys that began the logs whose heads these keys sign; of bare keys, themselves.

        Keys of other roles than the preparer's are left out, since they sign no heads, and those that the newest key
        file revokes: whoever stole one can sign any head.
        """
        if self.chain is None:
            return frozenset(key.keyid for key in signers)
        newest = self.chain.newest
        able = {key.keyid for key in self.log_signers}
        return frozenset(
            newest.began(key.keyid) for key in signers if key.keyid in able and not self.revoked(key.keyid)
        )

    @property
    def log_signers(self) -> tuple[PublicKey, ...]:
        """The keys that may sign the head of some log: the preparers', revoked ones among them; of bare keys, all."""
        return self.keys if self.chain is None else tuple(row.key for row in self.chain.newest.preparers)

    def witnesses(self, *, time: int) -> WitnessPolicy | None:
        """Return the witnesses that the key file in force at `time` asks for; None where none are asked for."""
        return None if self.chain is None else self.chain.in_force(time).witnesses

    def logs_of(self, position: Position, signers: Iterable[str]) -> frozenset[str]:
        """Return the id of the key that began the log of a statement which keys of these ids signed.

        By a key file, the one that the statement's key succeeds in the end: an heir begins no second log. Of bare keys
        the statement's own, if it signed itself: nothing shows that another one speaks for it.
        """
        if self.chain is None:
            return frozenset({position.key} & {*signers} & {key.keyid for key in self.keys})
        return frozenset({self.chain.newest.began(position.key)})

    def held_to(self, position: Position, signers: Iterable[str]) -> frozenset[str]:
        """Return who is held to a statement whatever its log: the exchange of the key file, or one bare key."""
        return self.logs_of(position, signers) if self.chain is None else frozenset({self.chain.files[0].digest})

    def knows_log(self, position: Position) -> bool:
        """Tell whether the key that began a log is one of the verifier's that may: a preparer's, and no heir's."""
        if self.chain is None:
            return position.key in {key.keyid for key in self.keys}
        entry = self.chain.newest.find(position.key)
        return entry is not None and PREPARER in entry.roles and entry.succeeds is None

    def revoked(self, keyid: str) -> bool:
        """Tell whether the newest key file revokes a key."""
        entry = None if self.chain is None else self.chain.newest.find(keyid)
        return entry is not None and entry.revoked is not None

    def _check_thresholds(self, found: Sequence[Signed], time: int, *, where: str) -> None:
        assert self.chain is not None
        file = self.chain.in_force(time)
        for role, needed in file.statement_thresholds.items():
            able = {row.key.keyid for row in found if row.fault is None and role in row.roles}
            if len(able) >= needed:
                continue
            faults = [row.fault for row in found if row.fault is not None and role in row.roles]
            if faults:
                raise faults[0]
            raise ClaimError(
                f"{where}: signed by {len(able)} of the {needed} keys that the role {role} needs",
                code="role-threshold",
                hint=f"version {file.version} of your key file asks for it; fetch the statement again, it may have"
                " been countersigned since",
            )


def _judged(entry: KeyEntry | None, key: PublicKey, time: int, stamps: Stamps, *, where: str) -> Signed:
    assert entry is not None  # the chain's keys are those of its newest file
    return Signed(key=key, roles=entry.roles, fault=_fault(entry, time, stamps, where=where))


def _revoked_by(entry: KeyEntry, time: int) -> bool:
    return entry.revoked is not None and time >= entry.revoked.at


def _fault(entry: KeyEntry, time: int, stamps: Stamps, *, where: str) -> PorError | None:
    """Say why a key's signature does not count for a statement of that time, or return None."""
    if not within(entry, time):
        return ClaimError(
            f"{where}: the key {entry.name!r} is {validity(entry)}, and the statement is of {show_time(time)}",
            code="key-expired",
            hint="a key signs statements of its own time only; ask the exchange, and keep this one",
        )
    revoked = entry.revoked
    if revoked is None:
        return None
    told = f"{where}: the key {entry.name!r} was revoked at {show_time(revoked.at)} ({revoked.reason})"
    if _revoked_by(entry, time):
        return ClaimError(
            told, code="key-revoked", hint="do not rely on this statement: anybody may have signed it; keep it"
        )
    stamp = stamps.get(entry.key.keyid)
    if stamp is None and entry.key.keyid in stamps:
        return TrustError(
            f"{told}, and you brought no authority to judge its timestamp by",
            code="tsa-missing",
            hint="give the authority's root certificate, from a place that you trust: --tsa-ca FILE",
        )
    if stamp is None:
        return ClaimError(
            f"{told}, and no timestamp shows that it signed before",
            code="key-revoked",
            hint="statements from before a revocation hold with a timestamp only: it stands in the whole publication",
        )
    if stamp >= revoked.at:
        return ClaimError(
            f"{told}, and the timestamp is of {show_time(stamp)}",
            code="key-revoked",
            hint="the signature need not be older than the theft: do not rely on this statement; keep it",
        )
    return None
