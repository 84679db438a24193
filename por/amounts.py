"""Money in whole base units: canonical decimal strings, exact decimals, asset codes.

An amount is an `int` with 0 <= amount < 2**128 and always travels with its asset's code; decimals exist only at
the edges, where people read and write. Nothing here rounds unless its name says which way.
"""

from __future__ import annotations

import re
from fractions import Fraction

from por.errors import InputError

LIMIT = 1 << 128
"""Sums and amounts stay below this; the tree's fields are 16 bytes wide."""

MAX_DECIMALS = 77
"""Decimals of an asset: a uint256 has 78 digits, so more cannot be meant."""

_UNITS = re.compile(r"0|[1-9][0-9]{0,38}")
_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_ASSET = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,31}(:[a-z-]{1,24})?")


def parse_units(text: object, *, where: str) -> int:
    """Read a canonical base-unit string ("0", "120"; no sign, no leading zero, below 2**128) or raise InputError."""
    if not isinstance(text, str) or not _UNITS.fullmatch(text) or not text.isascii():
        raise InputError(
            f"{where}: {_shown(text)} is not an amount in base units",
            code="amount-not-canonical",
            hint='write a string of digits without sign or leading zero, such as "120"',
        )
    value = int(text)
    if value >= LIMIT:
        raise InputError(
            f"{where}: {text} does not fit 128 bits", code="amount-too-large", hint="amounts stay below 2^128"
        )
    return value


def parse_decimal(text: object, decimals: int, *, where: str) -> int:
    """Read an exact decimal ("0.5") of a whole unit into base units; more decimals than the asset has is an error."""
    found = _DECIMAL.fullmatch(text) if isinstance(text, str) and text.isascii() else None
    if found is None:
        raise InputError(
            f"{where}: {_shown(text)} is not a decimal amount",
            code="decimal-malformed",
            hint="write it as 1234.5, without signs or separators",
        )
    whole, fraction = found.group(1), (found.group(2) or "").rstrip("0")
    if len(fraction) > decimals:
        raise InputError(
            f"{where}: {_shown(text)} has more than {decimals} decimals",
            code="decimal-too-fine",
            hint="amounts are exact and never rounded; check the asset's decimals",
        )
    return parse_units(str(int(whole + fraction.ljust(decimals, "0"))), where=where)


def parse_exact(text: object, *, where: str) -> Fraction:
    """Read a non-negative exact decimal of any precision (a price, a coefficient) into a Fraction."""
    found = _DECIMAL.fullmatch(text) if isinstance(text, str) and text.isascii() and len(text) <= 100 else None
    if found is None:
        raise InputError(
            f"{where}: {_shown(text)} is not an exact decimal",
            code="decimal-malformed",
            hint="write it as 1234.5, without signs or separators",
        )
    return Fraction(str(text))


def show(units: int, decimals: int) -> str:
    """Write base units as an exact decimal of whole units, with thousands separators: 123456789, 8 -> "1.23456789"."""
    whole, fraction = divmod(units, 10**decimals)
    tail = str(fraction).rjust(decimals, "0").rstrip("0") if decimals else ""
    return f"{whole:,}" + (f".{tail}" if tail else "")


def plain(value: Fraction) -> str:
    """Show a fraction that came from a decimal as that decimal, Fraction(1, 5) -> "0.2"; any other as "1/3"."""
    scale, power = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while scale % prime == 0:
            scale //= prime
            count += 1
        power = max(power, count)
    if scale != 1:
        return f"{value.numerator}/{value.denominator}"
    return show(value.numerator * 10**power // value.denominator, power).replace(",", "")


def round_up(value: Fraction) -> int:
    """Round up to a whole number, for liabilities that are shown."""
    return -((-value.numerator) // value.denominator)


def round_down(value: Fraction) -> int:
    """Round down to a whole number, for assets that are shown."""
    return value.numerator // value.denominator


def check_asset(code: object, *, where: str) -> str:
    """Return `code` when it is an asset code, `[A-Z0-9][A-Z0-9.-]{0,31}` with an optional `:class`; else InputError."""
    if not isinstance(code, str) or not _ASSET.fullmatch(code):
        raise InputError(
            f"{where}: {_shown(code)} is not an asset code",
            code="asset-malformed",
            hint="use capitals and digits such as BTC, with a class as in BTC:lent",
        )
    return code


def split_asset(code: str) -> tuple[str, str]:
    """Split an asset code into its base and its class ("" for spot): "BTC:lent" -> ("BTC", "lent")."""
    base, _, kind = code.partition(":")
    return base, kind


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
