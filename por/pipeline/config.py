"""por.toml: the paths, nodes and keys of a run. All paths are relative to the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from por import documents, files
from por.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key and, when it is encrypted, the file that holds its passphrase."""

    path: Path
    passphrase_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """por.toml with its paths made absolute; `nodes` maps a CAIP-2 chain to its URLs."""

    ledger: tuple[Path, ...]
    snapshot: Path
    wallets: Path
    control: Path
    prices: Path
    declared: Path | None
    policy: str
    master: KeyFile
    attestation: KeyFile
    nodes: Mapping[str, tuple[str, ...]]
    work: Path
    log: Path
    publication: Path


class _Inputs(documents.Document):
    ledger: list[str]
    snapshot: str
    wallets: str
    control: str
    prices: str
    declared: str | None = None
    policy: str


class _Keys(documents.Document):
    master: str
    master_passphrase_file: str | None = None
    attestation: str
    attestation_passphrase_file: str | None = None


class _Output(documents.Document):
    work: str
    log: str
    publication: str


class _Document(documents.Document):
    inputs: _Inputs
    keys: _Keys
    nodes: dict[str, str]
    output: _Output


def load_config(path: Path) -> Config:
    """Read por.toml; InputError names the key that is wrong, SourceError a file that cannot be read."""
    base = path.absolute().parent
    doc = documents.read(_Document, documents.read_toml(files.read_text(path), where=path.name), where=path.name)
    if not doc.inputs.ledger:
        raise InputError(
            f"{path.name}: inputs.ledger is empty", code="document-malformed", hint="name at least one file"
        )

    def key(name: str, passphrase: str | None) -> KeyFile:
        return KeyFile(path=base / name, passphrase_file=base / passphrase if passphrase else None)

    return Config(
        ledger=tuple(base / name for name in doc.inputs.ledger),
        snapshot=base / doc.inputs.snapshot,
        wallets=base / doc.inputs.wallets,
        control=base / doc.inputs.control,
        prices=base / doc.inputs.prices,
        declared=base / doc.inputs.declared if doc.inputs.declared else None,
        # A pack is named by its id, or by a path that ends in .toml.
        policy=str(base / doc.inputs.policy) if doc.inputs.policy.endswith(".toml") else doc.inputs.policy,
        master=key(doc.keys.master, doc.keys.master_passphrase_file),
        attestation=key(doc.keys.attestation, doc.keys.attestation_passphrase_file),
        nodes={chain: (_url(base, value),) for chain, value in doc.nodes.items()},
        work=base / doc.output.work,
        log=base / doc.output.log,
        publication=base / doc.output.publication,
    )


def _url(base: Path, value: str) -> str:
    return files.read_text(base / value[1:], limit=4096).strip() if value.startswith("@") else value
