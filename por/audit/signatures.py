"""Who signed: the keys that the auditor brought, counted as keys, in the roles that the auditor's key file gives.

Other signatures are listed and count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from por.attestation.envelope import Envelope
from por.attestation.statement import Head
from por.attestation.trust import Signed, Stamps
from por.audit.case import Case, Request
from por.audit.publication import Publication
from por.audit.timestamps import stamps_of
from por.outcomes import Basis, Check, Outcome


def check_signature(case: Case) -> Iterator[Check]:
    """Verify the envelope by the auditor's keys and roles; ClaimError when too few of them signed."""
    signers = judge(case.publication, case.envelope, case.statement, case.request)
    good = [row for row in signers if row.fault is None]
    names = ", ".join(row.shown for row in good)
    detail = f"statement {case.statement.digest[:16]}... signed by {names}"
    yield Check(id="signature", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
    chain = case.request.trust.chain
    if chain is not None:
        file = chain.in_force(case.statement.header.time)
        told = (f"{role} {_count(good, role)} of {number}" for role, number in file.statement_thresholds.items())
        detail = f"{', '.join(told)}, by version {file.version} of the key file; keys as of version"
        yield Check(
            id="signature-roles",
            outcome=Outcome.HOLDS,
            basis=Basis.SIGNED,
            detail=f"{detail} {chain.newest.version}",
        )
    for row in signers:
        if row.fault is not None:
            yield Check(id="signature-passed-over", outcome=Outcome.NOT_COVERED, detail=row.fault.message)
    others = len(case.envelope.signatures) - len(signers)
    if others:
        detail = f"{others} more by keys that you did not bring"
        yield Check(id="signature-others", outcome=Outcome.NOT_COVERED, detail=detail)


def judge(publication: Publication, envelope: Envelope, statement: Head, request: Request) -> tuple[Signed, ...]:
    """Judge a publication's signatures by what the auditor brought, its timestamps among it; raises as `Trust` does."""
    stamps: Stamps = {}
    if request.trust.chain is not None:
        stamps = stamps_of(publication.files, envelope, statement, request.authorities)
    where = "attestation.json"
    return request.trust.judge(envelope, time=statement.header.time, where=where, stamps=stamps)


def _count(signers: list[Signed], role: str) -> int:
    return sum(role in row.roles for row in signers)
