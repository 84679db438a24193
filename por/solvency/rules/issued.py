"""What both rules about the company's own stablecoins share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

from por.errors import InputError
from por.outcomes import Outcome, combine, weakest
from por.reserves.issues import CLASSES, IssueAsset, IssueType
from por.solvency.case import Case
from por.solvency.issues import Outstanding
from por.solvency.prices import YEN
from por.solvency.rules.base import aside, with_note
from por.solvency.settings import RuleSettings
from por.solvency.verdict import Line, RuleResult

Lines = Callable[[Outstanding, Fraction, RuleSettings], tuple[list[Line], list[str]]]
"""Compares one coin of which so many yen are outstanding; returns lines and steps."""


def judge(case: Case, settings: RuleSettings, *, type: IssueType, lines: Lines) -> RuleResult:
    """Judge all coins of one type; none is `not-covered`, one whose supply is unknown `undecided`."""
    coins = [coin for coin in case.issued if coin.issue.type == type]
    if not coins:
        return aside(settings, Outcome.NOT_COVERED, f"the company declares no coin of the type {type}")
    found: list[Line] = []
    steps: list[str] = []
    open_: list[str] = []
    for coin in coins:
        steps += coin.steps
        if coin.yen is None:
            open_.append(coin.issue.asset)
            steps.append(f"{coin.issue.asset}: {coin.problem}, so what is outstanding is not known")
            continue
        if coin.issue.currency != YEN:
            steps.append(f"{coin.issue.asset}: redeemed in {coin.issue.currency}, reckoned in yen by its price")
        more, why = lines(coin, coin.yen, settings)
        found += more
        steps += why
    outcome = combine([*(line.outcome for line in found), *([Outcome.UNDECIDED] if open_ else [])])
    only = found[0] if len(found) == 1 and not open_ else None
    return RuleResult(
        id=settings.id,
        title=settings.title,
        reference=settings.reference,
        outcome=outcome,
        basis=weakest(coin.basis for coin in coins) if found else None,
        left=only.left if only else str(sum(line.outcome is Outcome.HOLDS for line in found)),
        right=only.right if only else str(len(found) + len(open_)),
        unit=only.unit if only else "comparisons that hold",
        lines=tuple(found),
        steps=with_note(settings, tuple(steps)),
        days_to_cure=settings.days_to_cure,
    )


def behind(coin: Outstanding, good: Collection[IssueAsset]) -> list[str]:
    """Say what stands behind a coin, entry by entry."""
    return [
        f"{coin.issue.asset}: {row.kind} of {row.amount} yen at {row.institution}, {row.at}"
        + (f", in the books {row.book}" if row.book is not None else "")
        + (f", due {row.maturity}" if row.maturity is not None else "")
        + ("" if row in good else ": does not count")
        for row in coin.assets
    ]


def classes(settings: RuleSettings) -> frozenset[str]:
    """Return the classes of assets that a rule lets count, by its parameter of words with blanks between."""
    found = frozenset(settings.parameters.get("classes", "").split())
    if found and found <= set(CLASSES):
        return found
    raise InputError(
        f"{settings.id}: classes are not classes of assets",
        code="pack-malformed",
        hint=f"write some of {' '.join(CLASSES)}, with blanks between",
    )
