"""What judge() takes beside the pack, as one value, and how part of what is held is taken away from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from por import amounts
from por.liabilities.manifest import Manifest
from por.reserves.annex import Annex
from por.reserves.declared import Declared, DeclaredHolding
from por.reserves.report import Holding, Report
from por.solvency.holdings import CUSTODIAN, CUSTOMERS, FIAT_TRUST
from por.solvency.judge import judge
from por.solvency.positions import value
from por.solvency.prices import Prices
from por.solvency.pricing import price_all
from por.solvency.settings import Pack
from por.solvency.verdict import Verdict

OnChain = Callable[[Holding], Fraction]
Stated = Callable[[DeclaredHolding], Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One snapshot as the rule book is given it; `annex` is None for a reader without it."""

    manifest: Manifest
    report: Report
    declared: Declared | None
    prices: Prices
    annex: Annex | None = None

    def judge(self, pack: Pack) -> Verdict:
        """Judge by the rules themselves."""
        return judge(
            pack=pack,
            manifest=self.manifest,
            report=self.report,
            declared=self.declared,
            prices=self.prices,
            annex=self.annex,
        )

    def yen(self, pack: Pack) -> Mapping[str, Fraction]:
        """Return the prices that count on the snapshot's day, yen per whole unit by asset."""
        return price_all(pack, self.prices, self.manifest.header.time).yen

    def storage(self) -> dict[tuple[str, str], tuple[str, str]] | None:
        """Return (storage, custodian) by (account, asset) as the annex has it; None without one."""
        if self.annex is None:
            return None
        return {(row.account, row.asset): (row.storage, row.custodian) for row in self.annex.holdings}

    def without(self, on_chain: OnChain, stated: Stated) -> Facts:
        """Take a share (0 to 1) of each holding away; what is taken is rounded up to whole base units."""
        chains = tuple(
            replace(
                chain,
                holdings=tuple(replace(row, amount=_less(row.amount, on_chain(row))) for row in chain.holdings),
            )
            for chain in self.report.chains
        )
        holdings = tuple(replace(row, amount=_less(row.amount, stated(row))) for row in self.report.declared)
        declared = None if self.declared is None else replace(self.declared, holdings=holdings)
        report = replace(self.report, chains=chains, declared=holdings)
        return replace(self, report=report, declared=declared)


def asset_of(pack: Pack, row: Holding | DeclaredHolding) -> str | None:
    """Return the code of what a holding counts for, None when it backs nothing in the pack."""
    if isinstance(row, DeclaredHolding):
        return row.asset
    backing = pack.tables.backing_of(row.asset)
    return None if backing is None else backing.asset


def counts(pack: Pack, row: Holding | DeclaredHolding) -> bool:
    """Say whether a holding is of the kind that counts for customers."""
    if isinstance(row, Holding):
        return row.purpose == CUSTOMERS
    wanted = FIAT_TRUST if row.asset in pack.fiat else CUSTODIAN
    return row.purpose == CUSTOMERS and row.kind == wanted


def worth(pack: Pack, facts: Facts, row: Holding | DeclaredHolding, prices: Mapping[str, Fraction]) -> Fraction:
    """Return the yen of a holding at `prices`, exactly; nothing for what has no price or backs nothing."""
    asset = asset_of(pack, row)
    price = None if asset is None else prices.get(asset)
    if asset is None or price is None:
        return Fraction(0)
    if isinstance(row, DeclaredHolding):
        decimals = next((it.decimals for it in facts.manifest.assets if it.asset == asset), None)
        if decimals is None:  # the ledger knows only classes of it, and then the largest decimals are meant
            decimals = max((it.decimals for it in facts.manifest.assets if _base(it.asset) == asset), default=0)
    else:
        backing = pack.tables.backing_of(row.asset)
        decimals = 0 if backing is None else backing.decimals
    return value(row.amount, decimals, price)


def _base(code: str) -> str:
    return amounts.split_asset(code)[0]


def _less(amount: int, share: Fraction) -> int:
    return amount - min(amount, amounts.round_up(amount * share))
