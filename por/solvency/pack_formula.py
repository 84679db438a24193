"""Dates and formulas of a policy pack: from the TOML's tables to values, every slip named."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Literal, cast

from por import amounts
from por.errors import InputError
from por.header import check_text
from por.reserves.declared import check_date
from por.solvency.formula import (
    TIER_INPUTS,
    VOLUME_KINDS,
    Formula,
    Part,
    PlusIncidents,
    ShareOfCustody,
    Tiers,
    VolumeCoefficient,
)
from por.solvency.pack_document import FormulaTable, IncidentsPart, PartTable, TiersPart, VolumePart
from por.solvency.settings import DatedFormula, Period


def fault(where: str, what: str, code: str, *, hint: str = "compare the pack with docs/spec/policy.md") -> InputError:
    """Return the InputError of a mistake in a pack."""
    return InputError(f"{where}: {what}", code=code, hint=hint)


def period(first: str, last: str | None, where: str) -> Period:
    """Check a pair of days, both inclusive; InputError when they are reversed."""
    check_date(first, where=f"{where}.from")
    if last is not None and check_date(last, where=f"{where}.to") < first:
        raise fault(
            where, f"ends on {last}, before it begins on {first}", "pack-dates-reversed", hint="swap from and to"
        )
    return Period(first=first, last=last)


def refuse_overlaps(rows: list[tuple[str, Period]], where: str) -> None:
    """Raise InputError when two entries of one name hold on the same day: then nobody could say which counts."""
    for index, (name, span) in enumerate(rows):
        for other, before in rows[:index]:
            if other == name and span.overlaps(before):
                raise fault(
                    f"{where}[{index}]",
                    f"{name} holds from {span.first} while an entry before it still does",
                    "pack-dates-overlap",
                    hint="end the earlier entry with `to`, or remove the one that stands twice",
                )


def formulas(rows: list[FormulaTable], where: str) -> tuple[DatedFormula, ...]:
    """Check the reserve formulas: one at most for any day."""
    found = []
    for index, row in enumerate(rows):
        place = f"{where}[{index}] ({row.id})"
        if not row.reference.strip():
            raise fault(
                f"{place}.reference",
                "a formula needs its legal reference",
                "pack-reference-missing",
                hint="name the law and the article",
            )
        if not row.parts:
            raise fault(f"{place}.parts", "there is none", "pack-malformed")
        share = amounts.parse_exact(row.insurance_share, where=f"{place}.insurance_share")
        floor = amounts.parse_exact(row.floor, where=f"{place}.floor")
        cap = None if row.cap is None else amounts.parse_exact(row.cap, where=f"{place}.cap")
        if share > 1:
            raise fault(f"{place}.insurance_share", "more than the whole", "pack-malformed")
        if cap is not None and cap < floor:
            raise fault(place, "the cap lies under the floor", "pack-malformed")
        formula = Formula(
            id=check_text(row.id, where=f"{place}.id"),
            reference=check_text(row.reference, where=f"{place}.reference"),
            insurance_share=share,
            parts=tuple(_part(part, f"{place}.parts[{n}]") for n, part in enumerate(row.parts)),
            floor=floor,
            cap=cap,
        )
        found.append(DatedFormula(period=period(row.first, row.last, place), formula=formula))
    refuse_overlaps([("a formula", row.period) for row in found], where)
    return tuple(found)


def _part(part: PartTable, where: str) -> Part:
    if isinstance(part, VolumePart):
        strangers = sorted(set(part.coefficients) - VOLUME_KINDS)
        if strangers:
            raise fault(
                f"{where}.coefficients",
                f"{strangers[0]} is not a kind of trade",
                "pack-formula-input",
                hint=f"kinds are {', '.join(sorted(VOLUME_KINDS))}",
            )
        if part.per < 1 or part.multiple < 1 or not 1 <= part.years <= 20 or not part.coefficients:
            raise fault(where, "per, multiple and years are at least 1, and a coefficient is needed", "pack-malformed")
        return VolumeCoefficient(
            per=part.per,
            multiple=part.multiple,
            years=part.years,
            coefficients={
                kind: amounts.parse_exact(text, where=f"{where}.coefficients.{kind}")
                for kind, text in sorted(part.coefficients.items())
            },
        )
    if isinstance(part, TiersPart):
        return _tiers(part, where)
    share = amounts.parse_exact(part.share, where=f"{where}.share")
    if isinstance(part, IncidentsPart):
        if not 1 <= part.years <= 100:
            raise fault(f"{where}.years", "not 1 to 100", "pack-malformed")
        return PlusIncidents(years=part.years, share=share, of=part.of)
    return ShareOfCustody(share=share)


def _tiers(part: TiersPart, where: str) -> Tiers:
    if part.input not in TIER_INPUTS:
        raise fault(
            f"{where}.input",
            f"{part.input!r} is no input of a formula",
            "pack-formula-input",
            hint=f"inputs are {', '.join(sorted(TIER_INPUTS))}",
        )
    rows = tuple(
        (
            amounts.parse_exact(row.above, where=f"{where}.tiers[{n}].above"),
            amounts.parse_exact(row.rate, where=f"{where}.tiers[{n}].rate"),
        )
        for n, row in enumerate(part.tiers)
    )
    bounds = [row[0] for row in rows]
    if not bounds or bounds[0] != Fraction(0) or any(a >= b for a, b in pairwise(bounds)):
        raise fault(f"{where}.tiers", "the slices do not begin at 0 and rise", "pack-malformed")
    return Tiers(input=cast(Literal["volume", "custody"], part.input), tiers=rows)
