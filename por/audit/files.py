"""Every file of the folder is named by the signed statement, and every named file is there with its digest."""

from __future__ import annotations

from collections.abc import Iterator

from por import canonical
from por.attestation import logproof
from por.attestation.statement import ANNEX
from por.audit.case import Case
from por.audit.publication import ATTESTATION
from por.outcomes import Basis, Check, Outcome

OWN_PROOF = (ATTESTATION, logproof.CHECKPOINT, logproof.INCLUSION, logproof.CONSISTENCY)
"""Files that carry their own proof: signatures and hashes of the log."""

EVIDENCE = "evidence/"


def check_files(case: Case) -> Iterator[Check]:
    """Compare the folder with the statement's subjects and with the evidence that reserves.json names."""
    found = case.publication.files
    wanted = {name: digest for name, digest in case.statement.subjects.items() if name != ANNEX}
    faults = [f"{name} is missing" for name in (*wanted, *OWN_PROOF) if name not in found]
    faults += [
        f"{name} is not the file that was signed"
        for name, digest in wanted.items()
        if name in found and canonical.digest(found[name]) != digest
    ]
    known = {*wanted, *OWN_PROOF}
    if case.documents is not None:
        named = case.documents.report.digests()
        known |= {EVIDENCE + digest for digest in named}
        faults += [
            f"evidence {digest[:16]}... is missing" for digest in sorted(named) if EVIDENCE + digest not in found
        ]
    for name, data in found.items():
        if name not in known:
            faults.append(f"{name} is not a file of this publication")
        elif name.startswith(EVIDENCE) and canonical.digest(data) != name.removeprefix(EVIDENCE):
            faults.append(f"{name} is not what its name says")
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        yield Check(id="files", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.SIGNED, detail="; ".join(faults[:3]) + more)
    else:
        detail = f"{len(found)} files, each with its signed digest and no other"
        yield Check(id="files", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)


def check_annex(case: Case) -> Iterator[Check]:
    """Compare the annex, when the exchange gave it, with the digest that was signed."""
    digest = case.statement.subjects.get(ANNEX)
    if digest is None:
        yield Check(id="annex", outcome=Outcome.NOT_COVERED, detail="the statement names none")
    elif case.request.annex is None:
        detail = "how wallets are stored is named by digest only; ask the exchange for it and give --annex"
        yield Check(id="annex", outcome=Outcome.NOT_COVERED, detail=detail)
    elif canonical.digest(case.request.annex) != digest:
        yield Check(
            id="annex", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.SIGNED, detail="not the annex that was signed"
        )
    else:
        yield Check(id="annex", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail="the annex that was signed")
