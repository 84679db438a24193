"""One line of a rule that compares what is held of an asset with what is owed, in the asset itself."""

from __future__ import annotations

from por.outcomes import Outcome, weakest
from por.solvency.figures import units
from por.solvency.rules.base import decide
from por.solvency.verdict import AssetPosition, Line


def line(position: AssetPosition) -> Line:
    """Compare what counts for customers with what they are owed: exact decimals of whole units."""
    return Line(
        label=position.asset,
        left=units(position.counted, position.decimals),
        right=units(position.liabilities, position.decimals),
        unit=position.asset,
        outcome=decide(position.counted, position.liabilities),
        basis=weakest(position.bases) if position.bases else None,
    )


def steps(position: AssetPosition) -> tuple[str, str, str]:
    """Say in three sentences how the line came about."""
    asset, decimals = position.asset, position.decimals
    owed = " + ".join(
        f"{row.name or 'spot'} {units(row.amount, decimals)}" for row in position.classes if not row.excluded
    )
    bases = (("proven", position.proven), ("node", position.node), ("declared", position.declared))
    held = " + ".join(f"{name} {units(amount, decimals)}" for name, amount in bases)
    spare = position.counted - position.liabilities
    end = f"{units(spare, decimals)} to spare" if spare >= 0 else f"{units(-spare, decimals)} short"
    sign = ">=" if decide(position.counted, position.liabilities) is Outcome.HOLDS else "<"
    return (
        f"{asset} owed: {owed or '0'} = {units(position.liabilities, decimals)}",
        f"{asset} held for customers: {held} = {units(position.counted, decimals)}",
        f"{asset}: {units(position.counted, decimals)} {sign} {units(position.liabilities, decimals)}, {end}",
    )
