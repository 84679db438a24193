"""The log holds this statement and only grew; there is one statement for each sequence."""

from __future__ import annotations

from collections.abc import Iterator

from por.attestation import note
from por.attestation.envelope import Envelope
from por.attestation.logproof import CHECKPOINT, verify_place
from por.attestation.statement import Head
from por.attestation.trust import Trust
from por.audit.case import Case, open_statement
from por.audit.change import check_change
from por.audit.equivocation import Side, compare_sides, of_checkpoint, of_statement
from por.audit.evidence import convicting
from por.audit.publication import Publication
from por.audit.signatures import judge
from por.errors import ClaimError
from por.outcomes import Basis, Check, Outcome


def check_log(case: Case) -> Iterator[Check]:
    """Verify checkpoint, inclusion and consistency from the published files; ClaimError when one does not hold."""
    position, trust = case.statement.log, case.request.trust
    keys = trust.log_keys(position, time=case.statement.header.time)
    found = verify_place(position=position, payload=case.envelope.payload, files=case.publication.files, keys=keys)
    detail = f"entry {position.index} of {found.size} in the log {position.origin}"
    yield Check(id="log-inclusion", outcome=Outcome.HOLDS, basis=Basis.PROVEN, detail=detail)
    if any(trust.revoked(key.keyid) for key in keys):
        detail = "a key of this log was revoked later: whether this is the head it signed then shows a later one, or a"
        yield Check(id="log-key-revoked", outcome=Outcome.NOT_COVERED, detail=f"{detail} witness")
    if not trust.knows_log(position):
        # a log of another key is another log, so that no two statements of it ever contradict each other
        detail = f"the statement names a log begun with key {position.key[:16]}..., which you did not bring: --key"
        yield Check(id="log-key", outcome=Outcome.UNDECIDED, detail=detail)
    before = f"the log of {position.index} entries before it" if position.index else "the empty log: the first entry"
    yield Check(id="log-consistency", outcome=Outcome.HOLDS, basis=Basis.PROVEN, detail=f"it extends {before}")


def check_history(case: Case) -> Iterator[Check]:
    """Compare with a publication the auditor kept from before; ClaimError when history was rewritten."""
    kept = case.request.previous
    if kept is None:
        detail = "give a publication that you kept from before: --previous"
        yield Check(id="history", outcome=Outcome.NOT_COVERED, detail=detail)
        yield from check_change(case.statement, None)
        return
    envelope, old = open_statement(kept)
    # by dates and roles as well: a thief's statement of before would be no history to compare with
    judge(kept, envelope, old, case.request)
    new, trust = case.statement, case.request.trust
    sides = (of_statement(envelope, old, trust=trust), of_statement(case.envelope, new, trust=trust))
    with convicting(trust):
        compare_sides(sides)
    if (old.log.origin, old.log.key) != (new.log.origin, new.log.key):
        raise ClaimError(
            f"the previous statement is of the log {old.log.origin}, this one of {new.log.origin}",
            code="history-log",
            hint="an exchange keeps one log; ask why it began another",
        )
    both = ((kept, envelope, old), (case.publication, case.envelope, new))
    heads = [signed_head(found, trust, signed, statement) for found, signed, statement in both]
    with convicting(trust):
        compare_sides((*heads, *sides))
    if old.digest == new.digest:
        _check_roots(heads[0], heads[1], new)
        yield Check(id="history", outcome=Outcome.HOLDS, basis=Basis.PROVEN, detail="the same statement as you kept")
        yield from check_change(new, None)
        return
    if old.header.sequence > new.header.sequence:
        raise ClaimError(
            f"statement {old.header.sequence} is later than {new.header.sequence}, or stands after it in the log",
            code="history-order",
            hint="give the older publication with --previous",
        )
    _check_roots(heads[0], heads[1], new)
    if new.log.index not in heads[0].roots:
        # asked for and not answered: whoever rewrites history need only put another entry in between
        detail = f"between statement {old.header.sequence} and this one stand others; give the one just before"
        yield Check(id="history", outcome=Outcome.UNDECIDED, detail=detail)
        yield from check_change(new, None)
        return
    detail = f"the log only grew since statement {old.header.sequence}, which this one names as its predecessor"
    yield Check(id="history", outcome=Outcome.HOLDS, basis=Basis.PROVEN, detail=detail)
    yield from check_change(new, old)


def _check_roots(kept: Side, given: Side, new: Head) -> None:
    """Refuse other roots at one size too where they are no evidence: a key that signed them was revoked since."""
    for size, root in kept.roots.items():
        if root != given.roots.get(size, root) or (size == new.log.index and root != new.log.before):
            raise ClaimError(
                f"the log of {size} entries that you kept is not the one of this publication",
                code="history-rewritten",
                hint="history was rewritten: keep both publications as evidence",
            )


def signed_head(publication: Publication, trust: Trust, envelope: Envelope, statement: Head) -> Side:
    """Verify a publication's place in the log, and return its checkpoint as a side; ClaimError."""
    keys = trust.log_keys(statement.log, time=statement.header.time)
    verify_place(position=statement.log, payload=envelope.payload, files=publication.files, keys=keys)
    signed = note.parse_note(publication.read(CHECKPOINT), where=CHECKPOINT)
    head = note.parse_checkpoint(signed, where=CHECKPOINT)
    part, signers = note.signed_by(signed, name=head.origin, keys=keys)  # some, as verify_place has made sure
    return of_checkpoint(part, head, signers=signers, trust=trust)
