"""From a ledger to one tree per asset: the manifest, and the store that proofs are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

from por import files
from por.errors import InputError, PorError
from por.liabilities import kernel, ledger
from por.liabilities.manifest import AssetLiabilities, Manifest
from por.snapshot import Snapshot

MANIFEST_NAME = "liabilities.json"
STORE_SUFFIX = ".tree"

HINTS = {
    "asset-unknown": "add a table [assets.CODE] for it to snapshot.toml, or correct the code in the ledger",
    "account-id-malformed": "export ids of that form, such as customer numbers or logins",
    "account-id-null": "give the row its account; a row without one belongs to nobody",
    "asset-null": "give the row its asset",
}
"""What to do about a fault of the ledger, where the kernel's own hint knows less."""

_AMOUNTS = {
    "base-units": 'write whole base units such as 120, or say amounts = "decimal" in snapshot.toml',
    "decimal": "write it as 1234.5, without separators or an exponent",
}


def build_liabilities(
    *,
    ledger: Sequence[Path],
    snapshot: Snapshot,
    snapshot_key: bytes,
    out: Path | None,
    negative: Literal["refuse", "exclude"] = "refuse",
    sum_duplicates: bool = False,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """Build every asset's tree from the ledger's files and return the manifest.

    With `out`, the manifest and the store (mode 0700: it holds every balance and nonce) take that folder's place once
    everything is written and flushed; with None, as an auditor rebuilds, nothing is written. `threads` 0 means all
    cores; `progress` gets the number of rows read so far. Raises InputError that names file and row, SourceError
    when the disk is full, TrustError for a key of a wrong length.
    """
    por_kernel = kernel.load()
    if out is not None:
        _check_target(out)
    with kernel.explained("snapshot"):
        build = por_kernel.Build(
            snapshot_key=snapshot_key,
            assets=[(code, row.decimals, row.pieces, row.split_above) for code, row in snapshot.assets.items()],
            amounts=snapshot.amounts,
            negative=negative,
            sum_duplicates=sum_duplicates,
            threads=threads,
        )
    with files.new_folder(out, mode=0o700) if out is not None else nullcontext(None) as folder:
        hints = HINTS | {"amount-malformed": _AMOUNTS[snapshot.amounts]}
        names = _ingest(por_kernel, build, ledger, hints, progress or (lambda rows: None))
        with kernel.explained(names, hints=hints, written=str(out)):
            rows = build.finish(None if folder is None else str(folder))
        manifest = Manifest(
            header=snapshot.header, account_id_kind=snapshot.account_id_kind, assets=tuple(map(_row, rows))
        )
        if folder is not None:
            files.write_bytes(folder / MANIFEST_NAME, manifest.to_bytes())
    return manifest


def store_path(folder: Path, asset: str) -> Path:
    """Return where the tree of `asset` lies: `BTC:lent` is `BTC_lent.tree`, since codes hold no underscore."""
    return folder / (asset.replace(":", "_") + STORE_SUFFIX)


def _ingest(
    por_kernel: Any,
    build: Any,
    paths: Sequence[Path],
    hints: dict[str, str],
    progress: Callable[[int], None],
) -> str:
    """Feed every file to the kernel; return how to name the ledger in an error."""
    rows = 0
    names = ", ".join(str(path) for path in paths)
    for part in ledger.read(paths):
        try:
            rows += part.feed(build.ingest)
        except por_kernel.KernelError as error:
            if error.code == "stream-failed":
                ledger.hear_interrupt(error.message)
                raise ledger.explain_stream(error.message, part.path) from None
            counted = f", rows counted from the start of {paths[0]}" if part.path != Path(paths[0]) else ""
            with kernel.explained(f"{part.path}{counted}", hints=hints):
                raise
        progress(rows)
    if rows == 0:
        raise InputError(f"{names}: no rows", code="ledger-empty", hint="is this the right file? a ledger has rows")
    return f"{names}, rows counted through" if len(paths) > 1 else names


def _row(row: dict[str, Any]) -> AssetLiabilities:
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
