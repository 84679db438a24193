"""Every file of the folder is named by the signed statement, and every named file is there with its digest."""

from __future__ import annotations

from collections.abc import Iterator

from por import canonical
from por.attestation import logproof, timestamps
from por.attestation.statement import ANNEX, Head
from por.audit.case import Case
from por.audit.publication import ATTESTATION
from por.outcomes import Basis, Check, Outcome
from por.reserves.annex import Annex, verify_annex

OWN_PROOF = (ATTESTATION, logproof.CHECKPOINT, logproof.INCLUSION, logproof.CONSISTENCY)
"""Files that carry their own proof: signatures and hashes of the log. Timestamps do too, where there are any."""

EVIDENCE = "evidence/"
POLICY = "policy.toml"


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
    if wanted[POLICY] != _policy_named(case.statement):
        faults.append(f"{POLICY} is not the pack that the statement says it was judged by")
    known = {*wanted, *OWN_PROOF}
    if case.documents is not None:
        named = case.documents.report.digests()
        known |= {EVIDENCE + digest for digest in named}
        faults += [
            f"evidence {digest[:16]}... is missing" for digest in sorted(named) if EVIDENCE + digest not in found
        ]
    known |= {name for name in found if timestamps.belongs(name, case.envelope)}
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


def _policy_named(statement: Head) -> object:
    policy = statement.predicate["policy"]
    return policy.get("sha256") if isinstance(policy, dict) else None


def check_annex(case: Case) -> Iterator[Check]:
    """Compare the annex, when the exchange gave it, with the digest that was signed and with the holdings.

    Raises InputError when it is malformed and ClaimError when it is about other holdings.
    """
    digest = case.statement.subjects.get(ANNEX)
    if digest is None and case.request.annex is not None:
        detail = "the statement names none, so what you were given is nothing that was signed"
        yield Check(id="annex", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.SIGNED, detail=detail)
    elif digest is None:
        yield Check(id="annex", outcome=Outcome.NOT_COVERED, detail="the statement names none")
    elif case.request.annex is None:
        detail = "how wallets are stored is named by digest only; ask the exchange for it and give --annex"
        yield Check(id="annex", outcome=Outcome.NOT_COVERED, detail=detail)
    elif canonical.digest(case.request.annex) != digest:
        yield Check(
            id="annex", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.SIGNED, detail="not the annex that was signed"
        )
    else:
        annex = Annex.from_bytes(case.request.annex)
        if case.documents is not None:
            verify_annex(annex, case.documents.report)
        detail = "the annex that was signed, of exactly the holdings of reserves.json"
        yield Check(id="annex", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
