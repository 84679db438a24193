"""What every maker of inclusion proofs shares: the parts of the document, and that nothing false is handed out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from por import canonical
from por.errors import InputError, PorError
from por.liabilities.manifest import Manifest
from por.liabilities.verify import FORMAT, verify_proof


def piece(*, amount: int, nonce: bytes, index: int, path: Sequence[tuple[bytes, int]]) -> dict[str, Any]:
    """Return a leaf and its siblings as the JSON object of docs/spec/proof.md."""
    return {
        "amount": str(amount),
        "nonce": nonce.hex(),
        "index": index,
        "path": [{"hash": digest.hex(), "sum": str(total)} for digest, total in path],
    }


def attestation_part(envelope: bytes | None, payload_digest: str) -> dict[str, Any]:
    """Return `attestation`: the statement's identity (hex), and the envelope (bytes of attestation.json) if given.

    Raises InputError when the envelope's payload has another digest.
    """
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


def finish(
    entries: Sequence[dict[str, Any]],
    *,
    manifest: Manifest,
    attestation: dict[str, Any] | None,
    account_id: str,
    refuse: Callable[[str], InputError],
    encoded: bytes | None = None,
) -> bytes:
    """Return the bytes of the proof after verifying it; `refuse` makes the error for a store that gives a false one.

    `encoded` is what `canonical.encode(attestation)` gives, for who makes many proofs with one attestation. Never hand out a proof that does not hold: a customer would take a damaged store for a fraud.
    """
    proof: dict[str, Any] = {"format": FORMAT, "snapshot_id": manifest.header.id.hex(), "entries": list(entries)}
    if attestation is not None:
        proof["attestation"] = attestation
    roots = {row.asset: row.root_view() for row in manifest.assets}
    try:
        verify_proof(proof, snapshot_id=manifest.header.id, roots=roots, account_id=account_id)
    except PorError as error:
        raise refuse(error.message) from None
    return assemble(proof, encoded)


def assemble(proof: dict[str, Any], encoded: bytes | None = None) -> bytes:
    """Return the JCS bytes of a proof that was verified, where `encoded` are those of its attestation.

    All keys and texts of a verified proof are ASCII and all numbers small integers; of such documents the standard
    library's encoder, five times as fast, writes the very bytes of RFC 8785.
    """
    rest = {key: value for key, value in proof.items() if key != "attestation"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if not text.isascii():
        return canonical.encode(proof)
    if "attestation" not in proof:
        return text.encode("ascii")
    # "attestation" sorts before all other keys of a proof
    part = canonical.encode(proof["attestation"]) if encoded is None else encoded
    return b'{"attestation":' + part + b"," + text[1:].encode("ascii")
