"""`por run`: from the ledger to the publication, out of one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import por
from por import files
from por.cli import exits, options, terminal
from por.cli.commands.attest import attested_result
from por.cli.result import Result

if TYPE_CHECKING:
    from por.pipeline.config import KeyFile
    from por.pipeline.steps import Done


@click.command()
@options.in_path("config", required=False, default="por.toml", metavar="[por.toml]")
@options.common
def run(config: Path) -> Result:
    """Do everything from one file: read, check, judge, sign, publish. What is done and unchanged is not done again."""
    from por.pipeline.config import load_config
    from por.pipeline.plan import Outcome, plan
    from por.pipeline.steps import run_steps
    from por.snapshot import Snapshot

    settings = load_config(config)
    made = Outcome()
    files.make_folder(settings.work)
    with terminal.progress("reading the ledger", unit="rows") as progress:
        steps = plan(
            settings,
            snapshot=Snapshot.load(settings.snapshot),
            master_key=options.open_secret(settings.master.path, _passphrase(settings.master)),
            signer=options.open_signer(settings.attestation.path, _passphrase(settings.attestation)),
            pack=options.load_policy(settings.policy),
            prices=files.read_bytes(settings.prices),
            software=por.__version__,
            outcome=made,
            progress=progress,
        )
        done = run_steps(steps, work=settings.work)
    told = attested_result(made.attested) if made.attested else _standing(settings.publication)
    inner = told.show

    def tell() -> None:
        _show_steps(done)
        inner()

    told.show = tell
    told.fields["steps"] = [{"step": row.name, "ran": row.ran, "seconds": round(row.seconds, 3)} for row in done]
    return told


def _passphrase(key: KeyFile) -> options.Passphrase:
    return options.Passphrase(fd=None, file=key.passphrase_file)


def _show_steps(done: list[Done]) -> None:
    terminal.table(
        ("step", "", "seconds"),
        [(row.name, "done" if row.ran else "unchanged", f"{row.seconds:.2f}") for row in done],
        right=("seconds",),
    )


def _standing(publication: Path) -> Result:
    """Tell what the publication that stands already states."""
    from por.audit.case import open_statement
    from por.audit.publication import open_publication

    _, statement = open_statement(open_publication(publication))

    def tell() -> None:
        terminal.say(f"nothing has changed: {publication} is statement {statement.digest}")
        for rule in statement.failed:
            terminal.say(f"it states a failed test: {rule.title}")

    fields = {"publication": str(publication), "statement": {"digest": statement.digest}}
    return Result(
        outcome=statement.verdict.value, show=tell, fields=dict(fields), exit=exits.BY_OUTCOME[statement.verdict]
    )
