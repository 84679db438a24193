"""When a statement was signed at the latest, by timestamping authorities that the verifier chose (RFC 3161)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from por.attestation.envelope import Envelope
from por.attestation.statement import Head
from por.attestation.timestamps import FOLDER, tokens_of, verify_token
from por.attestation.trust import Stamps
from por.audit.case import Case
from por.errors import ClaimError
from por.header import show_time
from por.outcomes import Basis, Check, Outcome

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


def stamps_of(files: Mapping[str, bytes], envelope: Envelope, statement: Head, roots: Sequence[Certificate]) -> Stamps:
    """Return by keyid the earliest moment that a good timestamp shows, None where nobody can judge it.

    Timestamps that do not hold count for nothing here; `check_timestamps` tells them. InputError when one is malformed.
    """
    signatures = {item.keyid: item for item in envelope.signatures}
    found: dict[str, int | None] = {}
    for keyid, tokens in tokens_of(files, envelope).items():
        if not roots:
            found[keyid] = None
            continue
        moments = []
        for token in tokens:
            try:
                moments.append(verify_token(token, signatures[keyid], roots=roots, as_of=statement.header.time))
            except ClaimError:
                continue
        if moments:
            found[keyid] = min(moments)
    return found


def check_timestamps(case: Case) -> Iterator[Check]:
    """Verify every timestamp of the publication; one that does not hold is a check that fails."""
    tokens = tokens_of(case.publication.files, case.envelope)
    roots = case.request.authorities
    number = sum(len(rows) for rows in tokens.values())
    if not tokens:
        if roots:
            detail = f"the publication has none in {FOLDER}/, so when it was signed is not shown"
            yield Check(id="timestamps", outcome=Outcome.NOT_COVERED, detail=detail)
        return
    if not roots:
        detail = f"{number} there; bring their authority's root certificate: --tsa-ca FILE"
        yield Check(id="timestamps", outcome=Outcome.NOT_COVERED, detail=detail)
        return
    signatures = {item.keyid: item for item in case.envelope.signatures}
    for keyid, rows in tokens.items():
        for token in rows:
            try:
                moment = verify_token(token, signatures[keyid], roots=roots, as_of=case.statement.header.time)
            except ClaimError as error:
                yield Check(id="timestamps", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.SIGNED, detail=error.message)
                continue
            detail = f"key {keyid[:16]}... had signed by {show_time(moment)}"
            yield Check(id="timestamps", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
