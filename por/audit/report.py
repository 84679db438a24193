"""The publication's page says what the statement says: it is made again from the predicate and compared."""

from __future__ import annotations

from collections.abc import Iterator

import por
from por.attestation.statement import REPORT
from por.audit.case import Case
from por.errors import InputError
from por.outcomes import Basis, Check, Outcome


def check_report(case: Case) -> Iterator[Check]:
    """Render the report again and compare the bytes; only the version that made it makes the same.

    That the file is the one that was signed is `check_files`' matter: this is about what it says.
    """
    if REPORT not in case.statement.subjects:
        return
    found = case.publication.files.get(REPORT)
    made, here = case.statement.predicate["software"], {"name": "por", "version": por.__version__}
    if found is None:
        yield Check(id="report", outcome=Outcome.NOT_COVERED, detail=f"{REPORT} is missing, and says nothing")
    elif made != here:
        detail = f"{REPORT} was made by {made['name']} {made['version']} and this is {here['version']}, which did not"
        detail = f"{detail} make it again: what it says may be anything"
        yield Check(id="report", outcome=Outcome.NOT_COVERED, detail=detail)
    elif (again := _again(case)) is None:
        detail = f"of this statement no {REPORT} can be made: its figures are malformed"
        yield Check(id="report", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.RECOMPUTED, detail=detail)
    elif again != found:
        detail = f"{REPORT} is not the page that this statement makes: read the statement, not the page"
        yield Check(id="report", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.RECOMPUTED, detail=detail)
    else:
        detail = f"{REPORT}, made again from the statement, is the same"
        yield Check(id="report", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)


def _again(case: Case) -> bytes | None:
    from por.publish.report import render_report

    try:
        return render_report(case.statement.predicate)
    except InputError:
        return None
