"""Stablecoins of the trust type: the trust's property covers what is outstanding, half of it on demand."""

from __future__ import annotations

import calendar
from datetime import date
from fractions import Fraction

from por.errors import InputError
from por.outcomes import Outcome
from por.reserves.issues import IssueAsset
from por.solvency.case import Case
from por.solvency.figures import plain, yen_up
from por.solvency.issues import Outstanding
from por.solvency.rules import hidden, issued
from por.solvency.rules.base import decide
from por.solvency.settings import RuleSettings
from por.solvency.verdict import Line, RuleResult


class StablecoinTrust:
    """Demand deposits >= `demand_share` of the trust's property, the rest of allowed kinds, all >= outstanding.

    Allowed are time deposits that can be ended at any time and government bonds that fall due within `bond_months`
    months of the snapshot's day, at market value. Property of another kind counts for nothing, and must not be there.
    """

    id = "stablecoin-trust"
    parameters = frozenset({"demand_share", "bond_months"})
    inputs = (
        "reserves.json: supply on every chain of issue, and the issuer's own coins, at the pinned blocks",
        "declared.toml [[issue]]: the trust's property by class, at market value, and what nobody may redeem",
    )
    asks = (
        "allowed property is at least what is outstanding; demand deposits are at least demand_share of all property; "
        "none is of another kind"
    )

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with; InputError."""
        hidden.share(settings, "demand_share")
        _months(settings)

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare each coin of this type; one whose supply is not known on every chain is undecided."""
        last = _months_after(case.day, _months(settings))

        def lines(coin: Outstanding, yen: Fraction, settings: RuleSettings) -> tuple[list[Line], list[str]]:
            return _lines(coin, yen, settings, last)

        return issued.judge(case, settings, type="trust", lines=lines)


def _lines(coin: Outstanding, yen: Fraction, settings: RuleSettings, last: str) -> tuple[list[Line], list[str]]:
    name, share = coin.issue.asset, hidden.share(settings, "demand_share")
    good = {row for row in coin.assets if _allowed(row, last)}
    whole = sum(row.amount for row in coin.assets)
    held = sum(row.amount for row in good)
    demand = sum(row.amount for row in good if row.kind == "demand-deposit")
    half = share * whole
    steps = [
        *issued.behind(coin, good),
        f"{name}: bonds that fall due by {last} are allowed, and time deposits that can be ended",
        f"{name}: property of allowed kinds {held} {'>=' if held >= yen else '<'} {yen_up(yen)} yen outstanding",
        f"{name}: demand deposits {demand} {'>=' if demand >= half else '<'} {plain(share)} x {whole} = "
        f"{yen_up(half)} yen",
        f"{name}: property of other kinds {whole - held} yen, of which none is allowed",
    ]

    def line(label: str, left: int, right: Fraction | int, outcome: Outcome) -> Line:
        return Line(
            label=f"{name}: {label}",
            left=str(left),
            right=yen_up(Fraction(right)),
            unit="JPY",
            outcome=outcome,
            basis=coin.basis,
        )

    return [
        line("property against outstanding", held, yen, decide(held, yen)),
        line("demand deposits against their share", demand, half, decide(demand, half)),
        line("none against property of other kinds", 0, whole - held, decide(0, whole - held)),
    ], steps


def _allowed(row: IssueAsset, last: str) -> bool:
    if row.kind == "government-bond":
        return row.maturity is not None and row.maturity <= last
    return row.kind == "demand-deposit" or (row.kind == "time-deposit" and row.cancellable is True)


def _months(settings: RuleSettings) -> int:
    text = settings.parameters.get("bond_months", "")
    if text.isascii() and text.isdigit() and 0 < int(text[:4]) <= 120 and len(text) <= 3:
        return int(text)
    raise InputError(
        f"{settings.id}: bond_months is {text[:20]!r}", code="pack-malformed", hint="write months, 1 to 120"
    )


def _months_after(day: str, months: int) -> str:
    """Return the day of the same number `months` later, the month's last where it has none of that number."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > 9999:
        return "9999-12-31"
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1])).isoformat()
