"""Block headers of Ethereum and of chains with its header layout: raw RLP, rebuilt from a node's fields, hashed.

Source: Yellow Paper 4.4.3 and EIP-1559 (baseFeePerGas), EIP-4895 (withdrawalsRoot), EIP-4844 (blob gas), EIP-4788
(parentBeaconBlockRoot), EIP-7685 (requestsHash), EIP-7928 (blockAccessListHash), EIP-7843 (slotNumber). Shanghai to
Osaka have 17 to 21 fields, Amsterdam 23; 15 and 16 are older ones, and what Arbitrum and Polygon have today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import rlp
from eth_hash.auto import keccak

from por.errors import ClaimError, PorError
from por.reserves.evidence import words

# (JSON-RPC name, bytes wide; None: a canonical integer; -1: bytes of any length)
FIELDS: tuple[tuple[str, int | None], ...] = (
    ("parentHash", 32),
    ("sha3Uncles", 32),
    ("miner", 20),
    ("stateRoot", 32),
    ("transactionsRoot", 32),
    ("receiptsRoot", 32),
    ("logsBloom", 256),
    ("difficulty", None),
    ("number", None),
    ("gasLimit", None),
    ("gasUsed", None),
    ("timestamp", None),
    ("extraData", -1),
    ("mixHash", 32),
    ("nonce", 8),
    ("baseFeePerGas", None),
    ("withdrawalsRoot", 32),
    ("blobGasUsed", None),
    ("excessBlobGas", None),
    ("parentBeaconBlockRoot", 32),
    ("requestsHash", 32),
    ("blockAccessListHash", 32),
    ("slotNumber", None),
)
_LENGTHS = (15, 16, 17, 20, 21, 23)
"""Fields of a header before London, from London, Shanghai, Cancun, Prague and Amsterdam on."""

LAST_TIME = 253402300799
"""9999-12-31T23:59:59Z, the last moment that our times can write."""

MAX_HEADER = 16 << 10
"""An Ethereum header has some 600 bytes; proof-of-authority chains keep signer lists in extraData."""

CODECS = {
    "eip155:1": "Ethereum",
    "eip155:11155111": "Ethereum",
    "eip155:17000": "Ethereum",
    "eip155:560048": "Ethereum",
    "eip155:31337": "Ethereum",
    "eip155:1337": "Ethereum",
    "eip155:10": "OP Stack",
    "eip155:8453": "OP Stack",
    "eip155:42161": "Arbitrum",
    "eip155:137": "Polygon",
    "eip155:80002": "Polygon",
}
"""Chains whose headers and accounts are read here, with the family whose layout they have: it is Ethereum's in all of
them, and a real header of each family had the hash that this code computes (tests/reserves/real_headers.json).

A chain is listed only for that reason. Others get basis `node`. Avalanche's C-Chain (eip155:43114) is left out on
purpose: its header has fields of its own that change with each upgrade, its accounts have a fifth field, it clears a
bit of each storage key, and no proof of it was at hand to check that by. Kaia's headers differ too.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockHeader:
    """What a checker needs of a header: `raw` RLP, its keccak `hash`, roots (32 bytes each), Unix `time`."""

    raw: bytes
    hash: bytes
    parent: bytes
    state_root: bytes
    number: int
    time: int


def has_codec(chain: str) -> bool:
    """Say whether headers of this chain (CAIP-2) can be rebuilt and proofs be checked against them."""
    return chain in CODECS


def decode(raw: bytes, *, where: str) -> BlockHeader:
    """Read a raw header; ClaimError(code="block-header-malformed") when it is not exactly the RLP of a known layout."""
    try:
        items = words.decode_list(raw, limit=MAX_HEADER, where="header")
    except PorError as error:
        raise _malformed(where, error.message) from None
    if len(items) not in _LENGTHS or not all(isinstance(item, bytes) for item in items):
        raise _malformed(where, f"{len(items)} fields")
    values: dict[str, bytes] = {}
    for (name, width), item in zip(FIELDS, items, strict=False):
        assert isinstance(item, bytes)
        if width is None:
            words.decode_int(item, where=f"{where}: {name}")
        elif width >= 0 and len(item) != width:
            raise _malformed(where, f"{name} has {len(item)} bytes")
        values[name] = item
    number, time = (int.from_bytes(values[name], "big") for name in ("number", "timestamp"))
    if number >= 1 << 53 or time > LAST_TIME:
        raise _malformed(where, "number or time out of range")
    return BlockHeader(
        raw=raw,
        hash=keccak(raw),
        parent=values["parentHash"],
        state_root=values["stateRoot"],
        number=number,
        time=time,
    )


def encode_fields(fields: Mapping[str, object]) -> bytes:
    """Rebuild the raw RLP from a node's JSON block; ClaimError(code="block-header-malformed") when a field is
    amiss, BadAnswer when it is no number or bytes.

    Fields from `baseFeePerGas` on are taken as far as they are there; the caller compares keccak with the hash.
    """
    items: list[bytes | int] = []
    for n, (name, width) in enumerate(FIELDS):
        value = fields.get(name)
        if value is None and n >= min(_LENGTHS):
            break
        if width is None:
            items.append(words.quantity(value, where=f"block.{name}"))
        else:
            data = words.data(value, where=f"block.{name}")
            if width >= 0 and len(data) != width:
                raise _malformed("block", f"{name} has {len(data)} bytes")
            items.append(data)
    encoded: bytes = rlp.encode(items)
    return encoded


def _malformed(where: str, what: str) -> ClaimError:
    return ClaimError(
        f"{where}: not a block header ({what})",
        code="block-header-malformed",
        hint="the header is damaged or of a chain whose layout is not known here",
    )
