"""A dishonest exchange with its own key: it signs whatever it likes over the publication of tests/conftest.py."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from por import canonical
from por.attestation import envelope, logproof, merkle, note
from por.attestation.private import FileSigner, load_private
from por.errors import InputError
from por.header import Header
from por.publish.report import render_report
from tests.conftest import Ran, World, por


@dataclass
class Forger:
    """Files and statement of a publication, to be changed and then signed as if nothing had happened.

    `before` are the hashes of the log's entries before this statement, `after` those behind it.
    """

    world: World
    files: dict[str, bytes]
    statement: dict[str, Any]
    signer: FileSigner
    before: Sequence[bytes] = ()
    after: Sequence[bytes] = ()
    digests: dict[str, bytes] = field(default_factory=dict)
    """Bytes of subjects that are not published."""
    rendered: bool = True
    """Whether the report page is made of the changed predicate, as the program would, so that it gives nothing away."""

    @property
    def predicate(self) -> dict[str, Any]:
        found: dict[str, Any] = self.statement["predicate"]
        return found

    def change_header(self, **changes: Any) -> None:
        """Give every document another snapshot header."""
        row = self.predicate["snapshot"] | changes
        id_ = Header.parse(row, where="test").id.hex()
        self.predicate.update(snapshot=row, snapshot_id=id_)
        manifest, report = (json.loads(self.files[name]) for name in ("liabilities.json", "reserves.json"))
        self.files["liabilities.json"] = canonical.encode(manifest | {"snapshot": row, "snapshot_id": id_})
        self.files["reserves.json"] = canonical.encode(report | {"snapshot_id": id_})

    def name_subject(self, name: str, data: bytes) -> None:
        """Make `data` a subject of the statement, published or not."""
        rows = [row for row in self.statement["subject"] if row["name"] != name]
        rows.append({"name": name, "digest": {"sha256": hashlib.sha256(data).hexdigest()}})
        self.statement["subject"] = sorted(rows, key=lambda row: str(row["name"]))

    def sign(self) -> envelope.Envelope:
        """Sign the statement as it is now, with the digests of the files as they are now."""
        for name in [row["name"] for row in self.statement["subject"]]:
            if name in self.files:
                self.name_subject(name, self.files[name])
        position = self.predicate["log"]
        position.update(index=len(self.before), before={"size": len(self.before), "root": root(self.before).hex()})
        if self.rendered and "report.html" in self.files:
            self._render()
            self.name_subject("report.html", self.files["report.html"])
        return envelope.sign(canonical.encode(self.statement), [self.signer])

    def _render(self) -> None:
        with suppress(InputError):  # of a predicate that is no statement's, any page will do
            self.files["report.html"] = render_report(self.predicate)

    def publish(self, folder: Path) -> Path:
        """Write the forged publication, with a log that fits it."""
        signed = self.sign()
        origin, index = self.predicate["log"]["origin"], len(self.before)
        leaves = [*self.before, merkle.leaf_hash(signed.payload), *self.after]
        old = note.Checkpoint(origin=origin, size=index, root=root(self.before))
        new = note.Checkpoint(origin=origin, size=len(leaves), root=root(leaves))
        files = self.files | {
            "attestation.json": signed.to_bytes(),
            "log/checkpoint": note.sign_note(new.text(), name=origin, signers=[self.signer]).to_bytes(),
            "log/inclusion.json": logproof.write_inclusion(
                index=index, size=len(leaves), path=inclusion(leaves, index)
            ),
            "log/consistency.json": logproof.write_consistency(
                old=old, new=new, path=consistency(leaves, index) if index else []
            ),
        }
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder


def forger(world: World) -> Forger:
    place = world.publication
    files = {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    payload = envelope.parse(files["attestation.json"], where="test").payload
    signer = load_private(world.secret / "attest.pem")
    return Forger(world=world, files=files, statement=json.loads(payload), signer=signer)


def audit(world: World, publication: Path, *more: object) -> tuple[Ran, dict[str, str]]:
    """Audit with the exchange's key; the outcomes by check."""
    ran = por("audit", publication, "--key", world.key, "--json", *more)
    return ran, {check["id"]: check["outcome"] for check in ran.document.get("checks", [])}


def root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, over hashes of entries."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.node_hash(root(leaves[:cut]), root(leaves[cut:]))


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """RFC 9162 section 2.1.3.1."""
    if len(leaves) < 2:
        return []
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    if index < cut:
        return [*inclusion(leaves[:cut], index), root(leaves[cut:])]
    return [*inclusion(leaves[cut:], index - cut), root(leaves[:cut])]


def consistency(leaves: Sequence[bytes], size: int, whole: bool = True) -> list[bytes]:
    """RFC 9162 section 2.1.4.1."""
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    if size <= cut:
        return [*consistency(leaves[:cut], size, whole), root(leaves[cut:])]
    return [*consistency(leaves[cut:], size - cut, False), root(leaves[:cut])]
