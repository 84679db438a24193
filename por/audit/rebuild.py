"""Every tree built again from the ledger with the key of this one snapshot, and compared with what was signed."""

from __future__ import annotations

from collections.abc import Iterator

from por.audit.case import Case
from por.errors import ClaimError
from por.outcomes import Basis, Check, Outcome


def check_rebuild(case: Case) -> Iterator[Check]:
    """Build from the auditor's ledger and compare each root; ClaimError when the header is another one's."""
    asked = case.request.rebuild
    if asked is None:
        detail = "whether the ledger is whole shows only a rebuild: --ledger, --snapshot and --snapshot-key"
        yield Check(id="liabilities-rebuilt", outcome=Outcome.NOT_COVERED, detail=detail)
        return
    from por.liabilities.build import build_liabilities
    from por.liabilities.splitting import split_as_signed

    if asked.snapshot.header != case.statement.header:
        raise ClaimError(
            "snapshot.toml is not that of this statement",
            code="snapshot-mismatch",
            hint="ask the exchange for the snapshot.toml of this sequence",
        )
    again = build_liabilities(
        ledger=asked.ledger,
        snapshot=split_as_signed(asked.snapshot, case.statement.assets),
        snapshot_key=asked.snapshot_key,
        out=None,
        options=asked.options,
        threads=asked.threads,
        memory=asked.memory,
        progress=asked.progress,
    )
    differing = [row.asset for row in case.statement.assets if row not in again.assets]
    differing += [
        row.asset for row in again.assets if row.asset not in {known.asset for known in case.statement.assets}
    ]
    if differing:
        detail = f"the ledger gives other trees for {', '.join(differing[:8])}"
        yield Check(id="liabilities-rebuilt", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.RECOMPUTED, detail=detail)
    else:
        detail = f"{len(again.assets)} trees of {sum(row.count for row in again.assets):,} leaves are the signed ones"
        yield Check(id="liabilities-rebuilt", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)
