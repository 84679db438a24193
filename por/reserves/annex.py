"""annex.json (`por-annex/1`): how wallets are stored, for the auditor only.

A public list of which addresses are cold helps thieves, so the publication names this file by its digest alone; the
random salt keeps a small annex from being guessed from that digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from por import amounts, canonical, documents
from por.errors import ClaimError, InputError
from por.reserves import caip
from por.reserves.report import Report
from por.reserves.wallets import STORAGES, Storage

FORMAT = "por-annex/1"
SALT_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexHolding:
    """How one holding (CAIP-10 account, CAIP-19 asset) is stored, by whom, and what the exchange calls it."""

    account: str
    asset: str
    storage: Storage
    custodian: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexTotal:
    """How much of an asset (CAIP-19) of one purpose is stored in one way, in base units of the id."""

    asset: str
    purpose: str
    storage: Storage
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """annex.json as a value; `salt` has 32 random bytes.

    `totals` are the exact sides of the rules about storage: sums over the report, ascending, none of nothing.
    """

    snapshot_id: bytes
    salt: bytes
    holdings: tuple[AnnexHolding, ...]
    totals: tuple[AnnexTotal, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        rows = (
            {
                "account": row.account,
                "asset": row.asset,
                "storage": row.storage,
                "custodian": row.custodian,
                "label": row.label,
            }
            for row in self.holdings
        )
        pieces = canonical.encode_long(
            {
                "format": FORMAT,
                "snapshot_id": self.snapshot_id.hex(),
                "salt": self.salt.hex(),
                "totals": [
                    {
                        "asset": row.asset,
                        "purpose": row.purpose,
                        "storage": row.storage,
                        "amount": str(row.amount),
                    }
                    for row in self.totals
                ],
            },
            "holdings",
            rows,
        )
        return b"".join(pieces)

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str = "annex.json") -> Annex:
        """Read JCS bytes; InputError names what is malformed."""
        value = canonical.decode(data, where=where)
        if isinstance(value, dict) and value.get("format") != FORMAT:
            raise InputError(f"{where}: not a {FORMAT} document", code="format-unknown", hint="is this the right file?")
        doc = documents.read(_AnnexDocument, value, where=where)
        rows = []
        for n, row in enumerate(doc.holdings):
            place = f"{where}: holdings[{n}]"
            caip.parse_account(row.account, where=place)
            caip.parse_asset(row.asset, where=place)
            _check_storage(row.storage, place)
            rows.append(
                AnnexHolding(
                    account=row.account,
                    asset=row.asset,
                    storage=cast(Storage, row.storage),
                    custodian=row.custodian,
                    label=row.label,
                )
            )
        keys = [(row.account, row.asset) for row in rows]
        if keys != sorted(set(keys)):
            raise InputError(
                f"{where}: holdings are not sorted by account and asset, or one stands twice",
                code="annex-order",
                hint="it is damaged; ask for it again",
            )
        _check_one_each(rows, where)
        return cls(
            snapshot_id=canonical.parse_hex(doc.snapshot_id, 32, where=f"{where}: snapshot_id"),
            salt=canonical.parse_hex(doc.salt, SALT_BYTES, where=f"{where}: salt"),
            holdings=tuple(rows),
            totals=_totals(doc.totals, f"{where}: totals"),
        )


def with_totals(annex: Annex, report: Report) -> Annex:
    """Return the annex with the totals that its storages give the report's holdings."""
    storages = {(row.account, row.asset): row.storage for row in annex.holdings}
    sums: dict[tuple[str, str, Storage], int] = {}
    for chain in report.chains:
        for row in chain.holdings:
            storage = storages.get((row.account, row.asset))
            if storage is not None and row.amount:
                key = (row.asset, row.purpose, storage)
                sums[key] = sums.get(key, 0) + row.amount
    return replace(
        annex,
        totals=tuple(
            AnnexTotal(asset=asset, purpose=purpose, storage=storage, amount=amount)
            for (asset, purpose, storage), amount in sorted(sums.items())
        ),
    )


def verify_annex(annex: Annex, report: Report) -> None:
    """Refuse an annex that is not about exactly the report's holdings, or whose totals are not theirs; ClaimError."""
    wanted = sorted((row.account, row.asset) for chain in report.chains for row in chain.holdings)
    if annex.snapshot_id != report.snapshot_id or sorted(_keys(annex.holdings)) != wanted:
        raise ClaimError(
            "annex.json: it is not about the holdings of reserves.json",
            code="annex-other-report",
            hint="both come from one run of `por reserves check`",
        )
    if with_totals(annex, report).totals != annex.totals:
        raise ClaimError(
            "annex.json: its totals are not the sums of its holdings",
            code="annex-totals",
            hint="it was changed after `por reserves check` wrote it",
        )


def _check_storage(word: str, where: str) -> None:
    if word not in STORAGES:
        raise InputError(
            f"{where}: storage is {word[:20]!r}", code="annex-storage", hint=f"one of {', '.join(STORAGES)}"
        )


def _check_one_each(rows: Iterable[AnnexHolding], where: str) -> None:
    """Refuse an account that is cold for one coin and hot for another: it has one key, and one way of keeping that."""
    storages: dict[str, str] = {}
    for row in rows:
        if storages.setdefault(row.account, row.storage) != row.storage:
            raise InputError(
                f"{where}: {row.account} is {storages[row.account]} for one coin and {row.storage} for another",
                code="annex-storage",
                hint="an account is stored in one way, whatever it holds",
            )


def _totals(rows: list[_Total], where: str) -> tuple[AnnexTotal, ...]:
    found = []
    for n, row in enumerate(rows):
        caip.parse_asset(row.asset, where=f"{where}[{n}]")
        _check_storage(row.storage, f"{where}[{n}]")
        found.append(
            AnnexTotal(
                asset=row.asset,
                purpose=row.purpose,
                storage=cast(Storage, row.storage),
                amount=amounts.parse_units(row.amount, where=f"{where}[{n}].amount"),
            )
        )
    return tuple(found)


def _keys(rows: Iterable[AnnexHolding]) -> list[tuple[str, str]]:
    return [(row.account, row.asset) for row in rows]


class _Row(documents.Document):
    account: str
    asset: str
    storage: str
    custodian: str
    label: str


class _Total(documents.Document):
    asset: str
    purpose: str
    storage: str
    amount: str


class _AnnexDocument(documents.Document):
    format: str
    snapshot_id: str
    salt: str
    holdings: documents.Rows[_Row]
    totals: documents.Rows[_Total]
