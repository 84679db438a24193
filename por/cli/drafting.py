"""Shows a draft: what would be signed, and what has changed since the statement before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from por import amounts
from por.cli import exits, terminal
from por.cli.result import Result
from por.pipeline.comparison import Change, Comparison, Side, compare

if TYPE_CHECKING:
    from por.attestation.statement import Head


def drafted_result(draft: Head, before: Head | None, *, path: Path, mark_percent: int) -> Result:
    """Return what a draft is told as; exit 1 when it would state a failed test, as signing it would."""
    found = compare(before, draft, mark_percent=mark_percent)
    fields: dict[str, Any] = {
        "draft": {"digest": draft.digest, **draft.header.document(), "verdict": draft.verdict.value, "file": str(path)},
        "before": None if before is None else {"digest": before.digest, "sequence": before.header.sequence},
        "assets": [_row(change) for change in found.assets],
        "rules": [{"id": id, "before": old, "after": new} for id, old, new in found.rules],
    }
    return Result(
        outcome=draft.verdict.value,
        show=lambda: _tell(draft, before, found, path, mark_percent),
        fields=fields,
        exit=exits.BY_OUTCOME[draft.verdict],
    )


def _row(change: Change) -> dict[str, Any]:
    def side(value: Side | None) -> dict[str, Any] | None:
        if value is None:
            return None
        return {"owed": str(value.owed), "held": str(value.held), "decimals": value.decimals, "ratio": ratio(value)}

    return {
        "asset": change.asset,
        "before": side(change.before),
        "after": side(change.after),
        "marked": list(change.marked),
    }


def ratio(side: Side | None) -> str:
    """Write held by owed in per cent, rounded down to two places: a shortfall never shows as 100."""
    if side is None or side.ratio is None:
        return "-"
    hundredths = int(side.ratio * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def _tell(draft: Head, before: Head | None, found: Comparison, path: Path, mark_percent: int) -> None:
    header = draft.header
    terminal.say(f"DRAFT of statement {header.sequence}: {header.issuer} ({header.scope}) as of {header.as_of}")
    since = f"statement {before.header.sequence} as of {before.header.as_of}" if before else "nothing: it is the first"
    terminal.say(f"compared with {since}")

    def shown(side: Side | None, units: int) -> str:
        return "-" if side is None else amounts.show(units, side.decimals)

    terminal.table(
        ("asset", "owed before", "owed now", "held before", "held now", "before", "now", ""),
        [
            (
                row.asset,
                shown(row.before, row.before.owed if row.before else 0),
                shown(row.after, row.after.owed if row.after else 0),
                shown(row.before, row.before.held if row.before else 0),
                shown(row.after, row.after.held if row.after else 0),
                ratio(row.before),
                ratio(row.after),
                f"<-- {' and '.join(row.marked)} moved" if row.marked else "",
            )
            for row in found.assets
        ],
        right=("owed before", "owed now", "held before", "held now", "before", "now"),
    )
    for rule in draft.rules:
        left, right = terminal.grouped(rule.left), terminal.grouped(rule.right)
        terminal.say(f"{rule.outcome.value:14} {rule.id}: {left} {rule.relation} {right} {rule.unit}")
    for id, old, new in found.rules:
        if old:
            terminal.say(f"changed: {id} was {old}, is {new}")
    terminal.say(f"moves of more than {mark_percent} % are marked; the whole statement: por inspect {path}")
    terminal.say(f"it would be signed as {draft.digest}; nothing is signed yet. To go on: por run --sign")
