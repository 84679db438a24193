"""How exact fractions are shown: whole yen, rounded to the safe side by name; coefficients as they were written."""

from __future__ import annotations

from fractions import Fraction

from por import amounts
from por.amounts import plain

__all__ = ["plain", "units", "yen_down", "yen_up"]


def yen_up(value: Fraction) -> str:
    """Show yen rounded up to whole yen: what is owed or required."""
    return str(amounts.round_up(value))


def yen_down(value: Fraction) -> str:
    """Show yen rounded down to whole yen: what is held or covered."""
    return str(amounts.round_down(value))


def units(amount: int, decimals: int) -> str:
    """Show base units as an exact decimal of whole units, without separators: 1500, 3 -> "1.5"."""
    return amounts.show(amount, decimals).replace(",", "")
