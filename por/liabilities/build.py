"""From a ledger to one tree per asset: the manifest, and the store that proofs are made from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

from por import files
from por.errors import InputError, PorError
from por.liabilities import kernel
from por.liabilities.ledger import open_ledger
from por.liabilities.ledger_ingest import Ingest
from por.liabilities.ledger_options import LedgerOptions
from por.liabilities.manifest import AssetLiabilities, Manifest
from por.liabilities.memory import default_memory, share_out
from por.snapshot import Snapshot

MANIFEST_NAME = "liabilities.json"
STORE_SUFFIX = ".tree"


def build_liabilities(
    *,
    ledger: Sequence[Any],
    snapshot: Snapshot,
    snapshot_key: bytes,
    out: Path | None,
    options: LedgerOptions | None = None,
    negative: Literal["refuse", "exclude"] = "refuse",
    sum_duplicates: bool = False,
    threads: int = 0,
    memory: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """Build every asset's tree from the ledger and return the manifest.

    `ledger` is what `por.liabilities.ledger.open_ledger` takes, read as `options` say (without them, `negative` and
    `sum_duplicates` are the only ones).

    With `out`, the manifest and the store (mode 0700: it holds every balance and nonce) take that folder's place once
    everything is written and flushed; with None, as an auditor rebuilds, nothing is written. `threads` 0 means all
    cores. `memory` is a bound in bytes (None: half of what is free): what does not fit goes to files without names
    beside `out`, or in the folder for temporary files (TMPDIR), and the result is the same. `progress` gets the number
    of rows read so far. Raises InputError that tells all faults of the ledger with file and row, before anything is
    written; SourceError when the disk is full, TrustError for a key of a wrong length.
    """
    por_kernel = kernel.load()
    if out is not None:
        _check_target(out)
    options = options or LedgerOptions(negative=negative, sum_duplicates=sum_duplicates)
    shares = share_out(memory or default_memory())
    with (
        open_ledger(ledger, options=options, assets=snapshot.assets, memory=shares.duckdb) as opened,
        files.new_folder(out, mode=0o700) if out is not None else nullcontext(None) as folder,
    ):
        with kernel.explained("snapshot"):
            build = por_kernel.Build(
                snapshot_key=snapshot_key,
                assets=[(code, row.decimals, row.pieces, row.split_above) for code, row in snapshot.assets.items()],
                amounts=snapshot.amounts,
                negative=options.negative,
                sum_duplicates=options.sum_duplicates,
                threads=threads,
                memory=shares.kernel,
                scratch=folder or tempfile.gettempdir(),
            )
        ingest = Ingest(ledger=opened, snapshot=snapshot)
        ingest.feed(build, progress, scratch=tempfile.gettempdir() if out is None else str(out))
        with ingest.explained(written=None if out is None else str(out)):
            rows = build.finish(folder)
        manifest = Manifest(
            header=snapshot.header, account_id_kind=snapshot.account_id_kind, assets=tuple(map(liabilities_of, rows))
        )
        if folder is not None:
            files.write_bytes(folder / MANIFEST_NAME, manifest.to_bytes())
    return manifest


def store_path(folder: Path, asset: str) -> Path:
    """Return where the tree of `asset` lies: `BTC:lent` is `BTC_lent.tree`, since codes hold no underscore."""
    return folder / (asset.replace(":", "_") + STORE_SUFFIX)


def liabilities_of(row: dict[str, Any]) -> AssetLiabilities:
    """Return the manifest's row for what the kernel says of a tree."""
    return AssetLiabilities(
        asset=row["asset"],
        decimals=row["decimals"],
        count=row["count"],
        total=row["total"],
        root=row["root"],
        pieces=row["pieces"],
        split_above=row["split_above"],
        excluded_rows=row["excluded_rows"],
        excluded_amount=row["excluded_amount"],
    )


def _check_target(out: Path) -> None:
    """Refuse to replace anything but an empty folder or an earlier build: a mistyped -o must not cost a folder."""
    try:
        entries = list(out.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        if not out.is_file():
            raise files.explain(error, out) from None
        raise _occupied(f"{out}: a file, and no folder of an earlier build") from None
    strange = [entry for entry in entries if entry.name != MANIFEST_NAME and entry.suffix != STORE_SUFFIX]
    if strange:
        raise _occupied(f"{out}: holds {strange[0].name}, which is not of an earlier build")


def _occupied(message: str) -> PorError:
    return InputError(
        message,
        code="folder-not-ours",
        hint="name a new folder; an earlier build is replaced, other files never",
    )
