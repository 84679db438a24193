"""What the leaves' amounts add to the figures of privacy: the largest ones, and which of them are like no other.

They are read from the store, which nobody but the exchange has; they say how much a lucky coalition could learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from por.liabilities import chances
from por.liabilities.manifest import AssetLiabilities
from por.liabilities.proofs_writer import column_bytes, fixed_column
from por.liabilities.prove import open_store

CHUNK = 1 << 18
"""Leaves that are read together: twelve megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """`tops` maps k to the sum of the k largest leaves; `unique` leaves have an amount that no other leaf has."""

    tops: tuple[tuple[int, int], ...]
    unique: int
    zero: int

    def top(self, leaves: int) -> int:
        """Return the sum of the `leaves` largest amounts, base units; the number must have been asked for."""
        return dict(self.tops)[leaves]

    def document(self, total: int) -> dict[str, Any]:
        """Return the figures as JSON."""
        largest = self.top(1) if self.tops else 0
        return {
            "largest_leaf": str(largest),
            "largest_leaf_share": chances.show(Fraction(largest, total or 1)),
            "leaves_with_an_amount_of_their_own": self.unique,
            "leaves_of_zero": self.zero,
        }


def most_known(members: int, count: int) -> int:
    """Return how many of `count` leaves a coalition can know at most: its own, their neighbours', and in a tree with an
    odd number of leaves the last one, which many see."""
    return min(2 * members + count % 2, count)


def read_leaves(folder: Path, row: AssetLiabilities, *, coalitions: Sequence[int]) -> Leaves:
    """Read an asset's amounts out of the store; InputError when the store is not that of the manifest."""
    import pyarrow as pa
    import pyarrow.compute as pc

    store = open_store(folder, row)
    parts = []
    for first in range(0, row.count, CHUNK):
        nodes = store.nodes(0, first, min(CHUNK, row.count - first))
        parts.append(pc.binary_slice(fixed_column(nodes, 48), 32, 48))
    amounts = pa.chunked_array(parts, pa.binary(16)).combine_chunks()
    if isinstance(amounts, pa.ChunkedArray):
        amounts = amounts.combine_chunks()
    sizes = [min(size, row.count) for size in (1, *coalitions)]
    asked = sorted({k for size in sizes for k in (size, most_known(size, row.count))} - {0})
    tops = _tops(amounts, asked) if row.count else ()
    counts = pc.value_counts(amounts)
    zeros = pc.sum(pc.equal(amounts, pa.scalar(bytes(16), pa.binary(16)))).as_py() or 0
    unique = pc.sum(pc.equal(counts.field("counts"), 1)).as_py() or 0
    return Leaves(tops=tops, unique=unique, zero=zeros)


def _tops(amounts: Any, asked: Sequence[int]) -> tuple[tuple[int, int], ...]:
    import pyarrow.compute as pc

    best = amounts.take(pc.select_k_unstable(amounts, k=asked[-1], sort_keys=[("amount", "descending")]))
    data = column_bytes(best, 16)
    found, done, total = [], 0, 0
    for k in asked:
        total += sum(int.from_bytes(data[16 * at : 16 * at + 16], "big") for at in range(done, k))
        found.append((k, total))
        done = k
    return tuple(found)
