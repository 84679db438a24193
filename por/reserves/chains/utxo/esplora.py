"""Indexers with Esplora's HTTP interface (github.com/Blockstream/esplora, API.md): the second kind of source.

An indexer also knows when an output was spent, which a node has to search for; it takes no descriptors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from por.errors import InputError, SourceError
from por.reserves.chains import Limits
from por.reserves.chains.utxo.client import FAULTY, Client
from por.reserves.chains.utxo.source import Found, Tip
from por.reserves.evidence.utxo.outputs import Outpoint

_TRIES = 3
"""Readings of all addresses before giving up on finding the tip at rest."""


class Esplora:
    """See `source.Source`."""

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        self._client = Client(chain=chain, url=url, limits=limits)
        self.host = self._client.host

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this indexer."""
        return self._client.wrong(what, code=code, hint=hint)

    def hash_at(self, number: int) -> str | None:
        """Return the hash of the block at a height, None beyond the tip."""
        text = self._client.get(f"block-height/{number}")
        return None if text is None else self._client.a_hash(text, "a block's hash")

    def tip(self) -> Tip:
        """Return the newest block."""
        block = self._client.a_hash(self._client.get("blocks/tip/hash"), "the tip's hash")
        height = self.height_of(block)
        return self.tip() if height is None else Tip(number=height, hash=block)

    def unspent(self, scripts: Mapping[bytes, str]) -> tuple[Tip, list[Found]]:
        """Ask for each address between two looks at the tip, which must be the same."""
        for _ in range(_TRIES):
            before = self.tip()
            found = [row for script, address in scripts.items() for row in self._of(script, address)]
            if self.tip() == before:
                if any(row.height > before.number for row in found):
                    raise self.wrong("it gives outputs above its own tip", code="node-garbage", hint=FAULTY)
                return before, found
        raise self.wrong(
            f"its tip moved during each of {_TRIES} readings",
            code="node-moving",
            hint="run the same command again, or use a node with scantxoutset",
        )

    def header(self, block: str) -> bytes:
        """Return a raw header."""
        return self._client.some_bytes(self._client.get(f"block/{block}/header"), "a block's header")

    reach = 300
    """Headers that are worth asking for to link blocks: they come one at a time."""

    def headers(self, first: int, last: int) -> list[bytes]:
        """Return the raw headers of the blocks from one height to another."""
        found = []
        for number in range(first, last + 1):
            block = self.hash_at(number)
            if block is None:
                raise self.wrong(f"it has no block {number}", code="node-null", hint="is it in step with the chain?")
            found.append(self.header(block))
        return found

    def txids(self, block: str) -> list[str]:
        """Return the ids of a block's transactions."""
        rows = self._client.get_json(f"block/{block}/txids")
        if not isinstance(rows, list) or not rows:
            raise self.wrong("a block's list of transactions is malformed", code="node-garbage", hint=FAULTY)
        return [self._client.a_hash(row, "a txid") for row in rows]

    def transactions(self, wanted: Sequence[tuple[str, str]]) -> list[bytes]:
        """Return raw transactions."""
        return [self._client.some_bytes(self._client.get(f"tx/{txid}/hex"), "a transaction") for txid, _ in wanted]

    def height_of(self, block: str) -> int | None:
        """Return the height of a block, None when it is unknown or left the chain."""
        if self._client.get(f"block/{block}") is None:
            return None
        status = self._client.get_json(f"block/{block}/status")
        if not isinstance(status, dict) or not isinstance(status.get("in_best_chain"), bool):
            raise self.wrong("a block's status is malformed", code="node-garbage", hint=FAULTY)
        return self._client.a_number(status.get("height"), "height") if status["in_best_chain"] else None

    def spent(self, points: Sequence[tuple[Outpoint, int]], after: int) -> dict[Outpoint, bool]:
        """Ask for each output where it was spent; one that is spent but not yet in a block counts as unspent."""
        found = {}
        for point, _ in points:
            answer = self._client.get_json(f"tx/{point.txid}/outspend/{point.index}")
            if not isinstance(answer, dict) or not isinstance(answer.get("spent"), bool):
                raise self.wrong("the state of an output is malformed", code="node-garbage", hint=FAULTY)
            status = answer.get("status")
            if answer["spent"] and isinstance(status, dict) and status.get("confirmed") is True:
                found[point] = self._client.a_number(status.get("block_height"), "block_height") > after
            elif answer["spent"] and not isinstance(status, dict):
                raise self.wrong("the state of an output is malformed", code="node-garbage", hint=FAULTY)
        return found

    def expand(self, descriptors: Sequence[str], *, where: str) -> list[bytes]:
        """Refuse: an indexer takes addresses only."""
        raise InputError(
            f"{where}: {self.host} is an indexer, which expands no descriptors",
            code="descriptor-indexer",
            hint="give one node with scantxoutset for this chain, or write one address on each line",
        )

    def _of(self, script: bytes, address: str) -> list[Found]:
        rows = self._client.get_json(f"address/{address}/utxo")
        if not isinstance(rows, list):
            raise self.wrong("the outputs of an address are malformed", code="node-garbage", hint=FAULTY)
        return [row for row in (self._found(row, script) for row in rows) if row is not None]

    def _found(self, row: Any, script: bytes) -> Found | None:
        status = row.get("status") if isinstance(row, dict) else None
        if not isinstance(status, dict) or not isinstance(status.get("confirmed"), bool):
            raise self.wrong("the outputs of an address are malformed", code="node-garbage", hint=FAULTY)
        if not status["confirmed"]:
            return None
        point = Outpoint(
            txid=self._client.a_hash(row.get("txid"), "txid"), index=self._client.a_number(row.get("vout"), "vout")
        )
        value, height = (self._client.a_number(row.get("value"), "value"), status.get("block_height"))
        return Found(point=point, value=value, script=script, height=self._client.a_number(height, "block_height"))
