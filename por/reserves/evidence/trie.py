"""A strict walker of Merkle Patricia tries (Yellow Paper, appendix D): what stands at a key, or that nothing does.

Strict means: nodes are taken by hash and in order, every node given is used, hex-prefixes and RLP are canonical, a
branch holds no value (all our keys have one length) and an extension leads to a branch. Common libraries accept
reordered and extra nodes, which lets a proof say more than it proves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import rlp
from eth_hash.auto import keccak

from por.errors import ClaimError
from por.reserves.evidence import words

EMPTY_ROOT = keccak(rlp.encode(b""))
"""The root of a trie that holds nothing; no node belongs to it."""

MAX_NODE = 1024
"""A full branch has 532 bytes, an account's leaf at most 150."""

Fetch = Callable[[bytes], bytes]
"""Returns the node with a hash; raises ClaimError when it is not there. The walker compares the hash itself."""


Memo = dict[bytes, tuple[bytes, list[words.Item]]]
"""Nodes by hash that have been hashed and decoded: their bytes and their items. Many keys share the upper ones."""


def lookup(root: bytes, key: bytes, proof: Sequence[bytes], *, where: str, memo: Memo | None = None) -> bytes | None:
    """Walk an ordered proof from `root` (32 bytes) to keccak(key); None when the proof shows that nothing is there.

    Raises ClaimError when a node is missing, malformed, of another hash, out of order or left over.
    """
    left = iter(proof)

    def fetch(wanted: bytes) -> bytes:
        node = next(left, None)
        if node is None:
            raise ClaimError(
                f"{where}: the proof ends before the key", code="proof-incomplete", hint="a node is missing"
            )
        return node

    value = walk(root, key, fetch, where=where, memo=memo)
    if next(left, None) is not None:
        raise ClaimError(
            f"{where}: the proof has nodes that belong to nothing",
            code="proof-extra-node",
            hint="only the nodes on the way to the key belong in a proof",
        )
    return value


def walk(root: bytes, key: bytes, fetch: Fetch, *, where: str, memo: Memo | None = None) -> bytes | None:
    """Walk from `root` to keccak(key), fetching nodes by hash; return the value there or None. Raises ClaimError.

    What `memo` holds of a node is not worked out again; the node is fetched all the same.
    """
    if root == EMPTY_ROOT:
        return None
    path = keccak(key).hex()
    known: Memo = {} if memo is None else memo
    node = _fetched(root, fetch, where, known, at_root=True)
    while True:
        if len(node) == 17:
            if not path:
                raise _malformed(where, "a branch below the key's last nibble")
            child, path = _branch(node, where)[int(path[0], 16)], path[1:]
        else:
            leaf, prefix, rest = _short(node, where)
            if leaf:
                if len(prefix) != len(path) or not rest or not isinstance(rest, bytes):
                    raise _malformed(where, "a leaf of another length")
                return rest if prefix == path else None
            # an extension that holds all of the path would lead past the key
            if not prefix or len(prefix) >= len(path):
                raise _malformed(where, "an extension of the wrong length")
            if not path.startswith(prefix):
                # the node it leads to is not needed to see that the key is absent
                return None
            child, path = rest, path[len(prefix) :]
        if child == b"":
            return None
        after_extension = len(node) == 2
        node = _child(child, fetch, where, known)
        if after_extension and len(node) != 17:
            raise _malformed(where, "an extension that leads to no branch")


def _fetched(wanted: bytes, fetch: Fetch, where: str, known: Memo, *, at_root: bool = False) -> list[words.Item]:
    data = fetch(wanted)
    seen = known.get(wanted)
    if seen is None or seen[0] != data:  # other bytes under a hash that was seen: the fetcher is not to be trusted
        if keccak(data) != wanted:
            raise ClaimError(
                f"{where}: a node does not have the hash that its parent names",
                code="proof-node-malformed",
                hint="the proof is damaged, out of order, or of another block",
            )
        items = _node(words.decode_list(data, limit=MAX_NODE, where=f"{where}: a node"), where)
        known[wanted] = seen = data, items
    if len(data) < 32 and not at_root:
        raise _malformed(where, "a node that should stand inside its parent")
    return seen[1]


def _child(child: words.Item, fetch: Fetch, where: str, known: Memo) -> list[words.Item]:
    if isinstance(child, list):
        return _inside(child, where)
    if len(child) != 32:
        raise _malformed(where, "a reference that is no hash")
    return _fetched(child, fetch, where, known)


def _node(items: list[words.Item], where: str) -> list[words.Item]:
    """Check what a node leads to, on the way to the key or not: no state has a node of which one child is none."""
    if len(items) not in (2, 17):
        raise _malformed(where, f"a node of {len(items)} items")
    if len(items) == 17:
        for child in items[:16]:
            if isinstance(child, list):
                _inside(child, where)
            elif len(child) not in (0, 32):
                raise _malformed(where, "a reference that is no hash")
    return items


def _inside(child: list[words.Item], where: str) -> list[words.Item]:
    if len(rlp.encode(child)) >= 32:
        raise _malformed(where, "a node inside its parent that is too long for that")
    if len(_node(child, where)) == 2:
        _short(child, where)
    return child


def _branch(node: list[words.Item], where: str) -> list[words.Item]:
    if node[16] != b"" or sum(child != b"" for child in node) < 2:
        raise _malformed(where, "a branch with a value, or with fewer than two children")
    return node


def _short(node: list[words.Item], where: str) -> tuple[bool, str, words.Item]:
    """Decode a leaf's or extension's hex-prefix: (is a leaf, nibbles as hex, value or child)."""
    prefix, rest = node
    if not isinstance(prefix, bytes) or not 1 <= len(prefix) <= 33:
        raise _malformed(where, "no hex-prefix")
    nibbles = prefix.hex()
    flag = int(nibbles[0], 16)
    if flag > 3 or (flag % 2 == 0 and nibbles[1] != "0"):
        raise _malformed(where, "a hex-prefix that is not canonical")
    return flag >= 2, nibbles[1 if flag % 2 else 2 :], rest


def _malformed(where: str, what: str) -> ClaimError:
    return ClaimError(
        f"{where}: {what} in the trie", code="proof-node-malformed", hint="the proof is damaged or invented"
    )
