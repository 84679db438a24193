"""`por run`: from the ledger to the publication, out of one file, as a nightly job runs it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import por
from por import files
from por.cli import exits, options, terminal
from por.cli.commands.attest import attested_result
from por.cli.drafting import drafted_result
from por.cli.ledger import reading_progress
from por.cli.publishing import site_step
from por.cli.result import Result
from por.errors import ClaimError, PorError, UsageError
from por.outcomes import Outcome, combine

if TYPE_CHECKING:
    from por.attestation.keys import Signer
    from por.attestation.statement import Head
    from por.pipeline.config import Config, KeyPlace
    from por.pipeline.events import Listener
    from por.pipeline.job import Job
    from por.pipeline.steps import Done

DRAFT = "draft.json"


@dataclass(slots=True, kw_only=True)
class Wanted:
    """What the flags asked for."""

    check: bool
    draft: bool
    sign: bool
    next: bool
    as_of: str | None
    replaces: int | None
    reason: str | None


@click.command()
@options.in_path("config", required=False, default="por.toml", metavar="[por.toml]")
@click.option("--check", is_flag=True, help="Rehearse: look at everything a run needs, write nothing.")
@click.option("--draft", is_flag=True, help="Stop before signing; show what would be signed and what has changed.")
@click.option("--sign", is_flag=True, help="Go on from a draft: sign it if it is still what would be signed.")
@click.option("--next", "next_", is_flag=True, help="Take the sequence after the log's, and as-of from the clock.")
@click.option("--as-of", metavar="TIME|HH:MMZ", help="The moment, or a time of day that has passed; implies --next.")
@click.option("--replaces", type=int, metavar="SEQUENCE", help="The statement that this one corrects; implies --next.")
@click.option("--reason", help="Why, with --replaces.")
@options.path_option("--log-file", help="Append one JSON line per event; also report.log_file in por.toml.")
@options.path_option("--metrics-file", help="Write Prometheus metrics; also report.metrics_file in por.toml.")
@options.common
def run(
    config: Path,
    check: bool,
    draft: bool,
    sign: bool,
    next_: bool,
    as_of: str | None,
    replaces: int | None,
    reason: str | None,
    log_file: Path | None,
    metrics_file: Path | None,
) -> Result:
    """Do everything from one file: read, check, judge, sign, publish.

    What is done and unchanged is not done again; after a break it goes on where it stopped.
    """
    from por.pipeline.config import load_config
    from por.pipeline.lock import only_run

    if check + draft + sign > 1:
        raise UsageError("--check, --draft and --sign exclude each other", code="usage", hint="give one of them")
    if (replaces is None) != (reason is None):
        raise UsageError("--replaces and --reason go together", code="usage", hint="a correction says why")
    wanted = Wanted(
        check=check,
        draft=draft,
        sign=sign,
        next=next_ or as_of is not None or replaces is not None,
        as_of=as_of,
        replaces=replaces,
        reason=reason,
    )
    settings = load_config(config)
    if check:
        return _rehearse(settings, wanted)
    tell = _listener(log_file or settings.log_file)
    metrics = metrics_file or settings.metrics_file
    done: list[Done] = []
    code = exits.BUG
    tell("run-started", software=por.__version__, draft=draft, sign=sign)
    try:
        with only_run(settings.work, outputs=_outputs(settings)):
            result = _run(settings, wanted, tell, done)
        code = result.exit
        return result
    except PorError as error:
        code = exits.BY_KIND.get(error.kind, exits.BUG)
        tell("run-failed", kind=error.kind, code=error.code, message=error.message)
        raise
    except KeyboardInterrupt:
        code = exits.INTERRUPTED
        raise
    finally:
        tell("run-ended", exit=code)
        if metrics is not None and not draft:
            _measure(settings, metrics, code, done)


def _run(settings: Config, wanted: Wanted, tell: Listener, done: list[Done]) -> Result:
    from por.pipeline.job import last_statement, published, recover
    from por.pipeline.steps import run_steps

    last = last_statement(settings)
    job = _job(settings, wanted, last, tell)
    signer = None
    if not wanted.draft:
        signer = _signer(settings.attestation)
        job.countersigners = [_signer(place) for place in settings.countersigners]
        job.roots = options.load_authorities(settings.authorities_ca)
        job.witnesses = settings.witnesses.policy(job.chain, where="por.toml")
        if last is not None and not published(settings, last):
            recover(job, last, signer)
    with reading_progress(settings.ledger.where, settings.ledger.options) as progress:
        job.progress = progress
        job.settle()
        done += run_steps(job.gathering(), work=settings.work, tell=tell)
        if signer is None:
            return _draft(job, settings)
        if wanted.sign:
            _still_the_draft(job, settings, signer.public)
        done += run_steps([job.publishing(signer)], work=settings.work, tell=tell)
    (settings.work / DRAFT).unlink(missing_ok=True)
    if settings.site is not None:
        done += run_steps([site_step(settings, settings.site)], work=settings.work, tell=tell)
    return _told(job, settings, done)


def _job(settings: Config, wanted: Wanted, last: Head | None, tell: Listener) -> Job:
    from por.attestation.prepare import Correction
    from por.pipeline.job import Job
    from por.publish.report import render_report

    correction = None
    if wanted.replaces is not None:
        correction = Correction(sequence=wanted.replaces, reason=str(wanted.reason))
    return Job(
        config=settings,
        snapshot=_snapshot(settings, wanted, last),
        master_key=options.open_secret(settings.master.path, _passphrase(settings.master)),
        pack=options.load_policy(settings.policy),
        software=por.__version__,
        replaces=correction,
        tell=tell,
        notice=terminal.note,
        chain=options.load_chain(settings.key_file),
        report=render_report,
    )


def _snapshot(settings: Config, wanted: Wanted, last: Head | None) -> Any:
    from dataclasses import replace

    from por.pipeline.schedule import moment, next_header
    from por.snapshot import Snapshot

    found = settings.ledger.split(Snapshot.load(settings.snapshot))
    if not wanted.next:
        return found
    text = wanted.as_of or settings.clock
    if wanted.as_of is None and wanted.replaces is not None and last is not None:
        text = last.header.as_of  # a correction speaks of the same moment
    if text is None:
        raise UsageError(
            "--next needs a time of day",
            code="schedule-missing",
            hint="set schedule.as_of in por.toml, or give --as-of",
        )
    as_of = moment(text, now=int(time.time()))
    header = next_header(found.header, last=last, as_of=as_of, correction=wanted.replaces is not None)
    return replace(found, header=header)


def _rehearse(settings: Config, wanted: Wanted) -> Result:
    from por.pipeline.job import last_statement
    from por.pipeline.rehearsal import Rehearsal, rehearse

    with reading_progress(settings.ledger.where, settings.ledger.options) as progress:
        looked = rehearse(
            Rehearsal(
                config=settings,
                snapshot=_snapshot(settings, wanted, last_statement(settings)),
                pack=options.load_policy(settings.policy),
                open_master=lambda: options.open_secret(settings.master.path, _passphrase(settings.master)),
                open_signer=lambda: _signer(settings.attestation).public,
                open_countersigners=lambda: [_signer(place).public for place in settings.countersigners],
                chain=options.load_chain(settings.key_file),
                now=int(time.time()),
                progress=progress,
            )
        )
    checks = tuple(row.check for row in looked)
    codes = [
        exits.BY_OUTCOME[row.check.outcome] if row.error is None else exits.BY_KIND[row.error.kind] for row in looked
    ]
    outcome = combine(check.outcome for check in checks if check.outcome is not Outcome.NOT_COVERED)

    def tell() -> None:
        terminal.table(
            ("looked at", "outcome", "detail"), [(check.id, check.outcome.value, check.detail) for check in checks]
        )
        terminal.say("nothing was written")

    return Result(outcome=outcome.value, show=tell, checks=checks, exit=exits.worst(codes))


def _draft(job: Job, settings: Config) -> Result:
    from por.attestation.statement import head

    prepared = job.draft(_public(settings))
    files.write_bytes(settings.work / DRAFT, prepared.payload, mode=0o600)
    before = None if prepared.before is None else head(prepared.before, where="the statement before")
    shown, path = head(prepared.payload, where="the draft"), settings.work / DRAFT
    return drafted_result(shown, before, path=path, mark_percent=settings.mark_percent)


def _still_the_draft(job: Job, settings: Config, key: Any) -> None:
    path = settings.work / DRAFT
    if not path.exists():
        raise UsageError("there is no draft to sign", code="draft-missing", hint="make one with `por run --draft`")
    if files.read_bytes(path) != job.draft(key).payload:
        raise ClaimError(
            "what would be signed is not the draft that was shown",
            code="draft-differs",
            hint="something changed since; look at a new draft with `por run --draft`",
        )


def _public(settings: Config) -> Any:
    """Return the signing key's public part from the .pub beside it, so that whoever drafts need not open the key."""
    from por.attestation.keys import load_public

    return load_public(settings.attestation.public or settings.attestation.path.with_suffix(".pub"))


def _signer(place: KeyPlace) -> Signer:
    return options.open_signer(place.place, _passphrase(place), place.public)


def _passphrase(key: KeyPlace) -> options.Passphrase:
    return options.Passphrase(fd=None, file=key.passphrase_file)


def _outputs(settings: Config) -> list[Path]:
    work, log = settings.work, settings.log
    names = [work / name for name in ("liabilities", "reserves", "run.json", "snapshot.toml", "prices.csv", DRAFT)]
    pattern = settings.base / settings.publication.replace("{sequence}", "*")
    site = [settings.site.folder] if settings.site else []
    return [*names, log / "checkpoint", log / "log.json", pattern, *site]


def _listener(path: Path | None) -> Listener:
    from por.pipeline.events import nobody, to_file

    return nobody if path is None else to_file(path, now=time.time)


def _measure(settings: Config, path: Path, code: int, done: list[Done]) -> None:
    from por.pipeline.job import last_statement, published
    from por.pipeline.metrics import Measured, write_metrics
    from por.pipeline.rehearsal import first_expiry
    from por.reserves.wallets import load_wallets

    now = time.time()
    statement, expiry, stands = None, None, False
    try:
        statement = last_statement(settings)
        stands = statement is not None and published(settings, statement)
        expiry = first_expiry(settings, load_wallets(settings.wallets))
    except PorError:
        pass  # The run's own error is told; the metrics say what is known.
    write_metrics(
        path,
        Measured(
            ended=int(now),
            exit_code=code,
            published=stands and code in (exits.HOLDS, exits.DOES_NOT_HOLD),
            steps=done,
            statement=statement,
            expires_days=None if expiry is None else (expiry - now) / 86_400,
        ),
    )


def _told(job: Job, settings: Config, done: list[Done]) -> Result:
    told = attested_result(job.attested) if job.attested else _standing(job.publication)
    inner = told.show

    def tell() -> None:
        terminal.table(
            ("step", "", "seconds"),
            [(row.name, "done" if row.ran else "unchanged", f"{row.seconds:.2f}") for row in done],
            right=("seconds",),
        )
        inner()

    told.show = tell
    told.fields["steps"] = [{"step": row.name, "ran": row.ran, "seconds": round(row.seconds, 3)} for row in done]
    return told


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
