"""Formulas over a history, against numbers worked out by hand; the working stands beside each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from por.errors import InputError
from por.reserves.declared import Incident, Volume
from por.solvency.formula import Formula, ShareOfCustody
from por.solvency.planning.candidates import Candidate, of_pack, parse_candidates, shipped_candidates
from por.solvency.planning.history import History, parse_history
from por.solvency.planning.picture import draw
from por.solvency.planning.plan import business_year, last_day, plan
from por.solvency.planning.table import COLUMNS, to_csv

EXAMPLE = Path(__file__).parents[3] / "examples" / "plan" / "history.toml"


def example() -> History:
    return parse_history(EXAMPLE.read_text(), where="history.toml")


def share(of: str) -> Candidate:
    part = ShareOfCustody(share=Fraction(of))
    formula = Formula(id="share", reference="none", insurance_share=Fraction(0), parts=(part,))
    return Candidate(title="share", formula=formula)


def history(*losses: tuple[str, int], custody: tuple[int, ...] = (1000, 2000, 4000)) -> History:
    years = range(2020, 2020 + len(custody))
    return History(
        title="h",
        source="s",
        volumes=tuple(Volume(year=year, by={"spot": 1}) for year in years),
        incidents=tuple(Incident(at=at, loss=loss) for at, loss in losses),
        custody={year: Fraction(amount) for year, amount in zip(years, custody, strict=True)},
    )


def test_required_and_cost_year_by_year() -> None:
    # 10 % of 1000, 2000, 4000 is 100, 200, 400; at 5 % a year that costs 5, 10, 20: 35 in all.
    (course,) = plan(history(), [share("0.1")], rate=Fraction("0.05")).courses
    assert [row.required for row in course.years] == [100, 200, 400]
    assert [row.cost for row in course.years] == [5, 10, 20]
    assert [row.day for row in course.years] == ["2021-03-31", "2022-03-31", "2023-03-31"]
    assert course.cost == 35
    assert course.last == 400


def test_a_loss_is_paid_by_the_year_end_before_it() -> None:
    # Year ends hold 100 (March 2021), 200 (March 2022), 400.
    # 2020-06: before the first year end, so it is tried on nothing.
    # 2021-04-01 is in the year that begins with 100: a loss of 250 gets 100.
    # 2022-03-31 is the last day of the same year, and the 100 are spent: a loss of 30 gets nothing.
    # 2022-04-01 begins with 200: a loss of 150 gets 150, the next of 100 the 50 left.
    losses = (("2020-06-01", 999), ("2021-04-01", 250), ("2022-03-31", 30), ("2022-04-01", 150), ("2022-05-01", 100))
    (course,) = plan(history(*losses), [share("0.1")], rate=Fraction(0)).courses
    assert [row.paid for row in course.losses] == [None, 100, 0, 150, 50]
    # (100 + 0 + 150 + 50) / (250 + 30 + 150 + 100) = 300 / 530
    assert course.share_paid == Fraction(300, 530)


def test_a_formula_without_its_figures_says_what_is_missing() -> None:
    bare = history()
    bare = History(title="h", source="s", volumes=bare.volumes, incidents=(Incident(at="2022-06-01", loss=5),))
    (course,) = plan(bare, [share("0.1")], rate=Fraction(1)).courses
    assert course.last is None and "price is missing" in course.years[0].problem
    assert course.share_paid is None and course.cost == 0


@pytest.mark.parametrize(
    ("starts", "last"), [(4, "2021-03-31"), (1, "2020-12-31"), (3, "2021-02-28"), (12, "2021-11-30")]
)
def test_business_years(starts: int, last: str) -> None:
    assert last_day(2020, starts) == last
    assert business_year(last, starts) == 2020
    following = f"{int(last[:4]) + (last[5:] == '12-31')}-{starts:02d}-01"
    assert business_year(following, starts) == 2021


def test_the_shipped_candidates_over_the_example() -> None:
    made = plan(example(), shipped_candidates(), rate=Fraction("0.05"))
    last = {row.candidate.formula.id: row.last for row in made.courses}
    # 3.0 tn traded in 2025 lies in two slices: 1 tn x 0.05 % = 500m, 2 tn x 0.02 % = 400m.
    assert last["tiers"] == 900_000_000
    # 131 bn in custody: 1 % of it is 1.31 bn, above the floor; 5 % is 6.55 bn.
    assert last["one-per-cent"] == last["floor-and-cap"] == 1_310_000_000
    assert last["hot-limit"] == 6_550_000_000
    # Ten times the coefficient is ten times the reserve.
    assert last["ten-times"] == 10 * (last["securities-firms"] or 0)
    # Half of 48 bn lost comes on top.
    assert (last["plus-incidents"] or 0) - (last["securities-firms"] or 0) == 24_000_000_000


def test_the_candidate_in_force_is_the_pack_s() -> None:
    from por.solvency.pack import shipped

    (stated,) = of_pack(shipped("japan"))
    ours = next(row for row in shipped_candidates() if row.formula.id == "securities-firms")
    made = plan(example(), [stated, ours], rate=Fraction(0))
    assert [row.required for row in made.courses[0].years] == [row.required for row in made.courses[1].years]


def test_the_csv_has_every_figure() -> None:
    made = plan(history(("2021-05-01", 33)), [share("0.1")], rate=Fraction("0.001"))
    rows = [line.split(",") for line in to_csv(made).decode().split("\r\n")[:-1]]
    assert tuple(rows[0]) == COLUMNS
    # Costs of 0.1, 0.2 and 0.4 yen are shown rounded up, as what is owed is.
    assert [row[:6] for row in rows[1:4]] == [
        ["required", "share", "share", "2021-03-31", "100", "1"],
        ["required", "share", "share", "2022-03-31", "200", "1"],
        ["required", "share", "share", "2023-03-31", "400", "1"],
    ]
    assert rows[4][:7] == ["loss", "share", "share", "2021-05-01", "33", "", "33"]


def test_declared_toml_is_a_history_without_custody() -> None:
    volumes = '[{ year = 2025, spot = "7" }, { year = 2024, spot = "5" }]'
    text = f'[reserve]\nvolumes = {volumes}\nincidents = [{{ at = "2024-05-31", loss = "3" }}]\n'
    found = parse_history(text, where="declared.toml")
    assert found.years == (2024, 2025) and not found.custody
    assert found.incidents == (Incident(at="2024-05-31", loss=3),)


YEAR = '[[years]]\nyear = 2024\nvolumes = { spot = "1" }\n'
HEAD = 'format = "por-history/1"\n[history]\ntitle = "t"\nsource = "s"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + YEAR + YEAR.replace("2024", "2026"), "line 9: years[1].year: 2026 does not follow 2024"),
        (HEAD + YEAR.replace("spot", "tulips"), "line 7: years[0].volumes.tulips: 'tulips' is not a kind of trade"),
        (HEAD + YEAR + 'custody = "1.5"\n', "line 8: years[0].custody"),
        (HEAD + YEAR + "losses = 1\n", "line 8: years.0.losses: unknown key"),
        (HEAD + YEAR + '[[incidents]]\nat = "2024-02-30"\nloss = "1"\n', "line 9: incidents[0].at"),
        (HEAD, "years: field required"),
        ("", "trading values of 0 business years"),
    ],
)
def test_a_mistake_in_a_history_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_history(text, where="h.toml")
    assert words in caught.value.message


FORMULA = """format = "por-formulas/1"
[[formulas]]
id = "one"
title = "One"
reference = "a candidate"
[[formulas.parts]]
kind = "share-of-custody"
share = "0.01"
"""


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (('id = "one"', 'id = "One"'), "line 3"),
        (('share = "0.01"', 'share = "1 %"'), "share"),
        (('kind = "share-of-custody"', 'kind = "share-of-hope"'), "line 6"),
        (('reference = "a candidate"', 'reference = " "'), "reference"),
        (('title = "One"', 'title = "One"\nnote = "?"'), "line 5: formulas.0.note: unknown key"),
    ],
)
def test_a_mistake_in_a_candidate_is_named(edit: tuple[str, str], words: str) -> None:
    assert len(parse_candidates(FORMULA.encode(), where="f.toml")) == 1
    with pytest.raises(InputError) as caught:
        parse_candidates(FORMULA.replace(*edit).encode(), where="f.toml")
    assert words in caught.value.message


def test_years_at_the_end_of_the_calendar() -> None:
    """declared.toml may name any year; a plan ends before the calendar does, and what it plans can be drawn."""
    text = "[reserve]\nvolumes = [" + ", ".join(f'{{ year = {year}, spot = "1" }}' for year in range(9988, 9991)) + "]"
    last = parse_history(text, where="declared.toml")
    assert "<svg" in draw(plan(last, shipped_candidates(), rate=Fraction(1, 20), year_starts=12))
    with pytest.raises(InputError, match="9999; 9990 is the last year"):
        parse_history('[reserve]\nvolumes = [{ year = 9999, spot = "1" }]', where="declared.toml")
