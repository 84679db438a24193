"""How exact fractions are shown: whole yen, rounded to the safe side by name; coefficients as they were written."""

from __future__ import annotations

from fractions import Fraction

from por import amounts


def yen_up(value: Fraction) -> str:
    """Show yen rounded up to whole yen: what is owed or required."""
    return str(amounts.round_up(value))


def yen_down(value: Fraction) -> str:
    """Show yen rounded down to whole yen: what is held or covered."""
    return str(amounts.round_down(value))


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
    return units(value.numerator * 10**power // value.denominator, power)


def units(amount: int, decimals: int) -> str:
    """Show base units as an exact decimal of whole units, without separators: 1500, 3 -> "1.5"."""
    return amounts.show(amount, decimals).replace(",", "")
