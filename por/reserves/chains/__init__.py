"""Reading chains: one family, one file, found by the CAIP-2 namespace. The only room that opens sockets to nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from por.errors import InputError
from por.outcomes import Basis
from por.reserves.evidence.headers import BlockHeader
from por.reserves.tables import ReserveTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how often a node is asked.

    `timeout`: seconds for one answer; `tries`: how often one question is asked; `backoff`: seconds before the second
    try, doubled each time; `batch`: questions in one request; `concurrency`: requests under way at once; `rate`:
    requests a second, as many as may be when 0; `max_answer`: bytes of one answer.
    """

    timeout: float = 30.0
    tries: int = 4
    backoff: float = 0.5
    batch: int = 64
    concurrency: int = 4
    rate: float = 0.0
    max_answer: int = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A block and what shows it: on EVM chains with a codec its header and its successor's, else raw `headers`.

    `hash` is text as the chain writes it, `time` Unix seconds.
    """

    chain: str
    number: int
    hash: str
    time: int
    header: BlockHeader | None
    successor: BlockHeader | None = None
    headers: tuple[bytes, ...] = ()

    @property
    def ends(self) -> tuple[bytes, ...]:
        """The raw headers that go into the evidence, in the order in which the report names them."""
        return self.headers or tuple(row.raw for row in (self.header, self.successor) if row is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to read of one account: CAIP-10 text, CAIP-19 ids, and whether its code hash is to be proven too."""

    account: str
    assets: tuple[str, ...]
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One amount in base units, what it rests on, and the evidence files (hex SHA-256) that prove it."""

    account: str
    asset: str
    amount: int
    basis: Basis
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """All amounts that were wished for, the evidence files by digest, and notices worth showing to a person.

    `pinned` is the block that they were read at: what was asked for, or on chains that are read at their tip only (the
    Bitcoin family) the tip of that reading. `shared` names files that the evidence of many rows needs together.
    """

    pinned: Pinned
    rows: tuple[Reading, ...]
    files: Mapping[str, bytes]
    shared: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Chain(Protocol):
    """A node of one chain. Every method raises SourceError when the node does not deliver."""

    chain: str

    @property
    def source(self) -> str:
        """The node's host, and nothing else of its URL."""

    def pin(self, as_of: int) -> Pinned:
        """Return the last block with time <= as_of (Unix seconds), once it and its successor are final.

        A chain that is read at its tip only returns the tip: how far from as_of it may be is the policy's matter.
        """

    def recent(self) -> Pinned:
        """Return the newest final block, for challenges."""

    def read(
        self, pinned: Pinned, wishes: Sequence[Wish], tables: ReserveTables, *, work: Path | None = None
    ) -> Readings:
        """Read balances at the pinned block or the tip, proven where the tables and the chain's codec allow it.

        `work` is a folder in which to gather them: what it holds of the same block may be taken from there, and the
        files of the answer may lie in it.
        """

    def call(self, pinned: Pinned, contract: bytes, data: bytes) -> bytes:
        """Call a contract (20-byte address) at the pinned block; empty when it has no code or reverts."""

    def hashes_at(self, numbers: Sequence[int]) -> list[str]:
        """Return the hashes that the node has at these heights."""


class _Family(Protocol):
    def __call__(self, *, chain: str, url: str, limits: Limits) -> Chain: ...


_FAMILIES = {
    "eip155": "por.reserves.chains.evm:EvmChain",
    "bip122": "por.reserves.chains.utxo:open_utxo",
}
"""Namespace -> where the class is. Other packages add theirs under the entry point group `por.chains`."""


def open_chain(chain: str, url: str, limits: Limits) -> Chain:
    """Connect to a node of `chain` (CAIP-2) and make sure that it is of that chain.

    Raises InputError for a namespace that nothing reads, UsageError for a URL that is none, SourceError when the node
    is out of reach or of another chain.
    """
    namespace = chain.partition(":")[0]
    family: _Family | None = None
    if namespace in _FAMILIES:
        module, _, attribute = _FAMILIES[namespace].partition(":")
        family = getattr(import_module(module), attribute)
    else:
        for point in entry_points(group="por.chains", name=namespace):
            family = point.load()
    if family is None:
        raise InputError(
            f"nothing here reads the chain {chain}",
            code="chain-unsupported",
            hint="this version reads chains of eip155 and bip122",
        )
    return family(chain=chain, url=url, limits=limits)
