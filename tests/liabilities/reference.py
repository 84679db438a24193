"""The sum tree, slow and obvious: lists, recursion and hashlib, written from docs/spec alone.

It imports nothing of the package, so that an error would have to be made twice, in two languages, to go unseen.
"""

# SPDX-License-Identifier: Apache-2.0 (fixtures/ are made with it)

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass

TOP = 2**128


@dataclass(frozen=True)
class Leaf:
    account_id: str
    piece: int
    amount: int
    nonce: bytes
    place: bytes

    @property
    def hash(self) -> bytes:
        message = b"\x00" + self.nonce + self.amount.to_bytes(16, "big") + self.account_id.encode("ascii")
        return hashlib.sha256(message).digest()


@dataclass(frozen=True)
class Node:
    hash: bytes
    sum: int


def snapshot_id(header: dict) -> bytes:
    """The header's JCS bytes: for plain text and small integers, sorted keys without blanks."""
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"por/1 snapshot\x00" + text.encode()).digest()


def hkdf_extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, ikm, "sha256")


def hkdf_expand_32(prk: bytes, info: bytes) -> bytes:
    return hmac.digest(prk, info + b"\x01", "sha256")


def asset_key(snapshot_key: bytes, asset: str) -> bytes:
    return hkdf_expand_32(snapshot_key, b"por/1 asset" + b"\x00" + asset.encode())


def split(key: bytes, account_id: str, amount: int, pieces: int, split_above: int) -> list[int]:
    if pieces == 1 or amount <= split_above:
        return [amount]
    cuts = []
    for j in range(pieces - 1):
        drawn = hmac.digest(key, b"\xff\xff\xff\xff" + struct.pack(">I", j) + account_id.encode(), "sha256")
        cuts.append(int.from_bytes(drawn[:16], "big") % (amount + 1))
    marks = sorted([0, *cuts, amount])
    return [marks[i + 1] - marks[i] for i in range(pieces)]


def leaves(key: bytes, balances: dict[str, int], pieces: int = 1, split_above: int = 0) -> list[Leaf]:
    found = []
    for account_id, amount in balances.items():
        for piece, part in enumerate(split(key, account_id, amount, pieces, split_above)):
            prf = hmac.digest(key, struct.pack(">I", piece) + account_id.encode(), "sha256")
            found.append(Leaf(account_id, piece, part, prf[:16], prf[16:]))
    return sorted(found, key=lambda leaf: leaf.place)


def join(left: Node, right: Node) -> Node:
    assert left.sum + right.sum < TOP
    message = b"\x01" + left.hash + left.sum.to_bytes(16, "big") + right.hash + right.sum.to_bytes(16, "big")
    return Node(hashlib.sha256(message).digest(), left.sum + right.sum)


def middle(count: int) -> int:
    """The largest power of two smaller than `count` (RFC 9162 section 2.1.1)."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def root(of: list[Leaf]) -> Node:
    if not of:
        return Node(hashlib.sha256(b"").digest(), 0)
    if len(of) == 1:
        return Node(of[0].hash, of[0].amount)
    k = middle(len(of))
    return join(root(of[:k]), root(of[k:]))


def path(of: list[Leaf], index: int) -> list[Node]:
    """The siblings of leaf `index`, from the leaf up (RFC 9162 section 2.1.3.1)."""
    if len(of) == 1:
        return []
    k = middle(len(of))
    if index < k:
        return [*path(of[:k], index), root(of[k:])]
    return [*path(of[k:], index - k), root(of[:k])]


def entry(asset: str, of: list[Leaf], account_id: str) -> dict | None:
    """One entry of a por-proof/1 document, or None when the account has no leaf."""
    pieces = [
        {
            "amount": str(leaf.amount),
            "nonce": leaf.nonce.hex(),
            "index": index,
            "path": [{"hash": node.hash.hex(), "sum": str(node.sum)} for node in path(of, index)],
        }
        for _, index, leaf in sorted(
            (leaf.piece, i, leaf) for i, leaf in enumerate(of) if leaf.account_id == account_id
        )
    ]
    return {"asset": asset, "pieces": pieces} if pieces else None


def row(asset: str, of: list[Leaf], decimals: int = 8, pieces: int = 1, split_above: int = 0) -> dict:
    """One row of the manifest."""
    top = root(of)
    return {
        "asset": asset,
        "decimals": decimals,
        "count": len(of),
        "total": str(top.sum),
        "root": top.hash.hex(),
        "pieces": pieces,
        "split_above": str(split_above),
        "excluded": {"rows": 0, "amount": "0"},
    }
