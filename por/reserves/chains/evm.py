"""EVM chains through one node: which block, which hash, which answers. Balances are in `balances`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak

from por.errors import ClaimError
from por.header import show_time
from por.reserves import caip
from por.reserves.chains import Limits, Pinned, Readings, Wish
from por.reserves.chains.balances import read_balances
from por.reserves.chains.rpc import Asks, Refused, Rpc
from por.reserves.chains.state import State
from por.reserves.evidence import headers, words
from por.reserves.tables import ReserveTables

_REVERTED = 3
"""The JSON-RPC error code of a call that the contract itself reverted (EIP-1474, geth)."""

_INVALID_PARAMS = -32602
_FAULTY = "the node is faulty; use another one with --node"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    number: int
    hash: bytes
    parent: bytes
    time: int
    fields: dict[str, Any]


class EvmChain:
    """A node of an EVM chain; its chain id is asked for first."""

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        wanted = caip.chain_number(chain)
        self.chain = chain
        self._limits = limits
        self._rpc = Rpc(chain=chain, url=url, limits=limits)
        answer = self._rpc.ask("eth_chainId", [])
        with self._reading("eth_chainId"):
            found = words.quantity(answer, where="chain id")
        if found != wanted:
            raise self._rpc.wrong(
                f"it is of chain eip155:{found}, not of {chain}",
                code="node-wrong-chain",
                hint="give each chain its own node: --node CAIP2=URL",
            )
        self._synced()

    @property
    def source(self) -> str:
        """The node's host."""
        return self._rpc.host

    @property
    def asks(self) -> Asks:
        """How much the node has been asked so far."""
        return self._rpc.asks

    def pin(self, as_of: int) -> Pinned:
        """Return the last block with time <= as_of, once it and its successor are final; SourceError otherwise.

        The successor must be final too: another one could still be of an earlier time and so be the last block itself.
        """
        head, first = self._block("latest"), self._block(0)
        if head.time <= as_of:
            raise self._rpc.wrong(
                f"its newest block is of {show_time(head.time)}, not after {show_time(as_of)}",
                code="node-too-early",
                hint="wait for the first block after the moment of the snapshot, and for both to be final",
            )
        if first.time > as_of:
            raise self._rpc.wrong(
                f"the chain began {show_time(first.time)}, after {show_time(as_of)}",
                code="chain-too-young",
                hint="check as_of in snapshot.toml",
            )
        low, high = first, head
        while high.number - low.number > 1:
            middle = self._block((low.number + high.number) // 2)
            low, high = (middle, high) if middle.time <= as_of else (low, middle)
        if high.parent != low.hash:
            raise self._rpc.wrong(
                f"block {high.number} does not stand on block {low.number}: the chain was reorganised meanwhile",
                code="node-reorg",
                hint="run the same command again",
            )
        final = self._block("finalized")
        if final.number < high.number:
            raise self._rpc.wrong(
                f"block {low.number} and its successor are not final yet (final is {final.number})",
                code="node-not-final",
                hint="wait, on Ethereum about 15 minutes, and run the same command again",
            )
        return self._pinned(low, successor=high)

    def recent(self) -> Pinned:
        """Return the newest final block."""
        return self._pinned(self._block("finalized"))

    def read(
        self, pinned: Pinned, wishes: Sequence[Wish], tables: ReserveTables, *, work: Path | None = None
    ) -> Readings:
        """Read balances at the pinned block; the block's hash is compared again afterwards.

        In `work` each part that was read is kept under its question, so that the same run goes on after a break.
        """
        block = self._reference(pinned)
        found = read_balances(self._rpc, pinned, block, wishes, tables, limits=self._limits, work=work)
        self._still(pinned)
        return found

    def state(self, pinned: Pinned) -> State:
        """Return who answers for single words and codes at this block."""
        return State(self._rpc, self._reference(pinned))

    def call(self, pinned: Pinned, contract: bytes, data: bytes) -> bytes:
        """Call a contract at the pinned block; empty when it has no code or reverts."""
        question = {"to": "0x" + contract.hex(), "data": "0x" + data.hex()}
        try:
            answer = self._rpc.ask("eth_call", [question, self._reference(pinned)])
        except Refused as refused:
            if refused.number == _REVERTED:
                return b""
            raise
        with self._reading("eth_call"):
            return words.data(answer, where="answer")

    def hashes_at(self, numbers: Sequence[int]) -> list[str]:
        """Return the hashes that the node has at these heights."""
        return ["0x" + self._block(number).hash.hex() for number in numbers]

    def _synced(self) -> None:
        """Refuse a node that says it is still catching up: what it calls final may be long past."""
        try:
            answer = self._rpc.ask("eth_syncing", [])
        except Refused:
            return  # some services do not offer the question
        if answer is not False:
            raise self._rpc.wrong(
                "it is still syncing",
                code="node-syncing",
                hint="wait until the node has caught up, or use another one with --node",
            )

    def _still(self, pinned: Pinned) -> None:
        if self.hashes_at([pinned.number]) != [pinned.hash]:
            raise self._rpc.wrong(
                f"block {pinned.number} has another hash now: the chain was reorganised meanwhile",
                code="node-reorg",
                hint="run the same command again",
            )

    def _reference(self, pinned: Pinned) -> dict[str, str] | str:
        """Name the block by its hash (EIP-1898), or by number where a node cannot, with the hash compared around it."""
        by_hash = {"blockHash": pinned.hash}
        nobody = "0x" + "00" * 20
        try:
            self._rpc.ask("eth_getBalance", [nobody, by_hash])
        except Refused as refused:
            if refused.number != _INVALID_PARAMS:
                raise
            self._still(pinned)
            return hex(pinned.number)
        return by_hash

    def _pinned(self, seen: _Seen, *, successor: _Seen | None = None) -> Pinned:
        codec = headers.has_codec(self.chain)
        return Pinned(
            chain=self.chain,
            number=seen.number,
            hash="0x" + seen.hash.hex(),
            time=seen.time,
            header=self._header(seen) if codec else None,
            successor=self._header(successor) if codec and successor is not None else None,
        )

    def _header(self, seen: _Seen) -> headers.BlockHeader:
        with self._reading("eth_getBlockByNumber"):
            raw = headers.encode_fields(seen.fields)
        if keccak(raw) != seen.hash:
            raise self._rpc.wrong(
                f"the header of block {seen.number} does not have the hash that the node gives it",
                code="node-header",
                hint="the node is wrong or dishonest, or the chain has a header layout that is not known here",
            )
        with self._reading("eth_getBlockByNumber"):
            return headers.decode(raw, where="header")

    def _block(self, which: int | str) -> _Seen:
        name = hex(which) if isinstance(which, int) else which
        answer = self._rpc.ask("eth_getBlockByNumber", [name, False])
        with self._reading("eth_getBlockByNumber"):
            if not isinstance(answer, dict):
                raise words.BadAnswer("not an object", code="node-garbage", hint=_FAULTY)
            seen = _Seen(
                number=words.quantity(answer.get("number"), where="number"),
                hash=words.data(answer.get("hash"), where="hash", length=32),
                parent=words.data(answer.get("parentHash"), where="parentHash", length=32),
                time=words.quantity(answer.get("timestamp"), where="timestamp"),
                fields=answer,
            )
        if isinstance(which, int) and seen.number != which:
            raise self._rpc.wrong(
                f"it gave block {seen.number} when asked for {which}",
                code="node-wrong-block",
                hint=_FAULTY,
            )
        if seen.time > headers.LAST_TIME or seen.number >= 1 << 53:
            raise self._rpc.wrong("a block's number or time is out of range", code="node-garbage", hint=_FAULTY)
        return seen

    @contextmanager
    def _reading(self, method: str) -> Iterator[None]:
        """Turn what is malformed in an answer into a fault of the node."""
        try:
            yield
        except (ClaimError, words.BadAnswer) as error:
            raise self._rpc.wrong(
                f"the answer to {method} is malformed: {error.message}",
                code="node-garbage",
                hint=_FAULTY,
            ) from None
