"""What a rule is: values in, a result with its steps out. No clock, no files, no network."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from por.outcomes import Outcome
from por.solvency.case import Case
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult


class Rule(Protocol):
    """A rule, found by its id through the entry point group `por.rules`.

    `parameters` are the keys that a pack may give it. `judge` is pure: what is missing is an outcome with a sentence
    (`undecided` when the exchange could have given it, `not-covered` when it does not apply), never an exception.
    """

    id: str
    parameters: frozenset[str]

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Judge one snapshot."""


def aside(settings: RuleSettings, outcome: Outcome, *steps: str, unit: str = "", left: str = "") -> RuleResult:
    """Return a result that compares nothing: the rule does not apply, or what it needs is missing."""
    return RuleResult(
        id=settings.id,
        title=settings.title,
        reference=settings.reference,
        outcome=outcome,
        basis=None,
        left=left,
        right="",
        unit=unit,
        steps=with_note(settings, steps),
        days_to_cure=settings.days_to_cure,
    )


def with_note(settings: RuleSettings, steps: tuple[str, ...]) -> tuple[str, ...]:
    """Put the pack's note before the steps."""
    return (settings.note, *steps) if settings.note else steps


def decide(left: Fraction | int, right: Fraction | int) -> Outcome:
    """Return holds when left >= right, exactly."""
    return Outcome.HOLDS if left >= right else Outcome.DOES_NOT_HOLD
