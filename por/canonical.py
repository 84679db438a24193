"""JSON as RFC 8785 (JCS) bytes: the one encoding of what we sign or digest, and a reader that refuses any other.

Source: RFC 8785 through the `rfc8785` library; the strictness (no repeated keys, integers below 2**53 only,
re-encoding must give the same bytes) is ours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NoReturn

import rfc8785

from por.errors import InputError

INTEGER_LIMIT = 1 << 53
"""JSON integers beyond this differ between readers (RFC 7493), so they are refused."""

MAX_DEPTH = 32
"""Our deepest document nests 8 levels; a bound keeps a hostile one from exhausting the stack."""


_ROWS_AT_ONCE = 1000

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.S)
"""A string, whose brackets do not count, or a bracket. A string without its end goes to the end of the file: were it no
token, every quote in it would be tried as a beginning, in a time that grows with the square of the size."""


def encode(value: Any) -> bytes:
    """Return the JCS bytes of a JSON value made of dict, list, str, int, bool and None."""
    return rfc8785.dumps(value)


def encode_long(value: dict[str, Any], key: str, rows: Iterable[Any]) -> Iterator[bytes]:
    """Yield, piece by piece, the JCS bytes of `value` with the array `rows` under `key`, where it has an empty one.

    For arrays of a hundred thousand rows, whose JSON values would take ten times the memory of their bytes.
    """
    empty = encode(key) + b":[]"
    # quotes inside a string are escaped, so this stands nowhere but at the key
    head, found, tail = encode({**value, key: []}).partition(empty)
    if not found:
        raise AssertionError(key)
    yield head + empty[:-1]
    source, first = iter(rows), True
    while part := list(islice(source, _ROWS_AT_ONCE)):
        yield (b"" if first else b",") + encode(part)[1:-1]
        first = False
    yield b"]" + tail


def decode(data: bytes, *, where: str) -> Any:
    """Parse JCS bytes; raise InputError on anything that does not re-encode to the very same bytes."""
    value = decode_json(data, where=where)
    try:
        same = rfc8785.dumps(value) == data
    except (rfc8785.CanonicalizationError, ValueError, RecursionError):
        same = False
    if not same:
        raise InputError(
            f"{where}: the JSON is not canonical (RFC 8785)",
            code="json-not-canonical",
            hint="fetch the file again; editors and pretty-printers change its bytes",
        )
    return value


def decode_json(data: bytes, *, where: str) -> Any:
    """Parse JSON that people may have laid out freely: still no repeated keys, no floats, no huge integers."""

    def refuse(what: str) -> NoReturn:
        raise InputError(
            f"{where}: {what}",
            code="json-malformed",
            hint="the file is damaged or not one of ours; fetch it again",
        )

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            refuse("a key stands twice")
        return found

    def integer(text: str) -> int:
        value = int(text) if len(text) <= 17 else INTEGER_LIMIT
        if abs(value) >= INTEGER_LIMIT:
            refuse(f"the number {text[:20]} is beyond 2^53")
        return value

    def no_float(text: str) -> NoReturn:
        refuse(f"{text[:20]} is not a whole number")

    if _brackets(data) > MAX_DEPTH:
        refuse("nested too deeply")
    try:
        value = json.loads(
            data.decode("utf-8", "strict"),
            object_pairs_hook=pairs,
            parse_int=integer,
            parse_float=no_float,
            parse_constant=no_float,
        )
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{where}: not JSON ({error})",
            code="json-malformed",
            hint="the file is damaged or not one of ours; fetch it again",
        ) from None
    return value


def _brackets(data: bytes) -> int:
    """Return how deep the brackets nest, before anything recurses: other libraries raise Python's own limit so far
    that the parser would exhaust the stack instead of raising RecursionError."""
    deepest = depth = 0
    for token in _TOKEN.finditer(data):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def digest(data: bytes) -> str:
    """Return the lower-case hex SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def parse_hex(text: object, length: int | None, *, where: str) -> bytes:
    """Read lower-case hex without 0x, of `length` bytes when given; else InputError."""
    if (
        isinstance(text, str)
        and len(text) % 2 == 0
        and set(text) <= set("0123456789abcdef")
        and length in (None, len(text) // 2)
    ):
        return bytes.fromhex(text)
    wanted = "lower-case hex" if length is None else f"{length} bytes of lower-case hex"
    raise InputError(
        f"{where}: not {wanted}",
        code="hex-malformed",
        hint="the file is damaged or not one of ours; fetch it again",
    )


def encode_base64(data: bytes) -> str:
    """Return padded standard base64."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: object, *, where: str) -> bytes:
    """Read canonical, padded, standard base64: what does not re-encode to itself is refused with InputError."""
    if isinstance(text, str) and text.isascii():
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            data = None
        if data is not None and encode_base64(data) == text:
            return data
    raise InputError(
        f"{where}: not canonical base64",
        code="base64-malformed",
        hint="the file is damaged or not one of ours; fetch it again",
    )
