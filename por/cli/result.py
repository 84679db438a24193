"""What a command hands back: one document for machines, a few lines for people, one exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from por.cli import exits
from por.errors import PorError
from por.header import is_line
from por.outcomes import Check

FORMAT = "por-result/1"


@dataclass(slots=True, kw_only=True)
class Result:
    """The outcome of a command that ran: `show` prints it for people, `document` is it for machines."""

    outcome: str
    show: Callable[[], None]
    checks: tuple[Check, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    late: Callable[[], dict[str, Any]] = dict
    """Further fields, which take so much memory that they are made only where they are printed."""
    exit: int = exits.HOLDS

    def document(self, command: str) -> dict[str, Any]:
        """Return the JSON document that `--json` prints."""
        return {
            "format": FORMAT,
            "command": command,
            "outcome": self.outcome,
            "checks": [
                {
                    "id": check.id,
                    "outcome": check.outcome.value,
                    "basis": check.basis.value if check.basis else None,
                    "detail": check.detail,
                }
                for check in self.checks
            ],
            **self.fields,
            **self.late(),
        }


def error_document(command: str, error: PorError) -> dict[str, Any]:
    """Return the JSON document for a command that failed."""
    return {
        "format": FORMAT,
        "command": command,
        "outcome": "error",
        "error": {"kind": error.kind, "code": error.code, "message": error.message, "hint": error.hint},
    }


def dump(document: dict[str, Any]) -> str:
    """Write a result document as one line of JSON, in which no control or format character stands as it is."""
    text = json.dumps(document, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if is_line(c) else json.dumps(c)[1:-1] for c in text)
