"""The bars: exact, within their width, and no shortfall too small to be seen."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from por.publish.report.figures import Sides
from por.publish.report.speaker import ALL, LEAST, Speaker, bar

UNITS = st.integers(min_value=0, max_value=10**40) | st.integers(min_value=0, max_value=300)


def sides(owed: int, proven: int = 0, node: int = 0, declared: int = 0) -> Sides:
    return Sides(asset="X", decimals=0, owed=owed, proven=proven, node=node, declared=declared)


def number(text: str) -> int:
    assert text.endswith("%")
    return int(Fraction(text[:-1]) * 100)


@given(UNITS, UNITS, UNITS, UNITS)
def test_every_bar(owed: int, proven: int, node: int, declared: int) -> None:
    row = sides(owed, proven, node, declared)
    parts = bar(row)
    if not owed:
        assert parts == ()
        return
    ends = [number(part.at) + number(part.width) for part in parts]
    assert [number(part.at) for part in parts] == [0, *ends[:-1]] if parts else True, "one behind the other"
    assert all(0 < number(part.width) <= 10_000 for part in parts) and all(end <= 10_000 for end in ends)
    missing = [part for part in parts if part.kind == "missing"]
    assert bool(missing) == (row.held < owed)
    if missing:
        assert ends[-1] == ALL and number(missing[0].width) >= LEAST
    else:
        assert ends[-1] >= ALL
    kinds = [part.kind for part in parts if part.kind != "missing"]
    assert kinds == [basis for basis, _ in row.shared][: len(kinds)]
    share = Speaker("en").share(row)
    assert (row.held < owed) == (Fraction(share.replace(",", "").removesuffix(" %")) < 100)


def test_known_bars() -> None:
    assert [(part.kind, part.at, part.width) for part in bar(sides(100, 100))] == [("proven", "0.00%", "60.00%")]
    assert [(part.kind, part.width) for part in bar(sides(100, 50, 25))] == [
        ("proven", "30.00%"),
        ("node", "15.00%"),
        ("missing", "15.00%"),
    ]
    assert [(part.kind, part.width) for part in bar(sides(100, 0, 0, 900))] == [("declared", "100.00%")]
    almost = bar(sides(10**30, 10**30 - 1))
    assert [(part.kind, part.width) for part in almost] == [("proven", "59.40%"), ("missing", "0.60%")]


def test_numbers_are_whole_and_break_where_they_may() -> None:
    speaker = Speaker("en")
    assert speaker.units(123456789, 8) == "1.23456789"
    assert str(speaker.units(10**40 + 1, 18)).replace("<wbr>", "").endswith(".000000000000000001")
    assert speaker.difference(sides(5, 3)) == "−2" and speaker.difference(sides(3, 5)) == "+2"
    assert speaker.difference(sides(3, 3)) == "0" and speaker.share(sides(0, 3)) == "–"
    assert speaker.figure("1234567.8900") == "1,234,567.8900"
    assert [str(speaker.figure(text)) for text in ("007", "1e9", "-3", "1.")] == [
        f"<bdi>{text}</bdi>" for text in ("007", "1e9", "-3", "1.")
    ]
    assert "日本時間 2026-11-21 00:00:00" in Speaker("ja").time("2026-11-20T15:00:00Z")
    assert "日本時間" not in Speaker("ja").time("9999-12-31T23:59:59Z") + Speaker("ja").time("0001-01-01T00:00:00Z")
