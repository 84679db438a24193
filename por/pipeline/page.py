"""The publication's page in a run that is cut off between the log and the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from por import canonical, files
from por.attestation.prepare import Renderer
from por.attestation.statement import REPORT, Head


def keeping(render: Renderer | None, work: Path) -> Renderer | None:
    """Keep the page in the work folder before the log takes the statement that names it.

    Whoever goes on after a break may have a newer program, which would render another page.
    """
    if render is None:
        return None
    page_of = render  # for mypy: it is not None in there either

    def kept(predicate: Mapping[str, Any]) -> bytes:
        page = page_of(predicate)
        files.write_bytes(work / REPORT, page)
        return page

    return kept


def as_signed(render: Renderer | None, statement: Head, work: Path) -> Renderer | None:
    """Return what gives the page that a statement of the log names: the one that was kept, else rendered again."""
    digest = statement.subjects.get(REPORT)
    if digest is None:
        return None
    path = work / REPORT
    page = files.read_bytes(path) if path.is_file() else b""
    return (lambda predicate: page) if canonical.digest(page) == digest else render
