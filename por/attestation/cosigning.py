"""The exchange's side of C2SP tlog-witness: has witnesses cosign the newest head of a log, and keeps their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from por import canonical
from por.attestation import logproof, note
from por.attestation.cosignature import Cosigned, Witness, verify_cosignatures
from por.attestation.keys import PublicKey
from por.attestation.log import CHECKPOINT, Log
from por.attestation.note import Checkpoint, Note
from por.attestation.tiles import PUBLIC
from por.errors import ClaimError, InputError, PorError, SourceError, UsageError
from por.files import read_bytes, write_bytes

TIMEOUT = 30
"""Seconds to wait for a witness; one answers in one."""

MAX_ANSWER = 1 << 16
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,15})\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking: whose cosignatures the head has now, and what went wrong at which witness."""

    head: Checkpoint
    cosigned: tuple[Cosigned, ...]
    failed: tuple[PorError, ...]
    files: tuple[Path, ...]


def cosign_newest(
    log: Log, urls: Sequence[str], *, keys: Sequence[PublicKey], witnesses: Sequence[Witness], publication: Path | None
) -> Asked:
    """Have the newest signed head of an open log cosigned, and put the lines into it wherever it stands.

    `keys` are the log's; only lines of `witnesses` are taken. Those of witnesses that answer are kept also when others
    fail. ClaimError `log-damaged` and what reading raises; InputError `checkpoint-other` when the publication's head
    is another, because witnesses cosign only the newest.
    """
    path = log.folder / CHECKPOINT
    signed = note.parse_note(read_bytes(path), where=str(path))
    head = note.parse_checkpoint(signed, where=str(path))
    note.verify_note(signed, name=log.origin, keys=keys, where=str(path))
    places = [path, *([public] if (public := log.folder / PUBLIC / CHECKPOINT).is_file() else [])]
    if publication is not None:
        places.append(publication / logproof.CHECKPOINT)
    standing = {place: note.parse_note(read_bytes(place), where=str(place)) for place in places}
    if publication is not None and standing[places[-1]].text != signed.text:
        raise InputError(
            f"{places[-1]}: not the newest head of {log.folder}",
            code="checkpoint-other",
            hint="witnesses cosign only the newest head: give the publication of the log's last statement",
        )
    mine = Note(text=signed.text, signatures=tuple(row for row in signed.signatures if row.name == log.origin))
    added: list[Note] = []
    failed: list[PorError] = []
    for url in urls:
        try:
            added.append(_ask(url, log, mine, head, witnesses))
        except (SourceError, ClaimError, InputError) as error:
            failed.append(error)
    kept = [place for place in places if standing[place].text == signed.text]
    whole = note.merge(mine, *added, *(standing[place] for place in kept))
    for place in kept:
        write_bytes(place, whole.to_bytes())
    return Asked(
        head=head,
        cosigned=verify_cosignatures(whole, witnesses, where=str(path)),
        failed=tuple(failed),
        files=tuple(kept),
    )


def _ask(url: str, log: Log, signed: Note, head: Checkpoint, witnesses: Sequence[Witness]) -> Note:
    """Return the head with the lines of one witness, verified; the first request learns which size it knows."""
    host = _host(url)
    old = 0
    for _ in range(3):  # once to learn the size, once with the proof, once more when another request came between
        proof = "".join(f"{canonical.encode_base64(item)}\n" for item in log.consistency(old, head.size))
        status, body = _post(url, f"old {old}\n{proof}\n".encode() + signed.to_bytes(), host)
        if status == 200:
            return _lines(body, signed, witnesses, host)
        found = _SIZE.fullmatch(body) if status == 409 else None
        if found is None:
            raise SourceError(
                f"{host}: answers with status {status}",
                code="witness-unreachable",
                hint="404: it does not watch this log, 403: it has another key for it; ask who runs it",
            )
        size = int(found[1])
        if size > head.size or size == old:
            told = (
                f"cosigned {size} entries of this log"
                if size > head.size
                else f"cosigned another root of {size} entries"
            )
            raise ClaimError(
                f"{host}: the witness has {told}, and this head has {head.size}",
                code="witness-conflict",
                hint="was the log restored from an old backup? its history must not be begun anew: ask for both heads",
            )
        old = size
    raise SourceError(
        f"{host}: the witness's size changes with every request", code="witness-unreachable", hint="try again"
    )


def _lines(body: bytes, signed: Note, witnesses: Sequence[Witness], host: str) -> Note:
    where = f"{host}'s answer"
    answer = note.parse_note(signed.text.encode() + b"\n" + body, where=where)
    known = {(row.name, row.id) for row in witnesses}
    ours = Note(text=answer.text, signatures=tuple(row for row in answer.signatures if (row.name, row.id) in known))
    if answer.text != signed.text or not verify_cosignatures(ours, witnesses, where=where):
        raise ClaimError(
            f"{where}: no cosignature of a witness that you named",
            code="signer-unknown",
            hint="give its one-line key: --witness-key, or a key file that names it",
        )
    return ours


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            "--witness takes an http or https URL", code="witness-url", hint="for example --witness https://w.example"
        )
    return parts.hostname


def _post(url: str, data: bytes, host: str) -> tuple[int, bytes]:
    import http.client
    import urllib.error
    import urllib.request

    request = urllib.request.Request(url.rstrip("/") + "/add-checkpoint", data=data, headers={"User-Agent": "por"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return answer.status, bytes(answer.read(MAX_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            return error.code, bytes(error.read(MAX_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise SourceError(
            f"{host}: {str(getattr(reason, 'strerror', None) or reason).lower()}",
            code="witness-unreachable",
            hint="run the same command again later; what other witnesses signed stays",
        ) from None
