"""Sum trees of liabilities: build them from Arrow streams, read proofs out of their stores, verify proofs."""

from por_kernel._native import (
    Build,
    KernelError,
    Store,
    __version__,
    merge_ranges,
    place_rows,
    prove_many,
    reduce_range,
    verify,
)

__all__ = [
    "Build",
    "KernelError",
    "Store",
    "__version__",
    "merge_ranges",
    "place_rows",
    "prove_many",
    "reduce_range",
    "verify",
]
