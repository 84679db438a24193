"""What the rule book found: values, and the JSON that goes into the signed statement.

A verdict is recomputed by every auditor and compared value for value, so nothing in it depends on a clock, a locale
or an order that the inputs do not fix. Money in JSON is text: exact decimals of whole units for an asset ("1.5"),
whole yen for yen, rounded up where customers are owed it and down where they are covered by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from por.outcomes import Basis, Outcome, combine


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One comparison inside a rule: `left` against `right`, both shown in `unit`; the outcome was decided exactly."""

    label: str
    left: str
    right: str
    unit: str
    outcome: Outcome
    basis: Basis | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "label": self.label,
            "left": self.left,
            "right": self.right,
            "unit": self.unit,
            "outcome": str(self.outcome),
            "basis": _basis(self.basis),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What only a reader of the annex may see of a rule: its exact figures, which would tell cold wallets from hot."""

    left: str
    right: str
    unit: str
    relation: str = ">="
    lines: tuple[Line, ...] = ()
    steps: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON object, for whoever holds the annex; it is no part of a statement."""
        return {
            "left": self.left,
            "relation": self.relation,
            "right": self.right,
            "unit": self.unit,
            "lines": [line.document() for line in self.lines],
            "steps": list(self.steps),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """How one rule came out: `left relation right` in `unit`, line by line, with the steps to redo it by hand.

    `basis` is the weakest that was used, None when nothing was. `days_to_cure` are business days, `cure_by` the date
    that they give a failed rule by the pack's calendar. `sides` never goes into a statement.
    """

    id: str
    title: str
    reference: str
    outcome: Outcome
    basis: Basis | None
    left: str
    right: str
    unit: str
    relation: str = ">="
    lines: tuple[Line, ...] = ()
    steps: tuple[str, ...] = ()
    days_to_cure: int | None = None
    cure_by: str | None = None
    sides: Sides | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "id": self.id,
            "title": self.title,
            "reference": self.reference,
            "outcome": str(self.outcome),
            "basis": _basis(self.basis),
            "left": self.left,
            "relation": self.relation,
            "right": self.right,
            "unit": self.unit,
            "lines": [line.document() for line in self.lines],
            "steps": list(self.steps),
            "days_to_cure": self.days_to_cure,
            "cure_by": self.cure_by,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBalance:
    """What is owed in one class of an asset ("" is spot), in base units at the position's decimals."""

    name: str
    amount: int
    excluded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPosition:
    """One asset: what customers are owed and what is held for them, all in base units of `decimals`.

    `liabilities` is the sum of the classes that count. `proven`, `node` and `declared` count for customers; `other`
    is what is held for another purpose or in a form that does not count, and is only shown. Yen figures are whole
    yen as text: `owed_yen` rounded up, `covered_yen` (of the lesser of both sides) rounded down; None without a price.
    `ledger_decimals`, which amounts that a document declares have, is not shown.
    """

    asset: str
    decimals: int
    fiat: bool
    classes: tuple[ClassBalance, ...]
    liabilities: int
    proven: int = 0
    node: int = 0
    declared: int = 0
    other: tuple[tuple[str, int], ...] = ()
    owed_yen: str | None = None
    covered_yen: str | None = None
    ledger_decimals: int = 0

    @property
    def counted(self) -> int:
        """What is held for customers, on whatever basis."""
        return self.proven + self.node + self.declared

    @property
    def covered(self) -> int:
        """The lesser of both sides: a surplus of one asset never covers another."""
        return min(self.counted, self.liabilities)

    @property
    def bases(self) -> tuple[Basis, ...]:
        """The bases of what counts, zero amounts aside."""
        amounts = ((Basis.PROVEN, self.proven), (Basis.NODE, self.node), (Basis.DECLARED, self.declared))
        return tuple(basis for basis, amount in amounts if amount)

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "asset": self.asset,
            "decimals": self.decimals,
            "fiat": self.fiat,
            "classes": [
                {"class": row.name, "amount": str(row.amount), "excluded": row.excluded} for row in self.classes
            ],
            "liabilities": str(self.liabilities),
            "proven": str(self.proven),
            "node": str(self.node),
            "declared": str(self.declared),
            "other": [{"purpose": purpose, "amount": str(amount)} for purpose, amount in self.other],
            "owed_yen": self.owed_yen,
            "covered_yen": self.covered_yen,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveFigures:
    """The liability reserve in whole yen as text: `required` up (None: not computable), the rest down.

    `insurance` is limit less deductible of what is in force; `insurance_counted` is the part up to the allowed share.
    """

    formula: str | None
    reference: str
    required: str | None
    funds: str
    insurance: str
    insurance_counted: str
    held: str

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "formula": self.formula,
            "reference": self.reference,
            "required": self.required,
            "funds": self.funds,
            "insurance": self.insurance,
            "insurance_counted": self.insurance_counted,
            "held": self.held,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPrice:
    """The price that was reckoned with: exact yen of one whole unit as text.

    It was made of `quotes`, one for each source, and `left_out` others were not used.
    """

    asset: str
    yen: str
    quotes: int
    left_out: int

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"asset": self.asset, "yen": self.yen, "quotes": self.quotes, "left_out": self.left_out}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFigures:
    """How prices were made of quotes, in a sentence, and the ones that came of it."""

    method: str
    used: tuple[UsedPrice, ...]

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"method": self.method, "used": [row.document() for row in self.used]}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFigures:
    """A stablecoin of the company's own: exact decimals of whole coins by id, and what may be redeemed of them.

    `outstanding` and `yen` (whole, rounded up) are None when the supply on a chain of issue, or a price, is missing.
    """

    asset: str
    type: str
    currency: str
    supplies: tuple[tuple[str, str], ...]
    own: str
    non_redeemable: str
    outstanding: str | None
    yen: str | None

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "asset": self.asset,
            "type": self.type,
            "currency": self.currency,
            "supplies": [{"id": id, "amount": amount} for id, amount in self.supplies],
            "own": self.own,
            "non_redeemable": self.non_redeemable,
            "outstanding": self.outstanding,
            "yen": self.yen,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class YenFigures:
    """Totals in whole yen as text: `owed` up, `covered` and `reserve` down; `unpriced` assets are in neither sum."""

    owed: str
    covered: str
    reserve: str
    unpriced: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "owed": self.owed,
            "covered": self.covered,
            "reserve": self.reserve,
            "unpriced": list(self.unpriced),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A ratio of the company, shown beside the tests as it was given; `says` are sentences, and it judges nothing."""

    figure: str
    title: str
    reference: str
    given: str
    says: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "figure": self.figure,
            "title": self.title,
            "reference": self.reference,
            "given": self.given,
            "verified": False,
            "says": list(self.says),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything the rule book found for one snapshot under one pack."""

    pack_id: str
    pack_version: str
    day: str
    rules: tuple[RuleResult, ...]
    assets: tuple[AssetPosition, ...]
    reserve: ReserveFigures | None
    prices: PriceFigures
    yen: YenFigures
    gaps: tuple[str, ...]
    issues: tuple[IssueFigures, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """One outcome for all rules: a failure wins, then undecided, then holds."""
        return combine(rule.outcome for rule in self.rules)

    def document(self) -> dict[str, Any]:
        """Return the JSON object that is signed, and recomputed and compared by an auditor."""
        return {
            "pack": {"id": self.pack_id, "version": self.pack_version},
            "day": self.day,
            "outcome": str(self.outcome),
            "rules": [rule.document() for rule in self.rules],
            "assets": [asset.document() for asset in self.assets],
            "reserve": None if self.reserve is None else self.reserve.document(),
            "prices": self.prices.document(),
            "yen": self.yen.document(),
            "issues": [row.document() for row in self.issues],
            "beside": [row.document() for row in self.beside],
            "gaps": list(self.gaps),
        }


def _basis(basis: Basis | None) -> str | None:
    return None if basis is None else str(basis)
