"""Amounts are whole base units and decimals are exact, or there is an error."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from por import amounts
from por.errors import InputError

UNITS = st.integers(0, amounts.LIMIT - 1)
DECIMALS = st.integers(0, amounts.MAX_DECIMALS)


@given(UNITS, DECIMALS)
def test_what_is_shown_is_read_again(units: int, decimals: int) -> None:
    text = amounts.show(units, decimals)
    assert amounts.parse_decimal(text.replace(",", ""), decimals, where="here") == units
    assert amounts.parse_units(str(units), where="here") == units


@pytest.mark.parametrize(
    "text",
    ["", "-9", "-0", "+1", "01", "1.0", "1e3", " 1", "1 ", "1_000", "١", "²", str(2**128), "9" * 60, 5, None, 1.5],
)
def test_units_have_one_spelling(text: object) -> None:
    with pytest.raises(InputError):
        amounts.parse_units(text, where="here")


@pytest.mark.parametrize("text", ["", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", "0.123456789", "00.5", "1.5 ", 1.5])
def test_decimals_are_exact_or_refused(text: object) -> None:
    with pytest.raises(InputError):
        amounts.parse_decimal(text, 8, where="here")
    assert amounts.parse_decimal("0.12345678", 8, where="here") == 12345678
    assert amounts.parse_decimal("0.500000000000", 1, where="here") == 5


@given(st.fractions(min_value=0, max_value=10**30))
def test_rounding_is_named_and_on_its_side(value: Fraction) -> None:
    up, down = amounts.round_up(value), amounts.round_down(value)
    assert down <= value <= up and up - down in (0, 1)


@pytest.mark.parametrize(
    "code", ["btc", "", "BTC:", "BTC:Lent", "BTC lent", "-BTC", "B" * 33, "BTC:" + "a" * 25, "ＢＴＣ", 5]
)
def test_asset_codes(code: object) -> None:
    with pytest.raises(InputError):
        amounts.check_asset(code, where="here")
    assert amounts.check_asset("USDC.E-1:margin-x", where="here") and amounts.split_asset("A:b") == ("A", "b")
