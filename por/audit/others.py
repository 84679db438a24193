"""Other exchanges' publications: a wallet, a coin or a document that two of them count backs at most one."""

from __future__ import annotations

from collections.abc import Iterator

from por import canonical
from por.attestation.envelope import Envelope
from por.attestation.statement import Head
from por.audit.case import Case, Documents, open_statement
from por.audit.files import EVIDENCE
from por.audit.publication import Publication
from por.errors import ClaimError, PorError, TrustError
from por.outcomes import Basis, Check, Outcome
from por.reserves.judging.facts import Facts, gather
from por.reserves.overlap import Overlap, overlaps, signed_there, wallets_of
from por.reserves.report import Report

NEAR_DAYS = 35
"""Statements at most so far apart are compared as of one time: exchanges publish monthly, and a coin lent for the day
of one statement is back for the other's. Beyond it a wallet can have been sold."""

MAX_NAMED = 20
_REPORT = "reserves.json"


class SharedWallet(ClaimError):
    """Two exchanges count the same wallet or document."""


def check_others(case: Case, documents: Documents) -> Iterator[Check]:
    """Compare the holdings with those of every other publication that the auditor brought: `other:1`, `other:2`, ...

    What both count fails when the other statement is signed by a key that the auditor gave, or when the wallets
    themselves signed the other exchange's challenges. Without either nothing shows whose the other publication is:
    what both count stays undecided, and nothing in common is not covered.
    """
    facts = gather(documents.report, _evidence(case.publication)) if case.request.others else None
    for number, other in enumerate(case.request.others, 1):
        assert facts is not None
        try:
            outcome, detail = _compare(case, documents, facts, other)
        except SharedWallet as error:
            outcome, detail = Outcome.DOES_NOT_HOLD, error.message
        except PorError as error:  # what is wrong with another exchange's files is no fault of this one's
            outcome, detail = Outcome.UNDECIDED, f"{other.place}: {error.message}"
        basis = Basis.SIGNED if outcome in (Outcome.HOLDS, Outcome.DOES_NOT_HOLD) else None
        yield Check(id=f"other:{number}", outcome=outcome, basis=basis, detail=detail)


def _compare(case: Case, documents: Documents, facts: Facts, other: Publication) -> tuple[Outcome, str]:
    envelope, statement = open_statement(other)
    if statement.digest == case.statement.digest or (statement.log.origin, statement.log.key) == (
        case.statement.log.origin,
        case.statement.log.key,
    ):
        return Outcome.NOT_COVERED, "the other publication is of this exchange's own log: --previous compares those"
    data = other.read(_REPORT)
    if canonical.digest(data) != statement.subjects.get(_REPORT):
        return Outcome.UNDECIDED, f"{other.place}: its {_REPORT} is not the one that its statement names"
    report = Report.from_bytes(data, where=_REPORT)
    name = f"{statement.header.issuer} ({statement.header.scope}), statement {statement.header.sequence}"
    signers, unsigned = _signers(case, envelope, statement)
    theirs = _evidence(other)
    assert case.pack is not None
    found = overlaps(documents.report, report, case.pack.tables, facts, gather(report, theirs))
    apart = abs(statement.header.time - case.statement.header.time)
    compared = (
        f"{wallets_of(documents.report)} wallets with {wallets_of(report)} of {name}, as of "
        f"{statement.header.as_of}, {apart / 3600:.1f} h apart; {signers}"
    )
    if not found:
        return (Outcome.NOT_COVERED if unsigned else Outcome.HOLDS), f"nothing in common: {compared}"
    shown = "; ".join(row.words for row in found[:MAX_NAMED])
    more = f"; and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
    detail = f"{shown}{more}; compared: {compared}"
    if apart > NEAR_DAYS * 86_400:
        return Outcome.NOT_COVERED, f"{detail}; more than {NEAR_DAYS} days apart, so it can have changed hands"
    vouched = sum(_vouched(row, theirs, statement, case) for row in found)
    if vouched:
        detail = f"{detail}; {vouched} of them signed a challenge of the other exchange's, which is in its evidence"
    if unsigned and not vouched:
        return Outcome.UNDECIDED, detail
    raise SharedWallet(
        detail,
        code="wallet-shared",
        hint="it backs one of them at most: ask both exchanges, and keep both publications",
    )


def _signers(case: Case, envelope: Envelope, statement: Head) -> tuple[str, bool]:
    """Say who signed the other statement, by the keys given for others or else for this one; True when nobody shows."""
    trust = case.request.other_trust or case.request.trust
    try:
        signed = trust.judge(envelope, time=statement.header.time, where="its attestation.json")
    except (ClaimError, TrustError):
        if case.request.other_trust is not None:
            raise
        return "nothing shows that it is theirs: give its key with --other-key", True
    good = [row.shown for row in signed if row.fault is None]
    return (f"signed by {', '.join(good)}", False) if good else ("by no key that counts", True)


def _vouched(row: Overlap, evidence: dict[str, bytes], statement: Head, case: Case) -> bool:
    assert case.pack is not None
    return any(signed_there(held, evidence, statement.header, case.pack.windows) for held in row.theirs)


def _evidence(publication: Publication) -> dict[str, bytes]:
    return {name.removeprefix(EVIDENCE): data for name, data in publication.files.items() if name.startswith(EVIDENCE)}
