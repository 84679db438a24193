"""A witness: keeps the last checkpoint it cosigned of each log, and cosigns only what extends it (C2SP tlog-witness).

    witness.json     who: {"format": "por-witness/1", "name"}
    witness.pem      its Ed25519 key
    logs.txt         the logs it watches: one-line verifier keys, the name being the log's origin; `#` begins a comment
    state/<sha256 of the origin>           the checkpoint it cosigned last, with the log's signature and its own
    evidence/equivocation-<digest>.json    two heads of one size that a log signed (docs/spec/equivocation.md)
    lock             held while it serves

The order is check, sign, store on disk, answer: so nothing it said is ever forgotten, whatever kills it in between.
"""

from __future__ import annotations

import fcntl
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from por import canonical
from por.attestation import merkle, note
from por.attestation.cosignature import cosign, witness_of
from por.attestation.keys import PublicKey, Signer, parse_verifier_line
from por.attestation.note import Checkpoint, Note
from por.errors import ClaimError, InputError, PorError, SourceError
from por.files import explain, make_folder, read_bytes, read_text, write_bytes

FORMAT = "por-witness/1"
KEY = "witness.pem"
IDENTITY, LOGS, STATE, EVIDENCE, _LOCK = "witness.json", "logs.txt", "state", "evidence", "lock"

MAX_PROOF = 63
"""Lines of a consistency proof that the specification allows."""

MAX_EVIDENCE = 100
"""Files of evidence that are kept: one convicts, and a log that forks without end must not fill the disk."""

SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(rb"old (0|[1-9][0-9]{0,15})")
_RESTORE = "what it cosigned must never be lost: it would cosign a second history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered with: the status of tlog-witness, and the body."""

    status: int
    body: str = ""
    kind: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An open witness. `logs` are the keys of each log it watches, by origin; `clock` gives Unix seconds."""

    folder: Path
    name: str
    signer: Signer
    logs: Mapping[str, Sequence[PublicKey]]
    clock: Callable[[], float]
    _busy: threading.Lock = field(default_factory=threading.Lock)

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request of tlog-witness's add-checkpoint.

        200 with the cosignature; 400 malformed, 403 not signed by the log, 404 a log it does not watch, 409 with the
        size it cosigned last when the request starts elsewhere or has another root of that size, 422 for a proof that
        does not hold. Raises SourceError when the state cannot be written, and ClaimError when it is damaged: then
        nothing was signed.
        """
        try:
            old, proof, signed, head = _read_request(body)
        except InputError as error:
            return Answer(status=400, body=f"{error.message}\n")
        keys = self.logs.get(head.origin)
        if keys is None:
            return Answer(status=404, body="this witness does not watch that log\n")
        try:
            note.verify_note(signed, name=head.origin, keys=keys, where="checkpoint")
        except ClaimError as error:
            return Answer(status=403, body=f"{error.message}\n")
        if old > head.size:
            return Answer(status=400, body=f"old size {old} is more than the checkpoint's {head.size}\n")
        with self._busy:
            return self._extend(old, proof, signed, head)

    def close(self) -> None:
        """Wait for the request that is being answered, and answer none after it: the state is left as it is."""
        self._busy.acquire()

    def _extend(self, old: int, proof: Sequence[bytes], signed: Note, head: Checkpoint) -> Answer:
        """Compare with what was cosigned last, store and cosign; one request after the other."""
        kept = self._last(head.origin)
        before = parse(kept) if kept else Checkpoint(origin=head.origin, size=0, root=merkle.EMPTY_ROOT)
        if kept is not None and before.size == head.size and before.root != head.root:
            self._keep_evidence(kept, signed, head.origin)
        if old != before.size or (old == head.size and before.root != head.root):
            return Answer(status=409, body=f"{before.size}\n", kind=SIZE_TYPE)
        try:
            merkle.verify_consistency(
                old_size=old,
                old_root=before.root,
                new_size=head.size,
                new_root=head.root,
                path=proof,
                where="consistency proof",
            )
        except ClaimError as error:
            return Answer(status=422, body=f"{error.message}\n")
        line = cosign(signed.text, name=self.name, signer=self.signer, time=int(self.clock()))
        theirs = Note(text=signed.text, signatures=tuple(row for row in signed.signatures if row.name == head.origin))
        write_bytes(self._place(head.origin), note.merge(theirs, Note(text=signed.text, signatures=(line,))).to_bytes())
        return Answer(status=200, body=line.line())

    def _place(self, origin: str) -> Path:
        return self.folder / STATE / canonical.digest(origin.encode())

    def _last(self, origin: str) -> Note | None:
        """Return the checkpoint that was cosigned last of a log; ClaimError when it is not one of this log."""
        path = self._place(origin)
        if not path.exists():
            return None
        try:
            found = note.parse_note(read_bytes(path), where=str(path))
            good = parse(found).origin == origin
        except InputError:
            good = False
        if not good:
            raise ClaimError(f"{path}: not a checkpoint of {origin}", code="witness-damaged", hint=_RESTORE)
        return found

    def _keep_evidence(self, kept: Note, signed: Note, origin: str) -> None:
        """Write both heads as evidence, once for each other root, with the log's own lines alone."""
        sides = [{"checkpoint": _by_log(row, origin, self.logs[origin]).to_bytes().decode()} for row in (kept, signed)]
        folder = self.folder / EVIDENCE
        make_folder(folder)
        path = folder / f"equivocation-{canonical.digest(signed.text.encode())[:16]}.json"
        if not path.exists() and sum(1 for _ in folder.iterdir()) < MAX_EVIDENCE:
            write_bytes(path, canonical.encode({"format": "por-equivocation/1", "sides": sides}))


def _by_log(signed: Note, origin: str, keys: Sequence[PublicKey]) -> Note:
    """Return a head with the log's own lines alone; all under its name when the key that made them was replaced."""
    part, _ = note.signed_by(signed, name=origin, keys=keys)
    if part.signatures:
        return part
    return replace(signed, signatures=tuple(row for row in signed.signatures if row.name == origin))


def parse(signed: Note) -> Checkpoint:
    """Read a note of the state as a checkpoint; raise InputError."""
    return note.parse_checkpoint(signed, where="state")


def begin(folder: Path, *, name: str, public: PublicKey, logs: Sequence[str]) -> str:
    """Lay out a witness's folder, in which its key stands already, and return its one-line key.

    InputError when the name, the key or a log's line is none.
    """
    line = witness_of(name, public).line
    text = "# The logs that this witness watches: one-line verifier keys, whose name is the log's origin.\n"
    text += "".join(f"{row}\n" for row in logs)
    parse_logs(text, where="--log")
    make_folder(folder / STATE)
    write_bytes(folder / LOGS, text.encode())
    write_bytes(folder / IDENTITY, canonical.encode({"format": FORMAT, "name": name}))
    return line


@contextmanager
def open_witness(folder: Path, *, signer: Signer, clock: Callable[[], float]) -> Iterator[Witness]:
    """Open a witness's folder and hold its lock.

    InputError when it is none or logs.txt is malformed, SourceError `witness-busy` when another process serves it.
    """
    name = read_name(folder)
    witness_of(name, signer.public)
    logs = parse_logs(read_text(folder / LOGS), where=str(folder / LOGS))
    try:
        with (folder / _LOCK).open("wb") as lock:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SourceError(
                    f"{folder}: another process serves this witness",
                    code="witness-busy",
                    hint="end it first; two at once could cosign two histories",
                ) from None
            for path in (folder / STATE).glob(".*"):  # what a killed process has left half-written
                path.unlink()
            yield Witness(folder=folder, name=name, signer=signer, logs=logs, clock=clock)
    except OSError as error:
        raise explain(error, folder) from None


def read_name(folder: Path) -> str:
    """Return the name of the witness in a folder; InputError when there is none, or its state is gone."""
    path = folder / IDENTITY
    value = canonical.decode(read_bytes(path), where=str(path)) if path.is_file() else None
    good = isinstance(value, dict) and value.keys() == {"format", "name"} and value["format"] == FORMAT
    if not good or not isinstance(value, dict) or not isinstance(value["name"], str) or not (folder / STATE).is_dir():
        raise InputError(
            f"{folder}: not a witness's folder",
            code="witness-malformed",
            hint=f"give that of `por witness init`, whole; {_RESTORE}",
        )
    return value["name"]


def parse_logs(text: str, *, where: str) -> dict[str, tuple[PublicKey, ...]]:
    """Read one-line verifier keys, one a line, into the keys of each origin; raise InputError."""
    found: dict[str, tuple[PublicKey, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            key = parse_verifier_line(line.strip(), where=f"{where}: line {number}")
            found[str(key.name)] = (*found.get(str(key.name), ()), key)
    return found


def _read_request(body: bytes) -> tuple[int, list[bytes], Note, Checkpoint]:
    """Read an old size, proof lines, a blank line and a checkpoint; raise InputError."""
    head, blank, rest = body.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    old = _OLD.fullmatch(first)
    if not blank or old is None or len(lines) > MAX_PROOF:
        raise _malformed(f"not an old size, at most {MAX_PROOF} hashes, a blank line and a checkpoint")
    proof = []
    for line in lines:
        value = canonical.decode_base64(line.decode("latin-1"), where="consistency proof")
        if len(value) != 32:
            raise _malformed("a hash of the consistency proof does not have 32 bytes")
        proof.append(value)
    signed = note.parse_note(rest, where="checkpoint")
    return int(old[1]), proof, signed, note.parse_checkpoint(signed, where="checkpoint")


def _malformed(message: str) -> PorError:
    return InputError(message, code="note-malformed", hint="see C2SP tlog-witness for what a request is")
