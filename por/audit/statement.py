"""The signed statement says what the published files say: the manifest field for field, and totals of holdings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from por import canonical
from por.audit.case import Case, Documents
from por.header import parse_time
from por.outcomes import Basis, Check, Outcome
from por.reserves.finality import finality


def check_table(case: Case, documents: Documents) -> Iterator[Check]:
    """Compare the statement's table of liabilities with liabilities.json, field for field: one signed source a root."""
    manifest, statement = documents.manifest, case.statement
    same = (
        manifest.header == statement.header
        and manifest.account_id_kind == statement.account_id_kind
        and manifest.assets == statement.assets
        and documents.report.snapshot_id == statement.snapshot_id
    )
    if same:
        detail = f"{len(manifest.assets)} trees, {sum(row.count for row in manifest.assets):,} leaves"
        yield Check(id="liabilities-table", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
        return
    differing = [row.asset for row in statement.assets if row not in manifest.assets] or ["header or list of assets"]
    detail = f"statement and liabilities.json differ: {', '.join(differing[:5])}"
    yield Check(id="liabilities-table", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.SIGNED, detail=detail)


def check_reserves(case: Case, documents: Documents) -> Iterator[Check]:
    """Compare what the statement says of chains and holdings with reserves.json, added up here."""
    predicate, faults = case.statement.predicate, []
    chains = [
        {
            "chain": row.chain,
            "block": {"number": row.block.number, "hash": row.block.hash, "time": row.block.time},
            "skew_seconds": case.statement.header.time - parse_time(row.block.time, where=row.chain),
            "source": row.source,
            "finality": finality(row.chain),
        }
        for row in documents.report.chains
    ]
    if not _same(predicate["chains"], chains):
        faults.append("blocks")
    if _stated_totals(predicate["assets"]) != _totals(documents):
        faults.append("totals of holdings")
    if faults:
        detail = f"statement and reserves.json differ: {', '.join(faults)}"
        yield Check(id="reserves-table", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.RECOMPUTED, detail=detail)
    else:
        detail = f"{sum(len(row.holdings) for row in documents.report.chains):,} holdings add up to what is signed"
        yield Check(id="reserves-table", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)


def _totals(documents: Documents) -> dict[tuple[str, str, str], tuple[int, str]]:
    found: dict[tuple[str, str, str], tuple[int, str]] = {}
    for chain in documents.report.chains:
        for row in chain.holdings:
            key = (row.asset, row.purpose, row.basis.value)
            count, amount = found.get(key, (0, "0"))
            found[key] = (count + 1, str(int(amount) + row.amount))
    return found


def _stated_totals(rows: Any) -> Any:
    try:
        found = {(row["id"], row["purpose"], row["basis"]): (row["holdings"], row["amount"]) for row in rows}
        return found if len(found) == len(rows) else None
    except (TypeError, KeyError):
        return None


def _same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are the same, as bytes: to Python 1 is True, to another reader it is not."""
    return canonical.encode(one) == canonical.encode(other)
