"""Spoils cases that hold, layer by layer, and signs again above the spoiled layer: so a fault is met by its own check.

A statement with one odd character under a good signature goes deeper than any edited file. Each mutant comes from its
seed and number alone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from por import canonical
from por.attestation.keyfile import PAYLOAD_TYPE as KEYS_TYPE
from tests.fuzz.mutate import mutate
from tests.web.differential import numbers, small
from tests.web.differential.small import Case, Given, Small

TEXTS = [
    *("", " ", "a ", "\ta", "a\u00a0", "\ufeffa", "a\u200b", "\u202ea", "\u2066a\u2069", "a\u2028", "a\x85b", "\x1fa"),
    *(
        "a\U00013439",
        "a\u0378",
        "a\ue000",
        "a\ufffe",
        "\U000323b0",
        "e\u0301",
        "\u00e9",
        "a+b",
        "a b",
        "\U0001f469\u200d",
    ),
    *("x" * 200, "x" * 201, "\U0001f600" * 200, "\U0001f600" * 201, "x" * 301, "\u3000a", "\u180ea", "a\x7f", "\x00"),
    *("__proto__", "constructor", "toString", "2026-02-29T00:00:00Z", "2028-02-29T00:00:00Z", "0000-01-01T00:00:00Z"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-20T24:00:00Z", "2026-11-20T23:59:60Z", "2026-11-20"),
    *("٢٠٢٦-11-20T15:00:00Z", "340282366920938463463374607431768211455", "340282366920938463463374607431768211456"),
    *(
        "holds",
        "does-not-hold",
        "undecided",
        "not-covered",
        "BTC",
        "BTC:lent",
        "btc",
        "A" * 33,
        "A:b_c",
        "keys",
        "preparer",
    ),
]
"""What readers of texts, names, times and numbers disagree about."""

EXTREMES: list[Any] = [*numbers.WHOLE, None, True, False, {}, [], *TEXTS]


def mutant(world: Small, good: list[Case], seed: int) -> Case:
    """Return the case of this seed, spoiled in one place or two."""
    rng = Random(seed)
    case = rng.choice(good)
    for _ in range(rng.choice((1, 1, 1, 2))):
        case = rng.choice(LAYERS)(world, rng, case)
    return case


def spoil(rng: Random, data: bytes) -> bytes:
    """Edit JSON bytes: at random, or one value for one of those that readers disagree about."""
    if rng.random() < 0.5:
        return mutate(rng, [data])
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return mutate(rng, [data])
    places = list(_places(value))
    if not places:
        return data
    holder, key = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0 and isinstance(holder, dict):
        holder[rng.choice(TEXTS)] = holder.pop(key)
    elif kind == 1 and isinstance(holder[key], str):
        at = rng.randrange(len(holder[key]) + 1)
        holder[key] = holder[key][:at] + rng.choice(TEXTS) + holder[key][at + rng.randrange(2) :]
    else:
        holder[key] = rng.choice(EXTREMES)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    found, stack = [], [value]
    while stack:
        holder = stack.pop()
        items = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, inner in list(items):
            found.append((holder, key))
            stack.append(inner)
    return found


def the_proof(world: Small, rng: Random, case: Case) -> Case:
    return replace(case, proof=spoil(rng, case.proof))


def the_account(world: Small, rng: Random, case: Case) -> Case:
    odd = case.account[:-1] + rng.choice(["", "P", "\n", " ", "ｐ", "p" * 250, "\x00", "p\u0301", "p"])
    return replace(case, account=odd)


def the_other_statement(world: Small, rng: Random, case: Case) -> Case:
    """Beside the proof another statement: spoiled, signed anew, or of the same log with another content."""
    if case.statement is not None and rng.random() < 0.4:
        return replace(case, statement=spoil(rng, case.statement))
    header = {**small.predicate()["snapshot"], "sequence": rng.choice((6, 7, 7, 8))}
    body = rng.choice((small.statement, small.later))(
        snapshot=header,
        snapshot_id=small.exchange.reference.snapshot_id(header).hex(),
        issued=rng.choice((None, "2026-11-21T00:00:00Z")),
    )
    return replace(case, statement=canonical.encode(world.sign(body, "attest", "director", "p256")))


def the_statement(world: Small, rng: Random, case: Case) -> Case:
    """Spoil what was signed, and sign it."""

    def change(carried: dict[str, Any]) -> None:
        payload = spoil(rng, base64.b64decode(carried["envelope"]["payload"]))
        signers = [world.keys[name] for name in ("attest", "p256", "director", "accountant p256")]
        carried["envelope"] = small.envelope.sign(payload, signers).document()
        carried["digest"] = canonical.digest(payload)

    return _carried(case, change)


def the_envelope(world: Small, rng: Random, case: Case) -> Case:
    def change(carried: dict[str, Any]) -> None:
        carried["envelope"] = json.loads(mutate(rng, [json.dumps(carried["envelope"]).encode()]))

    return _carried(case, change)


def the_signatures(world: Small, rng: Random, case: Case) -> Case:
    """Signatures in other spellings, by other keys, more or fewer of them."""

    def change(carried: dict[str, Any]) -> None:
        rows = carried["envelope"]["signatures"]
        row = rng.choice(rows)
        kind = rng.randrange(6)
        if kind == 0:
            rows.remove(row)
        elif kind == 1:
            row["keyid"] = rng.choice(rows)["keyid"]
        elif kind == 2:
            rng.shuffle(rows)
        elif kind == 3:
            row["sig"] = base64.b64encode(numbers.resigned(rng, base64.b64decode(row["sig"]))).decode()
        elif kind == 4:
            row["sig"] = numbers.lax_base64(rng, row["sig"])
        else:
            rows.append({"keyid": f"{rng.getrandbits(256):064x}", "sig": row["sig"]})
            rows.sort(key=lambda one: str(one["keyid"]))

    return _carried(case, change)


def _carried(case: Case, change: Callable[[dict[str, Any]], None]) -> Case:
    try:
        proof = json.loads(case.proof)
        change(proof["attestation"])
        return replace(case, proof=canonical.encode(proof))
    except Exception:  # an earlier step spoiled it so that there is nothing to change
        return case


def the_keys(world: Small, rng: Random, case: Case) -> Case:
    """Keys in other spellings, and versions of a key file that were spoiled and signed again."""
    at = rng.randrange(len(case.keys))
    name, data = case.keys[at]
    kind = rng.randrange(4)
    if kind == 0:
        rows = list(case.keys)
        rng.shuffle(rows)
        return replace(case, keys=tuple(rows[: rng.randint(0, len(rows))]) or tuple(rows))
    if name.endswith(".json"):
        given = _version(world, rng, data) if kind < 3 else (name, spoil(rng, data))
        given = (name, given[1])
    else:
        given = (name, numbers.other_key(rng, data) if kind < 3 else mutate(rng, [data]))
    return replace(case, keys=(*case.keys[:at], given, *case.keys[at + 1 :]))


def _version(world: Small, rng: Random, data: bytes) -> Given:
    """Spoil a key file, and have its keepers sign it."""
    try:
        payload = base64.b64decode(json.loads(data)["payload"])
    except Exception:
        return "keys.json", data
    keepers = [
        world.keys[name] for name in rng.choice((("keeper 1", "keeper 2"), ("keeper 1",), ("keeper 1", "keeper 3")))
    ]
    return "keys.json", small.envelope.sign(spoil(rng, payload), keepers, kind=KEYS_TYPE).to_bytes()


LAYERS = (
    *(the_proof, the_account, the_other_statement, the_statement, the_statement, the_statement),
    *(the_envelope, the_signatures, the_keys, the_keys),
)
