"""The liabilities manifest (docs/spec/manifest.md): one root, count and total per asset, bound to a snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from por import amounts, canonical
from por.errors import InputError
from por.header import Header, check_text
from por.liabilities.verify import MAX_PIECES, AssetRoot

FORMAT = "por-liabilities/1"
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 9162 section 2.1.1)."""

_TOP: Mapping[str, type] = {
    "format": str,
    "snapshot": dict,
    "snapshot_id": str,
    "account_id_kind": str,
    "assets": list,
}
_ROW: Mapping[str, type] = {
    "asset": str,
    "decimals": int,
    "count": int,
    "total": str,
    "root": str,
    "pieces": int,
    "split_above": str,
    "excluded": dict,
}
_EXCLUDED: Mapping[str, type] = {"rows": int, "amount": str}
_HINT = "the file is damaged or not one of ours; compare it with docs/spec/manifest.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetLiabilities:
    """What is owed in one asset, in base units: `count` pieces of balances under `root`, summing to `total`.

    `excluded_rows` and `excluded_amount` (a magnitude) say what negative rows were left out; they lower nothing.
    """

    asset: str
    decimals: int
    count: int
    total: int
    root: bytes
    pieces: int
    split_above: int
    excluded_rows: int
    excluded_amount: int

    def root_view(self) -> AssetRoot:
        """Return the part that an inclusion proof is checked against."""
        return AssetRoot(
            asset=self.asset,
            decimals=self.decimals,
            count=self.count,
            total=self.total,
            root=self.root,
            pieces=self.pieces,
            split_above=self.split_above,
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON object of this row."""
        return {
            "asset": self.asset,
            "decimals": self.decimals,
            "count": self.count,
            "total": str(self.total),
            "root": self.root.hex(),
            "pieces": self.pieces,
            "split_above": str(self.split_above),
            "excluded": {"rows": self.excluded_rows, "amount": str(self.excluded_amount)},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """liabilities.json as a value: the snapshot's header and one row per asset of snapshot.toml, sorted by asset."""

    header: Header
    account_id_kind: str
    assets: tuple[AssetLiabilities, ...]

    def document(self) -> dict[str, Any]:
        """Return the JSON object of the file."""
        return {
            "format": FORMAT,
            "snapshot": self.header.document(),
            "snapshot_id": self.header.id.hex(),
            "account_id_kind": self.account_id_kind,
            "assets": [row.document() for row in self.assets],
        }

    def to_bytes(self) -> bytes:
        """Return the bytes of the file: RFC 8785, no newline."""
        return canonical.encode(self.document())

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> Manifest:
        """Read the file strictly; raise InputError on other bytes, unknown keys or a snapshot_id of another header."""
        return cls.from_document(canonical.decode(data, where=where), where=where)

    @classmethod
    def from_document(cls, document: Any, *, where: str) -> Manifest:
        """Read the file's JSON, decoded; raise InputError as `from_bytes` does."""
        _object(document, _TOP, where=where)
        if document["format"] != FORMAT:
            raise InputError(f"{where}: not of the format {FORMAT}", code="format-unknown", hint=_HINT)
        header = Header.parse(document["snapshot"], where=f"{where}: snapshot")
        if canonical.parse_hex(document["snapshot_id"], 32, where=f"{where}: snapshot_id") != header.id:
            raise InputError(
                f"{where}: snapshot_id is not that of its snapshot", code="snapshot-id-mismatch", hint=_HINT
            )
        assets = parse_assets(document["assets"], where=f"{where}: assets")
        if not assets:
            raise _malformed(f"{where}: assets", "no assets")
        for row in assets:
            if (row.count == 0) != (row.root == EMPTY_ROOT) or (row.count == 0 and row.total != 0):
                raise _malformed(f"{where}: {row.asset}", "count, total and root do not go together")
        return cls(
            header=header,
            account_id_kind=check_text(document["account_id_kind"], where=f"{where}: account_id_kind"),
            assets=assets,
        )


def parse_assets(rows: object, *, where: str) -> tuple[AssetLiabilities, ...]:
    """Read the rows of a manifest or of a statement's table: sorted by asset, each once; raise InputError.

    Keys and types of all rows are checked before the values of the first.
    """
    if not isinstance(rows, list):
        raise _malformed(where, "not a list of assets")
    for number, row in enumerate(rows):
        _object(row, _ROW, where=f"{where}[{number}]")
        _object(row["excluded"], _EXCLUDED, where=f"{where}[{number}].excluded")
    found = tuple(_parse_row(row, where=f"{where}[{number}]") for number, row in enumerate(rows))
    seen, before = set[str](), ""
    for row in found:
        if row.asset in seen:
            raise InputError(f"{where}: {row.asset} stands twice", code="statement-asset-repeated", hint=_HINT)
        if row.asset < before:
            raise InputError(f"{where}: not sorted by asset", code="statement-asset-order", hint=_HINT)
        seen.add(row.asset)
        before = row.asset
    return found


def _parse_row(row: dict[str, Any], *, where: str) -> AssetLiabilities:
    excluded = row["excluded"]
    asset = amounts.check_asset(row["asset"], where=f"{where}.asset")
    _range(row["decimals"], 0, amounts.MAX_DECIMALS, where=f"{where}.decimals")
    _range(row["count"], 0, canonical.INTEGER_LIMIT - 1, where=f"{where}.count")
    _range(row["pieces"], 1, MAX_PIECES, where=f"{where}.pieces")
    _range(excluded["rows"], 0, canonical.INTEGER_LIMIT - 1, where=f"{where}.excluded.rows")
    parsed = AssetLiabilities(
        asset=asset,
        decimals=row["decimals"],
        count=row["count"],
        total=amounts.parse_units(row["total"], where=f"{where}.total"),
        pieces=row["pieces"],
        split_above=amounts.parse_units(row["split_above"], where=f"{where}.split_above"),
        excluded_rows=excluded["rows"],
        excluded_amount=amounts.parse_units(excluded["amount"], where=f"{where}.excluded.amount"),
        root=canonical.parse_hex(row["root"], 32, where=f"{where}.root"),
    )
    if parsed.pieces == 1 and parsed.split_above != 0:
        raise _malformed(where, 'what is not split has pieces 1 and split_above "0"')
    return parsed


def _object(value: object, fields: Mapping[str, type], *, where: str) -> None:
    if not isinstance(value, dict) or value.keys() != fields.keys():
        raise _malformed(where, f"not an object of {', '.join(fields)}")
    for key, kind in fields.items():
        if type(value[key]) is not kind:
            raise _malformed(f"{where}.{key}", f"not of the type {kind.__name__}")


def _range(value: int, least: int, most: int, *, where: str) -> None:
    if not least <= value <= most:
        raise _malformed(where, f"not from {least} to {most}")


def _malformed(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what}", code="statement-malformed", hint=_HINT)
