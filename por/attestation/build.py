"""Builds the payload of a statement from values, so that the same values always give the same bytes.

What follows from the published files alone stands in `restated`: an auditor makes it again from those files and
compares. Nothing of customers' accounts, nonces or single balances, and nothing of wallets' labels, storage or
custodians goes in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from por import canonical
from por.attestation.position import Position
from por.attestation.statement import PREDICATE_TYPE, STATEMENT_TYPE, Reference, overall
from por.header import parse_time
from por.liabilities.manifest import Manifest
from por.reserves.declared import Declared, DeclaredReserve
from por.reserves.finality import finality
from por.reserves.report import ChainReport, Report
from por.solvency.prices import Prices
from por.solvency.settings import Pack
from por.solvency.verdict import Verdict

LIMITATIONS = (
    "This is the issuer's own assertion with its evidence. It is not an audit and no opinion of an accountant.",
    "It speaks of the instant it names and of no other; assets may have been borrowed for it.",
    "Whether every customer is among the liabilities shows only when customers check and when the trees are rebuilt"
    " from the ledger.",
    "Control of an address is shown, not ownership: who has a claim on it beside the customers is not.",
    "Debts of the issuer to others than customers are outside its scope.",
    "What is marked declared rests on a document named by its digest, which nobody but its reader has seen.",
)
"""What no statement of this kind shows; what the policy pack adds stands among the verdict's gaps."""


def predicate(
    *,
    manifest: Manifest,
    report: Report,
    declared: Declared | None,
    prices: Prices,
    pack: Pack,
    verdict: Verdict,
    position: Position,
    previous: Reference | None,
    replaces: Reference | None,
    change: Mapping[str, Any] | None,
    software: str,
    issued: str | None,
) -> dict[str, Any]:
    """Return everything that a statement says, but for its subjects.

    `software` is the version of this program; `change` what the statement before said (`por.attestation.change`);
    `issued` a UTC time when the operator wants one in it.
    """
    return {
        **restated(manifest=manifest, report=report, declared=declared, prices=prices, pack=pack, verdict=verdict),
        "log": position.document(),
        "previous": None if previous is None else previous.document(),
        "change": None if change is None else dict(change),
        "replaces": None if replaces is None else replaces.document(),
        "software": {"name": "por", "version": software},
        "issued": issued,
    }


def payload(*, subjects: Mapping[str, str], predicate: Mapping[str, Any]) -> bytes:
    """Return a statement's payload, RFC 8785 bytes; `subjects` maps the publication's names to hex SHA-256."""
    return canonical.encode(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(subjects.items())],
            "predicateType": PREDICATE_TYPE,
            "predicate": dict(predicate),
        }
    )


def restated(
    *,
    manifest: Manifest,
    report: Report,
    declared: Declared | None,
    prices: Prices,
    pack: Pack,
    verdict: Verdict,
) -> dict[str, Any]:
    """Return every part of the predicate that follows from the published files."""
    return {
        "snapshot": manifest.header.document(),
        "snapshot_id": manifest.header.id.hex(),
        "account_id_kind": manifest.account_id_kind,
        "liabilities": [row.document() for row in manifest.assets],
        "chains": [_chain(chain, as_of=manifest.header.time) for chain in report.chains],
        "assets": _assets(report.chains, pack),
        "declared": _declared(report, declared),
        "prices": prices.document(),
        "policy": {
            "id": pack.id,
            "version": pack.version,
            "title": pack.title,
            "sha256": pack.sha256,
            "from": pack.period.first,
            "to": pack.period.last,
        },
        "solvency": verdict.document(),
        "verdict": str(overall(rule.outcome for rule in verdict.rules)),
        "limitations": list(LIMITATIONS),
    }


def _chain(chain: ChainReport, *, as_of: int) -> dict[str, Any]:
    block = chain.block
    return {
        "chain": chain.chain,
        "block": {"number": block.number, "hash": block.hash, "time": block.time},
        "skew_seconds": as_of - parse_time(block.time, where=f"{chain.chain}: block time"),
        "source": chain.source,
        "finality": finality(chain.chain),
    }


def _assets(chains: Sequence[ChainReport], pack: Pack) -> list[dict[str, Any]]:
    """Total the holdings by id, purpose and basis in the id's own base units; what backs nothing has no asset."""
    groups: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for chain in chains:
        for row in chain.holdings:
            key = (row.asset, row.purpose, str(row.basis))
            groups.setdefault(key, []).append((row.amount, row.control.issued))
    found = []
    for (id, purpose, basis), rows in sorted(groups.items()):
        backing = pack.tables.backing_of(id)
        found.append(
            {
                "id": id,
                "asset": None if backing is None else backing.asset,
                "decimals": None if backing is None else backing.decimals,
                "purpose": purpose,
                "basis": basis,
                "holdings": len(rows),
                "amount": str(sum(amount for amount, _ in rows)),
                "oldest_control": min(issued for _, issued in rows),
            }
        )
    return found


def _declared(report: Report, declared: Declared | None) -> dict[str, Any]:
    company = None if declared is None else declared.company
    reserve = None if declared is None else declared.reserve
    return {
        "holdings": [row.row() for row in report.declared],
        "reserve": None if reserve is None else _reserve(reserve),
        "company": None if company is None else {"verified": False, "figures": dict(company)},
        "issues": [] if declared is None else [row.row() for row in declared.issues],
        "identity": None if declared is None or declared.identity is None else declared.identity.document(),
        "custodians": [] if declared is None else [row.document() for row in declared.custodians],
        "encumbrances": [] if declared is None else [row.row() for row in declared.encumbrances],
    }


def _reserve(reserve: DeclaredReserve) -> dict[str, Any]:
    return {
        "funds": [
            {"amount": str(row.amount), "at": row.at, "institution": row.institution, "document": row.document}
            for row in reserve.funds
        ],
        "insurance": [row.row() for row in reserve.insurance],
        "volumes": [
            {"year": row.year, "by": {kind: str(amount) for kind, amount in sorted(row.by.items())}}
            for row in reserve.volumes
        ],
        "incidents": [{"at": row.at, "loss": str(row.loss)} for row in reserve.incidents],
        "uses": [{"at": row.at, "amount": str(row.amount), "reason": row.reason} for row in reserve.uses],
    }
