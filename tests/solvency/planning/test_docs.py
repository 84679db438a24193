"""The examples on the pages of the formats are read by the program."""

from __future__ import annotations

import re
from pathlib import Path

from por.solvency.planning.candidates import parse_candidates
from por.solvency.planning.history import parse_history
from por.solvency.planning.losses import Lognormal, parse_losses
from por.solvency.planning.table import COLUMNS

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
