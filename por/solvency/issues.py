"""Stablecoins as issuer: what is outstanding on all chains of issue, and what stands behind it.

Outstanding is the total supply of every id that the verifier's pack lists, on every chain of the pack, less what
nobody may redeem: coins in the issuer's own wallets (purpose `own`, control shown, read at the same blocks), and
classes that a document declares. A supply that was not read leaves it unknown: another chain may hold any number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from por.outcomes import Basis, weakest
from por.reserves.issues import Issue, IssueAsset
from por.reserves.report import Report
from por.solvency.figures import plain, yen_up
from por.solvency.holdings import Counted, last_days, why_stale, why_superseded
from por.solvency.settings import Pack
from por.solvency.verdict import IssueFigures

OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """One issued coin: whole units `minted`, `own` and `frozen` (exact), yen per unit (None without a price).

    `problem` says why nothing can be said of what is outstanding. `assets` are those dated near enough; `gaps` name
    the others. `bases` is what the figures rest on.
    """

    issue: Issue
    supplies: tuple[tuple[str, Fraction], ...]
    own: Fraction
    frozen: Fraction
    par: Fraction | None
    assets: tuple[IssueAsset, ...]
    bases: tuple[Basis, ...]
    steps: tuple[str, ...]
    gaps: tuple[str, ...]
    problem: str = ""

    @property
    def coins(self) -> Fraction:
        """Coins that may be redeemed, in whole units; never below zero."""
        return max(Fraction(0), sum((amount for _, amount in self.supplies), Fraction(0)) - self.own - self.frozen)

    @property
    def yen(self) -> Fraction | None:
        """What they are redeemed for, in yen."""
        return None if self.par is None or self.problem else self.coins * self.par

    def figures(self) -> IssueFigures:
        """Return the figures as shown: exact decimals of whole coins, yen rounded up; None for what is not known."""
        return IssueFigures(
            asset=self.issue.asset,
            type=self.issue.type,
            currency=self.issue.currency,
            supplies=tuple((id, plain(amount)) for id, amount in self.supplies),
            own=plain(self.own),
            non_redeemable=plain(self.frozen),
            outstanding=None if self.problem else plain(self.coins),
            yen=None if self.yen is None else yen_up(self.yen),
        )

    @property
    def basis(self) -> Basis:
        """The weakest thing that the rule rests on: what stands behind a coin is always declared."""
        return weakest([*self.bases, Basis.DECLARED])


def outstanding(
    pack: Pack,
    issue: Issue,
    *,
    report: Report,
    counted: Iterable[Counted],
    prices: Mapping[str, Fraction],
    day: str,
    taken: Collection[str] = frozenset(),
) -> Outstanding:
    """Reckon one issue on `day`, the day of the law; `taken` are documents that stand for something else too."""
    wanted = {
        row.id: row.decimals for row in pack.tables.backings if row.asset == issue.asset and row.chain in pack.chains
    }
    read = {row.asset: (row.amount, row.basis) for chain in report.chains for row in chain.supplies}
    supplies = tuple((id, Fraction(read[id][0], 10 ** wanted[id])) for id in sorted(wanted) if id in read)
    mine = [
        (Fraction(row.amount, 10**row.decimals), row.basis)
        for row in counted
        if row.asset == issue.asset
        and row.label == OWN
        and row.decimals is not None
        and row.id in wanted
        and row.amount
    ]
    own = sum((amount for amount, _ in mine), Fraction(0))
    gaps: list[str] = []
    frozen = Fraction(0)
    for entry in issue.non_redeemable:
        stale = why_stale(entry.at, day, pack.freshness.declared_days)
        if stale:
            gaps.append(f"{issue.asset} {entry.kind} of {entry.at}: not taken off, {stale}")
        else:
            frozen += Fraction(entry.amount)
    assets = []
    days = pack.freshness.declared_days
    last = last_days((((row.kind, row.institution), row.at) for row in issue.assets), day, days)
    for asset in issue.assets:
        stale = why_stale(asset.at, day, days) or why_superseded(asset.at, last.get((asset.kind, asset.institution)))
        if not stale and asset.document in taken:
            stale = "its document stands for customers' assets or behind another coin as well"
        if stale:
            gaps.append(f"{asset.kind} at {asset.institution} behind {issue.asset}: left out, {stale}")
        else:
            assets.append(asset)
    missing = sorted(wanted.keys() - read.keys())
    par = prices.get(issue.currency)
    problem = ""
    if not wanted:
        problem = f"the policy pack knows no contract of {issue.asset}"
    elif missing:
        problem = f"the supply was not read of {', '.join(missing)}"
    elif par is None:
        problem = f"{issue.currency} has no price near the snapshot"
    minted = sum((amount for _, amount in supplies), Fraction(0))
    steps = [f"{issue.asset}: {plain(amount)} minted as {id}" for id, amount in supplies]
    if not problem:
        steps.append(
            f"{issue.asset} outstanding: {plain(minted)} minted - {plain(own)} in the issuer's own wallets - "
            f"{plain(frozen)} declared as redeemable by nobody = {plain(max(Fraction(0), minted - own - frozen))}"
        )
    return Outstanding(
        issue=issue,
        supplies=supplies,
        own=own,
        frozen=frozen,
        par=par,
        assets=tuple(assets),
        bases=(*(read[id][1] for id, _ in supplies), *(basis for _, basis in mine)),
        steps=tuple(steps),
        gaps=tuple(gaps),
        problem=problem,
    )
