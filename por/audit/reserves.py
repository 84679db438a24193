"""Balances and control, checked again from the evidence; what only a chain can say needs the auditor's own source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from por.attestation.statement import Head
from por.audit.case import Case, Documents
from por.audit.files import EVIDENCE
from por.outcomes import Check
from por.reserves.recheck import recheck
from por.reserves.supply import recheck_supplies


def check_evidence(case: Case, documents: Documents) -> Iterator[Check]:
    """Re-check every proof, header and signature with the verifier's own tables and windows; ask for supplies again."""
    assert case.pack is not None
    found = case.publication.files
    yield from recheck(
        report=documents.report,
        evidence={name.removeprefix(EVIDENCE): data for name, data in found.items() if name.startswith(EVIDENCE)},
        header=case.statement.header,
        tables=case.pack.tables,
        windows=case.pack.windows,
        replaced=_replaced(case.statement),
        nodes=case.request.nodes,
        block_hashes=case.request.blocks,
    )
    supplies = recheck_supplies(documents.report, nodes=case.request.nodes or {})
    if supplies is not None:
        yield supplies


def _replaced(statement: Head) -> tuple[bytes, ...]:
    """Return the id of the snapshot that this one corrects: the same header under the sequence it replaces."""
    if statement.replaces is None:
        return ()
    return (replace(statement.header, sequence=statement.replaces.sequence).id,)
