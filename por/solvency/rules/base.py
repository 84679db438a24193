"""What a rule is: values in, a result with its steps out. No clock, no files, no network."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol, TypeGuard

from por.outcomes import Outcome
from por.solvency.case import Case
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult


class Rule(Protocol):
    """A rule, found by its id through the entry point group `por.rules`.

    `parameters` are the keys that a pack may give it. `judge` is pure: what is missing is an outcome with a sentence
    (`undecided` when the exchange could have given it, `not-covered` when it does not apply), never an exception.

    Optional: `inputs`, sentences that name what it reads and where that stands; `asks`, how it is reckoned, in a
    sentence; and what `HiddenRule` adds.
    """

    id: str
    parameters: frozenset[str]

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Judge one snapshot."""


class HiddenRule(Rule, Protocol):
    """A rule that reads the annex: `judge` is called only with one, and its exact figures go into `sides`.

    `public` makes the part that a statement shows, from no more than the outcome and the one figure in public
    (`left`, "" where there is none), so that an auditor without the annex can tell what a statement may say.

    Optional: `needs_prices`. A rule that has it applies wherever customers' crypto is held, and is undecided exactly
    when it is true and a coin that is held has no price; an auditor refuses a statement that says otherwise.
    """

    needs_annex: bool

    def public(self, settings: RuleSettings, outcome: Outcome, left: str) -> RuleResult:
        """Return the public result; a `left` that contradicts the outcome gives another outcome than was given."""


def needs_annex(rule: Rule) -> TypeGuard[HiddenRule]:
    """Say whether a rule can be judged only by a reader of the annex."""
    return bool(getattr(rule, "needs_annex", False))


def without_annex(settings: RuleSettings) -> RuleResult:
    """Return the result of a rule that needs the annex for a reader who has none."""
    return aside(settings, Outcome.NOT_COVERED, "how wallets are stored stands in the annex, which was not given")


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
