"""`por audit`: a table of checks over a publication."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from por import files
from por.cli import exits, options, terminal
from por.cli.evidence import evidence_result, keep_evidence
from por.cli.ledger import ledger_options, memory_option, reading_progress
from por.cli.result import Result
from por.errors import UsageError
from por.outcomes import Outcome, combine

if TYPE_CHECKING:
    from por.audit.case import Rebuild
    from por.audit.run import Audit
    from por.liabilities.ledger_options import LedgerOptions


@click.command()
@options.in_path("publication", metavar="PUBLICATION", required=False)
@options.key_option
@options.path_option("--evidence", help="Judge this evidence file, instead of a publication, by the key alone.")
@options.tsa_option
@options.path_option("--annex", help="annex.json, when the exchange gave it to you.")
@click.option("--ledger", multiple=True, metavar="LEDGER", help="The ledger, to build every tree again.")
@options.path_option("--snapshot", "snapshot_path", help="snapshot.toml of this statement, for the ledger.")
@options.path_option("--snapshot-key", help="The key of this one snapshot, for the ledger.")
@ledger_options
@memory_option
@options.node_option
@click.option("--block", "blocks", multiple=True, metavar="CAIP2=HASH", help="A block's hash from your own source.")
@options.path_option("--previous", help="A publication that you kept from before.")
@options.path_option(
    "--other", "others", multiple=True, help="Another exchange's publication: what both count is found."
)
@click.option("--other-key", "other_keys", multiple=True, metavar="KEY", help="Other exchanges' keys, for --other.")
@click.option("--policy", metavar="PACK", help="Your own rules and tables: a shipped pack's id or a file.")
@options.path_option("--prices", multiple=True, help="Your own prices.csv to judge by; several are put into one.")
@options.path_option("--workpapers", metavar="DIR", help="Write CSVs of all of it into a folder, for the file.")
@options.passphrase
@options.common
def audit(
    publication: Path | None,
    keys: tuple[str, ...],
    evidence: Path | None,
    tsa_ca: Path | None,
    annex: Path | None,
    ledger: tuple[str, ...],
    snapshot_path: Path | None,
    snapshot_key: Path | None,
    reading: LedgerOptions,
    threads: int,
    memory: int | None,
    nodes: tuple[str, ...],
    blocks: tuple[str, ...],
    previous: Path | None,
    others: tuple[Path, ...],
    other_keys: tuple[str, ...],
    policy: str | None,
    prices: tuple[Path, ...],
    workpapers: Path | None,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Check a whole publication: signatures, digests, evidence, rules, log, and what else you bring.

    PUBLICATION is the folder or a .zip of it. Works without network unless --node is given. What the exchange signed
    and cannot all be true is written to equivocation-N.json here, which --evidence judges.
    """
    if evidence is not None:
        return evidence_result(publication, evidence, keys)
    if publication is None:
        raise UsageError("there is nothing to audit", code="usage", hint="give a PUBLICATION, or a file of --evidence")
    from por.audit.case import Request
    from por.audit.publication import open_publication
    from por.audit.run import audit as run_audit
    from por.solvency.prices import parse_prices, read_prices

    if other_keys and not others:
        raise UsageError("--other-key goes with --other", code="usage", hint="name the other publication: --other")
    trusted = options.load_trust(keys)
    rebuild = None
    from_ledger = bool(ledger) or reading.postgres is not None
    if from_ledger or snapshot_path or snapshot_key:
        if not (from_ledger and snapshot_path and snapshot_key):
            raise UsageError(
                "--ledger, --snapshot and --snapshot-key go together",
                code="rebuild-incomplete",
                hint="the exchange makes the key with `por keys snapshot`",
            )
        ask = options.Passphrase(fd=passphrase_fd, file=passphrase_file)
        rebuild = _rebuild(ledger, snapshot_path, options.open_secret(snapshot_key, ask), reading, threads, memory)
    request = Request(
        keys=trusted,
        pack=options.load_policy(policy) if policy else None,
        annex=files.read_bytes(annex) if annex else None,
        rebuild=rebuild,
        nodes=options.one_node_each(nodes),
        blocks=options.parse_blocks(blocks),
        previous=open_publication(previous) if previous else None,
        others=tuple(open_publication(path) for path in others),
        other_keys=options.load_trust(other_keys) if other_keys else None,
        prices=parse_prices(read_prices(prices)) if prices else None,
        authorities=options.load_authorities(tsa_ca),
    )
    with reading_progress(ledger, reading) if rebuild else nullcontext() as progress:
        if rebuild and progress:
            request = replace(request, rebuild=replace(rebuild, progress=progress))
        found = run_audit(open_publication(publication), request)
    papers = _papers(found, workpapers) if workpapers is not None else None
    kept = [str(keep_evidence(error)) for error in found.equivocations]
    outcome = combine(check.outcome for check in found.checks if check.outcome is not Outcome.NOT_COVERED)
    codes = [exits.BY_OUTCOME[check.outcome] for check in found.checks]
    if found.missing is not None:
        codes.append(exits.TRUST_MISSING)
    return Result(
        outcome=outcome.value,
        show=lambda: _tell(found, outcome, papers, kept),
        checks=found.checks,
        fields={
            "statement": {"digest": found.statement.digest, **found.statement.header.document()},
            **({} if papers is None else {"workpapers": papers}),
            **({"evidence": kept} if kept else {}),
        },
        exit=exits.worst(codes),
    )


def _papers(found: Audit, out: Path) -> dict[str, Any]:
    from por.audit.workpapers import write_workpapers

    return {"folder": str(out), "files": list(write_workpapers(found, out))}


def _rebuild(
    ledger: tuple[str, ...],
    snapshot_path: Path,
    key: bytes,
    reading: LedgerOptions,
    threads: int,
    memory: int | None,
) -> Rebuild:
    from por.audit.case import Rebuild
    from por.snapshot import Snapshot

    return Rebuild(
        ledger=ledger,
        snapshot=Snapshot.load(snapshot_path),
        snapshot_key=key,
        options=reading,
        threads=threads,
        memory=memory,
    )


def _tell(found: Audit, outcome: Outcome, papers: dict[str, Any] | None, kept: list[str]) -> None:
    header = found.statement.header
    terminal.say(f"{header.issuer} ({header.scope}), statement {header.sequence}, as of {header.as_of}")
    terminal.say(f"statement {found.statement.digest}")
    for sentence in found.limitations:
        terminal.say(f"the policy pack says: {sentence}")
    terminal.table(
        ("check", "outcome", "basis", "detail"),
        [
            (check.id, check.outcome.value, check.basis.value if check.basis else "", check.detail)
            for check in found.checks
        ],
    )
    failed = [check.id for check in found.checks if check.outcome is Outcome.DOES_NOT_HOLD]
    if failed:
        terminal.say(f"DOES NOT HOLD: {', '.join(failed)}")
    elif outcome is Outcome.UNDECIDED:
        undecided = [check.id for check in found.checks if check.outcome is Outcome.UNDECIDED]
        terminal.say(f"undecided: {', '.join(undecided)}")
    else:
        terminal.say("everything that was asked for holds; what is not covered stands in the table")
    for path in kept:
        terminal.say(f"wrote {path}: what the exchange signed and cannot all be true; por audit --evidence judges it")
    if papers is not None:
        terminal.say(f"wrote {papers['folder']}: {len(papers['files'])} working papers, listed in its README.txt")
