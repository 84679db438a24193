"""`por witness`: watch logs of others, and cosign their heads as long as they only grow."""

from __future__ import annotations

from pathlib import Path

import click

from por.cli import options, terminal
from por.cli.result import Result


@click.group()
def witness() -> None:
    """Cosign the heads of others' logs, as long as they only grow."""


@witness.command()
@options.in_path("folder", metavar="WITNESSDIR")
@click.option("--name", required=True, help="The witness's name: no blanks, no plus, such as witness.example/w1.")
@click.option(
    "--log", "logs", multiple=True, metavar="LINE", help="A log to watch: its one-line key, named after its origin."
)
@click.option("--no-passphrase", is_flag=True, help="Write the key plainly, mode 0600.")
@options.passphrase
@options.common
def init(
    folder: Path,
    name: str,
    logs: tuple[str, ...],
    no_passphrase: bool,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Make a witness's key and folder. Further logs are added to logs.txt in it."""
    from por.attestation import private
    from por.attestation import witness as watching
    from por.attestation.cosignature import witness_of
    from por.files import make_folder

    path = folder / watching.KEY
    private.refuse_existing(path)
    signer = private.generate()
    witness_of(name, signer.public)
    watching.parse_logs("\n".join(logs), where="--log")
    secret = None
    if not no_passphrase:
        secret = options.Passphrase(fd=passphrase_fd, file=passphrase_file)(str(path), confirm=True)
    make_folder(folder)
    private.write_private(path, signer, secret)
    line = watching.begin(folder, name=name, public=signer.public, logs=logs)

    def tell() -> None:
        terminal.say(f"wrote {folder}: watches {len(logs)} logs, which stand in {folder / watching.LOGS}")
        terminal.say(f"give this line to those who shall trust the witness:\n{line}")

    return Result(outcome="done", show=tell, fields={"folder": str(folder), "witness_key": line})


@witness.command()
@options.in_path("folder", metavar="WITNESSDIR")
@click.option("--port", type=click.IntRange(0, 65535), default=7280, show_default=True, help="0: any that is free.")
@options.passphrase
@options.common
def serve(folder: Path, port: int, passphrase_fd: int | None, passphrase_file: Path | None) -> Result:
    """Answer logs over HTTP (C2SP tlog-witness) on 127.0.0.1, until it is told to end.

    What faces the world is a proxy with TLS in front of it. logs.txt is read when it starts.
    """
    import signal
    import threading
    import time

    from por.attestation import witness as watching
    from por.attestation.witnessserver import Server

    watching.read_name(folder)
    ask = options.Passphrase(fd=passphrase_fd, file=passphrase_file)
    signer = options.open_signer(folder / watching.KEY, ask)
    ended = threading.Event()
    with (
        watching.open_witness(folder, signer=signer, clock=time.time) as found,
        Server(found, port) as server,
    ):
        before = {sign: signal.signal(sign, lambda *_: ended.set()) for sign in (signal.SIGTERM, signal.SIGINT)}
        try:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            terminal.note(f"{found.name} listens on {server.url} and watches {len(found.logs)} logs")
            ended.wait()
            server.shutdown()
            found.close()
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)
    return Result(outcome="done", show=lambda: terminal.say("ended"), fields={"url": server.url})
