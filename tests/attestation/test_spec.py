"""The examples in docs/spec are real: each is read and verified by the program."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from por import canonical
from por.attestation import (
    cosignature,
    envelope,
    keychain,
    keyfile,
    keys,
    logproof,
    merkle,
    note,
    pkcs11,
    services,
    signers,
    statement,
    timestamps,
)

SPEC = Path(__file__).parents[2] / "docs" / "spec"


@cache
def _blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", (SPEC / page).read_text(), re.DOTALL | re.MULTILINE)


def _key() -> keys.PublicKey:
    return keys.parse_public(_blocks("signing-key.md", "")[0].encode(), where="page")


def test_signing_key() -> None:
    shown = dict(
        line.split(maxsplit=1) for line in _blocks("signing-key.md", "")[1].replace("verifier key", "line").splitlines()
    )
    assert _key().keyid == shown["keyid"]
    line = keys.load_public(shown["line"])
    assert (line.spki, line.verifier_line(line.name or "")) == (_key().spki, shown["line"])


def test_envelope() -> None:
    data = canonical.encode(json.loads(_blocks("envelope.md", "json")[0]))
    read = envelope.parse(data, where="page")
    assert read.to_bytes() == data
    assert envelope.verify_envelope(read, [_key()], where="page") == (_key(),)


def test_log() -> None:
    signed = note.parse_note(_blocks("log.md", "text")[0].encode(), where="page")
    head = note.parse_checkpoint(signed, where="page")
    note.verify_note(signed, name=head.origin, keys=[_key()], where="page")
    inclusion, consistency = (json.loads(text) for text in _blocks("log.md", "json"))
    (leaf,) = (bytes.fromhex(item) for item in consistency["path"])
    assert consistency["to"] == {"size": head.size, "root": head.root.hex()}
    merkle.verify_consistency(
        old_size=consistency["from"]["size"],
        old_root=bytes.fromhex(consistency["from"]["root"]),
        new_size=head.size,
        new_root=head.root,
        path=[leaf],
        where="page",
    )
    merkle.verify_inclusion(
        leaf=leaf,
        index=inclusion["index"],
        size=inclusion["size"],
        root=head.root,
        path=[bytes.fromhex(item) for item in inclusion["path"]],
        where="page",
    )


def test_statement() -> None:
    example: Any = json.loads(_blocks("statement.md", "json")[0])
    head = statement.head(canonical.encode(example), where="page")
    jsonschema.validate(example["predicate"], json.loads((SPEC / "attestation-v1.schema.json").read_text()))
    text = (SPEC / "statement.md").read_text()
    rows = {name.strip() for row in re.findall(r"^\| ([a-z_, ]+) \|", text, re.MULTILINE) for name in row.split(",")}
    assert rows - {"field", "subject"} == statement.PREDICATE_KEYS
    assert head.log.key == _key().keyid


def test_publication() -> None:
    """The files that the page lists are those that a publication may have."""
    page = _blocks("publication.md", "text")[0]
    names = {line.split()[0] for line in page.splitlines()[1:]}
    own = {"attestation.json", "evidence/<sha256>", logproof.CHECKPOINT, logproof.INCLUSION, logproof.CONSISTENCY}
    assert names == (set(statement.SUBJECTS) - {statement.ANNEX}) | own | {"timestamps/<keyid>-<n>.tsr"}


def test_key_file() -> None:
    """Version 1 is pinned, version 2 follows from it, and is what the person's TOML says."""
    texts = [canonical.encode(json.loads(text)) for text in _blocks("keyfile.md", "json")]
    given = []
    for number, data in enumerate(texts, 1):
        signed, file = keyfile.parse_signed(data, where=f"{number}.keys.json")
        given.append(keychain.Given(where=f"{number}.keys.json", file=file, envelope=signed))
    chain = keychain.follow(given[0], given)
    written = keyfile.parse_toml(tomllib.loads(_blocks("keyfile.md", "toml")[0]), where="keys.toml")
    assert replace(written, previous=chain.files[0].digest) == chain.newest
    assert [row.name for row in chain.newest.heirs(_key().keyid)] == ["attest 2026", "attest 2027"]
    revoked = [row.revoked for row in chain.newest.keys if row.revoked]
    assert len(revoked) == 1 and chain.files[0].find(_key().keyid) is not None


def test_timestamps() -> None:
    (name,) = _blocks("timestamps.md", "text")
    assert name.strip() == f"publication/{timestamps.name_of(_key().keyid, 1)}"


def test_uris_of_keys() -> None:
    uris = _blocks("signing-key.md", "text")[0].splitlines()
    assert {signers.scheme_of(uri) for uri in uris} == {signers.TOKEN, *signers.SERVICES} - {"file2"}
    for uri in uris:
        scheme, _, rest = uri.partition(":")
        if scheme == signers.TOKEN:
            assert pkcs11.parse_uri(uri).module
        else:
            assert services._SHAPES[scheme].fullmatch(rest), uri


def test_witness() -> None:
    note_text, line = _blocks("witness.md", "text")
    policy = cosignature.parse_policy(tomllib.loads(_blocks("witness.md", "toml")[0])["witnesses"], where="page")
    assert [row.line for row in policy.witnesses] == [line.rstrip("\n")]
    signed = note.parse_note(note_text.encode(), where="page")
    note.verify_note(signed, name=note.parse_checkpoint(signed, where="page").origin, keys=[_key()], where="page")
    (found,) = cosignature.verify_cosignatures(signed, policy.witnesses, where="page")
    assert found.witness.line in line
