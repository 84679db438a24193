"""The chance that left-out customers go unnoticed, exactly: a product of whole numbers, never a float.

The caveat belongs to each of these figures: they hold for customers who check at random. A cheat leaves out accounts
that sleep, whose owners are dead, have forgotten or never look; for those the chance is near 1, whatever others do.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from math import comb

from por.errors import UsageError

DIGITS = 6
"""Significant digits that are shown."""

_WORK = Context(prec=50, Emin=-(10**9), Emax=10**9)
"""Precision of the products: a million factors cost six of these digits."""

MAX_EXACT = 256
"""Factors of a product that is kept as a fraction of whole numbers."""

MAX_OMITTED = 1_000_000
"""More left-out accounts than this leave no chance worth a figure, and would take seconds."""


def unnoticed(checking: Fraction, omitted: int) -> Decimal:
    """Return (1 - p)^k: each of `omitted` customers checks with probability `checking`, one apart from the other."""
    _check(checking, omitted)
    return _WORK.power(decimal(1 - checking), omitted) if omitted else Decimal(1)


def unnoticed_among(customers: int, checking: Fraction, omitted: int) -> Decimal:
    """Return C(N - k, c) / C(N, c): of N customers exactly c = round(p N) check, drawn at random without replacement.

    Equal to the product over i < k of (N - c - i) / (N - i); a little less than (1 - p)^k.
    """
    _check(checking, omitted)
    if not omitted <= customers:
        raise UsageError(
            f"{omitted:,} omitted of {customers:,} customers", code="privacy-options", hint="omit fewer than there are"
        )
    checkers = round(checking * customers)
    if omitted > customers - checkers:
        return Decimal(0)
    chance = Decimal(1)
    for number in range(omitted):
        chance = _WORK.multiply(chance, _WORK.divide(Decimal(customers - checkers - number), customers - number))
    return chance


def none_drawn(customers: int, marked: int, drawn: int) -> Fraction:
    """Return the chance that `drawn` of `customers`, at random and each once, have none of `marked` ones among them.

    Exact while that is a small fraction to compute, else to 50 digits.
    """
    if marked + drawn > customers:
        return Fraction(0)
    fewer, more = sorted((marked, drawn))
    if fewer <= MAX_EXACT:
        return Fraction(comb(customers - more, fewer), comb(customers, fewer))
    chance = Decimal(1)
    for number in range(fewer):
        chance = _WORK.multiply(chance, _WORK.divide(Decimal(customers - more - number), customers - number))
    return Fraction(chance)


def decimal(value: Fraction) -> Decimal:
    """Return a fraction to 50 digits."""
    return _WORK.divide(Decimal(value.numerator), Decimal(value.denominator))


def show(value: Decimal | Fraction) -> str:
    """Write a figure with six significant digits, half to even: 0.00123, 12.5, 3.66032e-44."""
    exact = decimal(value) if isinstance(value, Fraction) else value
    rounded = Context(prec=DIGITS, Emin=-(10**9), Emax=10**9).plus(exact)
    if rounded == 0:
        return "0"
    if rounded.adjusted() < -6:
        return f"{rounded.normalize():e}"
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _check(checking: Fraction, omitted: int) -> None:
    if not 0 <= checking <= 1 or not 0 <= omitted <= MAX_OMITTED:
        raise UsageError(
            "a share that checks is from 0 to 100 per cent, and at most a million are left out",
            code="privacy-options",
            hint="for example --checking 5 --omitted 100",
        )
