"""A customer's files of the fixtures' exchange, signed with keys that live for one run: no chain, no ledger, fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fixtures import exchange
from por import canonical
from por.attestation import envelope
from por.attestation.keyfile import PAYLOAD_TYPE, KeyFile
from por.attestation.keys import Signer
from por.attestation.statement import PREDICATE_KEYS, PREDICATE_TYPE, REQUIRED_SUBJECTS, STATEMENT_TYPE
from tests.attestation.keyworld import Keys, small

RULE = {
    "basis": None,
    "id": "segregation",
    "left": "5",
    "lines": [{"label": "BTC", "left": "1", "outcome": "holds", "right": "1", "unit": "BTC"}],
    "outcome": "holds",
    "reference": "Act, Article 1",
    "relation": ">=",
    "right": "5",
    "steps": ["one step"],
    "title": "Held in full",
    "unit": "assets held in full",
}

Given = tuple[str, bytes]
"""A file that a person brings: its name, and its bytes."""


@dataclass
class Case:
    """What a customer gives to a verifier; `keys` are keys or versions of a key file, the first of them pinned."""

    proof: bytes
    account: str
    keys: tuple[Given, ...]
    statement: bytes | None = None


def predicate(**more: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(PREDICATE_KEYS)
    return {
        **found,
        "account_id_kind": "login e-mail",
        "assets": [],
        "chains": [],
        "issued": "2026-11-21T00:00:00Z",
        "liabilities": exchange.STATEMENT["assets"],
        "limitations": ["one limitation"],
        "log": {
            "before": {"root": "00" * 32, "size": 0},
            "index": 0,
            "key": "11" * 32,
            "origin": "example.jp/reserves",
        },
        "policy": {"id": "demo", "sha256": "22" * 32, "version": "1"},
        "snapshot": exchange.HEADER,
        "snapshot_id": exchange.SNAPSHOT_ID.hex(),
        "software": {"name": "por", "version": "1"},
        "solvency": {"gaps": ["one gap"], "rules": [RULE]},
        "verdict": "holds",
        **more,
    }


def statement(**more: Any) -> dict[str, Any]:
    return {
        "_type": STATEMENT_TYPE,
        "predicate": predicate(**more),
        "predicateType": PREDICATE_TYPE,
        "subject": [{"digest": {"sha256": "33" * 32}, "name": name} for name in sorted(REQUIRED_SUBJECTS)],
    }


def later(**more: Any) -> dict[str, Any]:
    """A statement of the same snapshot that says it is the log's second entry, and replaces the first."""
    before = {"digest": "44" * 32, "sequence": 6}
    return statement(
        log={**predicate()["log"], "before": {"root": "55" * 32, "size": 1}, "index": 1},
        previous=before,
        replaces={**before, "reason": "a wrong price"},
        change={},
        **more,
    )


@dataclass
class Small:
    """The exchange's signers, its key files, and whole cases that hold."""

    keys: Keys = field(default_factory=Keys)

    def payload(self, value: Any) -> bytes:
        """The bytes of a statement, whose log was begun with the key `attest` where nothing else is said."""
        return canonical.encode(value).replace(b"11" * 32, self.keys["attest"].public.keyid.encode())

    def sign(self, value: Any, *names: str) -> dict[str, Any]:
        signers: list[Signer] = [self.keys[name] for name in names]
        return envelope.sign(self.payload(value), signers).document()

    def carried(self, value: Any, *names: str, proof: dict[str, Any] | None = None) -> dict[str, Any]:
        """A proof that carries a statement signed by these."""
        carried = {"digest": canonical.digest(self.payload(value)), "envelope": self.sign(value, *names)}
        return {**(proof or exchange.proof()), "attestation": carried}

    def line(self, name: str) -> Given:
        return "line.txt", self.keys[name].public.verifier_line("example.jp/reserves").encode()

    def pem(self, name: str) -> Given:
        return f"{name}.pub", self.keys[name].public.pem

    def version(self, file: KeyFile, *names: str) -> Given:
        signers: list[Signer] = [self.keys[name] for name in names]
        made = envelope.sign(file.payload, signers, kind=PAYLOAD_TYPE)
        return f"{file.version}.keys.json", made.to_bytes()

    def chain(self) -> tuple[Given, ...]:
        """Two versions; the second revokes the accountant's key."""
        first = small(self.keys)

        def change(rows: dict[str, dict[str, Any]]) -> None:
            rows["accountant p256"]["revoked"] = {"at": "2026-11-01T00:00:00Z", "reason": "lost"}
            rows["attest"]["until"] = "2027-12-31T00:00:00Z"

        second = self.keys.next(first, change)
        return tuple(self.version(file, "keeper 1", "keeper 2") for file in (first, second))

    def cases(self) -> list[Case]:
        """Cases that hold, one for each way of giving things."""
        alice, bob = exchange.ALICE, exchange.BOB
        one, two = statement(), later()
        encoded = canonical.encode
        roles = ("attest", "director", "accountant p256")
        return [
            Case(encoded(self.carried(one, "attest")), alice, (self.line("attest"),)),
            Case(encoded(self.carried(two, "p256", proof=exchange.proof(bob))), bob, (self.pem("p256"),)),
            Case(encoded(self.carried(two, "attest", "p256")), alice, (self.line("p256"), self.pem("attest"))),
            Case(encoded(self.carried(one, *roles)), alice, self.chain()),
            Case(
                encoded(self.carried(one, *roles)),
                alice,
                self.chain()[:1],
                encoded(self.sign(one, "attest", "director")),
            ),
            Case(encoded(exchange.proof()), alice, (self.pem("attest"),), encoded(self.sign(one, "attest"))),
        ]
