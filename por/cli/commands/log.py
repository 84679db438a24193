"""`por log`: the log on its own."""

from __future__ import annotations

from pathlib import Path

import click

from por import files
from por.cli import exits, options, terminal
from por.cli.result import Result
from por.errors import TrustError
from por.outcomes import Check, Outcome, combine


@click.group()
def log() -> None:
    """Check the log on its own, and have witnesses cosign its newest head."""


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


@log.command()
@options.in_path("folder", metavar="LOGDIR")
@click.option("--witness", "urls", multiple=True, required=True, metavar="URL", help="A witness's address; @FILE too.")
@click.option("--witness-key", "lines", multiple=True, metavar="LINE", help="A witness's one-line key (type 04).")
@options.key_option
@options.path_option("--publication", help="The publication of the newest statement, whose head is the same.")
@options.common
def cosign(
    folder: Path, urls: tuple[str, ...], lines: tuple[str, ...], keys: tuple[str, ...], publication: Path | None
) -> Result:
    """Ask witnesses to cosign the newest head of a log, and keep what they sign in it.

    Whose lines are taken say --witness-key, and the witnesses of a key file (--key). All that answer are kept; the
    exit code is 4 when one was out of reach, 1 when one refused.
    """
    from por.attestation.cosignature import parse_witness
    from por.attestation.cosigning import cosign_newest
    from por.attestation.log import reopen_log

    trust = options.load_trust(keys)
    named = None if trust.chain is None else trust.chain.newest.witnesses
    witnesses = [parse_witness(line, where="--witness-key") for line in lines]
    if named is not None:
        witnesses += [row for row in named.witnesses if row not in witnesses]
    if not witnesses:
        raise TrustError(
            "no witness's key was given", code="key-missing", hint="give --witness-key, or a key file that names some"
        )
    asked = [
        files.read_text(Path(url[1:]), limit=options.MAX_SECRET).strip() if url[:1] == "@" else url for url in urls
    ]
    with reopen_log(folder) as opened:
        found = cosign_newest(opened, asked, keys=trust.log_signers, witnesses=witnesses, publication=publication)

    def tell() -> None:
        for row in found.cosigned:
            terminal.say(f"{row.witness.name} cosigned {found.head.size} entries at second {row.time}")
        for path in found.files if found.cosigned else ():
            terminal.say(f"wrote {path}")
        for error in found.failed:
            terminal.note(f"{error.message}; {error.hint}")

    outcomes = [Outcome.DOES_NOT_HOLD if error.kind == "claim" else Outcome.UNDECIDED for error in found.failed]
    checks = tuple(
        Check(id="cosign", outcome=outcome, detail=error.message)
        for outcome, error in zip(outcomes, found.failed, strict=True)
    )
    return Result(
        outcome=combine([Outcome.HOLDS, *outcomes]).value,
        show=tell,
        checks=checks,
        fields={
            "size": found.head.size,
            "cosigned": [{"witness": row.witness.name, "time": row.time} for row in found.cosigned],
        },
        exit=exits.worst(exits.BY_OUTCOME[outcome] for outcome in outcomes),
    )
