"""`por liabilities`: build the trees over a ledger, and write inclusion proofs out of their store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from por import amounts, files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import InputError

if TYPE_CHECKING:
    from por.liabilities.manifest import Manifest


@click.group()
def liabilities() -> None:
    """Build trees over what is owed; write proofs."""


def ledger_options(function: options.F) -> options.F:
    """Add the options that say how a ledger is to be read; build and the auditor's rebuild share them."""
    function = click.option(
        "--negative",
        type=click.Choice(["refuse", "exclude"]),
        default="refuse",
        show_default=True,
        help="Negative amounts are an error, or are left out and reported; debt never lowers a liability.",
    )(function)
    function = click.option(
        "--sum-duplicates", is_flag=True, help="Add up several rows of one account and asset instead of refusing."
    )(function)
    return click.option("--threads", type=click.IntRange(0, 256), default=0, help="Threads; 0 takes all cores.")(
        function
    )


@liabilities.command()
@options.in_path("ledger", nargs=-1, required=True, metavar="LEDGER...")
@options.path_option("--snapshot", "snapshot_path", required=True, help="snapshot.toml")
@options.path_option("--master-key", required=True, help="The master key.")
@options.path_option("-o", "out", required=True, help="Folder for the manifest and the store.")
@ledger_options
@options.passphrase
@options.common
def build(
    ledger: tuple[Path, ...],
    snapshot_path: Path,
    master_key: Path,
    out: Path,
    negative: Literal["refuse", "exclude"],
    sum_duplicates: bool,
    threads: int,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Build one sum tree per asset from CSV or Parquet; write liabilities.json and the store."""
    from por.liabilities.build import build_liabilities
    from por.liabilities.keys import snapshot_key
    from por.snapshot import Snapshot

    snapshot = Snapshot.load(snapshot_path)
    master = options.open_secret(master_key, options.Passphrase(fd=passphrase_fd, file=passphrase_file))
    with terminal.progress("reading the ledger", unit="rows") as progress:
        manifest = build_liabilities(
            ledger=ledger,
            snapshot=snapshot,
            snapshot_key=snapshot_key(master, snapshot.header.id),
            out=out,
            negative=negative,
            sum_duplicates=sum_duplicates,
            threads=threads,
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


@liabilities.command()
@options.in_path("folder", metavar="DIR")
@click.argument("account", metavar="ACCOUNT")
@options.path_option("--master-key", required=True, help="The master key.")
@options.path_option("--attestation", help="Publication whose signed envelope goes into the proof.")
@click.option("-o", "out", required=True, metavar="FILE", help="File to write; - is standard output.")
@options.passphrase
@options.common
def prove(
    folder: Path,
    account: str,
    master_key: Path,
    attestation: Path | None,
    out: str,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Write one account's inclusion proof out of the store, without rebuilding anything."""
    from por.liabilities.prove import prove as make_proof

    envelope: bytes | None = None
    digest: str | None = None
    if attestation is not None:
        path = attestation / "attestation.json" if attestation.is_dir() else attestation
        envelope, digest = _signed(path, folder)
    master = options.open_secret(master_key, options.Passphrase(fd=passphrase_fd, file=passphrase_file))
    proof = make_proof(folder, account_id=account, master_key=master, envelope=envelope, payload_digest=digest)
    options.write_out(out, proof, mode=0o600)

    def tell() -> None:
        if out != "-":
            terminal.say(f"wrote {out} ({len(proof):,} bytes); check it with: por verify {out} --key KEY")

    return Result(outcome="done", show=tell, fields={"file": out, "bytes": len(proof), "attestation": digest})


def _signed(path: Path, folder: Path) -> tuple[bytes, str]:
    """Read attestation.json and its statement's digest; InputError when it is not about the liabilities in a folder."""
    from por.attestation.envelope import parse
    from por.attestation.statement import head
    from por.liabilities.build import MANIFEST_NAME
    from por.liabilities.manifest import Manifest

    envelope = files.read_bytes(path)
    signed = parse(envelope, where=str(path))
    statement = head(signed.payload, where=str(path))
    manifest = Manifest.from_bytes(files.read_bytes(folder / MANIFEST_NAME), where=str(folder / MANIFEST_NAME))
    if (statement.snapshot_id, statement.assets) != (manifest.header.id, manifest.assets):
        raise InputError(
            f"{path}: its statement is not about the liabilities in {folder}",
            code="attestation-differs",
            hint="give the publication that was made from them; a customer could not verify such a proof",
        )
    return envelope, signed.digest
