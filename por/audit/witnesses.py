"""Whether enough witnesses cosigned a checkpoint, by the verifier's key file; without one nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator

from por.attestation import note
from por.attestation.cosignature import verify_cosignatures
from por.attestation.logproof import CHECKPOINT
from por.attestation.note import Note
from por.attestation.trust import Trust
from por.audit.case import Case
from por.errors import ClaimError
from por.header import show_time
from por.outcomes import Basis, Check, Outcome


def check_witnesses(case: Case) -> Iterator[Check]:
    """Judge the cosignatures under a publication's checkpoint; ClaimError when there are fewer than asked for."""
    signed = note.parse_note(case.publication.read(CHECKPOINT), where=CHECKPOINT)
    yield judge_witnesses(signed, case.request.trust, time=case.statement.header.time, where=CHECKPOINT)


def judge_witnesses(signed: Note, trust: Trust, *, time: int, where: str) -> Check:
    """Return the check `witnesses` for a head whose newest statement is of `time` (Unix seconds).

    ClaimError when the key file in force then asks for more cosignatures than there are, or when one is wrong. A head
    that was shown to too few is what a second history looks like, so the check fails, as with a role's threshold.
    """
    policy = trust.witnesses(time=time)
    if policy is None:
        detail = "no witness is asked for: your key file (--key) may name witnesses, and how many must have cosigned"
        return Check(id="witnesses", outcome=Outcome.NOT_COVERED, detail=detail)
    found = verify_cosignatures(signed, policy.witnesses, where=where)
    told = f"{len(found)} of {len(policy.witnesses)} witnesses, {policy.needed} needed"
    if len(found) < policy.needed:
        raise ClaimError(
            f"{where}: cosigned by {told}",
            code="witness-threshold",
            hint="fetch it again, it may have been cosigned since; until then others may have been shown another log",
        )
    detail = f"{told}: {', '.join(f'{row.witness.name} at {_shown(row.time)}' for row in found)}"
    return Check(id="witnesses", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)


def _shown(time: int) -> str:
    try:
        return show_time(time)
    except (ValueError, OverflowError, OSError):  # a witness may sign any time below 2^63
        return f"second {time}"
