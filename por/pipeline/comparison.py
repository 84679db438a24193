"""What changed since the last statement, asset by asset, for the second person who approves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from por.attestation.statement import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One asset in one statement: what is owed and what is held for customers, in base units of `decimals`."""

    owed: int
    held: int
    decimals: int

    @property
    def ratio(self) -> Fraction | None:
        """Held by owed, or None when nothing is owed."""
        return Fraction(self.held, self.owed) if self.owed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One asset before and after; `marked` names what moved by more than was allowed: "owed", "held"."""

    asset: str
    before: Side | None
    after: Side | None
    marked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A draft against the statement before it: assets, and rules whose outcome is another one (id, before, after)."""

    assets: tuple[Change, ...]
    rules: tuple[tuple[str, str, str], ...]


def compare(before: Head | None, after: Head, *, mark_percent: int) -> Comparison:
    """Compare two statements; figures that moved by more than `mark_percent` of the former are marked."""
    old = {} if before is None else _sides(before)
    new = _sides(after)
    assets = tuple(
        Change(
            asset=asset,
            before=old.get(asset),
            after=new.get(asset),
            marked=_marks(old.get(asset), new.get(asset), mark_percent) if before is not None else (),
        )
        for asset in sorted(old.keys() | new.keys())
    )
    outcomes = {} if before is None else {rule.id: rule.outcome.value for rule in before.rules}
    rules = tuple(
        (rule.id, outcomes.get(rule.id, ""), rule.outcome.value)
        for rule in after.rules
        if outcomes.get(rule.id, "") != rule.outcome.value
    )
    return Comparison(assets=assets, rules=rules)


def _sides(statement: Head) -> dict[str, Side]:
    rows: list[Mapping[str, Any]] = statement.predicate["solvency"]["assets"]
    return {
        row["asset"]: Side(
            owed=int(row["liabilities"]),
            held=sum(int(row[basis]) for basis in ("proven", "node", "declared")),
            decimals=row["decimals"],
        )
        for row in rows
    }


def _marks(before: Side | None, after: Side | None, percent: int) -> tuple[str, ...]:
    if before is None or after is None:
        return ("owed", "held")
    return tuple(
        name
        for name, old, new in (
            ("owed", _whole(before.owed, before), _whole(after.owed, after)),
            ("held", _whole(before.held, before), _whole(after.held, after)),
        )
        if abs(new - old) * 100 > old * percent
    )


def _whole(units: int, side: Side) -> Fraction:
    return Fraction(units, 10**side.decimals)
