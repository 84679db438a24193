"""`por attest`: judge, sign, enter in the log, write the publication."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import por
from por.cli import exits, options, terminal
from por.cli.result import Result
from por.errors import UsageError
from por.outcomes import Outcome

if TYPE_CHECKING:
    from por.attestation.publication import Attested


@click.command()
@options.path_option("--liabilities", required=True, help="Folder that `por liabilities build` wrote.")
@options.path_option("--reserves", required=True, help="Folder that `por reserves check` wrote.")
@click.option("--policy", required=True, metavar="PACK", help="Rules and tables: a shipped pack's id, or a file.")
@options.path_option("--prices", multiple=True, required=True, help="prices.csv; several are put into one.")
@options.signer
@options.path_option("--key-file", help="Your own key file, where the key goes on with the log of one before it.")
@options.path_option(
    "--log", "log", required=True, metavar="LOGDIR", help="Folder of the log; begun when it is not there."
)
@options.path_option("-o", "out", required=True, metavar="PUBLICATION", help="Folder of the publication.")
@click.option("--origin", help="Name of a log that is begun; from the issuer when left out.")
@click.option("--replaces", type=int, metavar="SEQUENCE", help="The statement that this one corrects.")
@click.option("--reason", help="Why, with --replaces.")
@click.option("--issued", metavar="TIME", help="A time of issue to state, as 2026-11-20T18:00:00Z; none when left out.")
@options.passphrase
@options.common
def attest(
    liabilities: Path,
    reserves: Path,
    policy: str,
    prices: tuple[Path, ...],
    key: str,
    public: Path | None,
    key_file: Path | None,
    log: Path,
    out: Path,
    origin: str | None,
    replaces: int | None,
    reason: str | None,
    issued: str | None,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Judge by the rules, sign the statement, enter it in the log and write the publication folder.

    A failed test is stated, never hidden: everything is written and the exit code is 1.
    """
    from por.attestation.publication import Correction
    from por.attestation.publication import attest as write_publication
    from por.publish.report import render_report
    from por.solvency.prices import read_prices

    if (replaces is None) != (reason is None):
        raise UsageError("--replaces and --reason go together", code="usage", hint="a correction says why")
    pack = options.load_policy(policy)
    signer = options.open_signer(key, options.Passphrase(fd=passphrase_fd, file=passphrase_file), public)
    attested = write_publication(
        liabilities=liabilities,
        reserves=reserves,
        pack=pack,
        prices=read_prices(prices),
        signer=signer,
        log_dir=log,
        out=out,
        software=por.__version__,
        origin=origin,
        replaces=None if replaces is None else Correction(sequence=replaces, reason=str(reason)),
        issued=issued,
        chain=options.load_chain(key_file),
        report=render_report,
    )
    return attested_result(attested)


def attested_result(attested: Attested) -> Result:
    """Return what a new publication is told as; `por run` tells it in the same way."""
    verdict = attested.verdict
    return Result(
        outcome=verdict.outcome.value,
        show=lambda: _tell(attested),
        fields={
            "publication": str(attested.folder),
            "statement": {"digest": attested.digest, "sequence": attested.sequence, "log_index": attested.index},
            "rules": [
                {
                    "id": rule.id,
                    "outcome": rule.outcome.value,
                    "left": rule.left,
                    "right": rule.right,
                    "unit": rule.unit,
                    "cure_by": rule.cure_by,
                }
                for rule in verdict.rules
            ],
            "gaps": list(verdict.gaps),
        },
        exit=exits.BY_OUTCOME[verdict.outcome],
    )


def _tell(attested: Attested) -> None:
    verdict = attested.verdict
    terminal.table(
        ("rule", "outcome", "left", "", "right", "unit", "basis"),
        [
            (
                rule.id,
                rule.outcome.value,
                terminal.grouped(rule.left),
                rule.relation if rule.right else "",
                terminal.grouped(rule.right),
                rule.unit,
                rule.basis.value if rule.basis else "",
            )
            for rule in verdict.rules
        ],
        right=("left", "right"),
    )
    for rule in verdict.rules:
        for line in rule.lines:
            if line.outcome in (Outcome.DOES_NOT_HOLD, Outcome.UNDECIDED):
                left, right = terminal.grouped(line.left), terminal.grouped(line.right)
                terminal.say(f"{rule.id}: {line.label}: {left} against {right} {line.unit}: {line.outcome.value}")
    for rule in verdict.rules:
        if rule.cure_by is not None:
            terminal.say(f"{rule.id}: to be cured within {rule.days_to_cure} business days, by {rule.cure_by}")
    for ratio in verdict.beside:
        terminal.say(f"beside, {ratio.title}: {ratio.given}, {'; '.join(ratio.says)}")
    for gap in verdict.gaps:
        terminal.say(f"gap: {gap}")
    again = "" if attested.appended else " (it was there already)"
    terminal.say(f"statement {attested.digest}")
    terminal.say(f"sequence {attested.sequence}, entry {attested.index} of the log{again}")
    terminal.say(f"wrote {attested.folder}; check it with: por audit {attested.folder} --key KEY")
