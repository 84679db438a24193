"""Who signed: keys that the auditor brought, counted as keys; other signatures are listed and count for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from por.attestation.envelope import verify_envelope
from por.audit.case import Case
from por.outcomes import Basis, Check, Outcome


def check_signature(case: Case) -> Iterator[Check]:
    """Verify the envelope by the auditor's keys; ClaimError when none of them signed."""
    signers = verify_envelope(case.envelope, case.request.keys, where="attestation.json")
    names = ", ".join(f"{key.keyid[:16]}...{f' ({key.name})' if key.name else ''}" for key in signers)
    detail = f"statement {case.statement.digest[:16]}... signed by {names}"
    yield Check(id="signature", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
    others = len(case.envelope.signatures) - len(signers)
    if others:
        detail = f"{others} more by keys that you did not bring"
        yield Check(id="signature-others", outcome=Outcome.NOT_COVERED, detail=detail)
