"""snapshot.toml: the header, and how the ledger writes its assets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from por import amounts, toml
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
        return cls.parse(toml.read_toml(read_text(path), where=path.name), where=path.name)

    @classmethod
    def parse(cls, value: dict[str, Any], *, where: str) -> Snapshot:
        """Check the parsed TOML; raise InputError."""
        _check_table(value, TOP, where=f"{where}:")
        _check_table(value["ledger"], LEDGER, where=f"{where}: ledger.")
        ledger, assets = value["ledger"], {}
        if ledger["amounts"] not in ("base-units", "decimal"):
            raise _malformed(f"{where}: ledger.amounts", 'should be "base-units" or "decimal"')
        for code, row in value["assets"].items():
            place = f"{where}: assets.{code}"
            _check_table(row, ASSET, where=f"{place}.", optional=ASSET_OPTIONAL)
            decimals, pieces = row["decimals"], row.get("pieces", 1)
            split_above = amounts.parse_units(row.get("split_above", "0"), where=f"{place}.split_above")
            if not 0 <= decimals <= amounts.MAX_DECIMALS or not 1 <= pieces <= 256:
                raise InputError(
                    f"{place}: out of range",
                    code="snapshot-asset",
                    hint="decimals are 0 to 77, pieces 1 to 256",
                )
            if pieces == 1 and split_above != 0:
                raise InputError(
                    f"{place}: split_above is set but pieces is 1",
                    code="snapshot-asset",
                    hint="set pieces to the number of leaves of a split balance, or drop split_above",
                )
            assets[amounts.check_asset(code, where=place)] = AssetSettings(
                decimals=decimals, pieces=pieces, split_above=split_above
            )
        if not assets:
            raise InputError(
                f"{where}: no assets",
                code="snapshot-asset",
                hint="add a table such as [assets.BTC] with its decimals",
            )
        return cls(
            header=Header.parse(value["snapshot"], where=f"{where}: snapshot"),
            amounts=ledger["amounts"],
            account_id_kind=check_text(ledger["account_id_kind"], where=f"{where}: ledger.account_id_kind"),
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


def _check_table(
    value: object, keys: Mapping[str, type], *, where: str, optional: Mapping[str, type] = MappingProxyType({})
) -> None:
    """Exactly these keys and types; by hand, as importing pydantic would be a tenth of building a million rows."""
    if not isinstance(value, dict):
        raise _malformed(where.rstrip(".:"), "should be a table")
    space = " " if where.endswith(":") else ""
    for key, item in value.items():
        kind = keys.get(key) or optional.get(key)
        if kind is None:
            raise InputError(
                f"{where}{space}{key}: unknown key", code="document-unknown-key", hint="remove or rename the key"
            )
        if type(item) is not kind:
            raise _malformed(f"{where}{space}{key}", f"should be {_KINDS[kind]}")
    for key in keys:
        if key not in value:
            raise _malformed(f"{where}{space}{key}", "is missing")


def _malformed(place: str, what: str) -> InputError:
    return InputError(f"{place}: {what}", code="document-malformed", hint="compare the file with its page in docs/spec")


_KINDS: Mapping[type, str] = {dict: "a table", str: "a text in quotes", int: "a whole number"}

TOP: Mapping[str, type] = {"snapshot": dict, "ledger": dict, "assets": dict}
LEDGER: Mapping[str, type] = {"amounts": str, "account_id_kind": str}
ASSET: Mapping[str, type] = {"decimals": int}
ASSET_OPTIONAL: Mapping[str, type] = {"pieces": int, "split_above": str}
"""The keys of snapshot.toml; those of its header are `por.header.Header`'s."""
