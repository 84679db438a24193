"""A customer's own record: what was seen of an exchange, and what the next statement says of it.

    {"format": "por-memory/1", "account": hex, "checkpoints": [note], "statements": [{"balances", "statement"}]}

It keeps whole signed statements and checkpoints, so that what contradicts them later is evidence at once. Light:
`por verify` reads it (docs/spec/memory.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from por import amounts, canonical
from por.attestation import note
from por.attestation.envelope import Envelope, parse_object
from por.attestation.keys import PublicKey
from por.attestation.logproof import CHECKPOINT, verify_place
from por.attestation.statement import Head, head
from por.attestation.trust import Trust
from por.audit.customer import Counted
from por.audit.equivocation import Side, compare_sides, of_checkpoint, of_statement
from por.audit.evidence import convicting
from por.errors import ClaimError, InputError, PorError, TrustError, UsageError
from por.outcomes import Outcome

FORMAT = "por-memory/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One statement that was checked, and the balances (base units by asset) counted in it."""

    envelope: Envelope
    statement: Head
    balances: Mapping[str, int]

    def amount(self, asset: str) -> Amount:
        """Return one balance in the units of its statement; nothing of an asset that it does not have."""
        decimals = {row.asset: row.decimals for row in self.statement.assets}
        return Amount(units=self.balances.get(asset, 0), decimals=decimals.get(asset, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Base units, and how many decimals they have."""

    units: int
    decimals: int

    def scaled(self, other: Amount) -> int:
        """Return the units at the decimals of this or `other`, whichever has more."""
        return int(self.units * 10 ** max(0, other.decimals - self.decimals))

    def __str__(self) -> str:
        return amounts.show(self.units, self.decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A balance that is not what it was."""

    asset: str
    then: Amount
    now: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What was seen for one account, oldest first; checkpoints are signed notes."""

    account: str
    statements: tuple[Seen, ...] = ()
    checkpoints: tuple[note.Note, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the file: RFC 8785, no newline."""
        return canonical.encode(
            {
                "format": FORMAT,
                "account": self.account,
                "checkpoints": [item.to_bytes().decode() for item in self.checkpoints],
                "statements": [
                    {
                        "balances": {asset: str(amount) for asset, amount in sorted(seen.balances.items())},
                        "statement": seen.envelope.document(),
                    }
                    for seen in self.statements
                ],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What the record says beside a new check.

    `before` is the newest statement of this log seen until now that is not later than this one, `changes` the balances
    that are not what they were then. `growth` holds when the log is the one that was seen, grown
    from `size` entries to `now`; not-covered when nothing shows it, for the reason in `gap`: first, no-proofs, between.
    """

    memory: Memory
    before: Seen | None
    changes: tuple[Change, ...]
    growth: Outcome
    size: int
    now: int
    gap: str


def parse_memory(data: bytes, *, where: str) -> Memory:
    """Read a record strictly; raise InputError. Signatures in it were verified when they were seen."""
    row = canonical.decode(data, where=where)
    names = {"format", "account", "checkpoints", "statements"}
    if not isinstance(row, dict) or set(row) != names or row["format"] != FORMAT:
        raise _malformed(f"{where}: not of the format {FORMAT}")
    texts, rows = row["checkpoints"], row["statements"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts) or not isinstance(rows, list):
        raise _malformed(f"{where}: checkpoints or statements are no lists of what they should be")
    return Memory(
        account=canonical.parse_hex(row["account"], 32, where=f"{where}: account").hex(),
        statements=tuple(_seen(item, where=f"{where}: statements[{i}]") for i, item in enumerate(rows)),
        checkpoints=tuple(note.parse_note(text.encode(), where=f"{where}: checkpoints") for text in texts),
    )


def recall(
    memory: Memory | None, counted: Counted, *, account_id: str, trust: Trust, log_files: Mapping[str, bytes]
) -> Recalled:
    """Compare a check that held with what was seen before, and return the record with it added.

    `log_files` are the publication's files under their names, or none. EquivocationError when what is signed now
    contradicts what was kept; ClaimError or InputError when the log's proofs do not hold; UsageError when the record
    is another account's.
    """
    account = canonical.digest(b"por-memory\0" + account_id.encode())
    kept = memory or Memory(account=account)
    if kept.account != account:
        raise UsageError(
            "this record is of another account",
            code="memory-account",
            hint="keep one file for each account: balances of two would be compared with each other",
        )
    envelope, statement = counted.envelope, counted.statement
    position = statement.log
    current, found = [of_statement(envelope, statement, trust=trust)], None
    if CHECKPOINT in log_files:
        keys = trust.log_keys(position, time=statement.header.time)
        verify_place(position=position, payload=envelope.payload, files=log_files, keys=keys)
        found = note.parse_note(log_files[CHECKPOINT], where=CHECKPOINT)
        current.append(_side(found, trust, keys))
    old = [of_statement(seen.envelope, seen.statement, trust=trust) for seen in kept.statements]
    old += [_side(signed, trust, trust.log_signers) for signed in kept.checkpoints]
    with convicting(trust):
        for side in old:
            for new in current:
                compare_sides((side, new))
    mine = [seen for seen in kept.statements if (seen.statement.log.origin, seen.statement.log.key) == _log(statement)]
    _check_log(kept, mine, statement, trust)
    _check_roots([side for side in old if side.origin == position.origin], current)
    earlier = [seen for seen in mine if seen.statement.log.index <= position.index]
    before = max(earlier, key=lambda seen: seen.statement.log.index, default=None)
    balances = {row.asset: row.amount for row in counted.found}
    size, now, gap = _growth([side for side in old if side.origin == position.origin], current, first=not mine)
    added = Seen(envelope=envelope, statement=statement, balances=balances)
    others = tuple(seen for seen in kept.statements if seen.statement.digest != statement.digest)
    heads = kept.checkpoints
    if found is not None and found.text not in {item.text for item in heads}:
        heads = (*heads, found)
    return Recalled(
        memory=replace(kept, statements=(*others, added), checkpoints=heads),
        before=before,
        changes=() if before is None else _changes(before, added),
        growth=Outcome.NOT_COVERED if gap else Outcome.HOLDS,
        size=size,
        now=now,
        gap=gap,
    )


def _growth(old: list[Side], current: list[Side], *, first: bool) -> tuple[int, int, str]:
    """Return the size of the log that was seen last, the size now, and why nothing joins them ("" when something does).

    The sides agree already. They are joined when both give the root at the newest size that was seen: the publication's
    proofs lead from there to its checkpoint.
    """
    seen = max((size for side in old for size in side.roots), default=0)
    now = max(size for side in current for size in side.roots)
    if first:
        return seen, now, "first"
    if len(current) == 1:
        return seen, now, "no-proofs"
    joined = any(seen in side.roots for side in current)
    return seen, now, "" if joined else "between"


def _changes(then: Seen, now: Seen) -> tuple[Change, ...]:
    """Compare what the balances are worth: their units may be smaller now than they were."""
    assets = sorted(then.balances.keys() | now.balances.keys())
    pairs = (Change(asset=asset, then=then.amount(asset), now=now.amount(asset)) for asset in assets)
    return tuple(pair for pair in pairs if pair.then.scaled(pair.now) != pair.now.scaled(pair.then))


def _log(statement: Head) -> tuple[str, str]:
    return statement.log.origin, statement.log.key


def _check_log(kept: Memory, mine: Sequence[Seen], statement: Head, trust: Trust) -> None:
    """Refuse another log than the one that was seen, or one that nobody vouches for: it hides a second history."""
    shown = f"{statement.log.origin}, begun with key {statement.log.key[:16]}..."
    if kept.statements and not mine:
        raise ClaimError(
            f"this statement is of the log {shown}, and your record is of another one",
            code="history-log",
            hint="an exchange keeps one log: ask why it began another; keep a record of its own for each exchange",
        )
    if not mine and not trust.knows_log(statement.log):  # a record vouches for its own log
        raise TrustError(
            f"this statement is of the log {shown}, and you did not bring that key",
            code="key-missing",
            hint="give the exchange's key file, or with --key its first key too",
        )


def _check_roots(old: list[Side], current: list[Side]) -> None:
    """Refuse another root at a size that was seen also where it is no evidence: its key may be revoked since."""
    for size, root in ((size, root) for side in old for size, root in side.roots.items()):
        if any(side.roots.get(size, root) != root for side in current):
            raise ClaimError(
                f"the log of {size} entries that you saw is not the one of this statement",
                code="history-rewritten",
                hint="history was rewritten: keep your record and this publication, and show both to an auditor",
            )


def _side(signed: note.Note, trust: Trust, keys: Sequence[PublicKey]) -> Side:
    found = note.parse_checkpoint(signed, where=CHECKPOINT)
    part, signers = note.signed_by(signed, name=found.origin, keys=keys)
    return of_checkpoint(part, found, signers=signers, trust=trust)


def _seen(value: Any, *, where: str) -> Seen:
    if (
        not isinstance(value, dict)
        or set(value) != {"balances", "statement"}
        or not isinstance(value["balances"], dict)
    ):
        raise _malformed(f"{where}: not a statement with balances")
    envelope = parse_object(value["statement"], where=where)
    balances = {
        amounts.check_asset(asset, where=where): amounts.parse_units(amount, where=f"{where}: {asset}")
        for asset, amount in value["balances"].items()
    }
    statement = head(envelope.payload, where=where)
    if balances.keys() - {row.asset for row in statement.assets}:
        raise _malformed(f"{where}: a balance of an asset that its statement does not have")
    return Seen(envelope=envelope, statement=statement, balances=balances)


def _malformed(message: str) -> PorError:
    return InputError(
        message, code="memory-malformed", hint="is this the file that --remember wrote? take it from a backup"
    )
