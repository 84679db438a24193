"""The signed statement says what the published files say: the manifest field for field, and everything derived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from por.attestation.build import restated
from por.audit.case import Case, Documents
from por.header import parse_time
from por.outcomes import Basis, Check, Outcome
from por.solvency.judge import judge


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
        }
        for row in documents.report.chains
    ]
    if predicate["chains"] != chains:
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
        return {(row["id"], row["purpose"], row["basis"]): (row["holdings"], row["amount"]) for row in rows}
    except (TypeError, KeyError):
        return None


def check_rules(case: Case, documents: Documents) -> Iterator[Check]:
    """Judge again with the verifier's pack: one check for each rule, and the whole statement made again."""
    assert case.pack is not None
    verdict = judge(
        pack=case.pack,
        manifest=documents.manifest,
        report=documents.report,
        declared=documents.declared,
        prices=documents.prices,
    )
    for rule in verdict.rules:
        detail = f"{rule.title}: {rule.left} {rule.relation} {rule.right} {rule.unit} ({rule.reference})"
        yield Check(id=f"rule:{rule.id}", outcome=rule.outcome, basis=rule.basis, detail=detail)
    predicate = case.statement.predicate
    if case.pack.sha256 != predicate["policy"]["sha256"]:
        detail = "judged by your own pack; what is signed was judged by another"
        yield Check(id="recomputed", outcome=Outcome.NOT_COVERED, detail=detail)
        return
    again = restated(
        manifest=documents.manifest,
        report=documents.report,
        declared=documents.declared,
        prices=documents.prices,
        pack=case.pack,
        verdict=verdict,
    )
    differing = sorted(name for name, value in again.items() if predicate[name] != value)
    outcome = Outcome.DOES_NOT_HOLD if differing else Outcome.HOLDS
    detail = (
        f"differs: {', '.join(differing)}" if differing else "every figure of the statement, made again, is the same"
    )
    yield Check(id="recomputed", outcome=outcome, basis=Basis.RECOMPUTED, detail=detail)
