"""What can happen to an exchange, each a function from facts to facts with sentences that say what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Protocol

from por.reserves.declared import DeclaredHolding
from por.reserves.report import Holding
from por.solvency.figures import plain, units, yen_up
from por.solvency.prices import Prices
from por.solvency.settings import Pack
from por.solvency.whatif.facts import Facts, asset_of, counts, worth

LARGEST = "largest"
"""Written for a custodian's name: the one that holds the most, in yen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """Facts after a shock, and what was done; `missing` says what the shock needed and did not get ("" when nothing).

    A shock that lacks something leaves the facts as they are.
    """

    facts: Facts
    steps: tuple[str, ...] = ()
    missing: str = ""


class Shock(Protocol):
    """One thing that happens."""

    def strike(self, pack: Pack, facts: Facts) -> Struck:
        """Return the facts afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotWallets:
    """Hot wallets lose `share` of what is in them, whatever its purpose.

    Which wallets are hot stands in the annex. Without it, `assumed` is the part of each crypto holding of customers
    that is taken to be hot; when that is None too, the shock cannot be played.
    """

    share: Fraction
    assumed: Fraction | None = None

    def strike(self, pack: Pack, facts: Facts) -> Struck:
        """Take from every hot holding."""
        storage = facts.storage()
        if storage is not None:
            hot = {key for key, (kind, _) in storage.items() if kind == "hot"}
            after = facts.without(
                lambda row: self.share if (row.account, row.asset) in hot else Fraction(0), lambda row: Fraction(0)
            )
            return Struck(facts=after, steps=(f"{len(hot)} hot holdings lose {percent(self.share)}",))
        if self.assumed is None:
            return Struck(facts=facts, missing="which wallets are hot stands in annex.json, which was not given")
        part = self.share * self.assumed
        after = facts.without(lambda row: part if counts(pack, row) else Fraction(0), lambda row: Fraction(0))
        step = (
            f"{percent(self.assumed)} of each coin are taken to be hot, without the annex; "
            f"{percent(self.share)} of that is lost"
        )
        return Struck(facts=after, steps=(step,))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodianGone:
    """A custodian, bank or insurer fails, and `share` of what it holds with it; `name` may be "largest"."""

    name: str
    share: Fraction

    def strike(self, pack: Pack, facts: Facts) -> Struck:
        """Take from its wallets (named in the annex), its accounts, its funds and its insurance."""
        storage = facts.storage() or {}

        def keeper(row: Holding | DeclaredHolding) -> str:
            if isinstance(row, DeclaredHolding):
                return row.institution
            return storage.get((row.account, row.asset), ("", ""))[1]

        name = self._largest(pack, facts, keeper) if self.name == LARGEST else self.name
        if not name:
            return Struck(facts=facts, missing="no holding names a custodian or an institution")
        after = facts.without(
            lambda row: self.share if keeper(row) == name else Fraction(0),
            lambda row: self.share if keeper(row) == name else Fraction(0),
        )
        rows = [row for chain in facts.report.chains for row in chain.holdings if keeper(row) == name]
        stated = [row for row in facts.report.declared if keeper(row) == name]
        after, more = _reserve_without(after, name, self.share)
        if not rows and not stated and not more:
            known = sorted({keeper(row) for row in facts.report.declared} | {it[1] for it in storage.values()} - {""})
            without = "" if storage else "; who keeps wallets stands in annex.json, which was not given"
            return Struck(facts=facts, missing=f"nothing is held by {name}; there are {_names(known)}{without}")
        step = f"{name} is gone with {percent(self.share)} of {len(rows) + len(stated)} holdings it keeps"
        if facts.annex is None:
            step += " (wallets it may keep stand in annex.json, which was not given)"
        return Struck(facts=after, steps=(step, *more))

    def _largest(self, pack: Pack, facts: Facts, keeper: object) -> str:
        assert callable(keeper)
        sums: dict[str, Fraction] = {}
        prices = facts.yen(pack)
        rows: list[Holding | DeclaredHolding] = [row for chain in facts.report.chains for row in chain.holdings]
        for row in [*rows, *facts.report.declared]:
            if counts(pack, row) and keeper(row):
                sums[keeper(row)] = sums.get(keeper(row), Fraction(0)) + worth(pack, facts, row, prices)
        return max(sorted(sums), key=lambda name: sums[name], default="")


def _reserve_without(facts: Facts, name: str, share: Fraction) -> tuple[Facts, tuple[str, ...]]:
    """Take the reserve's money at `name`; insurance by it is gone whole."""
    if facts.declared is None or facts.declared.reserve is None:
        return facts, ()
    reserve = facts.declared.reserve
    funds = tuple(
        replace(row, amount=row.amount - _up(row.amount * share)) if row.institution == name else row
        for row in reserve.funds
    )
    insurance = tuple(row for row in reserve.insurance if row.insurer != name)
    steps = []
    if funds != reserve.funds:
        steps.append(f"so is {percent(share)} of the reserve's funds there")
    if insurance != reserve.insurance:
        steps.append("its insurance pays nothing")
    changed = replace(facts.declared, reserve=replace(reserve, funds=funds, insurance=insurance))
    return replace(facts, declared=changed), tuple(steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceMove:
    """Prices fall by `down` (less than 1) or rise by `up`; of `assets`, or of all crypto when None, but `excepted`."""

    factor: Fraction
    assets: tuple[str, ...] | None = None
    excepted: tuple[str, ...] = ()

    def strike(self, pack: Pack, facts: Facts) -> Struck:
        """Multiply the prices; fiat money keeps its own."""
        moved = {
            row.asset
            for row in facts.prices.quotes
            if row.asset not in pack.fiat
            and row.asset not in self.excepted
            and (self.assets is None or row.asset in self.assets)
        }
        quotes = tuple(
            replace(row, yen=row.yen * self.factor, text=plain(row.yen * self.factor)) if row.asset in moved else row
            for row in facts.prices.quotes
        )
        way = f"down {percent(1 - self.factor)}" if self.factor < 1 else f"up {percent(self.factor - 1)}"
        step = f"prices {way}: {_names(sorted(moved)) if moved else 'of nothing that has one'}"
        return Struck(facts=replace(facts, prices=Prices(quotes=quotes)), steps=(step,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Customers' assets are gone, by theft, fraud or a failure: `yen`, or `share` of what customers are owed.

    `of` says whose balances the share is of, `taken` where the loss is taken from: "all", "crypto", "fiat", or codes.
    `spread` "alike" takes the same part of each asset, "largest-first" empties the largest holding (in yen) first.
    """

    yen: Fraction | None
    share: Fraction | None
    of: str | tuple[str, ...] = "all"
    taken: str | tuple[str, ...] = "all"
    spread: Literal["alike", "largest-first"] = "alike"

    def strike(self, pack: Pack, facts: Facts) -> Struck:
        """Take the loss from what counts for customers, never more than there is."""
        verdict, prices = facts.judge(pack), facts.yen(pack)
        rows = [row for row in verdict.assets if row.asset in prices]
        per_unit = {row.asset: prices[row.asset] / 10**row.decimals for row in rows}
        held = {
            row.asset: row.counted * per_unit[row.asset]
            for row in rows
            if row.counted and _chosen(row.asset, row.fiat, self.taken)
        }
        owed = sum(
            (row.liabilities * per_unit[row.asset] for row in rows if _chosen(row.asset, row.fiat, self.of)),
            Fraction(0),
        )
        wanted = self.yen if self.yen is not None else (self.share or Fraction(0)) * owed
        parts = _largest_first(held, wanted) if self.spread == "largest-first" else _alike(held, wanted)
        after = facts.without(
            lambda row: parts.get(asset_of(pack, row) or "", Fraction(0)) if counts(pack, row) else Fraction(0),
            lambda row: parts.get(row.asset, Fraction(0)) if counts(pack, row) else Fraction(0),
        )
        decimals = {row.asset: (row.decimals, row.counted) for row in rows}
        steps = [
            f"{yen_up(wanted)} yen are to be lost"
            + (f", {percent(self.share)} of {yen_up(owed)} yen owed" if self.share is not None else "")
        ]
        for asset, part in sorted(parts.items()):
            places, amount = decimals[asset]
            steps.append(f"{asset}: {percent(part)} of {units(amount, places)} held for customers is gone")
        total = sum(held.values(), Fraction(0))
        if wanted > total:
            steps.append(f"only {yen_up(total)} yen were there to be lost")
        return Struck(facts=after, steps=tuple(steps))


def percent(share: Fraction) -> str:
    """Show a share as per cent with at most two decimals, rounded to the nearest: Fraction(1, 20) -> "5 %"."""
    hundredths = round(share * 10_000)
    return f"{plain(Fraction(hundredths, 100))} %"


def _alike(held: Mapping[str, Fraction], wanted: Fraction) -> dict[str, Fraction]:
    total = sum(held.values(), Fraction(0))
    part = min(Fraction(1), wanted / total) if total else Fraction(0)
    return dict.fromkeys(held, part)


def _largest_first(held: Mapping[str, Fraction], wanted: Fraction) -> dict[str, Fraction]:
    parts = {}
    for asset in sorted(held, key=lambda asset: (-held[asset], asset)):
        if wanted <= 0:
            break
        parts[asset] = min(Fraction(1), wanted / held[asset])
        wanted -= held[asset]
    return parts


def _chosen(asset: str, fiat: bool, choice: str | tuple[str, ...]) -> bool:
    if isinstance(choice, tuple):
        return asset in choice
    return choice == "all" or (choice == "fiat") == fiat


def _names(names: list[str]) -> str:
    return ", ".join(names) if names else "none"


def _up(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)
