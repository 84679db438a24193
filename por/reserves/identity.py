"""Who the statement is of, and what else no chain shows: licence, group, platforms, custodians, encumbrances.

Parts of declared.toml (docs/spec/declared.md), published as given and `declared`: nobody here has verified them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from por import amounts, documents
from por.errors import InputError
from por.header import check_text

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The legal entity and what it speaks of; texts are "" where they are not given.

    `platforms` are in scope; `out_of_scope` are (platform, reason) for those that are not.
    """

    legal_entity: str = ""
    licence: str = ""
    group: str = ""
    platforms: tuple[str, ...] = ()
    out_of_scope: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON object of the statement."""
        return {
            "legal_entity": self.legal_entity,
            "licence": self.licence,
            "group": self.group,
            "platforms": list(self.platforms),
            "out_of_scope": [{"platform": platform, "reason": reason} for platform, reason in self.out_of_scope],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodian:
    """Somebody who keeps assets for the exchange; which of them stands in the annex."""

    name: str
    jurisdiction: str
    licence: str = ""

    def document(self) -> dict[str, str]:
        """Return the JSON object of the statement."""
        return {"name": self.name, "jurisdiction": self.jurisdiction, "licence": self.licence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encumbrance:
    """Assets that somebody else has a claim on: base units of `asset` at the ledger's decimals, and the document."""

    asset: str
    amount: int
    in_favour_of: str
    reason: str
    document: str

    def row(self) -> dict[str, str]:
        """Return the JSON object of the statement."""
        return {
            "asset": self.asset,
            "amount": str(self.amount),
            "in_favour_of": self.in_favour_of,
            "reason": self.reason,
            "document": self.document,
        }


class ScopeTable(documents.Document):
    """One of identity.out_of_scope."""

    platform: str
    reason: str


class IdentityTable(documents.Document):
    """[identity]."""

    legal_entity: str | None = None
    licence: str | None = None
    group: str | None = None
    platforms: documents.Rows[str] = Field(default_factory=list)
    out_of_scope: documents.Rows[ScopeTable] = Field(default_factory=list)


class CustodianTable(documents.Document):
    """One of [[custodian]]."""

    name: str
    jurisdiction: str
    licence: str | None = None


class EncumbranceTable(documents.Document):
    """One of [[encumbrance]]."""

    asset: str
    amount: str
    in_favour_of: str
    reason: str
    document: str


def parse_identity(doc: IdentityTable, *, where: str) -> Identity:
    """Check [identity]; InputError names the key."""
    return Identity(
        legal_entity=_text(doc.legal_entity, f"{where}.legal_entity"),
        licence=_text(doc.licence, f"{where}.licence"),
        group=_text(doc.group, f"{where}.group"),
        platforms=tuple(check_text(row, where=f"{where}.platforms[{n}]") for n, row in enumerate(doc.platforms)),
        out_of_scope=tuple(
            (
                check_text(row.platform, where=f"{where}.out_of_scope[{n}].platform"),
                check_text(row.reason, where=f"{where}.out_of_scope[{n}].reason"),
            )
            for n, row in enumerate(doc.out_of_scope)
        ),
    )


def parse_custodians(rows: list[CustodianTable], *, where: str) -> tuple[Custodian, ...]:
    """Check the custodians; InputError names the entry, also one that stands twice."""
    found: list[Custodian] = []
    for n, row in enumerate(rows):
        name = check_text(row.name, where=f"{where}[{n}].name")
        if any(name == before.name for before in found):
            raise InputError(
                f"{where}[{n}]: {name} stands twice", code="declared-twice", hint="keep one entry for each custodian"
            )
        found.append(
            Custodian(
                name=name,
                jurisdiction=check_text(row.jurisdiction, where=f"{where}[{n}].jurisdiction"),
                licence=_text(row.licence, f"{where}[{n}].licence"),
            )
        )
    return tuple(found)


def parse_encumbrances(rows: list[EncumbranceTable], *, where: str) -> tuple[Encumbrance, ...]:
    """Check the encumbrances; InputError names the key."""
    return tuple(
        Encumbrance(
            asset=amounts.check_asset(row.asset, where=f"{where}[{n}].asset"),
            amount=amounts.parse_units(row.amount, where=f"{where}[{n}].amount"),
            in_favour_of=check_text(row.in_favour_of, where=f"{where}[{n}].in_favour_of"),
            reason=check_text(row.reason, where=f"{where}[{n}].reason"),
            document=_document(row.document, f"{where}[{n}].document"),
        )
        for n, row in enumerate(rows)
    )


def _text(value: str | None, where: str) -> str:
    return "" if value is None else check_text(value, where=where)


def _document(text: str, where: str) -> str:
    if _DIGEST.fullmatch(text):
        return text
    raise InputError(
        f"{where}: not a document's digest",
        code="digest-malformed",
        hint="write sha256: and the 64 hex digits that sha256sum prints",
    )
