"""Documents that say something else: JSON with other values, Parquet from a query, keys of other kinds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from por import canonical
from por.attestation import envelope
from tests.cli.stage import Stage, preparation


@preparation("json")
def change_json(stage: Stage, name: str, place: str, *value: str) -> None:
    """`setup json proof.json entries.0.asset '"DOGE"'`: another value, in canonical form; without one it is removed."""
    path = stage.folder / name
    document = json.loads(path.read_bytes())
    *way, last = place.split(".")
    inside = follow(document, way)
    if value:
        inside[key_of(inside, last)] = json.loads(value[0])
    else:
        del inside[key_of(inside, last)]
    path.write_bytes(canonical.encode(document))


@preparation("neighbour")
def neighbour(stage: Stage, name: str) -> None:
    """`setup neighbour proof.json`: a second piece for the first asset, at the leaf beside its own."""
    path = stage.folder / name
    document = json.loads(path.read_bytes())
    pieces = document["entries"][0]["pieces"]
    pieces.append(pieces[0] | {"index": pieces[0]["index"] ^ 1})
    path.write_bytes(canonical.encode(document))


@preparation("carry")
def carry(stage: Stage, name: str, publication: str) -> None:
    """`setup carry proof.json publication`: the customer's proof with a publication's statement in it."""
    document = json.loads(stage.world.proof.read_bytes())
    signed = envelope.parse((stage.folder / publication / "attestation.json").read_bytes(), where=publication)
    document["attestation"] = {"digest": signed.digest, "envelope": signed.document()}
    (stage.folder / name).write_bytes(canonical.encode(document))


def follow(document: Any, way: list[str]) -> Any:
    """Return what stands at a place in a document."""
    for step in way:
        document = document[key_of(document, step)]
    return document


def key_of(inside: Any, step: str) -> Any:
    return int(step) if isinstance(inside, list) else step


@preparation("parquet")
def parquet(stage: Stage, name: str, query: str) -> None:
    """`setup parquet ledger.parquet "select ..."`."""
    import duckdb

    duckdb.sql(query).write_parquet(str(stage.folder / name))


@preparation("exchange")
def exchange(stage: Stage) -> None:
    """`setup exchange`: a copy of the exchange's folder with what its por.toml names, in exchange/."""
    world = stage.world
    shutil.copytree(world.shop.folder, stage.folder / "exchange")
    shutil.copytree(world.shortfall, stage.folder / "shortfall")
    shutil.copy2(world.ledger, stage.folder / "ledger.csv")


@preparation("key")
def key(stage: Stage, name: str, kind: str) -> None:
    """`setup key other.pem rsa`: a signing key in PKCS#8 (ed25519, p256, p384, rsa), and other.pub beside it."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    makers: dict[str, Any] = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }
    made = makers[kind]()
    path: Path = stage.folder / name
    path.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.with_suffix(".pub").write_bytes(public)
