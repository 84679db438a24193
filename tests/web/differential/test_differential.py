"""What the page accepts the program accepts, and the other way round; and they refuse for the same reason.

POR_DIFFERENTIAL=20000 asks about more mutants than the few hundred of every run, POR_DIFFERENTIAL_SEED about others.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.web.differential import adversary, ask
from tests.web.differential.small import Small

CASES = int(os.environ.get("POR_DIFFERENTIAL", "500"))
FIRST = int(os.environ.get("POR_DIFFERENTIAL_SEED", "0"))


@pytest.fixture(scope="module")
def world():
    return Small()


def test_the_cases_that_the_mutants_come_from_hold(world):
    good = world.cases()
    assert [ask.python(case)[0] for case in good] == ["ok"] * len(good)
    assert ask.page(good) == [ask.python(case) for case in good]


def test_both_judge_every_mutant_alike(world):
    good = world.cases()
    seeds = range(FIRST, FIRST + CASES)
    cases = [adversary.mutant(world, good, seed) for seed in seeds]
    ours = [ask.python(case) for case in cases]
    theirs = ask.page(cases)
    differing = [(seed, one, other) for seed, one, other in zip(seeds, ours, theirs, strict=True) if one != other]
    assert differing == []
    reasons = Counter(answer[0] for answer in ours)
    assert len(reasons) > 15 and 0 < reasons["ok"] < CASES / 2, reasons  # it is refused, in many places
