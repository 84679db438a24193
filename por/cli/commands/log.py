"""`por log`: the log on its own."""

from __future__ import annotations

from pathlib import Path

import click

from por.cli import options, terminal
from por.cli.result import Result
from por.outcomes import Outcome


@click.group()
def log() -> None:
    """Check the log on its own."""


@log.command()
@options.in_path("folder", metavar="LOGDIR")
@options.key_option
@options.common
def verify(folder: Path, keys: tuple[str, ...]) -> Result:
    """Compute every root of a log again and compare it with what was signed."""
    from por.audit.logfolder import check_log_folder

    checks = tuple(check_log_folder(folder, keys=options.load_trust(keys)))

    def tell() -> None:
        terminal.table(
            ("check", "outcome", "basis", "detail"),
            [(check.id, check.outcome.value, check.basis or "", check.detail) for check in checks],
        )

    return Result(outcome=Outcome.HOLDS.value, show=tell, checks=checks)
