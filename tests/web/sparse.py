"""Proofs as large as they can be: 256 pieces in a tree of 2^52 leaves, of which all but ours are made up."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from por.liabilities.verify import hash_leaf, hash_node

LEVELS = 52
"""Counts stay below 2^53, so no path is longer."""

Node = tuple[bytes, int]


def asset(code: str, account: str, pieces: int = 256) -> tuple[dict[str, Any], dict[str, Any]]:
    """An entry of a proof and the statement's row for it: each piece 10 base units, spread over the whole tree."""
    seed = code.encode()
    places = sorted({int.from_bytes(sha256(seed + bytes([n])).digest()[:8], "big") >> 12 for n in range(pieces)})
    nonces = [sha256(seed + b"nonce" + bytes([n])).digest()[:16] for n in range(pieces)]
    known: dict[int, Node] = {
        place: (hash_leaf(nonce, 10, account.encode()), 10) for place, nonce in zip(places, nonces, strict=True)
    }
    paths: dict[int, list[Node]] = {place: [] for place in places}
    for level in range(LEVELS):

        def node(index: int, known: dict[int, Node] = known, level: int = level) -> Node:
            filler = sha256(b"%d %d" % (level, index)).digest()
            return known.get(index, (filler, 7))

        for place in places:
            paths[place].append(node(place >> level ^ 1))
        known = {index >> 1: _join(node(index & ~1), node(index | 1)) for index in known}
    root, total = known[0]
    entry = {
        "asset": code,
        "pieces": [
            {
                "amount": "10",
                "index": place,
                "nonce": nonce.hex(),
                "path": [{"hash": digest.hex(), "sum": str(amount)} for digest, amount in paths[place]],
            }
            for place, nonce in zip(places, nonces, strict=True)
        ],
    }
    row = {
        "asset": code,
        "count": 2**LEVELS,
        "decimals": 8,
        "excluded": {"amount": "0", "rows": 0},
        "pieces": pieces,
        "root": root.hex(),
        "split_above": "10",
        "total": str(total),
    }
    return entry, row


def _join(left: Node, right: Node) -> Node:
    return hash_node(left, right), left[1] + right[1]
