"""The two notations of Ethereum, read strictly: RLP (Yellow Paper, appendix B) and JSON-RPC hex (EIP-1474)."""

from __future__ import annotations

import re

import rlp
from rlp.exceptions import RLPException

from por.errors import ClaimError, SourceError

Item = bytes | list["Item"]
"""What RLP holds: bytes, or a list of items."""

_QUANTITY = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,63})", re.ASCII)
_FAULTY = "the node is faulty; use another one with --node"
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)


class BadAnswer(SourceError):
    """A node's answer is not what the protocol says; whoever asked adds which node it was."""


def decode_list(data: bytes, *, limit: int, where: str) -> list[Item]:
    """Read the RLP of a list of at most `limit` bytes that re-encodes to itself; ClaimError otherwise."""
    if len(data) <= limit:
        try:
            # the library recurses; re-encoding is ours to be sure that one value has one encoding
            value = rlp.decode(data, strict=True)
            same = isinstance(value, list) and rlp.encode(value) == data
        except (RLPException, RecursionError, ValueError, IndexError, TypeError):
            same = False
        if same:
            found: list[Item] = value
            return found
    raise ClaimError(f"{where}: not the canonical RLP of a list", code="rlp-malformed", hint="the evidence is damaged")


def decode_int(data: bytes, *, where: str) -> int:
    """Read a big-endian integer without leading zeros, at most 32 bytes; ClaimError otherwise."""
    if len(data) > 32 or data[:1] == b"\0":
        raise ClaimError(f"{where}: not a canonical integer", code="rlp-malformed", hint="the evidence is damaged")
    return int.from_bytes(data, "big")


def encode_int(value: int) -> bytes:
    """Write an integer big-endian without leading zeros (zero is empty)."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def quantity(value: object, *, where: str) -> int:
    """Read a JSON-RPC quantity ("0x1f", no leading zeros, below 2^256); BadAnswer otherwise."""
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise BadAnswer(f"{where}: not a quantity", code="node-garbage", hint=_FAULTY)


def data(value: object, *, where: str, length: int | None = None) -> bytes:
    """Read JSON-RPC data ("0x" and an even number of digits) of a given length in bytes; BadAnswer otherwise."""
    if isinstance(value, str) and _DATA.fullmatch(value):
        found = bytes.fromhex(value[2:])
        if length is None or len(found) == length:
            return found
    wanted = "data" if length is None else f"{length} bytes of data"
    raise BadAnswer(f"{where}: not {wanted}", code="node-garbage", hint=_FAULTY)
