"""prices.csv: exact, once for each asset, every slip named with its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from por.errors import InputError, SourceError
from por.solvency.prices import load_prices, parse_prices

GOOD = b"""# rates at midnight in Tokyo
asset,yen,at,source
BTC,17123456.789,2026-11-20T15:00:00Z,"exchange A, mid"

# a comment between
ETH,512345,2026-11-20T15:00:00Z,exchange A
"""


def test_prices_are_exact() -> None:
    prices = parse_prices(GOOD)
    (btc,) = prices.of("BTC")
    assert btc.yen == Fraction(17123456789, 1000)
    assert btc.source == "exchange A, mid"
    assert prices.of("DOGE") == ()
    assert [row["asset"] for row in prices.document()] == ["BTC", "ETH"]
    assert prices.document()[0]["yen"] == "17123456.789"


def test_line_ends_may_be_carriage_returns_too() -> None:
    assert parse_prices(GOOD.replace(b"\n", b"\r\n")) == parse_prices(GOOD)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('BTC,1,2026-11-20T15:00:00Z,"exchange A, mid"', "price-twice"),
        ("XRP,0,2026-11-20T15:00:00Z,a", "price-zero"),
        ("XRP,0.000,2026-11-20T15:00:00Z,a", "price-zero"),
        ("XRP,-1,2026-11-20T15:00:00Z,a", "decimal-malformed"),
        ("XRP,1e3,2026-11-20T15:00:00Z,a", "decimal-malformed"),
        ('XRP,"1,000",2026-11-20T15:00:00Z,a', "decimal-malformed"),
        ("XRP,nan,2026-11-20T15:00:00Z,a", "decimal-malformed"),
        ("xrp,1,2026-11-20T15:00:00Z,a", "asset-malformed"),
        ("BTC:lent,1,2026-11-20T15:00:00Z,a", "price-class"),
        ("JPY,2,2026-11-20T15:00:00Z,a", "price-of-yen"),
        ("XRP,1,2026-11-20,a", "time-malformed"),
        ("XRP,1,2026-11-20T15:00:00Z,", "text-malformed"),
        ("XRP,1,2026-11-20T15:00:00Z", "prices-fields"),
        ("XRP,1,2026-11-20T15:00:00Z,a,b", "prices-fields"),
        ('XRP,1,2026-11-20T15:00:00Z,"a', "prices-csv"),
        ('XRP,1,2026-11-20T15:00:00Z,"a"b', "prices-csv"),
    ],
)
def test_a_slip_is_named_with_its_line(line: str, code: str) -> None:
    with pytest.raises(InputError) as found:
        parse_prices(GOOD + line.encode() + b"\n")
    assert found.value.code == code
    assert "line 7" in found.value.message
    assert found.value.hint


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"asset,price,at,source\n", b"BTC,1,2026-11-20T15:00:00Z,a\n"])
def test_a_file_without_its_header(data: bytes) -> None:
    with pytest.raises(InputError) as found:
        parse_prices(data)
    assert found.value.code == "prices-header"


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(InputError) as found:
        parse_prices(b"\xff\xfe")
    assert found.value.code == "file-not-text"


def test_a_yen_may_be_said_to_be_one() -> None:
    assert parse_prices(b"asset,yen,at,source\nJPY,1,2026-11-20T15:00:00Z,law\n").of("JPY")


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(GOOD)
    assert load_prices(path) == parse_prices(GOOD)
    with pytest.raises((InputError, SourceError)):
        load_prices(tmp_path / "none.csv")
