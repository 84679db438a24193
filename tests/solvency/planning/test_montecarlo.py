"""The simulation against chances that can be computed exactly, and its bounds."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from fractions import Fraction

import pytest

from por.errors import InputError
from por.reserves.declared import Incident, Volume
from por.solvency.planning.candidates import shipped_candidates
from por.solvency.planning.history import History
from por.solvency.planning.losses import Lognormal, Losses, Pareto, fitted, parse_losses, shipped_losses
from por.solvency.planning.montecarlo import Chance, per_cent, simulate, wilson
from por.solvency.planning.plan import plan
from por.solvency.planning.table import to_csv

TRIALS = 40_000


def losses(per_year: float, severity: Lognormal | Pareto) -> Losses:
    return Losses(id="t", title="t", per_year=per_year, severity=severity)


def test_without_a_reserve_only_years_without_a_loss_suffice() -> None:
    # A year without a loss has the chance e to the -0.3.
    found = simulate(losses(0.3, Pareto(minimum=5, alpha=2)), [Fraction(0), None], trials=TRIALS, seed=3)
    chance, absent = found.chances
    assert chance is not None and absent is None
    assert chance.low < math.exp(-0.3) < chance.high
    assert chance.share == found.no_loss and chance.in_need == 0


def test_one_loss_at_most_gives_the_severity_s_own_chance() -> None:
    # At 0.001 losses a year two in one year are one in two million: given a loss, it is at most x with F(x).
    # Pareto: F(20) = 1 - (5 / 20) ** 1.5 = 1 - 1/8. Lognormal: F(median) = 1/2.
    pareto = simulate(losses(0.001, Pareto(minimum=5, alpha=1.5)), [Fraction(20)], trials=4_000_000, seed=4)
    half = simulate(losses(0.001, Lognormal(median=7.0, sigma=2.0)), [Fraction(7)], trials=4_000_000, seed=5)
    for found, wanted in ((pareto, 7 / 8), (half, 1 / 2)):
        assert found.chances[0] is not None and found.chances[0].in_need is not None
        assert abs(found.chances[0].in_need - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / 4000)


def test_several_losses_add_up() -> None:
    # Each loss is 10 (a Pareto of alpha 100 capped at its minimum), two a year on average: a reserve of 30 pays for up
    # to three, and P(N <= 3) with N Poisson of 2 is e^-2 (1 + 2 + 2 + 4/3). The mean is 20.
    found = simulate(
        losses(2.0, Pareto(minimum=10, alpha=100)), [Fraction(30)], trials=TRIALS, seed=6, cap=Fraction(10)
    )
    chance = found.chances[0]
    assert chance is not None
    assert chance.low < math.exp(-2) * (1 + 2 + 2 + 4 / 3) < chance.high
    assert abs(found.mean - 20) < 0.3
    assert chance.unpaid >= 10


def test_years_without_refilling() -> None:
    severity = Pareto(minimum=10, alpha=100)
    five = simulate(losses(0.1, severity), [Fraction(0)], trials=TRIALS, seed=8, years=5)
    assert five.chances[0] is not None
    assert five.chances[0].low < math.exp(-0.5) < five.chances[0].high


def test_a_seed_repeats_and_another_does_not() -> None:
    model = shipped_losses("japan")
    assert model is not None
    runs = [simulate(model, [Fraction(10**9)], trials=TRIALS, seed=seed) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0].mean != runs[2].mean


def test_wilson_s_interval() -> None:
    # Of 10 hits in 20: 0.5 +- 0.2007 (Wilson 1927, as in any table); of none in 20 the upper end is z^2 / (n + z^2).
    low, high = wilson(10, 20)
    assert (round(low, 4), round(high, 4)) == (0.2993, 0.7007)
    assert wilson(0, 20)[0] == 0
    assert round(wilson(0, 20)[1], 4) == 0.1611


def past(*sizes: int) -> History:
    return History(
        title="h",
        source="s",
        volumes=tuple(Volume(year=year, by={"spot": 1}) for year in (2020, 2021)),
        incidents=tuple(Incident(at="2021-01-01", loss=size) for size in sizes),
    )


def test_fitting_to_losses() -> None:
    # Logarithms 1, 2, 3: mean 2, sample deviation 1; three in two years.
    found = fitted(past(*(round(10**6 * math.e**power) for power in (1, 2, 3))))
    assert isinstance(found.severity, Lognormal)
    assert math.isclose(found.severity.median, 10**6 * math.e**2, rel_tol=1e-5)
    assert math.isclose(found.severity.sigma, 1, rel_tol=1e-5)
    assert found.per_year == 1.5


@pytest.mark.parametrize("sizes", [(), (5, 6), (7, 7, 7)])
def test_too_few_losses_fit_nothing(sizes: tuple[int, ...]) -> None:
    with pytest.raises(InputError) as caught:
        fitted(past(*sizes))
    assert caught.value.code == "losses-too-few"


def test_the_shipped_distribution_is_what_its_note_says() -> None:
    model = shipped_losses("japan")
    assert model is not None and isinstance(model.severity, Lognormal)
    sizes = [math.log(size) for size in (48, 58, 7, 3.5, 10, 48.2)]
    mean = sum(sizes) / 6
    deviation = math.sqrt(sum((size - mean) ** 2 for size in sizes) / 5)
    assert math.isclose(model.severity.median, math.exp(mean) * 1e9, rel_tol=0.005)
    assert math.isclose(model.severity.sigma, deviation, rel_tol=0.005)
    assert math.isclose(model.per_year, 6 / (12.9 * 28), rel_tol=0.005)


@pytest.mark.parametrize("given", [{"trials": 99}, {"years": 0}, {"seed": -1}, {"trials": 10_000_001}])
def test_numbers_out_of_bounds_are_refused(given: dict[str, int]) -> None:
    with pytest.raises(InputError):
        simulate(losses(1, Lognormal(median=1, sigma=1)), [], **{"trials": 1000, "seed": 1, **given})


STATED = """format = "por-losses/1"
[losses]
id = "mine"
title = "Mine"
[frequency]
kind = "poisson"
per_year = "0.5"
[severity]
kind = "pareto"
minimum = "1000"
alpha = "1.1"
"""


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (('per_year = "0.5"', 'per_year = "0"'), "line 7: frequency.per_year: 0 is not above 0"),
        (('alpha = "1.1"', 'alpha = "1.1"\nsigma = "2"'), "line 12: severity.pareto.sigma: unknown key"),
        (('kind = "poisson"', 'kind = "daily"'), "line 6: frequency.kind"),
        (('id = "mine"', 'id = "My own"'), "line 3: losses.id"),
        (('"por-losses/1"', '"por-losses/2"'), "line 1: format"),
    ],
)
def test_a_mistake_in_a_distribution_is_named_with_its_line(edit: tuple[str, str], words: str) -> None:
    assert parse_losses(STATED.encode(), where="l.toml").severity == Pareto(minimum=1000, alpha=1.1)
    with pytest.raises(InputError) as caught:
        parse_losses(STATED.replace(*edit).encode(), where="l.toml")
    assert words in caught.value.message


def test_a_chance_is_never_shown_as_more_than_it_is() -> None:
    """By hand: 99,999 of 100,000 is 99.999 %, and neither 100.00 % nor a certainty in the file."""
    assert per_cent(99_999 / 100_000, 2) == "99.99%"
    assert per_cent(99_999 / 100_000, 2, up=True) == "100.00%"
    assert (per_cent(1.0, 2), per_cent(0.0, 1, up=True), per_cent(1 / 3, 1)) == ("100.00%", "0.0%", "33.3%")
    chance = Chance(share=1 - 1e-7, in_need=None, low=1e-7, high=1e-7, unpaid=0.0)
    made = plan(past(10, 20, 30), shipped_candidates()[:1], rate=Fraction(1, 20))
    found = replace(
        simulate(losses(1.0, Pareto(minimum=1.0, alpha=2.0)), [None], trials=100, seed=1), chances=(chance,)
    )
    row = next(row for row in csv.DictReader(io.StringIO(to_csv(made, found).decode())) if row["kind"] == "chance")
    assert (row["share"], row["low"], row["high"]) == ("0.999999", "0.000000", "0.000001")


def test_the_longest_tail_gives_numbers() -> None:
    """Beyond the largest float a mean would be no number, and JSON has no word for it."""
    found = simulate(losses(5.0, Pareto(minimum=1e18, alpha=0.0001)), [Fraction(10)], trials=100, seed=1)
    assert found.chances[0] is not None
    assert all(math.isfinite(value) for value in (found.mean, found.chances[0].unpaid, found.quantiles[-1][1]))
