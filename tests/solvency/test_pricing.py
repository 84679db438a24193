"""One price of several quotes: the median near the snapshot, without outliers; too few give none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from por.errors import InputError
from por.header import parse_time
from por.solvency.prices import merge_prices, parse_prices
from por.solvency.pricing import Priced, median, price_all, sentence
from tests.solvency.cases import AS_OF, japan

TWO = (("^min_sources = 1", "min_sources = 2"),)


def priced(*rows: str, edits: tuple[tuple[str, str], ...] = ()) -> Priced:
    prices = parse_prices("\n".join(["asset,yen,at,source", *rows]).encode())
    return price_all(japan(*edits), prices, parse_time(AS_OF, where="as_of"))


def quote(yen: str, source: str, at: str = AS_OF) -> str:
    return f"BTC,{yen},{at},{source}"


def test_the_median_of_odd_and_even_numbers_is_exact() -> None:
    assert median([Fraction(3), Fraction(1), Fraction(2)]) == 2
    assert median([Fraction(1), Fraction(2)]) == Fraction(3, 2)
    found = priced(quote("100", "a"), quote("101.01", "b"), quote("100.5", "c"), quote("100.6", "d"))
    assert found.yen["BTC"] == Fraction("100.55")
    (row,) = found.figures.used
    assert row.document() == {"asset": "BTC", "yen": "100.55", "quotes": 4, "left_out": 0}


def test_an_outlier_is_left_out_and_named() -> None:
    # The median of 100, 101 and 200 is 101; 200 is more than 10.1 away. Of 100 and 101 the mean is 100.5.
    found = priced(quote("100", "a"), quote("101", "b"), quote("200", "c"))
    assert found.yen["BTC"] == Fraction("100.5")
    assert found.figures.used[0].left_out == 1
    assert found.gaps == ("the price of BTC from c, 200, is an outlier: left out",)
    # Exactly a tenth away is not more than a tenth.
    assert priced(quote("100", "a"), quote("100", "b"), quote("110", "c")).figures.used[0].quotes == 3
    assert priced(quote("100", "a"), quote("100", "b"), quote("110.0001", "c")).figures.used[0].quotes == 2


def test_two_sources_that_disagree_give_no_price() -> None:
    found = priced(quote("100", "a"), quote("200", "b"))
    assert "BTC" not in found.yen
    assert "it has no price" in found.gaps[-1]


def test_without_a_bound_nothing_is_an_outlier() -> None:
    found = priced(quote("100", "a"), quote("200", "b"), edits=(('^outlier = "0.1".*$', ""),))
    assert found.yen["BTC"] == 150


def test_too_few_sources_give_no_price() -> None:
    found = priced(quote("100", "a"), edits=TWO)
    assert "BTC" not in found.yen and found.figures.used == ()
    assert found.gaps == ("BTC has 1 usable quotes and 2 are needed: it has no price",)
    assert priced(quote("100", "a"), quote("102", "b"), edits=TWO).yen["BTC"] == 101


def test_one_source_counts_once_by_its_quote_nearest_to_the_snapshot() -> None:
    found = priced(
        quote("90", "a", "2026-11-20T14:00:00Z"),
        quote("100", "a", "2026-11-20T15:00:10Z"),
        quote("95", "a", "2026-11-20T14:59:50Z"),  # as near as the one before, and earlier
        edits=TWO,
    )
    assert "BTC" not in found.yen
    alone = priced(quote("100", "a", "2026-11-20T15:00:10Z"), quote("95", "a", "2026-11-20T14:59:50Z"))
    assert alone.yen["BTC"] == 95
    assert (alone.figures.used[0].quotes, alone.figures.used[0].left_out) == (1, 1)


def test_a_quote_of_another_time_is_left_out_on_either_side() -> None:
    for at, counts in (
        ("2026-11-19T15:00:00Z", True),
        ("2026-11-21T15:00:00Z", True),
        ("2026-11-19T14:59:59Z", False),
        ("2026-11-21T15:00:01Z", False),
    ):
        assert ("BTC" in priced(quote("100", "a", at)).yen) == counts


def test_the_method_is_said_as_the_pack_has_it() -> None:
    assert "at least 2 needed" in sentence(japan(*TWO))
    assert "more than 0.1 of it" in sentence(japan())
    assert "left out" not in sentence(japan(('^outlier = "0.1".*$', "")))


def test_several_files_become_one_and_their_order_does_not_matter() -> None:
    head = "asset,yen,at,source\n"
    one = ("a.csv", f'{head}{quote("100", "a")}\nETH,5,{AS_OF},"A, mid"\n'.encode())
    two = ("b.csv", f"# mine\n{head}{quote('101', 'b')}\n".encode())
    merged = merge_prices([one, two])
    assert merged == merge_prices([two, one])
    assert [(row.asset, row.source) for row in parse_prices(merged).quotes] == [
        ("BTC", "a"), ("BTC", "b"), ("ETH", "A, mid"),
    ]  # fmt: skip
    assert merge_prices([two]) == two[1]
    with pytest.raises(InputError) as found:
        merge_prices([one, one])
    assert found.value.code == "price-twice" and "a.csv" in found.value.message


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ("^min_sources = 1", "min_sources = 0"),
        ("^min_sources = 1", "min_sources = 101"),
        ('^outlier = "0.1"', 'outlier = "1.1"'),
    ],
)
def test_a_slip_in_the_method_is_named_with_its_line(pattern: str, replacement: str) -> None:
    with pytest.raises(InputError) as found:
        japan((pattern, replacement))
    assert found.value.code == "pack-malformed"
    assert ": line " in found.value.message and ": prices." in found.value.message
