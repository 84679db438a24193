"""Per asset: what customers are owed, in every class, beside what is held for them, at the largest decimals of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from por import amounts
from por.liabilities.manifest import AssetLiabilities
from por.outcomes import Basis
from por.solvency.figures import units, yen_down, yen_up
from por.solvency.holdings import Counted
from por.solvency.settings import Pack
from por.solvency.verdict import AssetPosition, ClassBalance


def positions(
    pack: Pack, liabilities: Iterable[AssetLiabilities], counted: Iterable[Counted]
) -> tuple[tuple[AssetPosition, ...], list[str]]:
    """Return a position for every asset of the manifest or with a holding, sorted, and the gaps met on the way.

    Amounts of different decimals are brought to the largest, so nothing is rounded. A declared amount has the
    decimals of the ledger; of an asset that the ledger does not know it has none, so it is left out.
    """
    owed: dict[str, list[AssetLiabilities]] = {}
    for entry in liabilities:
        owed.setdefault(amounts.split_asset(entry.asset)[0], []).append(entry)
    held: dict[str, list[Counted]] = {}
    gaps: list[str] = []
    for row in counted:
        if row.decimals is None and row.asset not in owed:
            gaps.append(f"{row.asset} is declared but no asset of the ledger: left out")
        else:
            held.setdefault(row.asset, []).append(row)
    found = []
    for asset in sorted(set(owed) | set(held)):
        rows = owed.get(asset, [])
        position = _position(pack, asset, rows, held.get(asset, []))
        for balance in position.classes:
            if balance.excluded and balance.amount:
                amount = units(balance.amount, position.decimals)
                gaps.append(f"{asset}:{balance.name} of {amount} is outside segregation and not covered by any rule")
        for entry in rows:
            if entry.excluded_rows:
                amount = units(entry.excluded_amount, entry.decimals)
                gaps.append(f"{entry.asset}: {entry.excluded_rows} negative balances of {amount} lower no liability")
        found.append(position)
    return tuple(found), gaps


def _position(pack: Pack, asset: str, owed: list[AssetLiabilities], held: list[Counted]) -> AssetPosition:
    ledger = max((row.decimals for row in owed), default=0)
    decimals = max([ledger, *(row.decimals for row in held if row.decimals is not None)])
    classes = tuple(
        ClassBalance(
            name=name,
            amount=row.total * 10 ** (decimals - row.decimals),
            excluded=name in pack.excluded_classes,
        )
        for row, name in sorted(((row, amounts.split_asset(row.asset)[1]) for row in owed), key=lambda pair: pair[1])
    )
    base = next((row.decimals for row in owed if row.asset == asset), ledger)
    sums: dict[Basis, int] = {}
    other: dict[str, int] = {}
    for row in held:
        amount = row.amount * 10 ** (decimals - (base if row.decimals is None else row.decimals))
        if row.label:
            other[row.label] = other.get(row.label, 0) + amount
        else:
            sums[row.basis] = sums.get(row.basis, 0) + amount
    return AssetPosition(
        asset=asset,
        decimals=decimals,
        fiat=asset in pack.fiat,
        classes=classes,
        liabilities=sum(row.amount for row in classes if not row.excluded),
        proven=sums.get(Basis.PROVEN, 0),
        node=sums.get(Basis.NODE, 0),
        declared=sums.get(Basis.DECLARED, 0),
        other=tuple(sorted(other.items())),
        ledger_decimals=base,
    )


def value(amount: int, decimals: int, price: Fraction) -> Fraction:
    """Return the yen of `amount` base units at `price` yen per whole unit, exactly."""
    return price * Fraction(amount, 10**decimals)


def priced(position: AssetPosition, price: Fraction | None) -> AssetPosition:
    """Return the position with its yen figures, when it has a price."""
    if price is None:
        return position
    return replace(
        position,
        owed_yen=yen_up(value(position.liabilities, position.decimals, price)),
        covered_yen=yen_down(value(position.covered, position.decimals, price)),
    )
