"""What judging differs in from family to family of chains, found by the CAIP-2 namespace."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol

from por.errors import ClaimError
from por.header import Header
from por.reserves import blocks
from por.reserves.chains import Chain
from por.reserves.judging.facts import Facts
from por.reserves.report import ChainReport, Holding
from por.reserves.tables import ReserveTables, Windows


class Judge(Protocol):
    """How the evidence of one family is judged. Methods raise ClaimError or InputError for what does not hold."""

    any_block: bool
    """True when a node tells balances at any block, so that a node's word can be compared with another's."""

    def gather(self, chain: ChainReport, facts: Facts) -> None:
        """Read headers and evidence files of the chain into `facts`; what fails is one of its faults, never raised."""

    def verify_proven(self, holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables) -> None:
        """Refuse a `proven` holding that does not follow from its evidence and the verifier's tables."""

    def verify_told(self, holding: Holding, chain: ChainReport) -> None:
        """Refuse a node's word for what evidence could have shown."""

    def describe(self, chain: ChainReport, facts: Facts) -> str:
        """Say in words what the chain's proven holdings rest on; "" where it has none."""

    def verify_choice(self, chain: ChainReport, facts: Facts, header: Header, windows: Windows) -> str:
        """Say in words how the block stands to the snapshot's moment; refuse one that may not stand for it."""

    def verify_others(self, chain: ChainReport, facts: Facts, node: Chain | None) -> tuple[str, bool]:
        """Compare the other blocks that the evidence rests on with a node; (words, whether none is left open)."""

    def counted(self, holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables) -> Iterable[str]:
        """Name each thing that this holding counts and that no other holding of the report may count."""

    def unspent(self, chain: ChainReport, facts: Facts, node: Chain | None) -> str | None:
        """Say what a node has of the coins' being unspent at the block, "" without one; None where coins are no such
        things. Raises SourceError when the node does not deliver."""


_JUDGES = {
    "eip155": "por.reserves.judging.evm:EvmJudge",
    "bip122": "por.reserves.judging.utxo:UtxoJudge",
}
"""Namespace -> where the class is. Other packages add theirs under the entry point group `por.judging`."""


@cache
def judge(chain: str) -> Judge:
    """Return the judge of a chain's family; ClaimError when nothing here judges it."""
    namespace = blocks.namespace(chain)
    if namespace in _JUDGES:
        module, _, attribute = _JUDGES[namespace].partition(":")
        found: Judge = getattr(import_module(module), attribute)()
        return found
    for point in entry_points(group="por.judging", name=namespace):
        other: Judge = point.load()()
        return other
    raise ClaimError(
        f"{chain}: nothing here judges chains of {namespace}",
        code="chain-unsupported",
        hint="install what the exchange used to read it, or leave it uncounted",
    )
