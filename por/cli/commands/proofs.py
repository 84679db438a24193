"""`por liabilities prove`, `extract` and `privacy`: what customers get out of the trees, and what it tells them."""

from __future__ import annotations

from pathlib import Path

import click

from por.cli import options, terminal
from por.cli.result import Result


@click.command()
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

    envelope, digest = None, None
    if attestation is not None:
        from por import files
        from por.attestation.envelope import parse

        path = attestation / "attestation.json" if attestation.is_dir() else attestation
        envelope = files.read_bytes(path)
        digest = parse(envelope, where=str(path)).digest
    master = options.open_secret(master_key, options.Passphrase(fd=passphrase_fd, file=passphrase_file))
    proof = make_proof(folder, account_id=account, master_key=master, envelope=envelope, payload_digest=digest)
    options.write_out(out, proof, mode=0o600)

    def tell() -> None:
        if out != "-":
            terminal.say(f"wrote {out} ({len(proof):,} bytes); check it with: por verify {out} --key KEY")

    return Result(outcome="done", show=tell, fields={"file": out, "bytes": len(proof), "attestation": digest})
