"""`por keys`: make and show signing keys, the master key, and the key of one snapshot."""

from __future__ import annotations

from pathlib import Path

import click

from por.cli import options, terminal
from por.cli.commands.page import page
from por.cli.result import Result
from por.errors import UsageError


@click.group()
def keys() -> None:
    """Make and show signing keys, the master key and snapshot keys."""


keys.add_command(page)


@keys.command()
@options.in_path("path", metavar="FILE")
@click.option("--name", help="Name in the one-line verifier key: no blanks, no plus, such as example.jp/reserves.")
@click.option("--algorithm", type=click.Choice(["ed25519", "p256"]), default="ed25519", show_default=True)
@click.option("--master", is_flag=True, help="Make the 32-byte secret behind nonces and places instead.")
@click.option("--no-passphrase", is_flag=True, help="Write it plainly, mode 0600, when secrets are kept elsewhere.")
@options.passphrase
@options.common
def new(
    path: Path,
    name: str | None,
    algorithm: str,
    master: bool,
    no_passphrase: bool,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Make a signing key and its .pub beside it, or (--master) the master key."""
    from por.attestation import keys as public_keys
    from por.attestation import private, secretfile

    private.refuse_existing(path)
    ask = options.Passphrase(fd=passphrase_fd, file=passphrase_file)
    if master:
        from por.liabilities.keys import new_master_key

        if name is not None:
            raise UsageError("--name belongs to signing keys", code="usage", hint="leave it out with --master")
        secret = None if no_passphrase else ask(str(path), confirm=True)
        secretfile.write_secret(path, new_master_key(), secret)
        return _made(path, "keep it secret and backed up: without it no proof can be written", {"file": str(path)})
    if name is None:
        raise UsageError("--name is missing", code="usage", hint="give the key a name, such as example.jp/reserves")
    public_path = path.with_suffix(".pub")
    if public_path == path:
        raise UsageError(f"{path}: .pub is for the public part", code="usage", hint="name the key attest.pem")
    signer = private.generate(public_keys.Algorithm(algorithm))
    line = signer.public.verifier_line(name)
    private.refuse_existing(public_path)
    secret = None if no_passphrase else ask(str(path), confirm=True)
    private.write_private(path, signer, secret)
    private.write_public(public_path, signer.public)
    fields = {"file": str(path), "public": str(public_path), "keyid": signer.public.keyid, "verifier_key": line}
    return _made(path, f"publish {public_path}, or this line on your help page:\n{line}", fields)


@keys.command()
@options.path_option("--master-key", required=True, help="The master key.")
@options.path_option("--snapshot", "snapshot_path", required=True, help="snapshot.toml")
@options.path_option("-o", "out", required=True, help="File to write.")
@click.option("--no-passphrase", is_flag=True, help="Write it plainly, mode 0600.")
@options.passphrase
@options.common
def snapshot(
    master_key: Path,
    snapshot_path: Path,
    out: Path,
    no_passphrase: bool,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Derive the key of ONE snapshot, which lets an auditor rebuild its trees and no others."""
    from por.attestation import private, secretfile
    from por.liabilities.keys import snapshot_key
    from por.snapshot import Snapshot

    private.refuse_existing(out)
    header = Snapshot.load(snapshot_path).header
    master = options.open_secret(master_key, options.Passphrase(fd=passphrase_fd, file=passphrase_file))
    secret = None
    if not no_passphrase:
        secret = options.Passphrase(fd=passphrase_fd, file=passphrase_file)(str(out), confirm=True)
    secretfile.write_secret(out, snapshot_key(master, header.id), secret)
    fields = {"file": str(out), "snapshot_id": header.id.hex()}
    return _made(out, f"it opens snapshot {header.sequence} of {header.issuer} only", fields)


@keys.command()
@options.in_path("draft", metavar="KEYS.TOML")
@options.signer
@options.path_option(
    "-o", "out", required=True, metavar="DIR", help="Folder of the versions: 1.keys.json, 2.keys.json."
)
@options.passphrase
@options.common
def sign(
    draft: Path,
    key: str,
    public: Path | None,
    out: Path,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Sign a key file that you wrote as TOML: the next version of those in DIR.

    Its further keepers add their signatures with `por countersign DIR/N.keys.json`.
    """
    from por.cli.keyfiles import signed_result

    signer = options.open_signer(key, options.Passphrase(fd=passphrase_fd, file=passphrase_file), public)
    return signed_result(draft, signer, out)


@keys.command()
@click.argument("key", metavar="FILE|LINE")
@click.option("--name", help="Name for the one-line verifier key; the file's own name when left out.")
@options.common
def show(key: str, name: str | None) -> Result:
    """Show a public key's fingerprint and its one-line verifier key, or what a key file (or a folder of them) says."""
    from por.attestation.keys import load_public
    from por.cli.keyfiles import is_key_file, shown_result

    if is_key_file(key):
        return shown_result(key)
    found = load_public(key)
    line = found.verifier_line(name or found.name or Path(key).stem)

    def tell() -> None:
        terminal.say(f"algorithm     {found.algorithm.value}")
        terminal.say(f"fingerprint   {found.keyid}")
        terminal.say(f"verifier key  {line}")

    fields = {"algorithm": found.algorithm.value, "keyid": found.keyid, "verifier_key": line}
    return Result(outcome="done", show=tell, fields=fields)


def _made(path: Path, advice: str, fields: dict[str, str]) -> Result:
    def tell() -> None:
        terminal.say(f"wrote {path}")
        terminal.say(advice)

    return Result(outcome="done", show=tell, fields=dict(fields))
