"""What every maker of inclusion proofs shares: the parts of the document, and that nothing false is handed out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from por import canonical
from por.errors import InputError, PorError
from por.liabilities.manifest import Manifest
from por.liabilities.verify import FORMAT, AssetRoot, Entry, Piece, verify_entries


def piece(*, amount: int, nonce: bytes, index: int, path: Sequence[tuple[bytes, int]]) -> Piece:
    """Return a leaf (its nonce of 16 bytes) and its siblings (hashes of 32 bytes, sums below 2^128)."""
    return Piece("proof", amount, nonce, index, tuple(path))


def entry(asset: str, pieces: Sequence[Piece]) -> Entry:
    """Return the pieces of one asset."""
    return Entry(asset, asset, tuple(pieces))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is alike in all proofs of one statement; `encoded` are the JCS bytes of `attestation`, or none."""

    snapshot_id: bytes
    roots: Mapping[str, AssetRoot]
    encoded: bytes


def frame(manifest: Manifest, attestation: dict[str, Any] | None) -> Frame:
    """Return the frame of the proofs of a manifest."""
    return Frame(
        snapshot_id=manifest.header.id,
        roots={row.asset: row.root_view() for row in manifest.assets},
        encoded=b"" if attestation is None else canonical.encode(attestation),
    )


def finish(entries: Sequence[Entry], *, frame: Frame, account_id: str, refuse: Callable[[str], InputError]) -> bytes:
    """Return the bytes of the proof after verifying it; `refuse` makes the error for a store that gives a false one.

    Never hand out a proof that does not hold: a customer would take a damaged store for a fraud.
    """
    try:
        verify_entries(tuple(entries), roots=frame.roots, account_id=account_id)
    except PorError as error:
        raise refuse(error.message) from None
    rest = ",".join(map(_encode, entries))
    tail = f'"entries":[{rest}],"format":"{FORMAT}","snapshot_id":"{frame.snapshot_id.hex()}"}}'.encode()
    return (b'{"attestation":' + frame.encoded + b"," if frame.encoded else b"{") + tail


def _encode(found: Entry) -> str:
    """Write the RFC 8785 bytes of docs/spec/proof.md: keys sorted, and nothing but an asset's code to escape."""
    asset, pieces = json.dumps(found.asset, ensure_ascii=False), ",".join(map(_encode_piece, found.pieces))
    return f'{{"asset":{asset},"pieces":[{pieces}]}}'


def _encode_piece(found: Piece) -> str:
    path = ",".join([f'{{"hash":"{digest.hex()}","sum":"{total}"}}' for digest, total in found.path])
    return f'{{"amount":"{found.amount}","index":{found.index},"nonce":"{found.nonce.hex()}","path":[{path}]}}'
