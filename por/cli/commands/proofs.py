"""`por liabilities prove` and `extract`: what customers get out of the trees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from por import files
from por.cli import options, terminal
from por.cli.ledger import ledger_options, memory_option, reading_progress
from por.cli.result import Result
from por.errors import InputError, UsageError

if TYPE_CHECKING:
    from por.liabilities.ledger_options import LedgerOptions
    from por.liabilities.prove_all import Written


@click.command()
@options.in_path("folder", metavar="DIR")
@click.argument("account", metavar="[ACCOUNT]", required=False)
@click.option("--all", "everybody", is_flag=True, help="Prove every account of --ledger, into one indexed file.")
@click.option(
    "--ledger", "where", multiple=True, metavar="LEDGER", help="With --all: where the ledger lies, as for build."
)
@options.path_option("--master-key", required=True, help="The master key.")
@options.path_option("--attestation", help="Publication whose signed envelope goes into the proof.")
@click.option("-o", "out", required=True, metavar="FILE", help="File to write; - is standard output.")
@memory_option
@ledger_options
@options.passphrase
@options.common
def prove(
    folder: Path,
    account: str | None,
    everybody: bool,
    where: tuple[str, ...],
    master_key: Path,
    attestation: Path | None,
    out: str,
    memory: int | None,
    reading: LedgerOptions,
    threads: int,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Write one account's inclusion proof out of the store, or with --all those of every account of a ledger.

    Nothing is rebuilt. DIR is what `por liabilities build` left. With --all the options that say how the ledger is to
    be read are those that it was built with, and `por liabilities extract` reads single proofs out of the file.
    """
    ledger_given = bool(where) or reading.postgres is not None
    if (account is None) != everybody or ledger_given != everybody:
        raise UsageError(
            "one account, or --all with --ledger",
            code="prove-options",
            hint="por liabilities prove DIR ACCOUNT ... or por liabilities prove DIR --all --ledger LEDGER ...",
        )
    envelope, digest = _envelope(attestation, folder)
    master = options.open_secret(master_key, options.Passphrase(fd=passphrase_fd, file=passphrase_file))
    if account is not None:
        return _one(folder, account, master, envelope, digest, out)
    if out == "-":
        raise UsageError(
            "--all writes a file, not to standard output", code="prove-options", hint="name a file: -o FILE"
        )
    from por.liabilities.prove_all import prove_all

    with reading_progress(where, reading) as progress:
        written = prove_all(
            folder,
            where=where,
            options=reading,
            master_key=master,
            out=Path(out),
            envelope=envelope,
            payload_digest=digest,
            threads=threads,
            memory=memory,
            progress=progress,
        )
    return Result(
        outcome="done",
        show=lambda: _show(written, out),
        fields={
            "file": out,
            "bytes": written.size,
            "accounts": written.accounts,
            "leaves": written.leaves,
            "attestation": digest,
        },
    )


def _one(folder: Path, account: str, master: bytes, envelope: bytes | None, digest: str | None, out: str) -> Result:
    from por.liabilities.prove import prove as make_proof

    proof = make_proof(folder, account_id=account, master_key=master, envelope=envelope, payload_digest=digest)
    options.write_out(out, proof, mode=0o600)
    return Result(
        outcome="done",
        show=lambda: _tell(out, proof),
        fields={"file": out, "bytes": len(proof), "attestation": digest},
    )


def _tell(out: str, proof: bytes) -> None:
    if out != "-":
        terminal.say(f"wrote {out} ({len(proof):,} bytes); check it with: por verify {out} --key KEY")


def _show(written: Written, out: str) -> None:
    each = written.size / max(1, written.accounts)
    terminal.say(f"wrote {out}: {written.accounts:,} accounts, {written.size:,} bytes ({each:,.0f} an account)")
    terminal.say("keep it secret like the store: who has it knows every balance of the account ids they know or guess")
    terminal.say(f"read one out with: por liabilities extract {out} ACCOUNT -o proof.json")


def _envelope(attestation: Path | None, folder: Path) -> tuple[bytes | None, str | None]:
    """Return the envelope's bytes and its statement's identity; InputError when it is not of these liabilities."""
    if attestation is None:
        return None, None
    from por.attestation.envelope import parse
    from por.attestation.statement import head
    from por.liabilities.build import MANIFEST_NAME
    from por.liabilities.manifest import Manifest

    path = attestation / "attestation.json" if attestation.is_dir() else attestation
    data = files.read_bytes(path)
    envelope = parse(data, where=str(path))
    manifest = Manifest.from_bytes(files.read_bytes(folder / MANIFEST_NAME), where=str(folder / MANIFEST_NAME))
    statement = head(envelope.payload, where=str(path))
    if (statement.snapshot_id, statement.assets) != (manifest.header.id, manifest.assets):
        raise InputError(
            f"{path}: its statement is not about the liabilities in {folder}",
            code="attestation-differs",
            hint="give the publication that was made from them; a customer could not verify such a proof",
        )
    return data, envelope.digest


@click.command()
@options.in_path("file", metavar="FILE")
@click.argument("account", metavar="ACCOUNT")
@click.option("-o", "out", required=True, metavar="FILE", help="File to write; - is standard output.")
@options.common
def extract(file: Path, account: str, out: str) -> Result:
    """Read one account's proof out of a file of all proofs; needs no key.

    The proof is checked before it is written, and is byte for byte what `por liabilities prove DIR ACCOUNT` writes.
    """
    from por.liabilities.proofs_file import ProofsFile

    with ProofsFile(file) as proofs:
        proof = proofs.proof(account)
    options.write_out(out, proof, mode=0o600)
    return Result(outcome="done", show=lambda: _tell(out, proof), fields={"file": out, "bytes": len(proof)})
