"""`por inspect`: shows any of our files to a person, and judges nothing."""

from __future__ import annotations

from pathlib import Path

import click

from por import files
from por.cli import options, terminal
from por.cli.describe import describe
from por.cli.result import Result


@click.command()
@options.in_path("path", metavar="FILE")
@options.common
def inspect(path: Path) -> Result:
    """Show what a file of ours says: a proof, a statement, a manifest, a report, evidence, a key, a pack.

    It only reads. Whether any of it holds is the matter of `por verify` and `por audit`.
    """
    if path.is_dir():
        path = path / "attestation.json"
    kind, lines = describe(files.read_bytes(path), name=path.name)

    def tell() -> None:
        terminal.say(f"{path.name}: {kind}")
        width = min(max((len(label) for label, _ in lines), default=0), 32)
        for label, text in lines:
            first, *more = text.splitlines() or [""]
            terminal.say(f"  {label:<{width}}  {first}")
            for line in more:
                terminal.say(f"  {'':<{width}}  {line}")
        terminal.say("shown as it stands; nothing was checked")

    rows = [{"label": label, "text": text} for label, text in lines]
    return Result(outcome="done", show=tell, fields={"file": str(path), "kind": kind, "lines": rows})
