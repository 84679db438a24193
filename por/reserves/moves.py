"""Money borrowed for the day: the same holdings some days before and after, and which of them moved much.

moves.json (`por-moves/1`) is for the exchange and its auditor. Its figures are a node's word at blocks of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from por import canonical
from por.errors import SourceError
from por.header import show_time
from por.reserves.chains import Chain, Pinned, Readings, Wish
from por.reserves.judging.families import judge
from por.reserves.tables import ReserveTables

FORMAT = "por-moves/1"
DAY = 86_400
LARGE_PERCENT = 10
"""A holding that moved by this share of all of its coin on the chain is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One holding that moved much: its amount `then`, some days away, and at the moment of the snapshot."""

    account: str
    asset: str
    then: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """Another day on one chain: totals of each coin then and at the snapshot, and the large moves between.

    `days` counts from the snapshot, before it when negative. `missing` says why there is no reading, and then nothing
    else is there.
    """

    chain: str
    days: int
    block: Pinned | None = None
    totals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    missing: str = ""

    def document(self) -> dict[str, Any]:
        """Return the JSON object of docs/spec/moves.md."""
        block = self.block
        return {
            "chain": self.chain,
            "days": self.days,
            "block": None
            if block is None
            else {"number": block.number, "hash": block.hash, "time": show_time(block.time)},
            "totals": [
                {"asset": asset, "then": str(then), "at": str(at)} for asset, (then, at) in sorted(self.totals.items())
            ],
            "moves": [
                {"account": row.account, "asset": row.asset, "then": str(row.then), "at": str(row.at)}
                for row in self.moves
            ],
            "missing": self.missing,
        }


def read_others(
    chain: Chain, readings: Readings, wishes: Sequence[Wish], *, as_of: int, also: Sequence[int]
) -> tuple[Another, ...]:
    """Read the same holdings so many days before and after `as_of` (Unix seconds), as far as the chain has them.

    A day that the node does not have, or that has not come, is told as missing. Other faults of the node raise
    SourceError as they do at the snapshot's moment.
    """
    days = sorted({sign * number for number in also for sign in (-1, 1)})
    if not judge(chain.chain).any_block:
        return tuple(Another(chain=chain.chain, days=n, missing="this chain is read at its tip only") for n in days)
    # without headers nothing is proven: what is asked is whether coins were there, not a second proof
    plain = [Wish(account=row.account, assets=row.assets) for row in wishes]
    found = []
    for n in days:
        try:
            pinned = replace(chain.pin(as_of + n * DAY), header=None, successor=None)
            then = chain.read(pinned, plain, ReserveTables())
        except SourceError as error:
            if error.code not in _MISSING:
                raise
            found.append(Another(chain=chain.chain, days=n, missing=error.message))
        else:
            found.append(_compare(chain.chain, n, pinned, then, readings))
    return tuple(found)


_MISSING = ("node-too-early", "node-not-final", "chain-too-young", "node-null", "node-refused", "quorum-not-met")
"""Codes of what a chain or a node cannot show, which are no faults of theirs."""


def _compare(chain: str, days: int, block: Pinned, then: Readings, now: Readings) -> Another:
    before = {(row.account, row.asset): row.amount for row in then.rows}
    totals: dict[str, tuple[int, int]] = {}
    for row in now.rows:
        first, second = totals.get(row.asset, (0, 0))
        totals[row.asset] = (first + before.get((row.account, row.asset), 0), second + row.amount)
    moves = [
        Move(account=row.account, asset=row.asset, then=before.get((row.account, row.asset), 0), at=row.amount)
        for row in now.rows
    ]
    large = [
        row
        for row in moves
        if abs(row.at - row.then) * 100 >= LARGE_PERCENT * totals[row.asset][1] and row.at != row.then
    ]
    large.sort(key=lambda row: (row.account, row.asset))
    return Another(chain=chain, days=days, block=block, totals=totals, moves=tuple(large))


def to_bytes(snapshot_id: bytes, others: Sequence[Another]) -> bytes:
    """Return moves.json."""
    return canonical.encode(
        {
            "format": FORMAT,
            "snapshot_id": snapshot_id.hex(),
            "large_percent": LARGE_PERCENT,
            "readings": [row.document() for row in others],
        }
    )


def say(others: Sequence[Another]) -> list[str]:
    """Return what a person should hear of it."""
    lines = []
    for row in others:
        when = f"{row.chain}, {abs(row.days)} days {'before' if row.days < 0 else 'after'}"
        if row.missing:
            lines.append(f"{when}: not read: {row.missing}")
        for move in row.moves:
            lines.append(f"{when}: {move.account} had {move.then} of {move.asset}, {move.at} at the snapshot")
    return lines
