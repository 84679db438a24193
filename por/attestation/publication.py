"""Makes a publication: judges, builds the statement, enters it in the log, signs, and writes the folder.

The order is what makes a crash harmless. A statement is in the log before anything signed leaves; whoever runs the
same inputs again finds it there and gets the same bytes; other inputs for its sequence are refused. The folder takes
its place in one step at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from por.attestation import logproof, note
from por.attestation.countersign import ATTESTATION, keep_signatures
from por.attestation.keychain import KeyChain
from por.attestation.keys import Signer
from por.attestation.log import Log, first_key, open_log
from por.attestation.prepare import (
    EVIDENCE,
    Correction,
    Renderer,
    Settings,
    check_settings,
    default_origin,
    prepare,
    read_evidence,
    read_inputs,
    taken,
)
from por.attestation.tiles import write_tiles
from por.attestation.tsa import kept
from por.errors import ClaimError, InputError, UsageError
from por.files import new_folder, read_bytes, write_bytes
from por.reserves.report import Report
from por.solvency.settings import Pack
from por.solvency.verdict import Verdict

__all__ = ["ATTESTATION", "Attested", "Correction", "attest", "default_origin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What came of it. `appended` is False when the log held this very statement already."""

    digest: str
    sequence: int
    index: int
    appended: bool
    verdict: Verdict
    folder: Path


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
    chain: KeyChain | None = None,
    report: Renderer | None = None,
) -> Attested:
    """Publish the snapshot whose liabilities and reserves stand in two folders; the same inputs give the same bytes.

    What others have added to the same statement in `out` since, countersignatures and timestamps, stays. `chain` is
    the exchange's key file, where the signer goes on with the log of a key before it. `report` renders report.html
    from the statement's predicate; without it the publication has none.

    A failed rule is in the verdict and in the statement, never an exception. Raises InputError for files that are
    missing, malformed or do not belong together, and what `open_log` raises; UsageError `sequence-taken` when the log
    holds another statement of this sequence, `sequence-passed` when it holds a later one, `replaces-unknown`, and
    `out-occupied` when `out` is something else than a publication.
    """
    settings = Settings(software=software, origin=origin, replaces=replaces, issued=issued, report=report)
    inputs = read_inputs(liabilities, reserves, pack, prices)
    check_settings(settings)
    _check_target(out)
    header = inputs.manifest.header
    default = default_origin(header.issuer)
    first = first_key(log_dir, signer.public.keyid, chain)
    with open_log(log_dir, origin=origin, default=default, key=first) as log:
        found = prepare(inputs, log, settings)
        signed = keep_signatures(found.payload, signer, standing=out / ATTESTATION)
        if found.new:
            log.append(found.payload)
        elif log.entry(found.index) != found.payload:
            raise taken(header.sequence)
        proofs = _log_files(log, found.index, signer, out=out)
        if log.size == found.index + 1:
            log.save_checkpoint(proofs[logproof.CHECKPOINT])
            write_tiles(log, proofs[logproof.CHECKPOINT])
        added = {**kept(out, signed), ATTESTATION: signed.to_bytes()}
        _write(out, {**found.files, **proofs, **added}, inputs.report, reserves / EVIDENCE)
    return Attested(
        digest=signed.digest,
        sequence=header.sequence,
        index=found.index,
        appended=found.new,
        verdict=found.verdict,
        folder=out,
    )


def _check_target(out: Path) -> None:
    if out.exists() and not (out / ATTESTATION).exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            f"{out}: something else than a publication is there",
            code="out-occupied",
            hint="give a folder that is new, empty or holds a publication; its contents are replaced",
        )


def _log_files(log: Log, index: int, signer: Signer, *, out: Path) -> dict[str, bytes]:
    """Prove the entry as of the moment it was added, whatever came later: so a repeated run gives the same bytes."""
    old, new = log.head(index), log.head(index + 1)
    inclusion, consistency = log.inclusion(index, new.size), log.consistency(old.size, new.size)
    standing = (out / logproof.CHECKPOINT, log.folder / "checkpoint")
    return {
        logproof.CHECKPOINT: _checkpoint(new.text(), log.origin, signer, standing),
        logproof.INCLUSION: logproof.write_inclusion(index=index, size=new.size, path=inclusion),
        logproof.CONSISTENCY: logproof.write_consistency(old=old, new=new, path=consistency),
    }


def _checkpoint(text: str, origin: str, signer: Signer, standing: Sequence[Path]) -> bytes:
    """Sign a log's head, or return it as it stands signed: a hardware module signs otherwise each time.

    What witnesses have added to the same head, in the publication or in the log's folder, stays.
    """
    found = [one for one in map(_standing, standing) if one is not None and one.text == text]
    for one in found:
        try:
            if note.verify_note(one, name=origin, keys=[signer.public], where=logproof.CHECKPOINT):
                return note.merge(one, *found).to_bytes()
        except ClaimError:
            pass
    mine = note.sign_note(text, name=origin, signers=[signer])
    return note.merge(mine, *found).to_bytes()


def _standing(path: Path) -> note.Note | None:
    if not path.is_file():
        return None
    try:
        return note.parse_note(read_bytes(path), where=logproof.CHECKPOINT)
    except InputError:
        return None


def _write(out: Path, files: Mapping[str, bytes], report: Report, evidence: Path) -> None:
    with new_folder(out) as folder:
        for name, data in sorted(files.items()):
            (folder / name).parent.mkdir(exist_ok=True)
            write_bytes(folder / name, data)
        (folder / EVIDENCE).mkdir()
        for digest in sorted(report.digests()):
            write_bytes(folder / EVIDENCE / digest, read_evidence(evidence, digest))
