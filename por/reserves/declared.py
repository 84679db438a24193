"""declared.toml: what no chain shows. Every entry has a date and a document's digest, and stays `declared`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from por import amounts, documents
from por.errors import InputError
from por.files import read_text
from por.header import check_text
from por.reserves.identity import (
    Custodian,
    CustodianTable,
    Encumbrance,
    EncumbranceTable,
    Identity,
    IdentityTable,
    parse_custodians,
    parse_encumbrances,
    parse_identity,
)
from por.reserves.issues import Issue, IssueTable, parse_issues
from por.reserves.staked import Staked, StakedTable, parse_staked

HoldingKind = Literal["fiat-trust", "bank-deposit", "government-bond", "custodian-statement"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_INSURANCE = frozenset({"limit", "deductible", "from", "to", "insurer", "document"})
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredHolding:
    """An asset that an institution's document states: `amount` in base units, `at` a date, `document` sha256:hex."""

    kind: HoldingKind
    asset: str
    amount: int
    at: str
    institution: str
    document: str
    purpose: str = "customers"

    def row(self) -> dict[str, str]:
        """Return the JSON object of reserves.json."""
        return {
            "kind": self.kind,
            "asset": self.asset,
            "amount": str(self.amount),
            "at": self.at,
            "institution": self.institution,
            "document": self.document,
            "purpose": self.purpose,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fund:
    """Money set aside for the liability reserve, in yen."""

    amount: int
    at: str
    institution: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurance:
    """Insurance that may count for the liability reserve: yen, and the days it runs from and to.

    `perils` says against what; `haircut` is the share of it that the company itself does not count.
    """

    limit: int
    deductible: int
    from_: str
    to: str
    insurer: str
    document: str
    perils: str = ""
    haircut: Fraction = Fraction(0)

    @property
    def pays(self) -> Fraction:
        """What is counted of it: the limit less the deductible, less the haircut."""
        return max(0, self.limit - self.deductible) * (1 - self.haircut)

    def row(self) -> dict[str, str]:
        """Return the JSON object of the statement."""
        return {
            "limit": str(self.limit),
            "deductible": str(self.deductible),
            "from": self.from_,
            "to": self.to,
            "insurer": self.insurer,
            "document": self.document,
            "perils": self.perils,
            "haircut": amounts.plain(self.haircut),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Trading value in yen of one business year, by kind ("spot", …)."""

    year: int
    by: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A past loss in yen."""

    at: str
    loss: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Yen taken out of the liability reserve to make good a loss."""

    at: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredReserve:
    """What the liability reserve is made of and what it is measured by; never counted a second time as an asset."""

    funds: tuple[Fund, ...] = ()
    insurance: tuple[Insurance, ...] = ()
    volumes: tuple[Volume, ...] = ()
    incidents: tuple[Incident, ...] = ()
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """declared.toml as a value; `company` is shown as given and unverified, `issues` are its own stablecoins.

    `identity`, `custodians` and `encumbrances` say who speaks, who keeps assets and who else has a claim on them;
    `staked` is ether of validators, which counts for nothing.
    """

    holdings: tuple[DeclaredHolding, ...] = ()
    reserve: DeclaredReserve | None = None
    company: Mapping[str, str] | None = None
    issues: tuple[Issue, ...] = ()
    identity: Identity | None = None
    custodians: tuple[Custodian, ...] = ()
    encumbrances: tuple[Encumbrance, ...] = ()
    staked: tuple[Staked, ...] = ()


def load_declared(path: Path) -> Declared:
    """Read declared.toml; InputError names the key that is wrong, SourceError a file out of reach."""
    return parse_declared(read_text(path), where=path.name)


def parse_declared(text: str, *, where: str = "declared.toml") -> Declared:
    """Check the text of declared.toml; raise InputError."""
    doc = documents.read(_Document, documents.read_toml(text, where=where), where=where)
    holdings = tuple(_holding(row, f"{where}: holding[{n}]") for n, row in enumerate(doc.holding))
    reserve = None if doc.reserve is None else _reserve(doc.reserve, f"{where}: reserve")
    company = None
    if doc.company is not None:
        company = {k: check_text(v, where=f"{where}: company.{k}") for k, v in sorted(doc.company.items())}
    issues = parse_issues(doc.issue, where=f"{where}: issue")
    return Declared(
        holdings=holdings,
        reserve=reserve,
        company=company,
        issues=issues,
        identity=None if doc.identity is None else parse_identity(doc.identity, where=f"{where}: identity"),
        custodians=parse_custodians(doc.custodian, where=f"{where}: custodian"),
        encumbrances=parse_encumbrances(doc.encumbrance, where=f"{where}: encumbrance"),
        staked=parse_staked(doc.staked, where=f"{where}: staked"),
    )


def parse_holdings(rows: object, *, where: str) -> tuple[DeclaredHolding, ...]:
    """Read the `declared` rows of reserves.json; raise InputError."""
    found = documents.read(_Rows, {"rows": rows}, where=where).rows
    return tuple(_holding(row, f"{where}[{n}]") for n, row in enumerate(found))


def check_date(text: object, *, where: str) -> str:
    """Return a date `YYYY-MM-DD` that exists; InputError otherwise."""
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return text
    raise InputError(f"{where}: {text!r} is not a date", code="date-malformed", hint="write it as 2026-11-20")


def _holding(row: _Holding, where: str) -> DeclaredHolding:
    return DeclaredHolding(
        kind=row.kind,
        asset=amounts.check_asset(row.asset, where=f"{where}.asset"),
        amount=_units(row.amount, f"{where}.amount"),
        at=check_date(row.at, where=f"{where}.at"),
        institution=check_text(row.institution, where=f"{where}.institution"),
        document=_document(row.document, f"{where}.document"),
        purpose=row.purpose,
    )


def _reserve(doc: _Reserve, where: str) -> DeclaredReserve:
    volumes = []
    for n, row in enumerate(doc.volumes):
        place = f"{where}.volumes[{n}]"
        year = row.get("year")
        if type(year) is not int or not 1900 <= year <= 9999 or len(row) < 2:
            raise InputError(
                f"{place}: a year and its trading value by kind are needed",
                code="declared-volume",
                hint='write { year = 2026, spot = "1000000" }',
            )
        by = {_kind(k, place): _units(v, f"{place}.{k}") for k, v in sorted(row.items()) if k != "year"}
        volumes.append(Volume(year=year, by=by))
    if len({row.year for row in volumes}) != len(volumes):
        raise InputError(f"{where}.volumes: a year stands twice", code="declared-volume", hint="keep one row")
    return DeclaredReserve(
        funds=tuple(
            Fund(
                amount=_units(row.amount, f"{where}.funds[{n}].amount"),
                at=check_date(row.at, where=f"{where}.funds[{n}].at"),
                institution=check_text(row.institution, where=f"{where}.funds[{n}].institution"),
                document=_document(row.document, f"{where}.funds[{n}].document"),
            )
            for n, row in enumerate(doc.funds)
        ),
        insurance=tuple(_insurance(row, f"{where}.insurance[{n}]") for n, row in enumerate(doc.insurance)),
        volumes=tuple(volumes),
        incidents=tuple(
            Incident(
                at=check_date(row.at, where=f"{where}.incidents[{n}].at"),
                loss=_units(row.loss, f"{where}.incidents[{n}].loss"),
            )
            for n, row in enumerate(doc.incidents)
        ),
        uses=tuple(
            Use(
                at=check_date(row.at, where=f"{where}.uses[{n}].at"),
                amount=_units(row.amount, f"{where}.uses[{n}].amount"),
                reason=check_text(row.reason, where=f"{where}.uses[{n}].reason"),
            )
            for n, row in enumerate(doc.uses)
        ),
    )


def _insurance(row: dict[str, str], where: str) -> Insurance:
    # a plain table because `from` is no name in Python
    if not _INSURANCE <= set(row) <= _INSURANCE | {"perils", "haircut"}:
        raise InputError(
            f"{where}: insurance has limit, deductible, from, to, insurer and document",
            code="declared-insurance",
            hint="give exactly these keys, and perils and haircut if you like",
        )
    haircut = amounts.parse_exact(row.get("haircut", "0"), where=f"{where}.haircut")
    if haircut > 1:
        raise InputError(
            f"{where}.haircut: more than the whole", code="declared-insurance", hint="write a tenth as 0.1"
        )
    found = Insurance(
        limit=_units(row["limit"], f"{where}.limit"),
        deductible=_units(row["deductible"], f"{where}.deductible"),
        from_=check_date(row["from"], where=f"{where}.from"),
        to=check_date(row["to"], where=f"{where}.to"),
        insurer=check_text(row["insurer"], where=f"{where}.insurer"),
        document=_document(row["document"], f"{where}.document"),
        perils=check_text(row["perils"], where=f"{where}.perils") if "perils" in row else "",
        haircut=haircut,
    )
    if found.to < found.from_:
        raise InputError(f"{where}: ends before it begins", code="declared-insurance", hint="swap from and to")
    return found


def _units(text: object, where: str) -> int:
    return amounts.parse_units(text, where=where)


def _kind(text: str, where: str) -> str:
    if _KEY.fullmatch(text):
        return text
    raise InputError(f"{where}: {text!r} is not a kind of trade", code="declared-volume", hint="use names such as spot")


def _document(text: str, where: str) -> str:
    if _DIGEST.fullmatch(text):
        return text
    raise InputError(
        f"{where}: not a document's digest",
        code="digest-malformed",
        hint="write sha256: and the 64 hex digits that sha256sum prints",
    )


class _Holding(documents.Document):
    kind: HoldingKind
    asset: str
    amount: str
    at: str
    institution: str
    document: str
    purpose: Literal["customers", "guarantee", "own"] = "customers"


class _Fund(documents.Document):
    amount: str
    at: str
    institution: str
    document: str


class _Incident(documents.Document):
    at: str
    loss: str


class _Use(documents.Document):
    at: str
    amount: str
    reason: str


class _Reserve(documents.Document):
    funds: documents.Rows[_Fund] = Field(default_factory=list)
    insurance: documents.Rows[dict[str, str]] = Field(default_factory=list)
    volumes: documents.Rows[dict[str, Any]] = Field(default_factory=list)
    incidents: documents.Rows[_Incident] = Field(default_factory=list)
    uses: documents.Rows[_Use] = Field(default_factory=list)


class _Document(documents.Document):
    holding: documents.Rows[_Holding] = Field(default_factory=list)
    reserve: _Reserve | None = None
    company: dict[str, str] | None = None
    issue: documents.Rows[IssueTable] = Field(default_factory=list)
    identity: IdentityTable | None = None
    custodian: documents.Rows[CustodianTable] = Field(default_factory=list)
    encumbrance: documents.Rows[EncumbranceTable] = Field(default_factory=list)
    staked: documents.Rows[StakedTable] = Field(default_factory=list)


class _Rows(documents.Document):
    rows: documents.Rows[_Holding]
