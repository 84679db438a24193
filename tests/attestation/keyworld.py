"""Signers and key files of an exchange: written as its people would, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from por import canonical
from por.attestation import envelope, private
from por.attestation.keychain import Given, KeyChain, follow
from por.attestation.keyfile import PAYLOAD_TYPE, KeyFile, parse_document
from por.attestation.keys import Algorithm, Signer
from por.attestation.private import FileSigner

FIRST, LATER, LAST = "2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z", "2028-01-01T00:00:00Z"


@dataclass
class Keys:
    """Signers by name, made when first asked for."""

    made: dict[str, FileSigner] = field(default_factory=dict)

    def __getitem__(self, name: str) -> FileSigner:
        if name not in self.made:
            algorithm = Algorithm.P256 if "p256" in name else Algorithm.ED25519
            self.made[name] = private.generate(algorithm)
        return self.made[name]

    def row(self, name: str, *roles: str, **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "public": canonical.encode_base64(self[name].public.spki),
            "roles": sorted(roles),
            "from": None,
            "until": None,
            "succeeds": None,
            "revoked": None,
            **more,
        }

    def file(self, rows: list[dict[str, Any]], thresholds: dict[str, int], **more: Any) -> KeyFile:
        document = {
            "format": "por-keys/1",
            "issuer": "Example Exchange K.K.",
            "version": 1,
            "from": FIRST,
            "until": LAST,
            "previous": None,
            "thresholds": thresholds,
            "keys": rows,
            **more,
        }
        return parse_document(document, where="keys")

    def next(self, old: KeyFile, change: Any = None, **more: Any) -> KeyFile:
        """The version after `old`; `change` edits the rows of its keys by name."""
        rows = {row["name"]: row for row in old.document()["keys"]}
        if change is not None:
            change(rows)
        document = {**old.document(), "version": old.version + 1, "previous": old.digest, "from": LATER}
        return parse_document({**document, "keys": list(rows.values()), **more}, where="keys")

    def signed(self, file: KeyFile, *names: str) -> Given:
        signers: list[Signer] = [self[name] for name in names]
        made = envelope.sign(file.payload, signers, kind=PAYLOAD_TYPE)
        return Given(where=f"{file.version}.keys.json", file=file, envelope=made)

    def chain(self, *files: KeyFile, keepers: tuple[str, ...] = ("keeper 1", "keeper 2")) -> KeyChain:
        given = [self.signed(file, *keepers) for file in files]
        return follow(given[0], given[1:])


def small(keys: Keys, **more: Any) -> KeyFile:
    """Two of three keepers, one preparer, one of management; an accountant whom nobody has to wait for."""
    rows = [
        keys.row("keeper 1", "keys"),
        keys.row("keeper 2", "keys"),
        keys.row("keeper 3", "keys"),
        keys.row("attest", "preparer"),
        keys.row("director", "management"),
        keys.row("accountant p256", "accountant"),
    ]
    return keys.file(rows, {"keys": 2, "preparer": 1, "management": 1}, **more)


def write(folder: Path, *given: Given) -> Path:
    """Write signed versions as they are published."""
    folder.mkdir(exist_ok=True)
    for row in given:
        assert row.envelope is not None
        (folder / row.where).write_bytes(row.envelope.to_bytes())
    return folder
