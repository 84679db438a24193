"""`[[issue]]` of declared.toml: stablecoins that the company itself issues, and what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from pydantic import Field

from por import amounts, documents
from por.errors import InputError
from por.header import check_text

IssueType = Literal["funds-transfer", "trust"]
AssetClass = Literal[
    "legal-deposit", "bank-guarantee", "trust", "demand-deposit", "time-deposit", "government-bond", "other"
]
CLASSES: tuple[str, ...] = get_args(AssetClass)

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAsset:
    """What stands behind an issue, by a document: `amount` is its market value in yen, `book` that in the books.

    `maturity` (of bonds and time deposits) and `at` are dates; `cancellable` says that a time deposit can be ended
    at any time.
    """

    kind: AssetClass
    amount: int
    at: str
    institution: str
    document: str
    book: int | None = None
    maturity: str | None = None
    cancellable: bool | None = None

    def row(self) -> dict[str, Any]:
        """Return the JSON object of a statement."""
        return {
            "class": self.kind,
            "amount": str(self.amount),
            "book": None if self.book is None else str(self.book),
            "maturity": self.maturity,
            "cancellable": self.cancellable,
            "at": self.at,
            "institution": self.institution,
            "document": self.document,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NonRedeemable:
    """Coins that nobody may redeem, by a document, in whole units as an exact decimal: frozen by a court, say."""

    kind: str
    amount: str
    at: str
    document: str

    def row(self) -> dict[str, str]:
        """Return the JSON object of a statement."""
        return {"class": self.kind, "amount": self.amount, "at": self.at, "document": self.document}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One coin that the company issues: asset code, kind of issuer, the money in which it is redeemed one to one."""

    asset: str
    type: IssueType
    currency: str
    assets: tuple[IssueAsset, ...]
    non_redeemable: tuple[NonRedeemable, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the JSON object of a statement."""
        return {
            "asset": self.asset,
            "type": self.type,
            "currency": self.currency,
            "assets": [row.row() for row in self.assets],
            "non_redeemable": [row.row() for row in self.non_redeemable],
        }


class AssetTable(documents.Document):
    """One of [[issue.assets]]."""

    kind: AssetClass = Field(alias="class")
    amount: str
    at: str
    institution: str
    document: str
    book: str | None = None
    maturity: str | None = None
    cancellable: bool | None = None


class NonRedeemableTable(documents.Document):
    """One of [[issue.non_redeemable]]."""

    kind: str = Field(alias="class")
    amount: str
    at: str
    document: str


class IssueTable(documents.Document):
    """One of [[issue]]."""

    asset: str
    type: IssueType
    currency: str = "JPY"
    assets: documents.Rows[AssetTable] = Field(default_factory=list)
    non_redeemable: documents.Rows[NonRedeemableTable] = Field(default_factory=list)


def parse_issues(rows: Sequence[IssueTable], *, where: str) -> tuple[Issue, ...]:
    """Check the tables: each coin once, each document once behind the same coin; InputError names the place."""
    found: list[Issue] = []
    for number, row in enumerate(rows):
        place = f"{where}[{number}]"
        asset = _base(row.asset, f"{place}.asset")
        if any(before.asset == asset for before in found):
            raise _fault(place, f"{asset} is issued twice", hint="put all that stands behind a coin into one table")
        assets = tuple(_asset(entry, f"{place}.assets[{n}]") for n, entry in enumerate(row.assets))
        frozen = tuple(_frozen(entry, f"{place}.non_redeemable[{n}]") for n, entry in enumerate(row.non_redeemable))
        for group in (assets, frozen):
            if len(set(group)) < len(group):
                raise _fault(place, "an entry stands twice", hint="keep one of the two")
        found.append(
            Issue(
                asset=asset,
                type=row.type,
                currency=_base(row.currency, f"{place}.currency"),
                assets=assets,
                non_redeemable=frozen,
            )
        )
    return tuple(found)


def _asset(row: AssetTable, where: str) -> IssueAsset:
    dated = row.kind in ("time-deposit", "government-bond")
    if row.maturity is not None and not dated:
        raise _fault(where, f"a {row.kind} has no maturity", hint="take it out")
    if row.kind == "government-bond" and (row.maturity is None or row.book is None):
        raise _fault(where, "a bond has a maturity and a book value", hint="add maturity and book")
    if (row.cancellable is not None) != (row.kind == "time-deposit"):
        raise _fault(
            where, "cancellable is said of time deposits, and of them always", hint="true or false, or take it out"
        )
    return IssueAsset(
        kind=row.kind,
        amount=amounts.parse_units(row.amount, where=f"{where}.amount"),
        at=_day(row.at, f"{where}.at"),
        institution=check_text(row.institution, where=f"{where}.institution"),
        document=_document(row.document, f"{where}.document"),
        book=None if row.book is None else amounts.parse_units(row.book, where=f"{where}.book"),
        maturity=None if row.maturity is None else _day(row.maturity, f"{where}.maturity"),
        cancellable=row.cancellable,
    )


def _frozen(row: NonRedeemableTable, where: str) -> NonRedeemable:
    if not _SLUG.fullmatch(row.kind):
        raise _fault(f"{where}.class", f"{row.kind[:20]!r} is not a class", hint="use a word such as frozen-by-order")
    amounts.parse_exact(row.amount, where=f"{where}.amount")
    return NonRedeemable(
        kind=row.kind,
        amount=row.amount,
        at=_day(row.at, f"{where}.at"),
        document=_document(row.document, f"{where}.document"),
    )


def _base(code: str, where: str) -> str:
    if amounts.split_asset(amounts.check_asset(code, where=where))[1]:
        raise _fault(where, f"{code} is a class of balances, not an asset", hint="name the asset alone")
    return code


def _day(text: str, where: str) -> str:
    if _DATE.fullmatch(text):
        try:
            date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return text
    raise InputError(f"{where}: {text[:20]!r} is not a date", code="date-malformed", hint="write it as 2026-11-20")


def _document(text: str, where: str) -> str:
    if _DIGEST.fullmatch(text):
        return text
    raise InputError(
        f"{where}: not a document's digest",
        code="digest-malformed",
        hint="write sha256: and the 64 hex digits that sha256sum prints",
    )


def _fault(where: str, what: str, *, hint: str) -> InputError:
    return InputError(f"{where}: {what}", code="declared-issue", hint=hint)
