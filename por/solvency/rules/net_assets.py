"""Net assets: what the company owns beyond its debts reaches the guarantee coins, and its capital the least amount."""

from __future__ import annotations

import re
from fractions import Fraction

from por import amounts
from por.outcomes import Basis, Outcome, combine
from por.solvency.case import Case
from por.solvency.figures import plain, units, yen_up
from por.solvency.positions import value
from por.solvency.prices import YEN
from por.solvency.rules.base import aside, decide, with_note
from por.solvency.settings import RuleSettings
from por.solvency.storage import GUARANTEE
from por.solvency.verdict import Line, RuleResult

_YEN = re.compile(r"-?(0|[1-9][0-9]{0,38})", re.ASCII)


class NetAssets:
    """Declared net assets >= yen of the guarantee coins held, and declared capital >= `capital` yen.

    Both are the company's own figures. The guarantee coins are taken as reserves.json shows them, of every asset
    that is no fiat money, wherever they are stored.
    """

    id = "net-assets"
    parameters = frozenset({"capital"})
    inputs = (
        "declared.toml [company]: net_assets and capital, as given",
        "reserves.json: coins of the purpose guarantee",
        "prices.csv: yen for each asset",
    )
    asks = "net_assets is at least the sum of yen price x guarantee coins, and capital at least the least capital"

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with; InputError."""
        amounts.parse_units(settings.parameters.get("capital"), where=f"{self.id}: capital")

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare both; a figure that is missing leaves it undecided, unless it fails without it."""
        least = amounts.parse_units(settings.parameters.get("capital"), where=f"{self.id}: capital")
        company = case.declared.company if case.declared is not None else None
        figures = {name: (company or {}).get(name, "") for name in ("net_assets", "capital")}
        missing = [name for name, text in figures.items() if not _YEN.fullmatch(text)]
        if missing:
            sentence = f"declared.toml gives no {' and no '.join(missing)} of the company in whole yen"
            return aside(settings, Outcome.UNDECIDED, sentence, unit=YEN)
        needed, steps, unpriced = _guarantee(case)
        net, capital = int(figures["net_assets"]), int(figures["capital"])
        first = decide(net, needed)
        if unpriced and first is Outcome.HOLDS:
            first = Outcome.UNDECIDED
            steps.append(f"without a price of {', '.join(unpriced)} it cannot be decided")
        second = decide(capital, least)
        lines = tuple(
            Line(label=label, left=str(left), right=right, unit=YEN, outcome=outcome, basis=Basis.DECLARED)
            for label, left, right, outcome in (
                ("net assets", net, yen_up(needed), first),
                ("capital", capital, str(least), second),
            )
        )
        steps += [
            f"guarantee coins together: {yen_up(needed)} yen",
            f"net assets as given: {net} {'>=' if net >= needed else '<'} {yen_up(needed)} yen",
            f"capital as given: {capital} {'>=' if capital >= least else '<'} {least} yen",
        ]
        return RuleResult(
            id=settings.id,
            title=settings.title,
            reference=settings.reference,
            outcome=combine(line.outcome for line in lines),
            basis=Basis.DECLARED,
            left=str(net),
            right=yen_up(needed),
            unit=YEN,
            lines=lines,
            steps=with_note(settings, tuple(steps)),
            days_to_cure=settings.days_to_cure,
        )


def _guarantee(case: Case) -> tuple[Fraction, list[str], list[str]]:
    total, steps, unpriced = Fraction(0), [], []
    for position in case.positions:
        amount = dict(position.other).get(GUARANTEE, 0)
        if position.fiat or not amount:
            continue
        price = case.prices.get(position.asset)
        shown = units(amount, position.decimals)
        if price is None:
            unpriced.append(position.asset)
            steps.append(f"{position.asset}: {shown} of guarantee coins, without a price near the snapshot")
            continue
        yen = value(amount, position.decimals, price)
        total += yen
        steps.append(f"{position.asset}: {shown} of guarantee coins at {plain(price)} yen each = {yen_up(yen)} yen")
    return total, steps, unpriced
