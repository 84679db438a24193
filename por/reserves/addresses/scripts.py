"""The output scripts that an address can stand for. Everything else has no address here."""

from __future__ import annotations

from enum import StrEnum
from hashlib import new, sha256


class Kind(StrEnum):
    """Kinds of output script, by the names that wallets use."""

    P2PKH = "p2pkh"
    P2SH = "p2sh"
    P2SH32 = "p2sh32"
    P2WPKH = "p2wpkh"
    P2WSH = "p2wsh"
    P2TR = "p2tr"


_SHAPES = {
    Kind.P2PKH: (b"\x76\xa9\x14", 20, b"\x88\xac"),
    Kind.P2SH: (b"\xa9\x14", 20, b"\x87"),
    Kind.P2SH32: (b"\xaa\x20", 32, b"\x87"),
    Kind.P2WPKH: (b"\x00\x14", 20, b""),
    Kind.P2WSH: (b"\x00\x20", 32, b""),
    Kind.P2TR: (b"\x51\x20", 32, b""),
}
"""What stands before the digest (or key), its length, and what stands behind it."""


def make(kind: Kind, digest: bytes) -> bytes:
    """Return the output script of a kind with its digest, or key for P2TR."""
    before, length, behind = _SHAPES[kind]
    assert len(digest) == length, "whoever calls has checked the length"
    return before + digest + behind


def read(script: bytes) -> tuple[Kind, bytes] | None:
    """Return the kind and the digest (or key) of an output script; None for any other script."""
    for kind, (before, length, behind) in _SHAPES.items():
        if len(script) == len(before) + length + len(behind) and script.startswith(before) and script.endswith(behind):
            return kind, script[len(before) : len(before) + length]
    return None


def hash160(data: bytes) -> bytes:
    """RIPEMD-160 of SHA-256, 20 bytes."""
    return ripemd160(sha256(data).digest())


def ripemd160(data: bytes) -> bytes:
    """RIPEMD-160, 20 bytes."""
    try:
        return new("ripemd160", data, usedforsecurity=False).digest()
    except ValueError:
        # OpenSSL 3 may keep RIPEMD-160 in a provider that is not loaded; eth-hash's backend brings its own
        from Crypto.Hash import RIPEMD160

        found: bytes = RIPEMD160.new(data).digest()
        return found
