"""What rules about storage share: a public result that says little, and exact sides for the annex's reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from por import amounts
from por.errors import InputError
from por.outcomes import Basis, Outcome
from por.solvency.case import Case
from por.solvency.positions import value
from por.solvency.rules.base import with_note
from por.solvency.settings import RuleSettings
from por.solvency.storage import Stored
from por.solvency.verdict import Line, RuleResult, Sides

DECIDED = frozenset({Outcome.HOLDS, Outcome.DOES_NOT_HOLD})

OPEN = "a price is missing near the snapshot, so it is not decided"
NOTHING = "customers are owed no crypto-asset"
HIDDEN = "how much is hot and how much is cold stands in the annex alone, which is named by its digest"


def shown(
    settings: RuleSettings,
    outcome: Outcome,
    *,
    left: str = "",
    right: str = "",
    unit: str = "",
    relation: str = ">=",
    steps: tuple[str, ...] = (HIDDEN,),
) -> RuleResult:
    """Return a public result. Storage is the exchange's word in every case, so what is decided is `declared`."""
    aside = {Outcome.UNDECIDED: (OPEN,), Outcome.NOT_COVERED: (NOTHING,)}
    return RuleResult(
        id=settings.id,
        title=settings.title,
        reference=settings.reference,
        outcome=outcome,
        basis=Basis.DECLARED if outcome in DECIDED else None,
        left=left if outcome in DECIDED else "",
        right=right,
        unit=unit,
        relation=relation,
        steps=with_note(settings, aside.get(outcome, steps)),
        days_to_cure=settings.days_to_cure,
    )


def sides(lines: Iterable[Line], steps: Iterable[str], *, unit: str) -> Sides:
    """Return the exact figures of a rule that compares asset by asset."""
    rows = tuple(lines)
    held = sum(row.outcome is Outcome.HOLDS for row in rows)
    return Sides(left=str(held), right=str(len(rows)), unit=unit, lines=rows, steps=tuple(steps))


def rows(case: Case) -> list[Stored]:
    """Return how each crypto-asset is stored; none without the annex, which such rules are never judged without."""
    return [] if case.storage is None else list(case.storage.values())


def covered(case: Case, row: Stored) -> int:
    """Return customers' coins of an asset that are there: the lesser of held and owed.

    A surplus is the exchange's own, and what is missing is segregation's matter: neither makes a share look smaller.
    """
    owed = next(position.liabilities for position in case.positions if position.asset == row.asset)
    return min(row.hot + row.cold + row.third_party, owed)


def unpriced(case: Case, found: Iterable[Stored]) -> list[str]:
    """Return the assets among `found` that have no price and of which anything is held."""
    return [row.asset for row in found if row.asset not in case.prices and (row.hot + row.cold + row.third_party)]


def yen(case: Case, row: Stored, amount: int) -> Fraction:
    """Return the exact yen of base units of an asset that has a price."""
    return value(amount, row.decimals, case.prices[row.asset]) if amount else Fraction(0)


def share(settings: RuleSettings, name: str) -> Fraction:
    """Return a share between 0 and 1 among a rule's parameters; InputError when it is none, or is not there."""
    found = amounts.parse_exact(settings.parameters.get(name), where=f"{settings.id}: {name}")
    if found > 1:
        raise InputError(
            f"{settings.id}: {name} is more than the whole", code="pack-malformed", hint='write a share such as "0.05"'
        )
    return found


def choice(settings: RuleSettings, name: str, words: tuple[str, ...]) -> str:
    """Return one of `words` among a rule's parameters; InputError when it is another."""
    found = settings.parameters.get(name, "")
    if found in words:
        return found
    raise InputError(
        f"{settings.id}: {name} is {found[:20]!r}", code="pack-malformed", hint=f"write one of {', '.join(words)}"
    )


def with_sides(result: RuleResult, exact: Sides) -> RuleResult:
    """Return a public result with the exact figures beside, which its document leaves out."""
    return replace(result, sides=exact)
