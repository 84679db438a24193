"""prices.csv (docs/spec/prices.md): what one whole unit of an asset was worth in yen, when, and by whose word.

Several sources may quote an asset; por/solvency/pricing.py makes one price of them by the policy pack's method.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    """One quote: yen for one whole unit of `asset`, exactly; `text` is the figure as written, `at` a UTC time."""

    asset: str
    yen: Fraction
    text: str
    at: str
    source: str

    def row(self) -> dict[str, str]:
        """Return the JSON object, which is also the line of prices.csv."""
        return {"asset": self.asset, "yen": self.text, "at": self.at, "source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The quotes of one snapshot, sorted by asset, source and time; what is made of them is the pack's matter."""

    quotes: tuple[Price, ...] = ()

    def of(self, asset: str) -> tuple[Price, ...]:
        """Return the quotes of a base asset."""
        return tuple(row for row in self.quotes if row.asset == asset)

    def document(self) -> list[dict[str, Any]]:
        """Return the quotes as JSON objects, sorted."""
        return [row.row() for row in self.quotes]


def load_prices(path: Path) -> Prices:
    """Read prices.csv; InputError names the line, SourceError a file out of reach."""
    return parse_prices(read_bytes(path, limit=MAX_PRICES), where=path.name)


def read_prices(paths: Sequence[Path]) -> bytes:
    """Read one or several files into the bytes of one prices.csv; raises what `merge_prices` and reading raise."""
    return merge_prices([(path.name, read_bytes(path, limit=MAX_PRICES)) for path in paths])


def parse_prices(data: bytes, *, where: str = "prices.csv") -> Prices:
    """Check the bytes of prices.csv: RFC 4180 with the header asset,yen,at,source; `#` begins a comment line.

    Raises InputError with the line: an unknown header, a quote of the same source and time twice, a class instead of
    an asset, a price of zero (it would let a shortfall cost nothing), a yen that is not one.
    """
    if len(data) > MAX_PRICES:
        raise InputError(f"{where}: larger than {MAX_PRICES:,} bytes", code="file-too-large", hint="is it one of ours?")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
    seen: dict[tuple[str, str, str], Price] = {}
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
        key = (price.asset, price.source, price.at)
        if key in seen:
            raise InputError(
                f"{where}: line {number}: {price.asset} has a price of that source and time already",
                code="price-twice",
                hint="keep one line for each asset, source and time",
            )
        seen[key] = price
    return Prices(quotes=tuple(row for _, row in sorted(seen.items())))


def merge_prices(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Return one prices.csv of several (name, bytes): of one file its bytes as they are, else all quotes sorted.

    Raises what `parse_prices` raises, and InputError `price-twice` for a quote that stands in two of them.
    """
    if len(files) == 1:
        parse_prices(files[0][1], where=files[0][0])
        return files[0][1]
    seen: dict[tuple[str, str, str], Price] = {}
    for name, data in files:
        for row in parse_prices(data, where=name).quotes:
            if (row.asset, row.source, row.at) in seen:
                raise InputError(
                    f"{name}: another file has the price of {row.asset} from {row.source} at {row.at} already",
                    code="price-twice",
                    hint="keep one line for each asset, source and time",
                )
            seen[row.asset, row.source, row.at] = row
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(row.row().values() for _, row in sorted(seen.items()))
    return text.getvalue().encode()


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
