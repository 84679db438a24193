"""prices.csv (docs/spec/prices.md): what one whole unit of an asset was worth in yen, when, and by whose word."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from por import amounts
from por.errors import InputError
from por.files import read_bytes
from por.header import check_text, parse_time

YEN = "JPY"
"""The code of the yen, whose price is one by definition."""

HEADER = ("asset", "yen", "at", "source")

MAX_PRICES = 1 << 20
"""Bytes of prices.csv: 10,000 lines of 100, many times the number of coins that any exchange lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Yen for one whole unit of `asset`, exactly; `text` is the figure as written, `at` a UTC time."""

    asset: str
    yen: Fraction
    text: str
    at: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The prices of one snapshot, by base asset."""

    rows: Mapping[str, Price] = field(default_factory=dict)

    def price(self, asset: str) -> Price | None:
        """Return the price of a base asset, or None."""
        return self.rows.get(asset)

    def document(self) -> list[dict[str, Any]]:
        """Return the rows as JSON objects, sorted by asset."""
        return [
            {"asset": row.asset, "yen": row.text, "at": row.at, "source": row.source}
            for _, row in sorted(self.rows.items())
        ]


def load_prices(path: Path) -> Prices:
    """Read prices.csv; InputError names the line, SourceError a file out of reach."""
    return parse_prices(read_bytes(path, limit=MAX_PRICES), where=path.name)


def parse_prices(data: bytes, *, where: str = "prices.csv") -> Prices:
    """Check the bytes of prices.csv: RFC 4180 with the header asset,yen,at,source; `#` begins a comment line.

    Raises InputError with the line: an unknown header, a repeated asset, a class instead of an asset, a price of
    zero (it would let a shortfall cost nothing), a yen that is not one.
    """
    if len(data) > MAX_PRICES:
        raise InputError(f"{where}: larger than {MAX_PRICES:,} bytes", code="file-too-large", hint="is it one of ours?")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
    rows: dict[str, Price] = {}
    lines = _rows(text, where=where)
    number, first = next(lines, (1, []))
    if tuple(first) != HEADER:
        raise InputError(
            f"{where}: line {number}: the header is not {','.join(HEADER)}",
            code="prices-header",
            hint="begin the file with exactly that line",
        )
    for number, row in lines:
        price = _price(row, where=f"{where}: line {number}")
        if price.asset in rows:
            raise InputError(
                f"{where}: line {number}: {price.asset} has a price already",
                code="price-twice",
                hint="keep one line for each asset",
            )
        rows[price.asset] = price
    return Prices(rows=dict(sorted(rows.items())))


def _price(row: list[str], *, where: str) -> Price:
    if len(row) != len(HEADER):
        raise InputError(
            f"{where}: {len(row)} fields instead of {len(HEADER)}",
            code="prices-fields",
            hint="write asset,yen,at,source; numbers have no separators",
        )
    asset = amounts.check_asset(row[0], where=f"{where}: asset")
    if amounts.split_asset(asset)[1]:
        raise InputError(
            f"{where}: {asset} is a class of balances", code="price-class", hint="price the asset, not its classes"
        )
    yen = amounts.parse_exact(row[1], where=f"{where}: yen")
    if yen == 0:
        raise InputError(
            f"{where}: {asset} has the price zero",
            code="price-zero",
            hint="leave the line out if there is no price; a shortfall must not cost nothing",
        )
    if asset == YEN and yen != 1:
        raise InputError(f"{where}: a yen is one yen", code="price-of-yen", hint="leave the line out")
    parse_time(row[2], where=f"{where}: at")
    return Price(asset=asset, yen=yen, text=row[1], at=row[2], source=check_text(row[3], where=f"{where}: source"))


def _rows(text: str, *, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields); comments and empty lines are skipped, and no field runs over a line's end."""
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not line.strip() or line.startswith("#"):
            continue
        try:
            fields = next(csv.reader([line], strict=True))
        except (csv.Error, StopIteration):
            raise InputError(
                f"{where}: line {number}: not CSV",
                code="prices-csv",
                hint="write asset,yen,at,source on one line, a field with a comma in quotes",
            ) from None
        yield number, fields
