"""The parts that a build is made of, as plain functions over Arrow streams and files.

An engine that runs them on many machines over one folder needs no more than this: `place` for each partition of the
rows, `plan` once, `reduce` for each task, `finish` once. Each part may be done again, in any order and at the same time
as others; the manifest and the store are, byte for byte, those of `build_liabilities`. Everything in between is as
secret as the store. docs/scale.md has an example.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from por import amounts, files
from por.errors import InputError
from por.liabilities import kernel
from por.liabilities.build import MANIFEST_NAME, liabilities_of
from por.liabilities.manifest import Manifest
from por.snapshot import Snapshot

BUCKETS = 256
"""Places are shared out by their first byte; a range of places is a run of these buckets."""

SMALL = 1 << 16
"""An asset of fewer leaves is reduced in one task: it is done in milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafFile:
    """Placed leaves of one asset: how many in each bucket from `first` on, and the largest amount among them."""

    asset: str
    path: Path
    first: int
    counts: tuple[int, ...]
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What came of one partition: its rows, its files, and for each asset (rows, amount) that were left out."""

    rows: int
    files: tuple[LeafFile, ...]
    excluded: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeTask:
    """A contiguous range of an asset's leaves, from leaf `begin` of `count`: the files with it, its piece's path."""

    asset: str
    buckets: tuple[int, int]
    begin: int
    count: int
    largest: int
    files: tuple[Path, ...]
    out: Path


def place(
    stream: Any,
    *,
    snapshot: Snapshot,
    snapshot_key: bytes,
    folder: Path,
    label: str,
    ranges: int,
    first_row: int = 1,
    negative: Literal["refuse", "exclude"] = "refuse",
    threads: int = 1,
    memory: int | None = None,
) -> Placed:
    """Turn the rows of an Arrow stream (account_id, asset, amount) into files of leaves, one for each range of places.

    `label` (a-z, 0-9, -) is this partition's own, `ranges` (1 to 256) the same for all. Rows of one account and asset
    must have been added up before. Raises InputError for all faults of the partition, rows counted from `first_row`.
    """
    with kernel.explained(f"partition {label}"):
        placed = kernel.load().place_rows(
            stream,
            snapshot_key=snapshot_key,
            assets=[_asset(snapshot, code) for code in snapshot.assets],
            amounts=snapshot.amounts,
            folder=folder,
            label=label,
            ranges=ranges,
            first_row=first_row,
            negative=negative,
            threads=threads,
            memory=memory,
        )
    return Placed(
        rows=placed["rows"],
        files=tuple(
            LeafFile(
                asset=row["asset"],
                path=Path(file["path"]),
                first=file["first"],
                counts=tuple(file["counts"]),
                largest=file["largest"],
            )
            for row in placed["assets"]
            for file in row["files"]
        ),
        excluded={row["asset"]: (row["excluded_rows"], row["excluded_amount"]) for row in placed["assets"]},
    )


def plan(placed: Iterable[Placed], *, folder: Path, ranges: int, small: int = SMALL) -> tuple[RangeTask, ...]:
    """Say which ranges there are to reduce: `ranges` of each asset, one of an asset with fewer than `small` leaves."""
    of: dict[str, list[LeafFile]] = {}
    for part in placed:
        for file in part.files:
            of.setdefault(file.asset, []).append(file)
    tasks: list[RangeTask] = []
    for asset, leaf_files in sorted(of.items()):
        counts = [0] * BUCKETS
        for file in leaf_files:
            for number, count in enumerate(file.counts, file.first):
                counts[number] += count
        spread = ranges if sum(counts) >= small else 1
        borders = [BUCKETS * number // spread for number in range(spread + 1)]
        for first, end in pairwise(borders):
            mine = (file.path for file in leaf_files if file.first < end and file.first + len(file.counts) > first)
            tasks.append(
                RangeTask(
                    asset=asset,
                    buckets=(first, end),
                    begin=sum(counts[:first]),
                    count=sum(counts),
                    largest=max(file.largest for file in leaf_files),
                    files=tuple(sorted(mine)),
                    out=folder / f"{asset.replace(':', '_')}.{first:03}-{end - 1:03}.piece",
                )
            )
    return tuple(tasks)


def reduce(task: RangeTask, *, snapshot: Snapshot, snapshot_key: bytes, memory: int | None = None) -> Path:
    """Reduce one range to its compact range and its piece of the store; return the piece's file.

    Raises InputError for rows that stand in two partitions and for files that are damaged.
    """
    with kernel.explained(task.asset):
        kernel.load().reduce_range(
            list(task.files),
            snapshot_key=snapshot_key,
            asset=_asset(snapshot, task.asset),
            buckets=task.buckets,
            begin=task.begin,
            count=task.count,
            largest=task.largest,
            out=task.out,
            memory=memory,
        )
    return task.out


def finish(
    placed: Sequence[Placed],
    tasks: Iterable[RangeTask],
    *,
    snapshot: Snapshot,
    snapshot_key: bytes,
    out: Path | None,
) -> Manifest:
    """Merge the pieces of all tasks, in order, into each asset's root and store; return the manifest.

    With `out`, manifest and store take that folder's place when all is written; with None only roots are made. Raises
    InputError when the pieces are not those of one tree, or have not all leaves of the partitions.
    """
    pieces: dict[str, list[Path]] = {code: [] for code in snapshot.assets}
    for task in tasks:
        pieces[task.asset].append(task.out)
    with files.new_folder(out, mode=0o700) if out is not None else nullcontext(None) as folder:
        rows = [_merge(code, of, placed, snapshot, snapshot_key, folder) for code, of in sorted(pieces.items())]
        manifest = Manifest(
            header=snapshot.header, account_id_kind=snapshot.account_id_kind, assets=tuple(map(liabilities_of, rows))
        )
        if folder is not None:
            files.write_bytes(folder / MANIFEST_NAME, manifest.to_bytes())
    return manifest


def _merge(
    code: str,
    pieces: list[Path],
    placed: Sequence[Placed],
    snapshot: Snapshot,
    snapshot_key: bytes,
    folder: Path | None,
) -> dict[str, Any]:
    with kernel.explained(code):
        row: dict[str, Any] = kernel.load().merge_ranges(
            pieces, snapshot_key=snapshot_key, asset=_asset(snapshot, code), folder=folder
        )
    leaves = sum(sum(file.counts) for part in placed for file in part.files if file.asset == code)
    if row["count"] != leaves:  # what was not planned would be left out of what is owed
        raise InputError(
            f"{code}: the pieces have {row['count']:,} leaves, and the partitions {leaves:,}",
            code="argument-malformed",
            hint="plan with what came of every partition, reduce every task, and finish with all of both",
        )
    excluded = [part.excluded[code] for part in placed]
    row["excluded_rows"] = sum(rows for rows, _ in excluded)
    row["excluded_amount"] = sum(amount for _, amount in excluded)
    if row["excluded_amount"] >= amounts.LIMIT:
        raise InputError(
            f"{code}: the amounts left out reach 2^128", code="sum-overflow", hint="check the amounts and the decimals"
        )
    return row


def _asset(snapshot: Snapshot, code: str) -> tuple[str, int, int, int]:
    row = snapshot.assets[code]
    return code, row.decimals, row.pieces, row.split_above
