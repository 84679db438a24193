"""What chains of outputs can be asked beyond what all chains can: where a block stands, and whether coins moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from por.reserves.chains import Chain
from por.reserves.evidence.utxo.outputs import Output


@runtime_checkable
class OutputChain(Chain, Protocol):
    """A node of a chain of the Bitcoin family."""

    def height_of(self, block: str) -> int | None:
        """Return the height of a block (hash as it is shown); None when it is not in the node's chain."""

    def verify_unspent(self, *, number: int, block: str, outputs: Sequence[Output]) -> int:
        """Refuse an output that was spent at or before block `number` (ClaimError); return how many were spent since.

        Raises SourceError when the node does not deliver, or has no means to tell.
        """

    def expand(self, descriptors: Sequence[str], *, where: str) -> tuple[tuple[str, ...], int]:
        """Return the funded addresses of output descriptors, sorted, and how many funded scripts have no address.

        Raises InputError, which names the place `where`, when the node does not take them.
        """
