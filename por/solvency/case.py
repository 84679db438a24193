"""What a rule is given: everything known about one snapshot, as values, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from por.reserves.annex import Annex
from por.reserves.declared import Declared
from por.solvency.issues import Outstanding
from por.solvency.reserve import Reserve
from por.solvency.settings import Pack
from por.solvency.storage import Stored
from por.solvency.verdict import AssetPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One snapshot before the rule book.

    `day` is the day of the law of as_of; `positions` are sorted by asset; `prices` are yen per whole unit of what
    has a price close enough to as_of; `reserve` is None when no formula is in force. `annex` is what the exchange gave
    about storage and `storage` what follows from it by crypto asset; both are None for a reader without it.
    `issued` are the stablecoins that the company issues itself.
    """

    pack: Pack
    day: str
    positions: tuple[AssetPosition, ...]
    prices: Mapping[str, Fraction]
    reserve: Reserve | None
    declared: Declared | None
    annex: Annex | None = None
    storage: Mapping[str, Stored] | None = None
    issued: tuple[Outstanding, ...] = ()
