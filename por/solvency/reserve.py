"""The liability reserve: what the formula asks for, and what is set aside as declared.

Held is funds plus insurance (limit less deductible, in force on the day) up to the share of the requirement that the
formula allows. What already counts for customers or behind a stablecoin, by its document, never counts here as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from por.reserves.declared import Declared, DeclaredHolding, DeclaredReserve, Fund, Insurance
from por.solvency.figures import plain, yen_down, yen_up
from por.solvency.formula import Formula, Inputs, Required
from por.solvency.holdings import last_days, why_stale, why_superseded
from por.solvency.settings import Pack
from por.solvency.verdict import ReserveFigures

Entry = TypeVar("Entry", Fund, Insurance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Exact yen: `required` (yen None: not computable), `funds`, `insurance` and the part of it that counts."""

    formula: Formula
    required: Required
    funds: Fraction
    insurance: Fraction
    insurance_counted: Fraction
    steps: tuple[str, ...]
    gaps: tuple[str, ...]

    @property
    def held(self) -> Fraction:
        """Funds and counted insurance."""
        return self.funds + self.insurance_counted

    def figures(self) -> ReserveFigures:
        """Return the figures as shown: required up, held down."""
        return ReserveFigures(
            formula=self.formula.id,
            reference=self.formula.reference,
            required=None if self.required.yen is None else yen_up(self.required.yen),
            funds=yen_down(self.funds),
            insurance=yen_down(self.insurance),
            insurance_counted=yen_down(self.insurance_counted),
            held=yen_down(self.held),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """What is declared to be set aside: yen of funds, and of insurance (limits less deductibles), before any share."""

    funds: Fraction
    insurance: Fraction
    gaps: tuple[str, ...]


def measure(
    pack: Pack,
    *,
    day: str,
    declared: Declared | None,
    holdings: Iterable[DeclaredHolding],
    custody: Fraction | None,
) -> Reserve | None:
    """Measure the reserve on `day`, None when no formula is in force; `holdings` are the report's declared ones."""
    formula = pack.formula(day)
    if formula is None:
        return None
    stated = declared.reserve if declared is not None and declared.reserve is not None else DeclaredReserve()
    uses, unmatched = _uses(pack, stated, day)
    required = formula.required(
        Inputs(
            volumes=stated.volumes,
            incidents=stated.incidents,
            custody=custody,
            day=day,
            year=pack.business_year(day),
            uses=uses,
        )
    )
    aside = set_aside(pack, day=day, declared=declared, holdings=holdings)
    funds, insurance = aside.funds, aside.insurance
    share = formula.insurance_share
    allowed = Fraction(0) if required.yen is None else share * required.yen
    counted = min(insurance, allowed)
    steps = (
        f"funds declared: {yen_down(funds)} yen",
        f"insurance in force on {day}, limits less deductibles and haircuts: {yen_down(insurance)} yen; up to "
        f"{plain(share)} of what is required ({'not known' if required.yen is None else yen_up(allowed) + ' yen'}) "
        f"may be insurance, so {yen_down(counted)} yen count",
        f"held: {yen_down(funds + counted)} yen",
    )
    return Reserve(
        formula=formula,
        required=required,
        funds=funds,
        insurance=insurance,
        insurance_counted=counted,
        steps=steps,
        gaps=(*aside.gaps, *unmatched),
    )


def set_aside(pack: Pack, *, day: str, declared: Declared | None, holdings: Iterable[DeclaredHolding]) -> SetAside:
    """Add up the funds that are fresh and the insurance in force on `day`, each document once.

    A document that stands for a holding, or behind a stablecoin, is no reserve. Of what one institution states on
    several days the last day counts.
    """
    stated = declared.reserve if declared is not None and declared.reserve is not None else DeclaredReserve()
    taken = dict.fromkeys((row.document for row in holdings), "counts for customers already")
    for issue in declared.issues if declared is not None else ():
        for asset in issue.assets:
            taken.setdefault(asset.document, f"stands behind {issue.asset} already")
    gaps: list[str] = []
    funds = Fraction(0)
    days = pack.freshness.reserve_days
    last = last_days(((fund.institution, fund.at) for fund in stated.funds), day, days)
    for fund in _once(stated.funds, taken, gaps):
        stale = why_stale(fund.at, day, days) or why_superseded(fund.at, last.get(fund.institution))
        if stale:
            gaps.append(f"fund at {fund.institution}, {fund.at}: left out of the reserve, {stale}")
        else:
            funds += fund.amount
    insurance = Fraction(0)
    for fund in stated.funds:
        taken.setdefault(fund.document, "is a fund of the reserve already")
    for cover in _once(stated.insurance, taken, gaps):
        if cover.from_ <= day <= cover.to:
            insurance += cover.pays
        else:
            gaps.append(f"insurance of {cover.insurer}, {cover.from_} to {cover.to}: left out, not in force on {day}")
    return SetAside(funds=funds, insurance=insurance, gaps=tuple(gaps))


def _uses(pack: Pack, stated: DeclaredReserve, day: str) -> tuple[dict[int, int], list[str]]:
    """Sum what was taken out up to `day` by business year, and name what goes beyond the losses declared by then.

    A use lowers what is required, so it counts no further than there were losses to be made good.
    """
    found: dict[int, int] = {}
    gaps: list[str] = []
    spent = 0
    for row in sorted(stated.uses, key=lambda row: (row.at, row.amount, row.reason)):
        if row.at > day:
            continue
        lost = sum(incident.loss for incident in stated.incidents if incident.at <= row.at)
        amount = min(row.amount, max(0, lost - spent))
        spent += amount
        year = pack.business_year(row.at)
        found[year] = found.get(year, 0) + amount
        if amount < row.amount:
            gaps.append(
                f"use of {row.amount} yen of the reserve on {row.at}: {row.amount - amount} yen are more than the "
                "losses declared up to that day, and lower no requirement"
            )
    return found, gaps


def _once(rows: Iterable[Entry], taken: Mapping[str, str], gaps: list[str]) -> list[Entry]:
    """Return one entry for each document, the one that counts least, and none whose document counts elsewhere."""
    kept: dict[str, Entry] = {}
    for row in sorted(rows, key=_counts):
        if row.document in taken:
            gaps.append(f"{row.document}: {taken[row.document]}, so it is left out of the reserve")
        elif row.document in kept:
            gaps.append(f"{row.document}: stands twice in the reserve, counted once")
        else:
            kept[row.document] = row
    return list(kept.values())


def _counts(row: Fund | Insurance) -> tuple[Fraction, str]:
    return (Fraction(row.amount) if isinstance(row, Fund) else row.pays), repr(row)
