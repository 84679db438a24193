"""Row 24: documents that two readers could read differently are refused by all, and for the same reason."""

import json

import pytest

from fixtures import exchange
from fixtures.cases import jcs
from por.errors import InputError
from por.liabilities.manifest import FORMAT, Manifest
from tests.liabilities import verifiers

PROOF = jcs(exchange.proof(exchange.ALICE))
STATEMENT = jcs(exchange.STATEMENT)
MANIFEST = jcs(
    {
        "format": FORMAT,
        "snapshot": exchange.HEADER,
        "snapshot_id": exchange.SNAPSHOT_ID.hex(),
        "account_id_kind": "login e-mail",
        "assets": exchange.STATEMENT["assets"],
    }
)

SPOILED = {
    "a key twice": (lambda text: text.replace('"decimals":8', '"decimals":0,"decimals":8', 1), "json-malformed"),
    "a key twice, escaped": (lambda text: text.replace('"', '"\\u0061":1,"a":2,"', 1), "json-malformed"),
    "a number with a point": (lambda text: text.replace(":8,", ":8.0,", 1), "json-malformed"),
    "a number beyond 2^53": (lambda text: text.replace(":8,", ":9007199254740992,", 1), "json-malformed"),
    "an escape for a plain letter": (lambda text: text.replace("snapshot", "\\u0073napshot", 1), "json-not-canonical"),
    "a blank": (lambda text: text.replace(":", ": ", 1), "json-not-canonical"),
    "a newline at the end": (lambda text: text + "\n", "json-not-canonical"),
    "minus zero": (lambda text: text.replace('"rows":0', '"rows":-0', 1), "json-not-canonical"),
    "laid out by an editor": (lambda text: json.dumps(json.loads(text), indent=1), "json-not-canonical"),
    "keys in another order": (lambda text: json.dumps(dict(reversed(json.loads(text).items()))), "json-not-canonical"),
    "a byte order mark": (lambda text: "\ufeff" + text, "json-malformed"),
    "two documents": (lambda text: text + text, "json-malformed"),
    "cut short": (lambda text: text[:-1], "json-malformed"),
    "nothing": (lambda text: "", "json-malformed"),
    "brackets without end": (lambda text: "[" * 100_000, "json-malformed"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_every_verifier_gives_the_same_reason(what):
    spoil, code = SPOILED[what]
    for proof, statement in ((PROOF, spoil(STATEMENT)), (spoil(PROOF), STATEMENT)):
        if (proof, statement) == (PROOF, STATEMENT):
            continue  # a proof has no decimals and no rows to be spoiled
        for verifier in verifiers.VERIFIERS:
            assert verifier(proof.encode(), statement.encode(), exchange.ALICE) == code


@pytest.mark.parametrize("what", SPOILED)
def test_a_manifest_is_read_as_strictly(what):
    spoil, code = SPOILED[what]
    assert Manifest.from_bytes(MANIFEST.encode(), where="manifest").to_bytes() == MANIFEST.encode()
    assert spoil(MANIFEST) != MANIFEST
    with pytest.raises(InputError) as error:
        Manifest.from_bytes(spoil(MANIFEST).encode(), where="manifest")
    assert error.value.code == code


def test_unknown_keys_are_refused_at_every_level_of_a_manifest():
    for place in ("", "snapshot", "asset", "excluded"):
        document = json.loads(MANIFEST)
        first = document["assets"][0]
        {"": document, "snapshot": document["snapshot"], "asset": first, "excluded": first["excluded"]}[place]["x"] = 1
        with pytest.raises(InputError):
            Manifest.from_bytes(jcs(document).encode(), where="manifest")
