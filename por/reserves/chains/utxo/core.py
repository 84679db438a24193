"""Nodes with Bitcoin Core's JSON-RPC: Bitcoin Core, Litecoin Core, Bitcoin Cash Node.

`scantxoutset` reads the set of unspent outputs at the node's present tip and at no other; it needs no wallet, no index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from por.errors import InputError, SourceError
from por.reserves.chains import Limits
from por.reserves.chains.utxo.blocks import read_spends
from por.reserves.chains.utxo.client import FAULTY, Client, Refused
from por.reserves.chains.utxo.source import Found, Tip
from por.reserves.evidence.utxo.outputs import MOST_LINKED, Outpoint

SCAN_SECONDS = 1800.0
"""A scan of all of Bitcoin's unspent outputs takes some minutes on a disk."""

MOST_BLOCKS = 2016
"""Blocks that are searched for where an output was spent: two weeks of Bitcoin. An indexer knows it at once."""

DESCRIPTOR_RANGE = 10_000
"""Indices of a ranged descriptor that are looked at, from 0 on."""

_OUT_OF_RANGE = -8
"""RPC_INVALID_PARAMETER: a height beyond the tip."""
_NOT_FOUND = -5
"""RPC_INVALID_ADDRESS_OR_KEY: a block or transaction that the node does not know."""


class Core:
    """See `source.Source`."""

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        self._client = Client(chain=chain, url=url, limits=limits)
        self._batch = limits.batch
        self.host = self._client.host
        state = self._client.ask("getblockchaininfo", [])
        if not isinstance(state, dict):
            raise self.wrong("the answer to getblockchaininfo is no object", code="node-garbage", hint=FAULTY)
        blocks, headers = (self._client.a_number(state.get(name), name) for name in ("blocks", "headers"))
        if state.get("initialblockdownload") is True or blocks < headers:
            raise self.wrong(
                f"it is still syncing: block {blocks} of {headers}",
                code="node-syncing",
                hint="wait until it has caught up, and run the same command again",
            )

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this node."""
        return self._client.wrong(what, code=code, hint=hint)

    def hash_at(self, number: int) -> str | None:
        """Return the hash of the block at a height, None beyond the tip."""
        try:
            return self._client.a_hash(self._client.ask("getblockhash", [number]), "getblockhash")
        except Refused as refused:
            if refused.number == _OUT_OF_RANGE:
                return None
            raise

    def tip(self) -> Tip:
        """Return the newest block."""
        block = self._client.a_hash(self._client.ask("getbestblockhash", []), "getbestblockhash")
        height = self.height_of(block)
        return self.tip() if height is None else Tip(number=height, hash=block)

    def unspent(self, scripts: Mapping[bytes, str]) -> tuple[Tip, list[Found]]:
        """Scan for scripts; each output is checked to be one of them, and their sum to be the node's."""
        tip, found = self._scan([f"raw({script.hex()})" for script in scripts])
        for row in found:
            if row.script not in scripts:
                raise self.wrong(
                    f"{row.point} pays to a script that was not asked for", code="node-garbage", hint=FAULTY
                )
        return tip, found

    def header(self, block: str) -> bytes:
        """Return a raw header."""
        return self._client.some_bytes(self._client.ask("getblockheader", [block, False]), "getblockheader")

    reach = MOST_LINKED
    """Headers that are worth asking for to link blocks."""

    def headers(self, first: int, last: int) -> list[bytes]:
        """Return the raw headers of the blocks from one height to another."""
        hashes = self._client.ask_all([("getblockhash", [number]) for number in range(first, last + 1)])
        answers = self._client.ask_all([("getblockheader", [name, False]) for name in hashes])
        return [self._client.some_bytes(answer, "getblockheader") for answer in answers]

    def txids(self, block: str) -> list[str]:
        """Return the ids of a block's transactions."""
        answer = self._client.ask("getblock", [block, 1])
        rows = answer.get("tx") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not rows:
            raise self.wrong("the answer to getblock has no transactions", code="node-garbage", hint=FAULTY)
        return [self._client.a_hash(row, "a txid") for row in rows]

    def transactions(self, wanted: Sequence[tuple[str, str]]) -> list[bytes]:
        """Return raw transactions; no index is needed, since their blocks are named."""
        answers = self._client.ask_all([("getrawtransaction", [txid, False, block]) for txid, block in wanted])
        return [self._client.some_bytes(answer, "getrawtransaction") for answer in answers]

    def height_of(self, block: str) -> int | None:
        """Return the height of a block, None when it is unknown or left the chain."""
        try:
            answer = self._client.ask("getblockheader", [block, True])
        except Refused as refused:
            if refused.number == _NOT_FOUND:
                return None
            raise
        if not isinstance(answer, dict) or not isinstance(answer.get("confirmations"), int):
            raise self.wrong("the answer to getblockheader is malformed", code="node-garbage", hint=FAULTY)
        return self._client.a_number(answer.get("height"), "height") if answer["confirmations"] > 0 else None

    def spent(self, points: Sequence[tuple[Outpoint, int]], after: int) -> dict[Outpoint, bool]:
        """Ask for each output, then search the blocks after the one at height `after` for those that are gone."""
        answers = self._client.ask_all([("gettxout", [point.txid, point.index, False]) for point, _ in points])
        gone = set()
        for (point, value), answer in zip(points, answers, strict=True):
            if answer is None:
                gone.add(point)
            elif not isinstance(answer, dict) or self._satoshi(answer.get("value")) != value:
                raise self.wrong(
                    f"it gives {point} another amount than its transaction", code="node-garbage", hint=FAULTY
                )
        found = dict.fromkeys(gone, False)
        left = set(gone)
        tip = self.tip().number
        if left and tip - after > MOST_BLOCKS:
            raise self.wrong(
                f"{len(left)} outputs are spent by now, and {tip - after} blocks are too many to search for when",
                code="node-too-late",
                hint="give an indexer that knows it: --node CAIP2=esplora+https://HOST/api",
            )
        number = after
        while left and number < tip:
            number += 1
            block = self.hash_at(number)
            if block is None:
                break
            raw = self._client.some_bytes(self._client.ask("getblock", [block, 0]), "getblock")
            for point in read_spends(raw, wanted=left, where=f"block {number}"):
                found[point] = True
                left.discard(point)
        return found

    def expand(self, descriptors: Sequence[str], *, where: str) -> list[bytes]:
        """Scan for descriptors, the first indices of ranged ones, and return the funded scripts."""
        wanted = [{"desc": text, "range": DESCRIPTOR_RANGE - 1} if "*" in text else text for text in descriptors]
        try:
            return sorted({row.script for row in self._scan(wanted)[1]})
        except Refused as refused:
            if refused.number not in (_NOT_FOUND, _OUT_OF_RANGE):
                raise
            # the node's words are not repeated: they may hold the key
            raise InputError(
                f"{where}: the node {self.host} does not take this descriptor",
                code="descriptor-refused",
                hint="is it one of the kinds that this node knows, with a right checksum? litecoind has no tr()",
            ) from None

    def _scan(self, objects: Sequence[Any]) -> tuple[Tip, list[Found]]:
        return self._read_scan(self._client.ask("scantxoutset", ["start", list(objects)], timeout=SCAN_SECONDS))

    def _read_scan(self, answer: Any) -> tuple[Tip, list[Found]]:
        rows = answer.get("unspents") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or answer.get("success") is not True:
            raise self.wrong("the scan of its unspent outputs did not succeed", code="node-scan", hint=FAULTY)
        tip = Tip(
            number=self._client.a_number(answer.get("height"), "height"),
            hash=self._client.a_hash(answer.get("bestblock"), "bestblock"),
        )
        found = [self._found(row, tip) for row in rows]
        if len({row.point for row in found}) != len(found):
            raise self.wrong("the scan gives an output twice", code="node-garbage", hint=FAULTY)
        if sum(row.value for row in found) != self._satoshi(answer.get("total_amount")):
            raise self.wrong("the scan's total is not the sum of its outputs", code="node-garbage", hint=FAULTY)
        return tip, found

    def _found(self, row: Any, tip: Tip) -> Found:
        if not isinstance(row, dict):
            raise self.wrong("an output of the scan is no object", code="node-garbage", hint=FAULTY)
        found = Found(
            point=Outpoint(
                txid=self._client.a_hash(row.get("txid"), "txid"), index=self._client.a_number(row.get("vout"), "vout")
            ),
            value=self._satoshi(row.get("amount")),
            script=self._client.some_bytes(row.get("scriptPubKey"), "scriptPubKey"),
            height=self._client.a_number(row.get("height"), "height"),
        )
        if found.height > tip.number:
            raise self.wrong(f"{found.point} is said to be above the tip", code="node-garbage", hint=FAULTY)
        return found

    def _satoshi(self, value: object) -> int:
        """Read an amount in whole coins with at most 8 decimals, exactly."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        # bounds on size and exponent keep the product within the 28 digits that decimals are exact to
        if isinstance(value, Decimal) and 0 <= value < 1 << 40:
            exponent = value.as_tuple().exponent
            if isinstance(exponent, int) and -8 <= exponent <= 12:
                return int(value * 10**8)
        raise self.wrong("an amount is not one of a coin with 8 decimals", code="node-garbage", hint=FAULTY)
