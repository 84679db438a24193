"""snapshot.toml: the header, and how the ledger writes its assets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from por import amounts, documents
from por.errors import InputError
from por.files import read_text
from por.header import Header, check_text, parse_time, show_time

__all__ = ["AssetSettings", "Header", "Snapshot", "check_text", "parse_time", "show_time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetSettings:
    """One asset of snapshot.toml: decimals of the ledger's amounts, and how its balances are split."""

    decimals: int
    pieces: int = 1
    split_above: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """snapshot.toml as a value."""

    header: Header
    amounts: Literal["base-units", "decimal"]
    account_id_kind: str
    assets: Mapping[str, AssetSettings]

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read snapshot.toml; raise InputError that names the key, or SourceError when it cannot be opened."""
        return cls.parse(documents.read_toml(read_text(path), where=path.name), where=path.name)

    @classmethod
    def parse(cls, value: dict[str, Any], *, where: str) -> Snapshot:
        """Check the parsed TOML; raise InputError."""
        doc = documents.read(_SnapshotDocument, value, where=where)
        assets = {}
        for code, row in doc.assets.items():
            place = f"{where}: assets.{code}"
            split_above = amounts.parse_units(row.split_above, where=f"{place}.split_above")
            if not 0 <= row.decimals <= amounts.MAX_DECIMALS or not 1 <= row.pieces <= 256:
                raise InputError(
                    f"{place}: out of range",
                    code="snapshot-asset",
                    hint="decimals are 0 to 77, pieces 1 to 256",
                )
            if row.pieces == 1 and split_above != 0:
                raise InputError(
                    f"{place}: split_above is set but pieces is 1",
                    code="snapshot-asset",
                    hint="set pieces to the number of leaves of a split balance, or drop split_above",
                )
            assets[amounts.check_asset(code, where=place)] = AssetSettings(
                decimals=row.decimals, pieces=row.pieces, split_above=split_above
            )
        if not assets:
            raise InputError(
                f"{where}: no assets",
                code="snapshot-asset",
                hint="add a table such as [assets.BTC] with its decimals",
            )
        return cls(
            header=Header.parse(doc.snapshot, where=f"{where}: snapshot"),
            amounts=doc.ledger.amounts,
            account_id_kind=check_text(doc.ledger.account_id_kind, where=f"{where}: ledger.account_id_kind"),
            assets=dict(sorted(assets.items())),
        )

    def to_toml(self) -> str:
        """Write snapshot.toml; reading it again gives the same value."""

        def text(value: str) -> str:
            # A JSON string of plain characters is a TOML basic string.
            return json.dumps(value, ensure_ascii=False)

        head = self.header
        lines = ["[snapshot]", f"issuer = {text(head.issuer)}", f"scope = {text(head.scope)}"]
        lines += [f"as_of = {text(head.as_of)}", f"sequence = {head.sequence}", "", "[ledger]"]
        lines += [f"amounts = {text(self.amounts)}", f"account_id_kind = {text(self.account_id_kind)}"]
        for code, row in self.assets.items():
            lines += ["", f"[assets.{text(code)}]", f"decimals = {row.decimals}"]
            if row.pieces > 1:
                lines += [f"pieces = {row.pieces}", f"split_above = {text(str(row.split_above))}"]
        return "\n".join(lines) + "\n"


class _AssetDocument(documents.Document):
    decimals: int
    pieces: int = 1
    split_above: str = "0"


class _LedgerDocument(documents.Document):
    amounts: Literal["base-units", "decimal"]
    account_id_kind: str


class _SnapshotDocument(documents.Document):
    snapshot: dict[str, Any]
    ledger: _LedgerDocument
    assets: dict[str, _AssetDocument]
