"""`por liabilities`: build the trees over a ledger, and write inclusion proofs out of their store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from por import amounts
from por.cli import options, terminal
from por.cli.commands import privacy, proofs
from por.cli.ledger import ledger_options, memory_option, reading_progress
from por.cli.result import Result
from por.cli.splitting import splitting_options

if TYPE_CHECKING:
    from por.liabilities.ledger_options import LedgerOptions
    from por.liabilities.manifest import Manifest
    from por.liabilities.splitting import Splitting


@click.group()
def liabilities() -> None:
    """Build trees over what is owed; write proofs."""


@liabilities.command()
@click.argument("ledger", nargs=-1, metavar="[LEDGER]...")
@options.path_option("--snapshot", "snapshot_path", required=True, help="snapshot.toml")
@options.path_option("--master-key", required=True, help="The master key.")
@options.path_option("-o", "out", required=True, help="Folder for the manifest and the store.")
@ledger_options
@splitting_options
@memory_option
@options.passphrase
@options.common
def build(
    ledger: tuple[str, ...],
    snapshot_path: Path,
    master_key: Path,
    out: Path,
    reading: LedgerOptions,
    splitting: Splitting,
    threads: int,
    memory: int | None,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Build one sum tree per asset; write liabilities.json and the store.

    LEDGER is CSV (also .gz, .zst) or Parquet: files, folders, patterns, URLs of object stores such as s3://.
    """
    from por.liabilities.build import build_liabilities
    from por.liabilities.keys import snapshot_key
    from por.liabilities.splitting import split_as
    from por.snapshot import Snapshot

    snapshot = split_as(Snapshot.load(snapshot_path), splitting)
    master = options.open_secret(master_key, options.Passphrase(fd=passphrase_fd, file=passphrase_file))
    with reading_progress(ledger, reading) as progress:
        manifest = build_liabilities(
            ledger=ledger,
            snapshot=snapshot,
            snapshot_key=snapshot_key(master, snapshot.header.id),
            out=out,
            options=reading,
            threads=threads,
            memory=memory,
            progress=progress,
        )
    return Result(
        outcome="done",
        show=lambda: _show(manifest, out),
        fields={"folder": str(out), "liabilities": manifest.document()},
    )


def _show(manifest: Manifest, out: Path) -> None:
    terminal.table(
        ("asset", "accounts", "total", "root"),
        [
            (row.asset, f"{row.count:,}", amounts.show(row.total, row.decimals), row.root.hex()[:16] + "...")
            for row in manifest.assets
        ],
        right=("accounts", "total"),
    )
    for row in manifest.assets:
        if row.excluded_rows:
            left_out = amounts.show(row.excluded_amount, row.decimals)
            terminal.say(f"{row.asset}: {row.excluded_rows:,} negative rows of {left_out} in all were left out")
    terminal.say(f"wrote {out}/liabilities.json (to publish) and the store beside it (secret: it holds balances)")


for command in (proofs.prove, proofs.extract, privacy.privacy):
    liabilities.add_command(command)
