"""Blocks whatever their family: how a chain writes a block's hash, and what a raw header says.

The modules that judge all chains alike come here instead of knowing families.
"""

from __future__ import annotations

from typing import Protocol

from por import canonical
from por.errors import InputError
from por.reserves import caip
from por.reserves.evidence import headers
from por.reserves.evidence.utxo import header as utxo


class AnyHeader(Protocol):
    """A decoded header: raw bytes, hash as it is shown, Unix time, and the height where headers name it."""

    @property
    def raw(self) -> bytes:
        """The header as it is hashed."""

    @property
    def hash(self) -> bytes:
        """32 bytes in the order in which they are shown."""

    @property
    def number(self) -> int | None:
        """The height; None where headers do not name it."""

    @property
    def time(self) -> int:
        """Unix seconds."""


def namespace(chain: str) -> str:
    """Return the family of a chain: its CAIP-2 namespace."""
    return chain.partition(":")[0]


def has_codec(chain: str) -> bool:
    """Say whether headers of this chain (CAIP-2) are read here, so that something can be proven under them."""
    return utxo.has_work(chain) if namespace(chain) == caip.UTXO else headers.has_codec(chain)


def decode(chain: str, raw: bytes, *, where: str) -> AnyHeader:
    """Read a raw header of a chain that has a codec; ClaimError when malformed, or of too little work."""
    if namespace(chain) == caip.UTXO:
        return utxo.decode(chain, raw, where=where)
    return headers.decode(raw, where=where)


def show_hash(chain: str, digest: bytes) -> str:
    """Write a block's hash as its chain does: with 0x on EVM chains, without on those of the Bitcoin family."""
    return digest.hex() if namespace(chain) == caip.UTXO else "0x" + digest.hex()


def parse_hash(chain: str, text: str, *, where: str) -> bytes:
    """Read a block's hash in the one spelling of its chain; InputError otherwise."""
    prefix = "" if namespace(chain) == caip.UTXO else "0x"
    found = canonical.parse_hex(text[len(prefix) :] if text.startswith(prefix) else None, 32, where=where)
    if show_hash(chain, found) != text:
        raise InputError(f"{where}: another spelling", code="hex-malformed", hint="fetch the file again")
    return found
