"""The audit: every check in turn, each one's failure told and none of them stopping the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from por.attestation.statement import Head
from por.audit.case import Case, Documents, Request, open_documents, open_statement
from por.audit.equivocation import EquivocationError
from por.audit.files import check_annex, check_files
from por.audit.history import check_history, check_log
from por.audit.others import check_others
from por.audit.publication import Publication
from por.audit.rebuild import check_rebuild
from por.audit.report import check_report
from por.audit.reserves import check_evidence
from por.audit.rules import check_rules
from por.audit.signatures import check_signature
from por.audit.statement import check_reserves, check_table
from por.audit.timestamps import check_timestamps
from por.audit.witnesses import check_witnesses
from por.errors import InputError, PorError, SourceError, TrustError
from por.outcomes import Basis, Check, Outcome
from por.solvency.pack import shipped
from por.solvency.settings import Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit found.

    `limitations` are the policy pack's own sentences; `missing` is trust material that was not to be had, if any.
    `case` is what was worked on; `equivocations` are contradictions of what the exchange signed, with their evidence.
    """

    case: Case
    statement: Head
    checks: tuple[Check, ...]
    limitations: tuple[str, ...]
    missing: TrustError | None = None
    equivocations: tuple[EquivocationError, ...] = ()


def audit(publication: Publication, request: Request) -> Audit:
    """Check a publication in every way that what the auditor brought allows.

    Raises InputError only when attestation.json itself cannot be read; all else is a check with its outcome.
    """
    envelope, statement = open_statement(publication)
    checks: list[Check] = []
    documents, missing = None, None
    try:
        documents = open_documents(publication)
    except InputError as error:
        checks.append(Check(id="documents", outcome=Outcome.DOES_NOT_HOLD, detail=error.message))
    pack = None
    try:
        pack = request.pack or _stated_pack(statement)
    except TrustError as error:
        missing = error
        checks.append(Check(id="policy", outcome=Outcome.UNDECIDED, detail=f"{error.message}; {error.hint}"))
    if pack is not None:
        checks.append(_named(pack, own=request.pack is not None))
    case = Case(
        publication=publication,
        envelope=envelope,
        statement=statement,
        request=request,
        documents=documents,
        pack=pack,
    )
    equivocations: list[EquivocationError] = []
    for name, check in _CHECKS:
        done, lacking = _guarded(name, check, case, equivocations)
        checks, missing = checks + done, missing or lacking
    return Audit(
        case=case,
        statement=statement,
        checks=tuple(checks),
        limitations=pack.limitations if pack else (),
        missing=missing,
        equivocations=tuple(equivocations),
    )


def _stated_pack(statement: Head) -> Pack:
    """Return the shipped pack that the statement names by id, version and digest; TrustError when there is none."""
    stated = statement.predicate["policy"]
    return shipped(stated["id"], stated["version"], stated["sha256"])


def _named(pack: Pack, *, own: bool) -> Check:
    """Name the pack that judges: which coins count and which rules run is decided by nothing else."""
    whose = "your own" if own else "the shipped"
    detail = f"judged by {whose} pack {pack.id}, version {pack.version}: {pack.title}, for {', '.join(pack.chains)}"
    return Check(id="policy", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)


def _guarded(
    name: str, check: Callable[[Case], Iterable[Check]], case: Case, equivocations: list[EquivocationError]
) -> tuple[list[Check], TrustError | None]:
    """Return what a check found, and what of the auditor's it lacked to find more; contradictions are added."""
    done: list[Check] = []
    missing = None
    try:
        done.extend(check(case))
    except (SourceError, TrustError) as error:
        missing = error if isinstance(error, TrustError) else None
        done.append(Check(id=name, outcome=Outcome.UNDECIDED, detail=f"{error.message}; {error.hint}"))
    except PorError as error:
        if error.kind == "usage":
            raise
        if isinstance(error, EquivocationError):
            equivocations.append(error)
        done.append(Check(id=name, outcome=Outcome.DOES_NOT_HOLD, detail=error.message))
    return done, missing


def _with_documents(check: Callable[[Case, Documents], Iterable[Check]]) -> Callable[[Case], Iterable[Check]]:
    """Leave a check out when the documents could not be read: that is told already, and fails."""
    return lambda case: check(case, case.documents) if case.documents is not None else ()


def _with_pack(check: Callable[[Case, Documents], Iterable[Check]]) -> Callable[[Case, Documents], Iterable[Check]]:
    return lambda case, documents: check(case, documents) if case.pack is not None else ()


def _beyond(case: Case) -> Iterable[Check]:
    """What no check here can show; listed, never hidden."""
    detail = "that others saw the same statement shows a comparison of its digest, or a witness"
    yield Check(id="same-for-all", outcome=Outcome.NOT_COVERED, detail=detail)
    detail = "no rebuild shows accounts that the ledger itself lacks: only customers who check do"
    yield Check(id="completeness", outcome=Outcome.NOT_COVERED, detail=detail)


_CHECKS: tuple[tuple[str, Callable[[Case], Iterable[Check]]], ...] = (
    ("signature", check_signature),
    ("timestamps", check_timestamps),
    ("files", check_files),
    ("report", check_report),
    ("liabilities-table", _with_documents(check_table)),
    ("liabilities-rebuilt", check_rebuild),
    ("reserves-table", _with_documents(check_reserves)),
    ("evidence", _with_documents(_with_pack(check_evidence))),
    ("others", _with_documents(_with_pack(check_others))),
    ("annex", check_annex),
    ("rules", _with_documents(_with_pack(check_rules))),
    ("log", check_log),
    ("witnesses", check_witnesses),
    ("history", check_history),
    ("beyond", _beyond),
)
