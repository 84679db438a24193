"""Control totals: what a general ledger says of the rows and the sum of each asset, which the ledger must agree with.

A row is one balance, whatever its sign; in a wide table, one filled cell. The sum is that of all rows, with negative
ones taken off, also where they are left out of the trees.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from por import amounts, documents, files
from por.errors import InputError
from por.snapshot import Snapshot

COLUMNS = ("asset", "rows", "sum")

MAX_BYTES = 1 << 20
"""Larger than a line for each of ten thousand assets."""

_ROWS = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Rows of one asset and their sum in base units, which debts may make negative."""

    rows: int
    sum: int


def load_control(path: Path, *, snapshot: Snapshot) -> dict[str, Total]:
    """Read control totals: CSV with the columns of COLUMNS, or TOML with a table for each asset; raise InputError.

    Sums are written as the ledger's amounts are: base units or exact decimals.
    """
    text, where = files.read_text(path, limit=MAX_BYTES), str(path)
    rows = _toml(text, where) if path.suffix == ".toml" else _csv(text, where)
    found: dict[str, Total] = {}
    for place, row in rows:
        asset = amounts.check_asset(row["asset"], where=place)
        settings = snapshot.assets.get(asset)
        if settings is None or asset in found:
            what = "stands twice" if asset in found else "is not in snapshot.toml"
            raise _malformed(f"{place}: {asset} {what}", "state each asset of the snapshot once")
        if not _ROWS.fullmatch(row["rows"]):
            raise _malformed(f"{place}: rows are not a number of rows", "write digits alone")
        sign, digits = (-1, row["sum"][1:]) if row["sum"].startswith("-") else (1, row["sum"])
        if snapshot.amounts == "decimal":
            total = amounts.parse_decimal(digits, settings.decimals, where=f"{place}: sum")
        else:
            total = amounts.parse_units(digits, where=f"{place}: sum")
        found[asset] = Total(rows=int(row["rows"]), sum=sign * total)
    return found


def check_control(stated: Mapping[str, Total], found: Mapping[str, Total], *, path: Path, snapshot: Snapshot) -> None:
    """Compare every asset; raise one InputError that lists all differences."""
    differences = []
    for asset in sorted({*stated, *(asset for asset, total in found.items() if total.rows)}):
        here, there = found.get(asset, Total(rows=0, sum=0)), stated.get(asset)
        if there is None:
            differences.append(f"{asset}: {_rows(here)} in the ledger, and no line in the control totals")
            continue
        if here.rows != there.rows:
            differences.append(f"{asset}: {_rows(here)} in the ledger, {there.rows:,} stated")
        if here.sum != there.sum:
            here_shown, there_shown = (_show(total.sum, asset, snapshot) for total in (here, there))
            differences.append(f"{asset}: a sum of {here_shown} in the ledger, {there_shown} stated")
    if differences:
        raise InputError(
            f"{path}: the ledger does not agree with the control totals:"
            + "".join(f"\n  {difference}" for difference in differences),
            code="control-totals-differ",
            hint="find the missing or added rows before anything is built; both must be of the same cut-off",
        )


def _rows(total: Total) -> str:
    return f"{total.rows:,} {'row' if total.rows == 1 else 'rows'}"


def _show(units: int, asset: str, snapshot: Snapshot) -> str:
    decimals = snapshot.assets[asset].decimals if snapshot.amounts == "decimal" else 0
    return ("-" if units < 0 else "") + amounts.show(abs(units), decimals)


def _csv(text: str, where: str) -> list[tuple[str, dict[str, str]]]:
    try:
        lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True))
    except csv.Error:
        raise _malformed(f"{where}: not CSV", f"start with {','.join(COLUMNS)}") from None
    if not lines or lines[0] != list(COLUMNS):
        raise _malformed(f"{where}: other columns than {', '.join(COLUMNS)}", f"start with {','.join(COLUMNS)}")
    rows = []
    for number, line in enumerate(lines[1:], 1):
        if len(line) != len(COLUMNS):
            raise _malformed(f"{where}: row {number}: not three fields", "a row is asset,rows,sum")
        rows.append((f"{where}: row {number}", dict(zip(COLUMNS, line, strict=True))))
    return rows


def _toml(text: str, where: str) -> list[tuple[str, dict[str, str]]]:
    rows: list[tuple[str, dict[str, str]]] = []
    for asset, table in documents.read_toml(text, where=where).items():
        fields: dict[str, Any] = table if isinstance(table, dict) else {}
        whole = fields.get("rows")
        if fields.keys() != {"rows", "sum"} or type(whole) is not int or not isinstance(fields["sum"], str):
            raise _malformed(f"{where}: {asset}: not rows and sum", 'write [BTC], rows = 3 and sum = "150"')
        rows.append((f"{where}: {asset}", {"asset": asset, "rows": str(whole), "sum": fields["sum"]}))
    return rows


def _malformed(message: str, hint: str) -> InputError:
    return InputError(message, code="control-malformed", hint=hint)
