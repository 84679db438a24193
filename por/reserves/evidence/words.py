"""The two notations of Ethereum, read strictly: RLP (Yellow Paper, appendix B) and JSON-RPC hex (EIP-1474)."""

from __future__ import annotations

import re

from por.errors import ClaimError, SourceError

Item = bytes | list["Item"]
"""What RLP holds: bytes, or a list of items."""

_SHORT = 55
"""Bytes of the longest item whose length stands in its first byte (Yellow Paper, appendix B)."""

_DEEPEST = 16
"""Lists in lists: a trie's nodes nest twice."""

_QUANTITY = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,63})", re.ASCII)
_FAULTY = "the node is faulty; use another one with --node"
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*", re.ASCII)


class BadAnswer(SourceError):
    """A node's answer is not what the protocol says; whoever asked adds which node it was."""


def decode_list(data: bytes, *, limit: int, where: str) -> list[Item]:
    """Read the RLP of a list of at most `limit` bytes, each item in its one canonical encoding; ClaimError otherwise.

    Written out here because a library that re-encodes to compare takes ten times as long over a trie's nodes.
    """
    if len(data) <= limit and data[:1] >= b"\xc0":
        try:
            value, end = _item(data, 0, len(data), 0)
        except (_NotCanonical, IndexError):
            end = -1
        if end == len(data):
            assert isinstance(value, list)
            return value
    raise ClaimError(f"{where}: not the canonical RLP of a list", code="rlp-malformed", hint="the evidence is damaged")


class _NotCanonical(Exception):
    pass


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """Return the item that begins at `at` and where it ends, which must not be beyond `end`."""
    head = data[at]
    if head < 0x80:
        return data[at : at + 1], at + 1
    short = head - (0x80 if head < 0xC0 else 0xC0)
    start = at + 1
    if short <= _SHORT:
        size = short
    else:
        width = short - _SHORT
        size = int.from_bytes(data[start : start + width], "big")
        if size <= _SHORT or data[start] == 0:
            raise _NotCanonical
        start += width
    stop = start + size
    if stop > end or depth > _DEEPEST:
        raise _NotCanonical
    if head < 0xC0:
        # a single small byte stands for itself
        if size == 1 and data[start] < 0x80:
            raise _NotCanonical
        return data[start:stop], stop
    items: list[Item] = []
    while start < stop:
        found, start = _item(data, start, stop, depth + 1)
        items.append(found)
    return items, stop


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
