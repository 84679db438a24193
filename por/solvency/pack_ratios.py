"""The ratios of a policy pack: figures of the company that are shown beside the tests, and what their marks mean."""

from __future__ import annotations

import re
from itertools import pairwise

from por import amounts
from por.header import check_text
from por.solvency.pack_document import RatioTable
from por.solvency.pack_formula import fault
from por.solvency.pack_rules import sentence
from por.solvency.settings import Mark, Ratio

_FIGURE = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)


def ratios(rows: list[RatioTable], where: str) -> tuple[Ratio, ...]:
    """Check the ratios: a key of [company] each, once, with its reference and marks that fall."""
    found: list[Ratio] = []
    for n, row in enumerate(rows):
        place = f"{where}[{n}]"
        if not _FIGURE.fullmatch(row.figure):
            raise fault(f"{place}.figure", f"{row.figure[:40]!r} is no key of [company]", "pack-malformed")
        if any(row.figure == before.figure for before in found):
            raise fault(f"{place}.figure", f"{row.figure} stands twice", "pack-twice", hint="keep one of the two")
        if not row.reference.strip():
            raise fault(
                f"{place}.reference",
                "a ratio needs its legal reference",
                "pack-reference-missing",
                hint="name the law and the article",
            )
        marks = tuple(
            Mark(
                below=amounts.parse_exact(mark.below, where=f"{place}.marks[{m}].below"),
                says=sentence(mark.says, f"{place}.marks[{m}].says"),
            )
            for m, mark in enumerate(row.marks)
        )
        if any(one.below <= other.below for one, other in pairwise(marks)):
            raise fault(f"{place}.marks", "the marks do not fall", "pack-malformed", hint="write the highest first")
        found.append(
            Ratio(
                figure=row.figure,
                title=check_text(row.title, where=f"{place}.title"),
                reference=check_text(row.reference, where=f"{place}.reference"),
                marks=marks,
            )
        )
    return tuple(found)
