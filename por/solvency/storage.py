"""How customers' coins and guarantee coins are stored, per asset, joined from reserves.json and its annex.

Only a reader of the annex can make these figures. They stay out of the statement: with exact totals of what is hot
anybody could find by subset sums which addresses are cold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from por.reserves.annex import Annex
from por.solvency.holdings import Counted
from por.solvency.verdict import AssetPosition

GUARANTEE = "guarantee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One crypto asset in base units of `decimals`: what counts for customers by storage, and guarantee coins.

    What a custodian's statement declares is `third_party`. `guarantee_cold` is in cold wallets, `guarantee_other` not.
    """

    asset: str
    decimals: int
    hot: int = 0
    cold: int = 0
    third_party: int = 0
    guarantee_cold: int = 0
    guarantee_other: int = 0


def with_storage(rows: Iterable[Counted], annex: Annex) -> list[Counted]:
    """Return the holdings with their storage: as the annex says, what it does not name as hot, the unsafe side."""
    known = {(row.account, row.asset): row.storage for row in annex.holdings}
    return [replace(row, storage=known.get((row.account, row.id), "hot")) for row in rows]


def stored(positions: Iterable[AssetPosition], rows: Iterable[Counted]) -> Mapping[str, Stored]:
    """Sum holdings by asset at the decimals of its position; `rows` are those that `positions` was made of."""
    by_asset: dict[str, list[Counted]] = {}
    for row in rows:
        by_asset.setdefault(row.asset, []).append(row)
    found = {}
    for position in positions:
        if position.fiat:
            continue
        sums = dict.fromkeys(("hot", "cold", "third_party", "guarantee_cold", "guarantee_other"), 0)
        for row in by_asset.get(position.asset, []):
            place = _place(row)
            if place:
                own = position.ledger_decimals if row.decimals is None else row.decimals
                sums[place] += row.amount * 10 ** (position.decimals - own)
        found[position.asset] = Stored(asset=position.asset, decimals=position.decimals, **sums)
    return found


def _place(row: Counted) -> str:
    if row.label == "":
        return row.storage.replace("-", "_")
    if row.label == GUARANTEE:
        return "guarantee_cold" if row.storage == "cold" else "guarantee_other"
    return ""
