"""Makes a publication: judges, builds the statement, enters it in the log, signs, and writes the folder.

The order is what makes a crash harmless. A statement is in the log before anything signed leaves; whoever runs the
same inputs again finds it there and gets the same bytes; other inputs for its sequence are refused. The folder takes
its place in one step at the end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from por import canonical
from por.attestation import envelope, logproof, note
from por.attestation.build import build
from por.attestation.keys import Signer
from por.attestation.log import Log, open_log
from por.attestation.position import Position
from por.attestation.statement import ANNEX, Reference
from por.errors import InputError, UsageError
from por.files import new_folder, read_bytes, write_bytes
from por.header import check_text, parse_time
from por.liabilities.manifest import Manifest
from por.reserves.declared import Declared, parse_declared
from por.reserves.report import Report
from por.solvency.judge import judge
from por.solvency.prices import Prices, parse_prices
from por.solvency.settings import Pack
from por.solvency.verdict import Verdict

ATTESTATION, EVIDENCE = "attestation.json", "evidence"
_DECLARED = "declared.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What came of it. `appended` is False when the log held this very statement already."""

    digest: str
    sequence: int
    index: int
    appended: bool
    verdict: Verdict
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Which sequence a statement replaces, and why."""

    sequence: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    files: Mapping[str, bytes]
    annex: bytes | None
    manifest: Manifest
    report: Report
    declared: Declared | None
    prices: Prices
    pack: Pack

    @property
    def subjects(self) -> dict[str, str]:
        found = {name: canonical.digest(data) for name, data in self.files.items()}
        return found if self.annex is None else {**found, ANNEX: canonical.digest(self.annex)}


def attest(
    *,
    liabilities: Path,
    reserves: Path,
    pack: Pack,
    prices: bytes,
    signer: Signer,
    log_dir: Path,
    out: Path,
    software: str,
    origin: str | None = None,
    replaces: Correction | None = None,
    issued: str | None = None,
) -> Attested:
    """Publish the snapshot whose liabilities and reserves stand in two folders; the same inputs give the same bytes.

    A failed rule is in the verdict and in the statement, never an exception. Raises InputError for files that are
    missing, malformed or do not belong together, and what `open_log` raises; UsageError `sequence-taken` when the log
    holds another statement of this sequence, `sequence-passed` when it holds a later one, `replaces-unknown`, and
    `out-occupied` when `out` is something else than a publication.
    """
    inputs = _read(liabilities, reserves, pack, prices)
    verdict = judge(
        pack=pack,
        manifest=inputs.manifest,
        report=inputs.report,
        declared=inputs.declared,
        prices=inputs.prices,
    )
    _check_options(out, replaces, issued)
    # Whatever could be missing is looked at before the log takes the entry, for what is in it stays.
    for digest in sorted(inputs.report.digests()):
        _evidence(reserves / EVIDENCE, digest)
    header = inputs.manifest.header
    default = default_origin(header.issuer)
    with open_log(log_dir, origin=origin, default=default, key=signer.public.keyid) as log:
        index, appended = _place(log, header.sequence)
        payload = build(
            subjects=inputs.subjects,
            manifest=inputs.manifest,
            report=inputs.report,
            declared=inputs.declared,
            prices=inputs.prices,
            pack=pack,
            verdict=verdict,
            position=Position(origin=log.origin, key=log.key, index=index, before=log.head(index).root),
            previous=_reference(log, index - 1) if index else None,
            replaces=_replaced(log, replaces, sequence=header.sequence),
            software=software,
            issued=issued,
        )
        signed = envelope.sign(payload, [signer])
        envelope.verify_envelope(signed, [signer.public], where=ATTESTATION)
        if appended:
            log.append(payload)
        elif log.entry(index) != payload:
            raise _taken(header.sequence)
        proofs = _log_files(log, index, signer)
        if log.size == index + 1:
            log.save_checkpoint(proofs[logproof.CHECKPOINT])
        _write(out, {**inputs.files, **proofs, ATTESTATION: signed.to_bytes()}, inputs.report, reserves / EVIDENCE)
    return Attested(
        digest=signed.digest,
        sequence=header.sequence,
        index=index,
        appended=appended,
        verdict=verdict,
        folder=out,
    )


def default_origin(issuer: str) -> str:
    """Return a log's name for an issuer: what a name must not hold becomes a dash."""
    safe = ("-" if char == "+" or unicodedata.category(char)[0] in "CZ" else char for char in issuer)
    return f"{''.join(safe)}/reserves"


def _read(liabilities: Path, reserves: Path, pack: Pack, prices: bytes) -> _Inputs:
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
    return _Inputs(
        files=files,
        annex=read_bytes(reserves / ANNEX) if (reserves / ANNEX).exists() else None,
        manifest=Manifest.from_bytes(files["liabilities.json"], where=str(manifest)),
        report=Report.from_bytes(files["reserves.json"], where=str(report)),
        declared=declared,
        prices=parse_prices(prices, where="prices.csv"),
        pack=pack,
    )


def _check_options(out: Path, replaces: Correction | None, issued: str | None) -> None:
    if issued is not None:
        parse_time(issued, where="issued")
    if replaces is not None:
        check_text(replaces.reason, where="the reason of the correction")
    if out.exists() and not (out / ATTESTATION).exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            f"{out}: something else than a publication is there",
            code="out-occupied",
            hint="give a folder that is new, empty or holds a publication; its contents are replaced",
        )


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


def _taken(sequence: int) -> UsageError:
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
        raise UsageError(
            f"sequence {replaces.sequence} is no earlier statement of this log",
            code="replaces-unknown",
            hint="name the sequence of the statement that this one corrects",
        )
    return _reference(log, index, replaces.reason)


def _log_files(log: Log, index: int, signer: Signer) -> dict[str, bytes]:
    """Prove the entry as of the moment it was added, whatever came later: so a repeated run gives the same bytes."""
    old, new = log.head(index), log.head(index + 1)
    inclusion, consistency = log.inclusion(index, new.size), log.consistency(old.size, new.size)
    return {
        logproof.CHECKPOINT: note.sign_note(new.text(), name=log.origin, signers=[signer]).to_bytes(),
        logproof.INCLUSION: logproof.write_inclusion(index=index, size=new.size, path=inclusion),
        logproof.CONSISTENCY: logproof.write_consistency(old=old, new=new, path=consistency),
    }


def _write(out: Path, files: Mapping[str, bytes], report: Report, evidence: Path) -> None:
    with new_folder(out) as folder:
        for name, data in sorted(files.items()):
            (folder / name).parent.mkdir(exist_ok=True)
            write_bytes(folder / name, data)
        (folder / EVIDENCE).mkdir()
        for digest in sorted(report.digests()):
            write_bytes(folder / EVIDENCE / digest, _evidence(evidence, digest))


def _evidence(folder: Path, digest: str) -> bytes:
    data = read_bytes(folder / digest)
    if canonical.digest(data) != digest:
        raise InputError(
            f"{folder / digest}: not the bytes that its name says",
            code="evidence-differs",
            hint="run reserves check again",
        )
    return data


def _text(data: bytes, *, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
