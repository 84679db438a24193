"""What reading outputs asks of a source, be it a node or an indexer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from por.errors import SourceError
from por.reserves.evidence.utxo.outputs import Outpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """A block by height and hash (as it is shown)."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An unspent output as a source tells it: amount in base units, the script, and the height of its block."""

    point: Outpoint
    value: int
    script: bytes
    height: int


class Source(Protocol):
    """A node or indexer of one chain. Every method raises SourceError when it does not deliver."""

    host: str
    reach: int
    """How many headers are worth asking for, to link blocks with the tip."""

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this source."""

    def hash_at(self, number: int) -> str | None:
        """Return the hash of the block at a height, None beyond the tip."""

    def tip(self) -> Tip:
        """Return the newest block."""

    def unspent(self, scripts: Mapping[bytes, str]) -> tuple[Tip, list[Found]]:
        """Return the confirmed unspent outputs of scripts (with their addresses), and the tip that they belong to."""

    def header(self, block: str) -> bytes:
        """Return a raw header."""

    def headers(self, first: int, last: int) -> list[bytes]:
        """Return the raw headers of the blocks from one height to another."""

    def txids(self, block: str) -> list[str]:
        """Return the ids of a block's transactions in order, as they are shown."""

    def transactions(self, wanted: Sequence[tuple[str, str]]) -> list[bytes]:
        """Return raw transactions, each asked for as (txid, block that holds it)."""

    def height_of(self, block: str) -> int | None:
        """Return the height of a block, None when it is not in the source's chain."""

    def spent(self, points: Sequence[tuple[Outpoint, int]], after: int) -> dict[Outpoint, bool]:
        """Name the outputs (given with their amounts) that are not unspent now: True for those that were spent after
        the block at height `after`, False for those spent at or before it, or never there."""

    def expand(self, descriptors: Sequence[str], *, where: str) -> list[bytes]:
        """Return the scripts of descriptors that hold unspent outputs; InputError when they are refused."""
