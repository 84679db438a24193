"""An inclusion proof for one account, read from the store; nothing is rebuilt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from por import files
from por.errors import ClaimError, InputError
from por.liabilities import kernel, proof_document
from por.liabilities.build import MANIFEST_NAME, store_path
from por.liabilities.keys import snapshot_key
from por.liabilities.manifest import AssetLiabilities, Manifest
from por.liabilities.verify import Piece, check_account_id

DAMAGED = "restore the folder, or build the liabilities again from the ledger"
HINTS = {"file-missing": DAMAGED, "key-mismatch": "give the master key that these liabilities were built with"}


def prove(
    folder: Path,
    *,
    account_id: str,
    master_key: bytes,
    envelope: bytes | None = None,
    payload_digest: str | None = None,
) -> bytes:
    """Return the por-proof/1 bytes (RFC 8785) of `account_id`: an entry for every asset in which it has a balance.

    `folder` is what `build_liabilities` left. `envelope` (the bytes of attestation.json) is embedded so that one file
    is enough, and `payload_digest` (hex) is the statement's identity, which the envelope must have. The proof is
    verified before it is returned. Raises ClaimError (`account-not-found`), TrustError (`key-mismatch`: a master key of
    another snapshot or ledger) and InputError (a damaged store).
    """
    check_account_id(account_id)
    manifest = Manifest.from_bytes(files.read_bytes(folder / MANIFEST_NAME), where=str(folder / MANIFEST_NAME))
    attestation = None if payload_digest is None else proof_document.attestation_part(envelope, payload_digest)
    secret = snapshot_key(master_key, manifest.header.id)
    entries = [
        proof_document.entry(row.asset, pieces)
        for row in manifest.assets
        if (pieces := _pieces(folder, row, secret, account_id)) is not None
    ]
    if not entries:
        raise ClaimError(
            f"{folder}: the account has no balance in any asset",
            code="account-not-found",
            hint="type the id exactly as the ledger has it; an account without rows has nothing to prove",
        )
    return proof_document.finish(
        entries,
        frame=proof_document.frame(manifest, attestation),
        account_id=account_id,
        refuse=lambda why: InputError(
            f"{folder}: the store gives no valid proof ({why})", code="store-damaged", hint=DAMAGED
        ),
    )


def open_store(folder: Path, row: AssetLiabilities) -> Any:
    """Return the kernel's store of one asset; InputError when it is not the tree that the manifest has."""
    path = store_path(folder, row.asset)
    with kernel.explained(str(path), hints=HINTS):
        store = kernel.load().Store(str(path))
    if (store.asset, store.count, store.total, store.root) != (row.asset, row.count, row.total, row.root):
        raise InputError(f"{path}: not the tree of the manifest beside it", code="store-damaged", hint=DAMAGED)
    return store


def _pieces(folder: Path, row: AssetLiabilities, secret: bytes, account_id: str) -> list[Piece] | None:
    store = open_store(folder, row)
    with kernel.explained(str(store_path(folder, row.asset)), hints=HINTS):
        found = store.prove(secret, account_id)
    return None if found is None else [proof_document.piece(**piece) for piece in found]
