"""Two statements for one place of one log, both signed by the log's key: what proves it, as one file."""

from __future__ import annotations

from collections.abc import Sequence

from por import canonical
from por.attestation.envelope import Envelope
from por.attestation.keys import PublicKey
from por.attestation.statement import Head
from por.errors import ClaimError

FORMAT = "por-equivocation/1"


class EquivocationError(ClaimError):
    """Two signed statements contradict each other; `evidence` (JCS bytes) shows it to a third party."""

    def __init__(self, message: str, *, evidence: bytes, sequence: int, hint: str) -> None:
        super().__init__(message, code="equivocation", hint=hint)
        self.evidence = evidence
        self.sequence = sequence


def compare_statements(one: tuple[Envelope, Head], other: tuple[Envelope, Head], keys: Sequence[PublicKey]) -> None:
    """Return when both are the same statement; EquivocationError or ClaimError when they are not.

    Both envelopes were verified with `keys` already. The texts of issuer and scope do not matter: one log and one
    sequence with two payloads is a contradiction, and so is one entry, whatever sequences they give.
    """
    (first, a), (second, b) = one, other
    if a.digest == b.digest:
        return
    same_place = a.header.sequence == b.header.sequence or a.log.index == b.log.index
    if (a.log.origin, a.log.key) == (b.log.origin, b.log.key) and same_place:
        shared = "sequence" if a.header.sequence == b.header.sequence else "entry of the log"
        number = a.header.sequence if shared == "sequence" else a.log.index
        evidence = canonical.encode({"format": FORMAT, "envelopes": [first.document(), second.document()]})
        raise EquivocationError(
            f"two different statements with the {shared} {number} are signed by the same exchange",
            evidence=evidence,
            sequence=a.header.sequence,
            hint="this must never happen: keep the evidence file and show it to an auditor or the regulator",
        )
    raise ClaimError(
        f"the proof is for statement {a.header.sequence} ({a.digest[:16]}...), "
        f"the one given is statement {b.header.sequence} ({b.digest[:16]}...)",
        code="statement-differs",
        hint="take the statement that the proof belongs to, or ask for a proof of the newer one",
    )
