"""A metrics file in the Prometheus text format, for node_exporter's textfile collector or the like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from por import files
from por.attestation.statement import Head
from por.errors import PorError
from por.pipeline.steps import Done

_LAST_SUCCESS = re.compile(r"^por_last_success_timestamp_seconds ([0-9]+)$", re.MULTILINE)

_HELP = {
    "por_last_run_timestamp_seconds": "When the last run ended.",
    "por_last_run_exit_code": "Exit code of the last run: 0 holds, 1 states a failed test, others did not publish.",
    "por_last_success_timestamp_seconds": "When a run last ended with a publication.",
    "por_statement_sequence": "Sequence of the newest publication.",
    "por_statement_as_of_timestamp_seconds": "Moment that the newest publication speaks of.",
    "por_step_duration_seconds": "Seconds that a step took in the last run; 0 when it was unchanged.",
    "por_coverage_ratio": "Assets held for customers divided by what they are owed, per asset.",
    "por_rule_holds": "1 when a rule holds in the newest publication, 0 when not.",
    "por_challenge_expires_days": "Days until the first of the wallets' challenges expires.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run leaves for those who watch. `statement` is the newest publication's, if there is any."""

    ended: int
    exit_code: int
    published: bool
    steps: Sequence[Done]
    statement: Head | None
    expires_days: float | None


def write_metrics(path: Path, measured: Measured) -> None:
    """Replace the metrics file; the time of the last success stays from the file before when this was none."""
    success = measured.ended if measured.published else _last_success(path)
    rows: list[tuple[str, Mapping[str, str], str]] = [
        ("por_last_run_timestamp_seconds", {}, str(measured.ended)),
        ("por_last_run_exit_code", {}, str(measured.exit_code)),
    ]
    if success is not None:
        rows.append(("por_last_success_timestamp_seconds", {}, str(success)))
    rows += [
        ("por_step_duration_seconds", {"step": row.name}, f"{row.seconds if row.ran else 0:.3f}")
        for row in measured.steps
    ]
    if measured.statement is not None:
        rows += _of_statement(measured.statement)
    if measured.expires_days is not None:
        rows.append(("por_challenge_expires_days", {}, f"{measured.expires_days:.2f}"))
    files.write_bytes(path, _text(rows).encode("utf-8"))


def _of_statement(statement: Head) -> list[tuple[str, Mapping[str, str], str]]:
    rows: list[tuple[str, Mapping[str, str], str]] = [
        ("por_statement_sequence", {}, str(statement.header.sequence)),
        ("por_statement_as_of_timestamp_seconds", {}, str(statement.header.time)),
    ]
    for row in statement.predicate["solvency"]["assets"]:
        owed, held = int(row["liabilities"]), sum(int(row[basis]) for basis in ("proven", "node", "declared"))
        if owed:
            rows.append(("por_coverage_ratio", {"asset": row["asset"]}, f"{float(Fraction(held, owed)):.6f}"))
    rows += [
        ("por_rule_holds", {"rule": rule.id}, "1" if rule.outcome.value == "holds" else "0") for rule in statement.rules
    ]
    return rows


def _text(rows: Sequence[tuple[str, Mapping[str, str], str]]) -> str:
    lines, told = [], set()
    for name, labels, value in rows:
        if name not in told:
            told.add(name)
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge"]
        shown = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{shown}}} {value}" if shown else f"{name} {value}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _last_success(path: Path) -> int | None:
    try:
        found = _LAST_SUCCESS.search(files.read_text(path)) if path.exists() else None
    except PorError:
        return None
    return int(found[1]) if found else None
