"""Sum trees of liabilities in Rust: build them from Arrow streams, read proofs out of their stores, verify proofs.

Amounts are whole base units below 2**128, hashes 32 bytes, keys 32 bytes. Everything refused is a KernelError.
Formats: docs/spec.
"""

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypedDict, final, type_check_only

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

__version__: str

class KernelError(Exception):
    """What the kernel refuses."""

    code: str
    """A stable slug such as "root-mismatch"; those of proofs are shared with por.liabilities.verify."""
    message: str
    """One line in lower case that names the place; never an account id."""
    hint: str
    """The mend."""
    row: int | None
    """The first offending row of a ledger, from 1, the header not counted; rows go on over several ingests."""
    faults: list[tuple[str, int, list[int], str]]
    """Every kind of fault in a ledger: code, how many, the first 20 rows (none for what is wrong with no single row,
    such as an asset's sum), what the first of them says."""

@type_check_only
class AssetTree(TypedDict):
    """One asset's line of the manifest."""

    asset: str
    decimals: int
    count: int
    total: int
    root: bytes
    pieces: int
    split_above: int
    excluded_rows: int
    excluded_amount: int

@type_check_only
class Tally(TypedDict):
    """What a ledger has of one asset: rows and their sum, those below zero left out and counted apart.

    Sums are None when they reach 2**128.
    """

    asset: str
    rows: int
    total: int | None
    excluded_rows: int
    excluded_amount: int | None

@type_check_only
class LeafFile(TypedDict):
    """Placed leaves of one asset: `counts` of them in each of the 256 buckets from `first` on."""

    path: Path
    first: int
    counts: list[int]
    largest: int

@type_check_only
class PlacedAsset(TypedDict):
    """What one partition has of an asset."""

    asset: str
    rows: int
    excluded_rows: int
    excluded_amount: int
    files: list[LeafFile]

@type_check_only
class PlacedRows(TypedDict):
    """What came of one partition's rows."""

    rows: int
    assets: list[PlacedAsset]

@type_check_only
class ProofPiece(TypedDict):
    """One leaf and its siblings (hash, sum) from the leaf to the root."""

    amount: int
    nonce: bytes
    index: int
    path: list[tuple[bytes, int]]

@final
class Build:
    """Collects rows; sorts, sums and stores. The result does not depend on threads, batches or the order of rows."""

    def __new__(
        cls,
        *,
        snapshot_key: bytes,
        assets: list[tuple[str, int, int, int]],
        amounts: Literal["base-units", "decimal"],
        negative: Literal["refuse", "exclude"] = "refuse",
        sum_duplicates: bool = False,
        threads: int = 0,
        memory: int | None = None,
        scratch: str | PathLike[str] | None = None,
    ) -> Build:
        """Start a build of `assets` (code, decimals, pieces, split_above); threads 0 is one for each core.

        With `memory` (bytes for rows and for sorting them), rows that do not fit go to files in the folder `scratch`;
        they have no names, so that nothing is left of them however the process ends.
        """

    def ingest(self, stream: Any, progress: Callable[[int], object] | None = None) -> int:
        """Read anything with `__arrow_c_stream__` that has the columns account_id, asset and amount; return its rows.

        account_id and asset are text (also large, view or dictionary); amount is text, an integer or a decimal: whole
        base units, or with amounts="decimal" whole units that are exact in the asset's decimals. `progress` hears of
        the rows of all ingests so far, at most ten times a second. Raises KernelError when the stream fails or has
        other columns; what is wrong with rows is told by `settle`.
        """

    def tally(self) -> list[Tally]:
        """What has been read so far of each asset, sorted by asset; also after `settle` has raised."""

    def settle(self) -> list[Tally]:
        """End the reading: raise KernelError for all faults of all rows together, repeated ones included."""

    def finish(
        self, folder: str | PathLike[str] | None, progress: Callable[[int], object] | None = None
    ) -> list[AssetTree]:
        """Build the trees, sorted by asset; write `folder`/CODE.tree (":" as "_") for each, flushed, unless None.

        Settles first where that was not done. `progress` hears of the leaves done, at most ten times a second. The
        files must not be there yet; those of a failed build are removed.
        """

@final
class Store:
    """One asset's tree, memory-mapped; opening it reads its head only."""

    def __new__(cls, path: str | PathLike[str]) -> Store:
        """Open a store; raises KernelError store-damaged, store-version, file-missing or file-unreachable."""

    @property
    def asset(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    def prove(self, snapshot_key: bytes, account_id: str) -> list[ProofPiece] | None:
        """All pieces of an account's balance, already verified against the root; None when it has none.

        Raises KernelError key-mismatch for another snapshot's key, store-damaged for a store that contradicts itself.
        """

    def place_many(
        self, snapshot_key: bytes, account_ids: Iterable[str] | Any, *, threads: int = 0
    ) -> tuple[bytes, bytes, bytes, bytes]:
        """Where many accounts' pieces stand, as columns: positions among `account_ids` (u32, little-endian), indices
        of leaves (u64, little-endian), amounts (u128, big-endian), nonces (16 bytes).

        Ascending by position and piece; accounts without a leaf are left out. Leaves are verified, paths are not: see
        `check`. account_ids is any iterable of str, or an Arrow stream of one text column. Raises KernelError.
        """

    def check(self, threads: int = 0) -> None:
        """Hash the whole tree again, up to the root; KernelError store-damaged when anything differs."""

    def nodes(self, level: int, first: int, count: int) -> bytes:
        """Nodes of one level (0: leaves), 48 bytes each: hash, then sum (u128, big-endian); not verified."""

def prove_many(
    stores: Sequence[Store], snapshot_key: bytes, account_ids: Iterable[str] | Any, *, threads: int = 0
) -> tuple[bytes, list[int]]:
    """The `entries` of many por-proof/1 documents: RFC 8785 bytes one after the other, and where each begins.

    The i-th account's are data[offsets[i]:offsets[i + 1]]; `[]` when it has no leaf in any store. Every path is
    verified against its store's root. account_ids is any iterable of str, or an Arrow stream of one text column;
    blocks of some thousand are best. Raises KernelError account-id-malformed, key-mismatch, store-damaged.
    """

def place_rows(
    stream: Any,
    *,
    snapshot_key: bytes,
    assets: list[tuple[str, int, int, int]],
    amounts: Literal["base-units", "decimal"],
    folder: str | PathLike[str],
    label: str,
    ranges: int,
    first_row: int = 1,
    negative: Literal["refuse", "exclude"] = "refuse",
    threads: int = 0,
    memory: int | None = None,
) -> PlacedRows:
    """Rows of one partition to files of placed leaves in `folder`: one for each asset and range of places that has any
    (few leaves of an asset share one file). `label` is the partition's own; rows count from `first_row`.

    Raises KernelError for all faults of the partition; rows repeated in others are found by `reduce_range`.
    """

def reduce_range(
    files: list[str] | list[PathLike[str]],
    *,
    snapshot_key: bytes,
    asset: tuple[str, int, int, int],
    buckets: tuple[int, int],
    begin: int,
    count: int,
    largest: int,
    out: str | PathLike[str],
    memory: int | None = None,
) -> int:
    """The leaves of `buckets` (first, one past the last) out of all files that have some of them: a contiguous range,
    which begins at leaf `begin` of `count`. Writes its compact range and its piece of the store to `out`; returns how
    many leaves it has. Raises KernelError row-repeated, file-damaged, key-mismatch.
    """

def merge_ranges(
    pieces: list[str] | list[PathLike[str]],
    *,
    snapshot_key: bytes,
    asset: tuple[str, int, int, int],
    folder: str | PathLike[str] | None,
) -> AssetTree:
    """All pieces of an asset, in any order, to its tree, and to its store in `folder` unless None. No pieces are no
    leaves; what was excluded stands with the partitions. Raises KernelError argument-malformed for a piece missing.
    """

def verify(proof: bytes, statement: bytes, account_id: str) -> list[tuple[str, int]]:
    """Check the JCS bytes of a por-proof/1 against those of {"snapshot_id", "assets": [manifest rows]}.

    Returns (asset, amount) for each entry; raises KernelError with the code of the first failure.
    """
