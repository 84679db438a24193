"""What must hold for any bytes whatever. Each target returns whether they were accepted, and raises when it does not.

Refused means a PorError: anything else that comes out of a parser is a find. Accepted means true: what is read
re-encodes to the very same bytes, and what a proof shows is in the trees. And all verifiers give the same answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fixtures import exchange
from fixtures.cases import jcs
from por import canonical
from por.errors import PorError
from por.liabilities.manifest import FORMAT, Manifest
from tests.liabilities import reference, verifiers

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
WHO = exchange.ALICE
STATEMENT = jcs(exchange.STATEMENT).encode()
PROOF = jcs(exchange.proof(WHO)).encode()
MANIFEST = jcs(
    {
        "format": FORMAT,
        "snapshot": exchange.HEADER,
        "snapshot_id": exchange.SNAPSHOT_ID.hex(),
        "account_id_kind": "login e-mail",
        "assets": exchange.STATEMENT["assets"],
    }
).encode()
OWN = {asset: reference.entry(asset, leaves, WHO) for asset, leaves in exchange.LEAVES.items()}


def ask(proof: bytes, statement: bytes) -> dict[str, int] | str:
    """The answer of all verifiers."""
    answers = [verifier(proof, statement, WHO) for verifier in verifiers.VERIFIERS]
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


def proof(data: bytes) -> bool:
    """Any bytes as a proof: the verifiers agree, and an accepted piece is one of the person's own."""
    answer = ask(data, STATEMENT)
    if isinstance(answer, str):
        return False
    for entry in json.loads(data)["entries"]:
        own = OWN[entry["asset"]]
        assert own is not None and all(piece in own["pieces"] for piece in entry["pieces"]), entry
    return True


def statement(data: bytes) -> bool:
    """Any bytes as a statement: the verifiers agree, and a good proof shows nothing but the balance."""
    answer = ask(PROOF, data)
    if isinstance(answer, str):
        return False
    assert answer == {asset: int(units) for asset, units in exchange.found(WHO).items()}
    return True


def manifest(data: bytes) -> bool:
    """Any bytes as a manifest: it is read whole and re-encodes to itself, or refused; the kernel reads its rows too."""
    try:
        found = Manifest.from_bytes(data, where="fuzz")
    except PorError as error:
        assert error.code and error.hint, error
        return False
    assert found.to_bytes() == data
    assert found == Manifest.from_bytes(found.to_bytes(), where="again")
    signed = {"snapshot_id": found.header.id.hex(), "assets": found.document()["assets"]}
    empty = canonical.encode({"format": "por-proof/1", "snapshot_id": found.header.id.hex(), "entries": []})
    assert ask(empty, canonical.encode(signed)) == {}
    return True


def vectors(key: str) -> list[bytes]:
    """The bytes of every vector's proof or statement."""
    found = []
    for path in sorted(VECTORS.glob("*.json")):
        vector: dict[str, Any] = json.loads(path.read_text())
        found.append(verifiers.text_of(vector, key))
    return found


TARGETS: dict[str, tuple[Callable[[bytes], bool], Callable[[], list[bytes]]]] = {
    "proof": (proof, lambda: [*[PROOF] * 40, *vectors("proof")]),
    "statement": (statement, lambda: [*[STATEMENT] * 40, *vectors("statement")]),
    "manifest": (manifest, lambda: [*[MANIFEST] * 40, STATEMENT, PROOF]),
}
"""Name to target and the corpus that mutation starts from (good documents several times, to be drawn more often)."""
