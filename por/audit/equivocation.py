"""What an exchange signed about its log that cannot all be true, as one file that shows it to a third party.

    {"format": "por-equivocation/1", "sides": [{"statement": envelope} | {"checkpoint": note}, ...]}

A side is whole and signed: nothing but the key is needed to judge it (docs/spec/equivocation.md). A statement says
which entry it is, what the log was before it and what its predecessor is; a checkpoint says what the log is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from por import canonical
from por.attestation import merkle
from por.attestation.envelope import Envelope
from por.attestation.keys import PublicKey
from por.attestation.note import Checkpoint, Note
from por.attestation.statement import Head
from por.attestation.trust import Trust
from por.errors import ClaimError

FORMAT = "por-equivocation/1"


class EquivocationError(ClaimError):
    """What an exchange signed contradicts itself; `evidence` (JCS bytes) shows it to a third party."""

    def __init__(self, message: str, *, evidence: bytes, sequence: int, code: str, hint: str) -> None:
        super().__init__(message, code=code, hint=hint)
        self.evidence = evidence
        self.sequence = sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One signed thing and what it says of the log `origin`, begun by one of the keys `began`.

    `entries` are digests of payloads by index, `roots` the log's root by size, `names` digests of payloads by sequence.
    `sequence`, `index` and `about` (issuer and scope) are a statement's own, and `held` who is held to
    it whatever its log; None and nobody for a checkpoint.
    """

    document: Mapping[str, Any]
    origin: str
    began: frozenset[str]
    entries: Mapping[int, str]
    roots: Mapping[int, bytes]
    number: int
    names: Mapping[int, str]
    held: frozenset[str] = frozenset()
    about: tuple[str, str] | None = None
    sequence: int | None = None
    index: int | None = None


def of_statement(envelope: Envelope, statement: Head, *, trust: Trust) -> Side:
    """Return what a statement says of its log; its signatures by keys of the verifier's were verified already."""
    signers, header = [item.keyid for item in envelope.signatures], statement.header
    names = {row.sequence: row.digest for row in (statement.replaces, statement.previous) if row is not None}
    index = statement.log.index
    entries, roots = {index: statement.digest}, {index: statement.log.before}
    if index and statement.previous is not None:
        entries[index - 1] = statement.previous.digest
    if index == 0:
        roots[1] = merkle.leaf_hash(envelope.payload)
    return Side(
        document={"statement": envelope.document()},
        origin=statement.log.origin,
        began=trust.logs_of(statement.log, signers),
        entries=entries,
        roots=roots,
        number=header.sequence,
        names={**names, header.sequence: statement.digest},
        held=trust.held_to(statement.log, signers),
        about=(header.issuer, header.scope),
        sequence=header.sequence,
        index=index,
    )


def of_checkpoint(signed: Note, head: Checkpoint, *, signers: Sequence[PublicKey], trust: Trust) -> Side:
    """Return what a checkpoint says; `signers` are the keys whose lines it has, and no other lines stand in it."""
    return Side(
        document={"checkpoint": signed.to_bytes().decode()},
        origin=head.origin,
        began=trust.heads_of(signers),
        entries={},
        roots={head.size: head.root},
        number=head.size,
        names={},
    )


def compare_sides(sides: Iterable[Side]) -> None:
    """Return when no two of these contradict each other; EquivocationError with the first two that do.

    They were verified already. Of different logs nothing contradicts anything, but for two statements of one sequence,
    issuer and scope: a second log must not hide the second statement.
    """
    for one, other in combinations(sides, 2):
        if one.origin == other.origin and one.began & other.began:
            _compare(one, other)
        elif one.held & other.held and None not in (one.about, other.about) and one.about == other.about:
            _compare_names(one, other)


def compare_statements(one: tuple[Envelope, Head], other: tuple[Envelope, Head], *, trust: Trust) -> None:
    """Return when both are the same statement; EquivocationError or ClaimError when they are not.

    Both envelopes were verified already. The texts of issuer and scope do not matter: one log and one sequence with
    two payloads is a contradiction, and so is one entry, whatever sequences they give.
    """
    (_, a), (_, b) = one, other
    if a.digest == b.digest:
        return
    compare_sides((of_statement(*one, trust=trust), of_statement(*other, trust=trust)))
    raise ClaimError(
        f"the proof is for statement {a.header.sequence} ({a.digest[:16]}...), "
        f"the one given is statement {b.header.sequence} ({b.digest[:16]}...)",
        code="statement-differs",
        hint="take the statement that the proof belongs to, or ask for a proof of the newer one",
    )


def _compare(one: Side, other: Side) -> None:
    evidence, number = _evidence(one, other), max(one.number, other.number)
    if one.sequence is not None and other.sequence is not None and one.index is not None and other.index is not None:
        same_entry = one.entries[one.index] == other.entries[other.index]
        if not same_entry and (one.sequence == other.sequence or one.index == other.index):
            shared = "sequence" if one.sequence == other.sequence else "entry of the log"
            which = one.sequence if shared == "sequence" else one.index
            raise _two_statements(f"{shared} {which}", evidence, one.sequence)
        if not same_entry and (one.sequence < other.sequence) != (one.index < other.index):
            raise EquivocationError(
                f"the statements {one.sequence} and {other.sequence} stand in the log the other way round, as the"
                f" entries {one.index} and {other.index}",
                evidence=evidence,
                sequence=number,
                code="history-rewritten",
                hint="entries were taken out of the log: keep the evidence file and show it to an auditor",
            )
    for index in sorted(one.entries.keys() & other.entries.keys()):
        if one.entries[index] != other.entries[index]:
            raise EquivocationError(
                f"statement {number} does not continue the log in which you saw {min(one.number, other.number)}",
                evidence=evidence,
                sequence=number,
                code="history-rewritten",
                hint="history was rewritten: keep the evidence file and show it to an auditor",
            )
    _compare_names(one, other)
    for size in sorted(one.roots.keys() & other.roots.keys()):
        if one.roots[size] == other.roots[size]:
            continue
        if one.index is None and other.index is None:
            raise EquivocationError(
                f"the log of {size} entries was signed with two roots",
                evidence=evidence,
                sequence=number,
                code="history-forked",
                hint="two logs go under one name: keep the evidence file and show it to an auditor",
            )
        raise EquivocationError(
            f"statement {_statement_of(one, other)} does not continue the log that was signed at {size} entries",
            evidence=evidence,
            sequence=number,
            code="history-rewritten",
            hint="history was rewritten: keep the evidence file and show it to an auditor",
        )


def _compare_names(one: Side, other: Side) -> None:
    """Compare which statement each says has a sequence: itself, its predecessor, and what it replaces."""
    for sequence in sorted(one.names.keys() & other.names.keys(), reverse=True):
        if one.names[sequence] == other.names[sequence]:
            continue
        if sequence == one.sequence == other.sequence:
            raise _two_statements(f"sequence {sequence}", _evidence(one, other), sequence)
        raise EquivocationError(
            f"the statements {one.sequence} and {other.sequence} name two different statements {sequence}",
            evidence=_evidence(one, other),
            sequence=sequence,
            code="history-rewritten",
            hint="history was rewritten: keep the evidence file and show it to an auditor",
        )


def _two_statements(shared: str, evidence: bytes, sequence: int) -> EquivocationError:
    return EquivocationError(
        f"two different statements with the {shared} are signed by the same exchange",
        evidence=evidence,
        sequence=sequence,
        code="equivocation",
        hint="this must never happen: keep the evidence file and show it to an auditor or the regulator",
    )


def _evidence(one: Side, other: Side) -> bytes:
    return canonical.encode({"format": FORMAT, "sides": [dict(one.document), dict(other.document)]})


def _statement_of(one: Side, other: Side) -> int:
    found = [side.sequence for side in (one, other) if side.sequence is not None]
    return max(found)
