"""The examples on the pages of the formats are read by the program."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from por.solvency.planning.candidates import parse_candidates, shipped_candidates
from por.solvency.planning.history import parse_history
from por.solvency.planning.losses import Lognormal, parse_losses, shipped_losses
from por.solvency.planning.montecarlo import simulate
from por.solvency.planning.picture import draw
from por.solvency.planning.plan import plan
from por.solvency.planning.table import COLUMNS
from tests.solvency.planning.test_plan import example as example_history

SPEC = Path(__file__).parents[3] / "docs" / "spec"


def example(page: str) -> str:
    found = re.search(r"```toml\n(.*?)```", (SPEC / page).read_text("utf-8"), re.DOTALL)
    assert found
    return found.group(1)


def test_the_history() -> None:
    found = parse_history(example("history.md"), where="history.md")
    assert found.years == (2023, 2024) and len(found.custody) == 2 and len(found.incidents) == 1


def test_the_candidates() -> None:
    (found,) = parse_candidates(example("candidates.md").encode(), where="candidates.md")
    assert found.formula.cap == 20_000_000_000


def test_the_distribution() -> None:
    found = parse_losses(example("losses.md").encode(), where="losses.md")
    assert found.severity == Lognormal(median=2e9, sigma=1.3)


def test_every_column_is_named() -> None:
    page = (SPEC / "history.md").read_text("utf-8")
    assert all(name in page for name in COLUMNS)


def test_the_picture_is_the_program_s() -> None:
    page = (SPEC.parent / "whatif.md").read_text("utf-8")
    assert "`por reserve plan examples/plan/history.toml --monte-carlo 100000 --svg docs/plan.svg`" in page
    made = plan(example_history(), shipped_candidates(), rate=Fraction("0.05"))
    model = shipped_losses("japan")
    assert model is not None
    found = simulate(
        model,
        [row.last for row in made.courses],
        trials=100_000,
        seed=1,
        cap=made.history.custody[made.history.years[-1]],
    )
    assert draw(made, found) == (SPEC.parent / "plan.svg").read_text("utf-8")


def test_the_page_says_what_the_picture_shows() -> None:
    made = plan(example_history(), shipped_candidates(), rate=Fraction("0.05"))
    firms = made.courses[0]
    assert firms.last == 360_000_000
    assert firms.share_paid is not None and round(firms.share_paid * 100) == 1
