"""annex.json (`por-annex/1`): how wallets are stored, for the auditor only.

A public list of which addresses are cold helps thieves, so the publication names this file by its digest alone; the
random salt keeps a small annex from being guessed from that digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from por import canonical, documents
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
class Annex:
    """annex.json as a value; `salt` has 32 random bytes."""

    snapshot_id: bytes
    salt: bytes
    holdings: tuple[AnnexHolding, ...]

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        return canonical.encode(
            {
                "format": FORMAT,
                "snapshot_id": self.snapshot_id.hex(),
                "salt": self.salt.hex(),
                "holdings": [
                    {
                        "account": row.account,
                        "asset": row.asset,
                        "storage": row.storage,
                        "custodian": row.custodian,
                        "label": row.label,
                    }
                    for row in self.holdings
                ],
            }
        )

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
            if row.storage not in STORAGES:
                raise InputError(
                    f"{place}: storage is {row.storage[:20]!r}",
                    code="annex-storage",
                    hint=f"one of {', '.join(STORAGES)}",
                )
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
        return cls(
            snapshot_id=canonical.parse_hex(doc.snapshot_id, 32, where=f"{where}: snapshot_id"),
            salt=canonical.parse_hex(doc.salt, SALT_BYTES, where=f"{where}: salt"),
            holdings=tuple(rows),
        )


def verify_annex(annex: Annex, report: Report) -> None:
    """Refuse an annex that is not about exactly the report's holdings; ClaimError."""
    wanted = sorted((row.account, row.asset) for chain in report.chains for row in chain.holdings)
    if annex.snapshot_id != report.snapshot_id or sorted(_keys(annex.holdings)) != wanted:
        raise ClaimError(
            "annex.json: it is not about the holdings of reserves.json",
            code="annex-other-report",
            hint="both come from one run of `por reserves check`",
        )


def _keys(rows: Iterable[AnnexHolding]) -> list[tuple[str, str]]:
    return [(row.account, row.asset) for row in rows]


class _Row(documents.Document):
    account: str
    asset: str
    storage: str
    custodian: str
    label: str


class _AnnexDocument(documents.Document):
    format: str
    snapshot_id: str
    salt: str
    holdings: documents.Rows[_Row]
