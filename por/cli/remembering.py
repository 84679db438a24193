"""`por verify --remember`: the customer's own record, read, told and kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from por import files
from por.cli import language, terminal

if TYPE_CHECKING:
    from por.attestation.trust import Trust
    from por.audit.customer import Counted
    from por.audit.memory import Recalled


def recall(path: Path, counted: Counted, *, account_id: str, trust: Trust, log_files: Mapping[str, bytes]) -> Recalled:
    """Compare with the record at `path`, add to it, and write it, readable by its owner only.

    Raises what `por.audit.memory.recall` raises; the record is then as it was.
    """
    from por.audit import memory

    kept = memory.parse_memory(files.read_bytes(path), where=path.name) if path.exists() else None
    found = memory.recall(kept, counted, account_id=account_id, trust=trust, log_files=log_files)
    files.write_bytes(path, found.memory.to_bytes(), mode=0o600)
    return found


def tell(found: Recalled, counted: Counted, words: language.Words) -> None:
    """Say what has changed since the statement seen last, and whether the log still holds what was seen."""
    say = terminal.say
    say()
    if found.gap == "first":
        say(words("Your record begins with this statement."))
        return
    if found.before is None:
        say(words("This statement is older than all that you saw."))
    elif found.before.statement.digest == counted.statement.digest and not found.changes:
        say(words("You saw this statement before, with the same balances."))
    else:
        _tell_changes(found, words)
    if found.gap == "no-proofs":
        say(words("Whether the log still holds what you saw is not covered: give the publication with --statement."))
    elif found.gap:
        say(
            words(
                "Whether the log still holds what you saw is not covered: nothing joins the two. Check the statements\n"
                "in between too, in their order, each with its publication."
            )
        )
    elif found.now > found.size:
        say(
            words(
                "The log has grown from {before} to {after} entries, and what you saw of it was not changed.",
                before=found.size,
                after=found.now,
            )
        )
    else:
        say(words("The log is the one that you saw, with {after} entries: it has not grown.", after=found.now))


def _tell_changes(found: Recalled, words: language.Words) -> None:
    say = terminal.say
    assert found.before is not None
    header = found.before.statement.header
    say(
        words(
            "Since statement {sequence} of {moment}, which you saw:",
            sequence=header.sequence,
            moment=words.moment(header.as_of),
        )
    )
    for row in found.changes:
        say(words("  {asset}: {then} then, {now} now", asset=row.asset, then=str(row.then), now=str(row.now)))
    if not found.changes:
        say(words("  none of your balances has changed"))


def fields(found: Recalled) -> dict[str, Any]:
    """Return the same for machines."""
    before = found.before
    return {
        "remembered": {
            "before": None if before is None else before.statement.digest,
            "changes": [
                {
                    "asset": row.asset,
                    "then": str(row.then.units),
                    "now": str(row.now.units),
                    "shown": [str(row.then), str(row.now)],
                }
                for row in found.changes
            ],
            "log": {"outcome": found.growth.value, "seen": found.size, "now": found.now, "gap": found.gap or None},
        }
    }
