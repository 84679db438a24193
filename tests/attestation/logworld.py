"""Histories of an exchange by the slow model: statements in a log, with the files that a publication has of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from por import canonical
from por.attestation import logproof, merkle, note
from por.attestation.envelope import Envelope, sign
from por.attestation.keys import Signer
from por.attestation.note import Checkpoint, Note, NoteSignature
from por.attestation.statement import head
from por.audit.customer import Counted
from por.header import Header
from tests.attestation import model

ORIGIN = "Example-Exchange-K.K./reserves"
PAGE = Path(__file__).parents[2] / "docs/spec/statement.md"


@cache
def _page() -> bytes:
    (block,) = re.findall(r"```json\n(\{\n  \"_type.*?)```", PAGE.read_text(), re.DOTALL)
    return canonical.encode(json.loads(block))


def checkpoint(size: int, root: bytes, *signers: Signer, lines: Sequence[NoteSignature] = ()) -> Note:
    """A signed head, with other lines beside the signature."""
    made = note.sign_note(Checkpoint(origin=ORIGIN, size=size, root=root).text(), name=ORIGIN, signers=list(signers))
    return replace(made, signatures=(*made.signatures, *lines))


def false_line(signer: Signer) -> NoteSignature:
    """A line in somebody's name that is not by them, as anybody can write it."""
    return NoteSignature(name=ORIGIN, id=signer.public.note_id(ORIGIN), sig=bytes(64))


@dataclass(frozen=True, kw_only=True)
class History:
    """Entries before a statement of sequence index + 1; `key` began the log."""

    entries: tuple[bytes, ...]
    key: str
    as_of: str = "2026-11-20T15:00:00Z"

    def payload(self) -> bytes:
        """The statement that comes next."""
        value: dict[str, Any] = canonical.decode(_page(), where="page")
        index, predicate = len(self.entries), value["predicate"]
        header = Header.parse(predicate["snapshot"] | {"sequence": index + 1, "as_of": self.as_of}, where="test")
        predicate["snapshot"], predicate["snapshot_id"] = header.document(), header.id.hex()
        before = {"root": model.root(self.entries).hex(), "size": index}
        predicate["log"] = {"origin": ORIGIN, "key": self.key, "index": index, "before": before}
        digest = canonical.digest(self.entries[-1])
        predicate["previous"] = {"sequence": index, "digest": digest}
        return canonical.encode(value)

    def counted(self, *signers: Signer) -> Counted:
        """The statement as a customer's check that found nothing wrong returns it."""
        envelope: Envelope = sign(self.payload(), signers)
        found = head(envelope.payload, where="test")
        return Counted(
            envelope=envelope, statement=found, signers=(), found=(), absent=(), elsewhere=False, log_known=True
        )

    def files(self, *signers: Signer, lines: Sequence[NoteSignature] = ()) -> dict[str, bytes]:
        """The publication's files of the log, whose newest entry the statement is."""
        entries, index = [*self.entries, self.payload()], len(self.entries)
        old, new = (Checkpoint(origin=ORIGIN, size=n, root=model.root(entries[:n])) for n in (index, index + 1))
        assert index > 0 and old.root != merkle.EMPTY_ROOT
        return {
            logproof.CHECKPOINT: checkpoint(new.size, new.root, *signers, lines=lines).to_bytes(),
            logproof.INCLUSION: logproof.write_inclusion(
                index=index, size=new.size, path=model.inclusion(index, entries)
            ),
            logproof.CONSISTENCY: logproof.write_consistency(old=old, new=new, path=model.consistency(index, entries)),
        }
