"""One price of several quotes, by the method that the policy pack states; exact, and nothing is filled in.

Of each source the quote nearest to the snapshot counts, when it lies within the pack's hours of it. Quotes further from
the median of all than the pack allows are left out, once, and the median of the rest is the price. Fewer sources than
the pack asks for give no price: then what is reckoned in yen is undecided, for a guess would be somebody's choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from por.header import parse_time
from por.solvency.figures import plain
from por.solvency.prices import YEN, Price, Prices
from por.solvency.settings import Pack, PriceMethod
from por.solvency.verdict import PriceFigures, UsedPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """Exact yen per whole unit by asset (the yen itself among them), the figures to show, and what was left out."""

    yen: Mapping[str, Fraction]
    figures: PriceFigures
    gaps: tuple[str, ...]


def price_all(pack: Pack, prices: Prices, as_of: int) -> Priced:
    """Make one price an asset of the quotes near `as_of` (Unix seconds)."""
    found: dict[str, Fraction] = {}
    used: list[UsedPrice] = []
    gaps: list[str] = []
    for asset in sorted({row.asset for row in prices.quotes} - {YEN}):
        quotes = prices.of(asset)
        near = _nearest(quotes, as_of, pack.freshness.price_hours * 3600)
        kept, price = _settle(near, pack.prices)
        gaps += _left_out(asset, quotes, near, kept, pack)
        if price is not None:
            found[asset] = price
            used.append(UsedPrice(asset=asset, yen=plain(price), quotes=len(kept), left_out=len(quotes) - len(kept)))
    return Priced(
        yen={YEN: Fraction(1), **found},
        figures=PriceFigures(method=sentence(pack), used=tuple(used)),
        gaps=tuple(gaps),
    )


def sentence(pack: Pack) -> str:
    """Say how the pack makes a price."""
    method, hours = pack.prices, pack.freshness.price_hours
    off = "" if method.outlier is None else f"; quotes more than {plain(method.outlier)} of it away are left out first"
    return (
        f"median of one quote a source, the nearest to the snapshot within {hours} hours{off}; "
        f"at least {method.min_sources} needed; of an even number the exact mean of the two in the middle"
    )


def _nearest(quotes: Sequence[Price], as_of: int, seconds: int) -> list[Price]:
    """Return one quote a source, the nearest in time and of two as near the earlier, none too far away."""
    best: dict[str, tuple[int, int, Price]] = {}
    for row in quotes:
        at = parse_time(row.at, where=f"price of {row.asset}")
        rank = (abs(at - as_of), at, row)
        if rank[0] <= seconds and (row.source not in best or rank[:2] < best[row.source][:2]):
            best[row.source] = rank
    return [best[source][2] for source in sorted(best)]


def _settle(near: Sequence[Price], method: PriceMethod) -> tuple[list[Price], Fraction | None]:
    """Return the quotes that count and their median, or None when they are too few."""
    kept = list(near)
    if kept and method.outlier is not None:
        middle = median([row.yen for row in kept])
        kept = [row for row in kept if abs(row.yen - middle) <= method.outlier * middle]
    if len(kept) < method.min_sources:
        return kept, None
    return kept, median([row.yen for row in kept])


def median(values: Sequence[Fraction]) -> Fraction:
    """Return the value in the middle, of an even number the exact mean of the two; at least one is needed."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _left_out(
    asset: str, quotes: Sequence[Price], near: Sequence[Price], kept: Sequence[Price], pack: Pack
) -> list[str]:
    gaps = []
    hours, least = pack.freshness.price_hours, pack.prices.min_sources
    sources = {row.source for row in near}
    for source in sorted({row.source for row in quotes} - sources):
        gaps.append(f"the price of {asset} from {source} is more than {hours} hours from the snapshot: left out")
    for row in near:
        if row not in kept:
            gaps.append(f"the price of {asset} from {row.source}, {row.text}, is an outlier: left out")
    if len(kept) < least:
        gaps.append(f"{asset} has {len(kept)} usable quotes and {least} are needed: it has no price")
    return gaps
