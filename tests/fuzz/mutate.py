"""Mutation without coverage: bytes edited, values of the JSON exchanged, taken out, doubled or put elsewhere."""

from __future__ import annotations

import json
from random import Random
from typing import Any

TOKENS = [
    *(bytes([letter]) for letter in b'"{}[],:0- \n\\\x00\x7f\xff'),
    *(b"-0", b"01", b"+1", b".5", b"1.0", b"1e5", b"0x1", b"NaN", b"Infinity", b"null", b"true", b"[" * 40),
    *(b"9" * 20, b"9007199254740992", b"340282366920938463463374607431768211456"),
    *(b"\\u0000", b"\\ud800", b"\\ud83d\\ude00", b"\\/", b'"format":"x",', b'"a":1,'),
    *(b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xf4\x90\x80\x80"),
]  # fmt: skip
"""What parsers stumble over."""

VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**53 - 1,
    "",
    "0",
    "00",
    "-1",
    "é",
    "\ud800",
    [],
    {},
    "00" * 32,
    2**128,
]


def mutate(rng: Random, corpus: list[bytes]) -> bytes:
    """One mutant: half of them edited as bytes, half as JSON (which then is canonical most of the time)."""
    data = rng.choice(corpus)
    if rng.random() < 0.5:
        shaped = _as_json(rng, data, corpus)
        if shaped is not None:
            return shaped
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = _edit(rng, data, corpus)
    return data


def _edit(rng: Random, data: bytes, corpus: list[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    to = at + rng.choice((0, 1, 1, 8, 40))
    kind = rng.randrange(5)
    if kind == 0 and at < len(data):
        return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + data[to:]
    if kind == 2:
        other = rng.choice(corpus)
        start = rng.randrange(len(other) + 1)
        return data[:at] + other[start : start + rng.choice((4, 40, 400))] + data[to:]
    if kind == 3:
        return data[:at]
    return data[:at] + rng.choice(TOKENS) + data[rng.choice((at, to)) :]


def _as_json(rng: Random, data: bytes, corpus: list[bytes]) -> bytes | None:
    try:
        value, other = json.loads(data), json.loads(rng.choice(corpus))
    except (ValueError, RecursionError):
        return None
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            return None
        _change(rng, *rng.choice(places), list(_places(value)), list(_places(other)))
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
    except (TypeError, RecursionError, ValueError):
        return None


def _change(rng: Random, holder: Any, key: Any, here: list[tuple[Any, Any]], there: list[tuple[Any, Any]]) -> None:
    kind = rng.randrange(7)
    if kind == 0:
        holder[key] = rng.choice(VALUES)
    elif kind == 1:
        del holder[key]
    elif kind == 2 and isinstance(holder, list):
        holder.insert(rng.randint(0, len(holder)), holder[key])
    elif kind == 2:
        holder[rng.choice(("x", "asset", "sum", "attestation", "é"))] = holder[key]
    elif kind == 3 and isinstance(holder[key], str):
        holder[key] = _edit(rng, holder[key].encode("utf-8", "replace"), [b"0", b"a"]).decode("utf-8", "replace")
    elif kind == 4 and isinstance(holder[key], int):
        holder[key] = holder[key] + rng.choice((1, -1, 2**40, -(2**53)))
    else:
        other, name = rng.choice(there if kind == 5 and there else here)
        holder[key] = json.loads(json.dumps(other[name]))


def _places(value: Any) -> Any:
    """Every (holder, key) of a document."""
    stack = [value]
    while stack:
        holder = stack.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, inner in list(items):
            yield holder, key
            stack.append(inner)
