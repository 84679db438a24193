"""The words in which every check and every rule reports: four outcomes, five bases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check came out."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does-not-hold"
    UNDECIDED = "undecided"
    """Asked for, but a source was out of reach."""
    NOT_COVERED = "not-covered"
    """Not asked for, or not possible here; listed, never hidden."""


class Basis(StrEnum):
    """What an outcome rests on, strongest first where they can be compared: proven, node, declared."""

    PROVEN = "proven"
    NODE = "node"
    DECLARED = "declared"
    SIGNED = "signed"
    RECOMPUTED = "recomputed"


_STRENGTH = (Basis.PROVEN, Basis.NODE, Basis.DECLARED)


def weakest(bases: Iterable[Basis]) -> Basis:
    """Return the weakest of proven, node and declared among `bases`; of none, proven."""
    return max(bases, key=_STRENGTH.index, default=Basis.PROVEN)


def combine(outcomes: Iterable[Outcome]) -> Outcome:
    """One outcome for several: a failure wins, then undecided, then holds; of none, not-covered."""
    seen = set(outcomes)
    for outcome in (Outcome.DOES_NOT_HOLD, Outcome.UNDECIDED, Outcome.HOLDS):
        if outcome in seen:
            return outcome
    return Outcome.NOT_COVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of an audit: what was asked, how it came out, and what that rests on."""

    id: str
    outcome: Outcome
    basis: Basis | None = None
    detail: str = ""
