"""Signed notes and checkpoints (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint).

    example.com/reserves
    3
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.com/reserves Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

The signed text ends with the line break before the blank line, so it can never be a DSSE pre-authentication text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from por import canonical
from por.attestation.keys import PublicKey, Signer, check_name
from por.errors import ClaimError, InputError, PorError, TrustError

MAX_NOTE = 1 << 20
"""Bytes of a note: a hundred post-quantum signatures stay below."""

MAX_SIGNATURES = 100
"""C2SP asks for at least 16."""

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_HINT = "fetch the checkpoint again; editors that change line ends or the dash damage it"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One line under a note: the signer's name, its 4-byte key id, and the signature."""

    name: str
    id: bytes
    sig: bytes

    def line(self) -> str:
        """Return the line with its line break."""
        return f"\u2014 {self.name} {canonical.encode_base64(self.id + self.sig)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, which ends in a line break, and the signatures under it. Nothing is verified yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        """Return the note's one encoding."""
        return (self.text + "\n" + "".join(item.line() for item in self.signatures)).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log's head: its origin, how many entries it has, and their root. Further lines are kept, unread."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), canonical.encode_base64(self.root), *self.extensions)
        return "".join(line + "\n" for line in lines)


def sign_note(text: str, *, name: str, signers: Sequence[Signer]) -> Note:
    """Sign a text under a name (no blanks, no plus); raise InputError when it cannot be a note's text."""
    check_name(name)
    if not text.endswith("\n") or text == "\n" or any(char < " " and char != "\n" for char in text):
        raise _malformed("the text of a note ends in a line break and has no control characters")
    message = text.encode()
    signatures = (
        NoteSignature(name=name, id=signer.public.note_id(name), sig=signer.sign(message)) for signer in signers
    )
    return Note(text=text, signatures=tuple(signatures))


def parse_note(data: bytes, *, where: str) -> Note:
    """Read a signed note strictly: what does not re-encode to the same bytes is refused with InputError."""
    if len(data) > MAX_NOTE:
        raise _malformed(f"{where}: larger than {MAX_NOTE:,} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed(f"{where}: not UTF-8") from None
    if any(char < " " and char != "\n" for char in whole):
        raise _malformed(f"{where}: a control character")
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not head or not tail.endswith("\n"):
        raise _malformed(f"{where}: not a text, a blank line and signatures")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"{where}: more than {MAX_SIGNATURES} signatures")
    note = Note(text=head + "\n", signatures=tuple(_parse_line(line, where=where) for line in lines))
    if note.to_bytes() != data:
        raise _malformed(f"{where}: not in canonical form")
    return note


def verify_note(note: Note, *, name: str, keys: Sequence[PublicKey], where: str) -> tuple[PublicKey, ...]:
    """Return the distinct keys of `keys` that signed under `name`.

    Signatures of unknown names or ids are passed over, as C2SP asks. TrustError without keys; ClaimError when none
    signed, or when a line under one of their ids is not theirs.
    """
    if not keys:
        raise TrustError(
            f"{where}: no key was given to check it with",
            code="key-missing",
            hint="give --key with the exchange's .pub file or verifier line",
        )
    signed: dict[str, PublicKey] = {}
    claimed = _by_id(name, keys)
    for item in note.signatures:
        able = claimed.get((item.name, item.id), [])
        key = _maker(note, item, able)
        if key is not None:
            signed[key.keyid] = key
        elif able:
            able[0].verify(item.sig, note.text.encode(), where=where)
    if not signed:
        raise ClaimError(
            f"{where}: not signed under {name} by any of the keys given",
            code="signer-unknown",
            hint="compare the key's fingerprint with the exchange's",
        )
    return tuple(signed.values())


def signed_by(note: Note, *, name: str, keys: Sequence[PublicKey]) -> tuple[Note, tuple[PublicKey, ...]]:
    """Return the note with those lines only that some of `keys` made under `name`, and these keys; there may be none.

    For evidence: what anybody can write beside a signature, such as a false line, must not make it worthless.
    """
    claimed = _by_id(name, keys)
    makers = ((item, _maker(note, item, claimed.get((item.name, item.id), []))) for item in note.signatures)
    made = [(item, key) for item, key in makers if key is not None]
    keyids = {key.keyid: key for _, key in made}
    return Note(text=note.text, signatures=tuple(item for item, _ in made)), tuple(keyids.values())


def _by_id(name: str, keys: Sequence[PublicKey]) -> dict[tuple[str, bytes], list[PublicKey]]:
    """Return the keys that a line may be of: an id has four bytes, so that two keys with one are found in seconds."""
    found: dict[tuple[str, bytes], list[PublicKey]] = {}
    for key in keys:
        found.setdefault((name, key.note_id(name)), []).append(key)
    return found


def _maker(note: Note, item: NoteSignature, able: Sequence[PublicKey]) -> PublicKey | None:
    for key in able:
        try:
            key.verify(item.sig, note.text.encode(), where="a line")
        except ClaimError:
            continue
        return key
    return None


def merge(note: Note, *others: Note) -> Note:
    """Return a note with the lines that others have over the same text; of one name and id the first stands."""
    lines = {(item.name, item.id): item for item in note.signatures}
    for other in others:
        for item in other.signatures if other.text == note.text else ():
            if len(lines) < MAX_SIGNATURES:
                lines.setdefault((item.name, item.id), item)
    return Note(text=note.text, signatures=tuple(lines.values()))


def parse_checkpoint(note: Note, *, where: str) -> Checkpoint:
    """Read a note's text as a checkpoint; raise InputError."""
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise _malformed(f"{where}: a checkpoint has an origin, a size and a root hash, and no empty lines")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) >= canonical.INTEGER_LIMIT:
        raise _malformed(f"{where}: {lines[1][:30]!r} is not a log's size")
    root = canonical.decode_base64(lines[2], where=f"{where}: root")
    if len(root) != 32:
        raise _malformed(f"{where}: a root hash has 32 bytes, not {len(root)}")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root, extensions=tuple(lines[3:]))


def _parse_line(line: str, *, where: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014":
        raise _malformed(f"{where}: a signature line is a dash (U+2014), a name and base64, one blank between")
    raw = canonical.decode_base64(parts[2], where=f"{where}: signature")
    if len(raw) < 5:
        raise _malformed(f"{where}: a signature is shorter than its key id")
    return NoteSignature(name=check_name(parts[1]), id=raw[:4], sig=raw[4:])


def _malformed(message: str) -> PorError:
    return InputError(message, code="note-malformed", hint=_HINT)
