"""The secrets of a snapshot, derived from one master key with HKDF (RFC 5869) over SHA-256.

    master_key    32 random bytes that never leave the exchange
    snapshot_key  HKDF-Extract(salt=snapshot_id, ikm=master_key): what an auditor is given to rebuild ONE snapshot
    asset_key     HKDF-Expand(snapshot_key, "por/1 asset" || 0x00 || asset, 32)

Without the master key nothing but a balance itself links a customer between two snapshots or two assets.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from por.errors import InputError, TrustError

KEY_BYTES = 32
"""All keys here have the length of SHA-256's output."""


def new_master_key() -> bytes:
    """Return 32 bytes from the operating system's generator."""
    return secrets.token_bytes(KEY_BYTES)


def snapshot_key(master_key: bytes, snapshot_id: bytes) -> bytes:
    """Derive the 32-byte key of one snapshot; raise TrustError or InputError when a length is wrong."""
    _check_key(master_key, name="master key")
    if len(snapshot_id) != KEY_BYTES:
        raise InputError(
            f"a snapshot id has 32 bytes, not {len(snapshot_id)}",
            code="snapshot-id-malformed",
            hint="take the snapshot_id of the manifest",
        )
    return _hmac(snapshot_id, master_key)


def asset_key(snapshot_key: bytes, asset: str) -> bytes:
    """Derive the 32-byte key of one asset's tree within a snapshot."""
    return _expand(snapshot_key, b"por/1 asset\x00" + asset.encode("ascii"))


def proofs_salt(snapshot_key: bytes) -> bytes:
    """Derive the 32 bytes that stand in a file of all proofs, so that its index is no table of plain hashes."""
    return _expand(snapshot_key, b"por/1 proofs")


def annex_salt(master_key: bytes, snapshot_id: bytes) -> bytes:
    """Derive the 32 bytes that keep the annex of a snapshot from being guessed, the same in a repeated run.

    From the master key: whoever holds the snapshot's key, but not the annex, must not be able to guess it either.
    """
    _check_key(master_key, name="master key")
    return _hmac(master_key, b"por/1 annex salt\x00" + snapshot_id)


def _expand(snapshot_key: bytes, info: bytes) -> bytes:
    """HKDF-Expand to one block: RFC 5869 section 2.3 with L = 32."""
    _check_key(snapshot_key, name="snapshot key")
    return _hmac(snapshot_key, info + b"\x01")


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _check_key(key: bytes, *, name: str) -> None:
    if len(key) != KEY_BYTES:
        raise TrustError(
            f"the {name} has {len(key)} bytes, not {KEY_BYTES}",
            code="key-length",
            hint="make one with `por keys new master.key --master`",
        )
