"""Candidate formulas of the liability reserve: data in the words of a policy pack (docs/spec/candidates.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from por import documents
from por.errors import InputError
from por.files import read_bytes
from por.header import check_text
from por.lines import Places, lines
from por.solvency.formula import Formula
from por.solvency.pack_document import FormulaTable, PartTable
from por.solvency.pack_formula import formulas
from por.solvency.settings import Pack

MAX_CANDIDATES = 1 << 20
"""Bytes of a file of candidates."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_ALWAYS = "0001-01-01"
"""A candidate is tried on every year, whatever the days on which a law holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A formula with the name that people see."""

    title: str
    formula: Formula


def shipped_candidates() -> tuple[Candidate, ...]:
    """Return the candidates shipped with the program, in their order."""
    file = resources.files("por.solvency.planning").joinpath("data", "candidates.toml")
    return parse_candidates(file.read_bytes(), where="candidates.toml")


def load_candidates(path: Path) -> tuple[Candidate, ...]:
    """Read candidates from a file; InputError names the line, SourceError a file out of reach."""
    return parse_candidates(read_bytes(path, limit=MAX_CANDIDATES), where=path.name)


def of_pack(pack: Pack) -> tuple[Candidate, ...]:
    """Return the formulas that a policy pack states, each once."""
    return tuple(Candidate(title=f"{row.formula.id} ({pack.id})", formula=row.formula) for row in pack.formulas)


def parse_candidates(data: bytes, *, where: str) -> tuple[Candidate, ...]:
    """Check the bytes of a file of candidates, all of it; InputError names the line and the key."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
    place = Places(lines(text), where)
    doc = documents.read(_CandidatesDocument, documents.read_toml(text, where=where), where=where, places=place)
    found: list[Candidate] = []
    for n, row in enumerate(doc.formulas):
        if not _SLUG.fullmatch(row.id) or any(row.id == before.formula.id for before in found):
            raise _fault(place("formulas", n, "id"), f"{row.id!r} is no new name of small letters, digits and dashes")
        found.append(
            Candidate(title=check_text(row.title, where=place("formulas", n, "title")), formula=_one(row, place, n))
        )
    if not found:
        raise _fault(place("formulas"), "there is no formula to compare")
    return tuple(found)


def _one(row: _Row, place: Places, n: int) -> Formula:
    values = {**row.model_dump(exclude={"title"}), "from": _ALWAYS}
    table = FormulaTable.model_validate(values)
    return formulas([table], place("formulas", n))[0].formula


def _fault(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what}", code="candidates-malformed", hint="compare it with docs/spec/candidates.md")


class _Row(documents.Document):
    id: str
    title: str
    reference: str
    insurance_share: str = "0"
    floor: str = "0"
    cap: str | None = None
    parts: list[PartTable]


class _CandidatesDocument(documents.Document):
    format: Literal["por-formulas/1"]
    formulas: documents.Rows[_Row]
