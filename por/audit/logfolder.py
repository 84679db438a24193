"""The log on its own: every root computed again from the entries, each statement where it says it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from por import canonical, files
from por.attestation import merkle, note
from por.attestation.keys import PublicKey
from por.attestation.log import Log, open_log
from por.attestation.statement import Head, head
from por.attestation.tiles import PUBLIC, check_tiles
from por.attestation.trust import Trust
from por.audit.change import misquoted
from por.audit.equivocation import compare_sides, of_checkpoint
from por.audit.evidence import convicting
from por.audit.witnesses import judge_witnesses
from por.errors import ClaimError, InputError, TrustError
from por.outcomes import Basis, Check, Outcome


def check_log_folder(folder: Path, *, keys: Sequence[PublicKey] | Trust) -> Iterator[Check]:
    """Verify a log's folder with the keys that were brought; InputError when it is none, ClaimError when it lies.

    By a key file, the key that began the log or a successor must have signed its head, and not be revoked by then.
    """
    trust = Trust.of(keys)
    if not (folder / "log.json").is_file():
        raise InputError(f"{folder}: not a log", code="log-missing", hint="give the folder of `por attest --log`")
    identity = canonical.decode(files.read_bytes(folder / "log.json"), where="log.json")
    key = identity.get("key") if isinstance(identity, dict) else None
    if not isinstance(key, str) or key not in {known.keyid for known in trust.log_signers}:
        raise TrustError(
            "the log was begun with a key that you did not bring", code="key-missing", hint="give the exchange's --key"
        )
    with open_log(folder, origin=None, default="", key=key) as log:
        roots = _walk(log)
        detail = f"{log.size} statements, each naming its predecessor, its index and the root before it"
        yield Check(id="log-entries", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)
        signed = note.parse_note(files.read_bytes(folder / "checkpoint"), where="checkpoint")
        last = note.parse_checkpoint(signed, where="checkpoint")
        note.verify_note(signed, name=log.origin, keys=_able(log, last, trust), where="checkpoint")
        if not 0 <= last.size < len(roots) or last.root != roots[last.size]:
            raise ClaimError(
                "the signed checkpoint is not a root of these entries",
                code="log-checkpoint",
                hint="entries were changed or removed: keep the folder as evidence",
            )
        detail = f"signed at {last.size} of {log.size} entries"
        yield Check(id="log-checkpoint", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
        if last.size:
            time = head(log.entry(last.size - 1), where=f"entry {last.size - 1}").header.time
            yield judge_witnesses(signed, trust, time=time, where="checkpoint")
        shown = check_tiles(folder, [log.entry(index) for index in range(log.size)])
        if shown is not None:
            _check_public(folder, log, roots, signed, last, trust)
        if shown is None:
            detail = "there is no public folder; the next `por attest` writes it"
            yield Check(id="log-tiles", outcome=Outcome.NOT_COVERED, detail=detail)
        else:
            detail = f"tiles and statements of the log's {shown} entries in the public folder are those of the log"
            yield Check(id="log-tiles", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)


def _check_public(
    folder: Path, log: Log, roots: Sequence[bytes], signed: note.Note, last: note.Checkpoint, trust: Trust
) -> None:
    """Refuse a public head that is not this log's: others than its keepers are shown that one."""
    where = f"{PUBLIC}/checkpoint"
    shown = note.parse_note(files.read_bytes(folder / PUBLIC / "checkpoint"), where=where)
    public = note.parse_checkpoint(shown, where=where)
    able = _able(log, public, trust)
    note.verify_note(shown, name=log.origin, keys=able, where=where)
    heads = [
        note.signed_by(row, name=log.origin, keys=_able(log, row_head, trust))
        for row, row_head in ((signed, last), (shown, public))
    ]
    with convicting(trust):
        compare_sides(
            of_checkpoint(part, row_head, signers=signers, trust=trust)
            for (part, signers), row_head in zip(heads, (last, public), strict=True)
        )
    if public.origin != log.origin or public.root != roots[public.size]:
        raise ClaimError(
            f"{where} is not a root of these entries",
            code="log-checkpoint",
            hint="whoever reads the public log is shown another one: keep the folder as evidence",
        )


def _able(log: Log, last: note.Checkpoint, trust: Trust) -> Sequence[PublicKey]:
    """Return the keys that may have signed a log's last head, by the moment of the last statement in it."""
    if trust.chain is None or not 1 <= last.size <= log.size:
        return trust.log_signers
    newest = head(log.entry(last.size - 1), where=f"entry {last.size - 1}")
    return trust.log_keys(newest.log, time=newest.header.time)


def _walk(log: Log) -> list[bytes]:
    """Return the root at each size, computed here, and refuse a statement that is not where it says."""
    roots = [_empty()]
    before: Head | None = None
    known: dict[int, str] = {}
    peaks: list[tuple[int, bytes]] = []
    for index in range(log.size):
        payload = log.entry(index)
        statement = head(payload, where=f"entry {index}")
        named = statement.previous.digest if statement.previous else None
        place = statement.log
        if (place.origin, place.key, place.index, place.before) != (log.origin, log.key, index, roots[index]):
            raise _wrong(index, "it does not stand where it says")
        follows = before is None or statement.header.sequence > before.header.sequence
        if named != (before.digest if before else None) or not follows:
            raise _wrong(index, "it does not follow the statement before it")
        wrong = misquoted(statement, before)
        if wrong is not None:
            raise _wrong(index, wrong)
        replaced = statement.replaces
        if replaced is not None and known.get(replaced.sequence) != replaced.digest:
            raise _wrong(index, f"it replaces a statement {replaced.sequence} that is not the one in this log")
        known[statement.header.sequence] = statement.digest
        before = statement
        peaks = _add(peaks, merkle.leaf_hash(payload))
        roots.append(_fold(peaks))
    return roots


def _empty() -> bytes:
    """Return the root of a log without entries (RFC 9162 section 2.1.1)."""
    return bytes.fromhex(canonical.digest(b""))


def _add(peaks: list[tuple[int, bytes]], leaf: bytes) -> list[tuple[int, bytes]]:
    """Add a leaf to the roots of the full subtrees, left to right, each with its height."""
    grown = [*peaks, (0, leaf)]
    while len(grown) > 1 and grown[-1][0] == grown[-2][0]:
        (height, left), (_, right) = grown[-2:]
        grown[-2:] = [(height + 1, merkle.node_hash(left, right))]
    return grown


def _fold(peaks: list[tuple[int, bytes]]) -> bytes:
    root = peaks[-1][1]
    for _, left in reversed(peaks[:-1]):
        root = merkle.node_hash(left, root)
    return root


def _wrong(index: int, what: str) -> ClaimError:
    return ClaimError(f"entry {index}: {what}", code="log-entry", hint="the log was changed: keep it as evidence")
