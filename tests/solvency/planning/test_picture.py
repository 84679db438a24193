"""The picture: well-formed, the same bytes each time, nothing from outside, and every figure where it belongs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

from por.solvency.planning.axes import Axes, apart, short
from por.solvency.planning.candidates import shipped_candidates
from por.solvency.planning.losses import Lognormal, Losses
from por.solvency.planning.montecarlo import simulate
from por.solvency.planning.picture import draw
from por.solvency.planning.plan import plan
from tests.solvency.planning.test_plan import example, history, share

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return ["".join(mark.itertext()) for mark in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_every_formula_and_loss_is_there_once_in_chart_and_table() -> None:
    made = plan(example(), shipped_candidates(), rate=Fraction("0.05"))
    svg = draw(made)
    said = words(svg)
    for course in made.courses:
        assert said.count(course.candidate.title) == 2
        assert short(course.last or Fraction(0)) in said
    assert "¥48bn lost" in said and "¥3.1bn lost" in said
    assert svg == draw(made)
    assert "script" not in svg and "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_the_chances_stand_beside() -> None:
    made = plan(example(), shipped_candidates(), rate=Fraction("0.05"))
    model = Losses(id="t", title="Some losses", per_year=0.5, severity=Lognormal(median=1e9, sigma=1))
    found = simulate(model, [row.last for row in made.courses], trials=2000, seed=11)
    said = words(draw(made, found))
    for chance in found.chances:
        assert chance is not None and f"{chance.share:.2%}" in said
    assert any("seed 11" in word for word in said)


def test_lines_lie_where_the_amounts_say() -> None:
    made = plan(history(custody=(1000, 10_000, 100_000)), [share("1")], rate=Fraction(0))
    axes = Axes.of(made, x=0, y=0, width=100, height=90)
    ends = [axes.at_yen(row.required or Fraction(0)) for row in made.courses[0].years]
    # Each is ten times the one before: they lie equally far apart, and at lines of the grid.
    assert abs((ends[0] - ends[1]) - (ends[1] - ends[2])) < 1e-9 < ends[0] - ends[1]
    assert all(any(abs(axes.at_yen(line) - end) < 1e-9 for line in axes.decades) for end in ends)
    days = [axes.at_day(row.day) for row in made.courses[0].years]
    assert days == sorted(days) and days[0] > 0 and days[-1] < 100


def test_foreign_words_cannot_break_out() -> None:
    made = plan(replace(history(), title='<script>"&'), [share("0.5")], rate=Fraction(0))
    assert any('<script>"&' in word for word in words(draw(made)))


def test_labels_are_moved_apart_and_stay_inside() -> None:
    found = apart([10, 11, 50, 99, 100], gap=10, low=0, high=100)
    assert found == [10, 20, 50, 90, 100]
    assert apart([], gap=1, low=0, high=1) == []


def test_amounts_in_short() -> None:
    amounts = {0: "¥0", 999: "¥999", 1000: "¥1k", 48_200_000_000: "¥48.2bn", 999_900_000: "¥1000m", 2 * 10**12: "¥2tn"}
    assert {yen: short(Fraction(yen)) for yen in amounts} == amounts


def test_nothing_required_and_nothing_lost_still_draws() -> None:
    bare = replace(history(), custody={})
    assert "no loss to try it on" in words(draw(plan(bare, [share("1")], rate=Fraction(0))))
