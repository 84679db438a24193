"""An inclusion proof for one account, read from the store; nothing is rebuilt."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from por import canonical, files
from por.errors import ClaimError, InputError, PorError
from por.liabilities import kernel
from por.liabilities.build import MANIFEST_NAME, store_path
from por.liabilities.keys import snapshot_key
from por.liabilities.manifest import AssetLiabilities, Manifest
from por.liabilities.verify import FORMAT, check_account_id, verify_proof

_DAMAGED = "restore the folder, or build the liabilities again from the ledger"
_HINTS = {"file-missing": _DAMAGED, "key-mismatch": "give the master key that these liabilities were built with"}


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
    secret = snapshot_key(master_key, manifest.header.id)
    entries = [
        {"asset": row.asset, "pieces": [_piece(piece) for piece in pieces]}
        for row in manifest.assets
        if (pieces := _pieces(folder, row, secret, account_id)) is not None
    ]
    if not entries:
        raise ClaimError(
            f"{folder}: the account has no balance in any asset",
            code="account-not-found",
            hint="type the id exactly as the ledger has it; an account without rows has nothing to prove",
        )
    proof: dict[str, Any] = {"format": FORMAT, "snapshot_id": manifest.header.id.hex(), "entries": entries}
    if payload_digest is not None:
        proof["attestation"] = _attestation(envelope, payload_digest)
    _check(proof, manifest, account_id, folder)
    return canonical.encode(proof)


def _pieces(folder: Path, row: AssetLiabilities, secret: bytes, account_id: str) -> list[dict[str, Any]] | None:
    path = store_path(folder, row.asset)
    with kernel.explained(str(path), hints=_HINTS):
        store = kernel.load().Store(str(path))
        if (store.asset, store.count, store.total, store.root) != (row.asset, row.count, row.total, row.root):
            raise InputError(f"{path}: not the tree of the manifest beside it", code="store-damaged", hint=_DAMAGED)
        found: list[dict[str, Any]] | None = store.prove(secret, account_id)
        return found


def _piece(piece: dict[str, Any]) -> dict[str, Any]:
    return {
        "amount": str(piece["amount"]),
        "nonce": piece["nonce"].hex(),
        "index": piece["index"],
        "path": [{"hash": digest.hex(), "sum": str(total)} for digest, total in piece["path"]],
    }


def _attestation(envelope: bytes | None, payload_digest: str) -> dict[str, Any]:
    canonical.parse_hex(payload_digest, 32, where="payload digest")
    if envelope is None:
        return {"digest": payload_digest}
    embedded = canonical.decode(envelope, where="attestation")
    payload = canonical.decode_base64(
        embedded.get("payload") if isinstance(embedded, dict) else None, where="attestation: payload"
    )
    if hashlib.sha256(payload).hexdigest() != payload_digest:
        raise InputError(
            "attestation: the payload has another digest than the statement",
            code="attestation-digest",
            hint="give the publication that was made from these liabilities",
        )
    return {"digest": payload_digest, "envelope": embedded}


def _check(proof: dict[str, Any], manifest: Manifest, account_id: str, folder: Path) -> None:
    """Never hand out a proof that does not hold: a customer would take a damaged store for a fraud."""
    roots = {row.asset: row.root_view() for row in manifest.assets}
    try:
        verify_proof(proof, snapshot_id=manifest.header.id, roots=roots, account_id=account_id)
    except PorError as error:
        raise InputError(
            f"{folder}: the store gives no valid proof ({error.message})", code="store-damaged", hint=_DAMAGED
        ) from None
