"""What a publication is made of, and the payload that would be signed: judged and built, with nothing written yet."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from por import canonical
from por.attestation import envelope
from por.attestation.build import payload, predicate
from por.attestation.change import repeated
from por.attestation.keychain import KeyChain
from por.attestation.log import Log, first_key, log_begun, open_log
from por.attestation.position import Position
from por.attestation.statement import ANNEX, REPORT, Reference, head
from por.errors import InputError, UsageError
from por.files import read_bytes
from por.header import check_text, parse_time
from por.liabilities.manifest import Manifest
from por.reserves.annex import Annex, verify_annex
from por.reserves.declared import Declared, parse_declared
from por.reserves.report import Report
from por.solvency.judge import judge
from por.solvency.prices import Prices, parse_prices
from por.solvency.settings import Pack
from por.solvency.verdict import Verdict

EVIDENCE = "evidence"
_DECLARED = "declared.toml"

Renderer = Callable[[Mapping[str, Any]], bytes]
"""Makes the report page of a statement's predicate, and of nothing else."""

_EMPTY_ROOT = bytes.fromhex(canonical.digest(b""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Which sequence a statement replaces, and why."""

    sequence: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The files of a publication as bytes and as values; `annex` is named by digest and not published.

    `storage` is the annex as a value.
    """

    files: Mapping[str, bytes]
    annex: bytes | None
    storage: Annex | None
    manifest: Manifest
    report: Report
    declared: Declared | None
    prices: Prices
    pack: Pack

    @property
    def subjects(self) -> dict[str, str]:
        """The statement's subjects: name to hex SHA-256."""
        found = {name: canonical.digest(data) for name, data in self.files.items()}
        return found if self.annex is None else {**found, ANNEX: canonical.digest(self.annex)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator says beside the files: program version, log name, correction, time of issue.

    `report` makes report.html; without it there is none. All but the version are optional.
    """

    software: str
    origin: str | None = None
    replaces: Correction | None = None
    issued: str | None = None
    report: Renderer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A statement as it would be signed: payload, place in the log, and whether the log still lacks it.

    `files` are those of its publication's first level, its report among them; `before` is the payload of the statement
    before it, or None for the first.
    """

    payload: bytes
    files: Mapping[str, bytes]
    index: int
    new: bool
    verdict: Verdict
    before: bytes | None

    @property
    def digest(self) -> str:
        """The statement's identity."""
        return envelope.identity(self.payload)


def draft(
    *,
    liabilities: Path,
    reserves: Path,
    pack: Pack,
    prices: bytes,
    key: str,
    log_dir: Path,
    settings: Settings,
    chain: KeyChain | None = None,
) -> Prepared:
    """Return what `attest` would sign with the key of id `key`; nothing is written, and no log is begun.

    Raises what `attest` raises for the same inputs.
    """
    inputs = read_inputs(liabilities, reserves, pack, prices)
    header = inputs.manifest.header
    if log_begun(log_dir):
        first = first_key(log_dir, key, chain)
        with open_log(log_dir, origin=settings.origin, default="", key=first) as log:
            found = prepare(inputs, log, settings)
            if not found.new and log.entry(found.index) != found.payload:
                raise taken(header.sequence)
            return found
    verdict = _judge(inputs)
    if settings.replaces is not None:
        raise _unknown(settings.replaces.sequence)
    position = Position(origin=settings.origin or default_origin(header.issuer), key=key, index=0, before=_EMPTY_ROOT)
    return _prepared(inputs, verdict, settings, position=position, new=True)


def prepare(inputs: Inputs, log: Log, settings: Settings) -> Prepared:
    """Judge, find the statement's place in an open log, and build its payload; UsageError when it has no place."""
    verdict = _judge(inputs)
    sequence = inputs.manifest.header.sequence
    index, new = _place(log, sequence)
    return _prepared(
        inputs,
        verdict,
        settings,
        position=Position(origin=log.origin, key=log.key, index=index, before=log.head(index).root),
        before=log.entry(index - 1) if index else None,
        replaces=_replaced(log, settings.replaces, sequence=sequence),
        new=new,
    )


def _judge(inputs: Inputs) -> Verdict:
    return judge(
        pack=inputs.pack,
        manifest=inputs.manifest,
        report=inputs.report,
        declared=inputs.declared,
        prices=inputs.prices,
        annex=inputs.storage,
    )


def _prepared(
    inputs: Inputs,
    verdict: Verdict,
    settings: Settings,
    *,
    position: Position,
    new: bool,
    before: bytes | None = None,
    replaces: Reference | None = None,
) -> Prepared:
    last = None if before is None else head(before, where=f"entry {position.index - 1} of the log")
    said = predicate(
        manifest=inputs.manifest,
        report=inputs.report,
        declared=inputs.declared,
        prices=inputs.prices,
        pack=inputs.pack,
        verdict=verdict,
        position=position,
        previous=None if last is None else Reference(sequence=last.header.sequence, digest=last.digest),
        change=None if last is None else repeated(last),
        replaces=replaces,
        software=settings.software,
        issued=settings.issued,
    )
    if settings.report is not None:
        inputs = replace(inputs, files={**inputs.files, REPORT: settings.report(said)})
    return Prepared(
        payload=payload(subjects=inputs.subjects, predicate=said),
        files=inputs.files,
        index=position.index,
        new=new,
        verdict=verdict,
        before=before,
    )


def default_origin(issuer: str) -> str:
    """Return a log's name for an issuer: what a name must not hold becomes a dash."""
    safe = ("-" if char == "+" or unicodedata.category(char)[0] in "CZ" else char for char in issuer)
    return f"{''.join(safe)}/reserves"


def read_inputs(liabilities: Path, reserves: Path, pack: Pack, prices: bytes) -> Inputs:
    """Read and parse every file of a publication and its evidence; InputError when one is missing or malformed."""
    manifest, report = liabilities / "liabilities.json", reserves / "reserves.json"
    files = {
        "liabilities.json": read_bytes(manifest),
        "reserves.json": read_bytes(report),
        "policy.toml": pack.data,
        "prices.csv": prices,
    }
    declared = None
    if (reserves / _DECLARED).exists():
        files[_DECLARED] = read_bytes(reserves / _DECLARED)
        declared = parse_declared(_text(files[_DECLARED], where=_DECLARED), where=_DECLARED)
    annex = read_bytes(reserves / ANNEX) if (reserves / ANNEX).exists() else None
    found = Inputs(
        files=files,
        annex=annex,
        storage=None if annex is None else Annex.from_bytes(annex, where=ANNEX),
        manifest=Manifest.from_bytes(files["liabilities.json"], where=str(manifest)),
        report=Report.from_bytes(files["reserves.json"], where=str(report)),
        declared=declared,
        prices=parse_prices(prices, where="prices.csv"),
        pack=pack,
    )
    # of another snapshot's report the judge says so
    if found.storage is not None and found.report.snapshot_id == found.manifest.header.id:
        verify_annex(found.storage, found.report)
    # Whatever could be missing is looked at before the log takes the entry, for what is in it stays.
    for digest in sorted(found.report.digests()):
        read_evidence(reserves / EVIDENCE, digest)
    return found


def check_settings(settings: Settings) -> None:
    """Refuse a time or a reason that is not one; InputError."""
    if settings.issued is not None:
        parse_time(settings.issued, where="issued")
    if settings.replaces is not None:
        check_text(settings.replaces.reason, where="the reason of the correction")


def _place(log: Log, sequence: int) -> tuple[int, bool]:
    """Return the index that a sequence has or will have, and whether it is still to be appended."""
    found = log.find(sequence)
    if found is not None:
        return found, False
    if log.size and log.sequence(log.size - 1) > sequence:
        last = log.sequence(log.size - 1)
        raise UsageError(
            f"sequence {sequence} comes after sequence {last}, which is in the log",
            code="sequence-passed",
            hint=f"statements only go forward: take sequence {last + 1}, and --replaces if it corrects one",
        )
    return log.size, True


def taken(sequence: int) -> UsageError:
    """Return the error for a sequence whose place another statement holds."""
    return UsageError(
        f"the log holds another statement of sequence {sequence}",
        code="sequence-taken",
        hint="two statements of one sequence would be equivocation: take the next sequence, and --replaces to correct",
    )


def _reference(log: Log, index: int, reason: str | None = None) -> Reference:
    return Reference(sequence=log.sequence(index), digest=envelope.identity(log.entry(index)), reason=reason)


def _replaced(log: Log, replaces: Correction | None, *, sequence: int) -> Reference | None:
    if replaces is None:
        return None
    index = log.find(replaces.sequence)
    if index is None or replaces.sequence >= sequence:
        raise _unknown(replaces.sequence)
    return _reference(log, index, replaces.reason)


def _unknown(sequence: int) -> UsageError:
    return UsageError(
        f"sequence {sequence} is no earlier statement of this log",
        code="replaces-unknown",
        hint="name the sequence of the statement that this one corrects",
    )


def read_evidence(folder: Path, digest: str) -> bytes:
    """Read one evidence file; InputError when it is missing or not the bytes that its name says."""
    data = read_bytes(folder / digest)
    if canonical.digest(data) != digest:
        raise InputError(
            f"{folder / digest}: not the bytes that its name says",
            code="evidence-differs",
            hint="run `por reserves check` again",
        )
    return data


def _text(data: bytes, *, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
