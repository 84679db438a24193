"""The strict walker against py-trie: same values, same absences, and nothing that was meddled with."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from por.errors import ClaimError
from por.reserves.evidence import trie, words

KEYS = st.integers(0, 60).map(lambda n: n.to_bytes(2, "big"))
# short values make nodes of fewer than 32 bytes, which stand inside their parents
VALUES = st.binary(min_size=1, max_size=40)


def build(items: dict[bytes, bytes]) -> HexaryTrie:
    found = HexaryTrie({})
    for key, value in items.items():
        found[keccak(key)] = value
    return found


def proof_of(made: HexaryTrie, key: bytes) -> list[bytes]:
    nodes = [rlp.encode(node.raw if hasattr(node, "raw") else node) for node in made.get_proof(keccak(key))]
    # what stands inside its parent is not listed by eth_getProof
    return (
        [node for n, node in enumerate(nodes) if n == 0 or len(node) >= 32] if made.root_hash != trie.EMPTY_ROOT else []
    )


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=40), KEYS)
def test_same_answer_as_py_trie(items: dict[bytes, bytes], key: bytes) -> None:
    made = build(items)
    assert trie.lookup(made.root_hash, key, proof_of(made, key), where="t") == items.get(key)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=8, max_size=40), KEYS, st.data())
def test_meddling_is_refused(items: dict[bytes, bytes], key: bytes, data: st.DataObject) -> None:
    made = build(items)
    proof = proof_of(made, key)
    how = data.draw(st.sampled_from(["drop", "double", "swap", "extra", "flip"]))
    at = data.draw(st.integers(0, len(proof) - 1))
    bad = list(proof)
    if how == "drop":
        del bad[at]
    elif how == "double":
        bad.insert(at, bad[at])
    elif how == "swap":
        bad.reverse()
    elif how == "extra":
        bad.append(proof[0])
    else:
        bit = data.draw(st.integers(0, len(proof[at]) * 8 - 1))
        changed = bytearray(proof[at])
        changed[bit // 8] ^= 1 << bit % 8
        bad[at] = bytes(changed)
    if bad != proof:
        with pytest.raises(ClaimError):
            trie.lookup(made.root_hash, key, bad, where="t")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.lists(st.binary(max_size=80), max_size=3))
def test_noise_is_a_claim_that_does_not_hold(node: bytes, rest: list[bytes]) -> None:
    with pytest.raises(ClaimError):
        trie.lookup(keccak(node), b"key", [node, *rest], where="t")


def path(key: bytes) -> str:
    return keccak(key).hex()


def leaf(nibbles: str, value: bytes, flag: int = 2) -> list[bytes]:
    head = f"{flag + 1:x}{nibbles}" if len(nibbles) % 2 else f"{flag:x}0{nibbles}"
    return [bytes.fromhex(head), value]


def single(node: object) -> tuple[bytes, list[bytes]]:
    data = rlp.encode(node)
    return keccak(data), [data]


KEY = b"key"


def test_one_leaf() -> None:
    root, proof = single(leaf(path(KEY), b"value"))
    assert trie.lookup(root, KEY, proof, where="t") == b"value"
    assert trie.lookup(root, b"other", proof, where="t") is None


@pytest.mark.parametrize(
    "node",
    [
        leaf(path(KEY), b""),
        leaf(path(KEY)[:-2], b"value"),
        leaf(path(KEY) + "00", b"value"),
        [b"\x21" + keccak(KEY), b"value"],  # an even path whose padding nibble is not zero
        [b"\x40" + keccak(KEY), b"value"],  # an unknown flag
        [b"", b"value"],
        leaf(path(KEY), b"value", flag=0),  # an extension as long as the key
        leaf("", b"\1" * 32, flag=0),
        [b"\1" * 32] * 16 + [b"value"],
        [b"\1" * 32] + [b""] * 16,
        [b"a", b"b", b"c"],
        [[b"a"], b"b"],
    ],
)
def test_malformed_nodes(node: object) -> None:
    root, proof = single(node)
    with pytest.raises(ClaimError) as caught:
        trie.lookup(root, KEY, proof, where="t")
    assert caught.value.code == "proof-node-malformed"


def test_a_longer_encoding_of_the_same_node_is_refused() -> None:
    # 0xf8 with a length that 0xc0+n could say: lax readers take both, and one trie would have two roots
    data = rlp.encode(leaf(path(KEY), b"v"))
    assert data[0] < 0xF8
    longer = bytes([0xF8, data[0] - 0xC0]) + data[1:]
    with pytest.raises(ClaimError) as caught:
        trie.lookup(keccak(longer), KEY, [longer], where="t")
    assert caught.value.code == "rlp-malformed"


def test_deeply_nested_lists_are_no_crash() -> None:
    data = b""
    while len(data) < 900:
        data = rlp.codec.length_prefix(len(data), 0xC0) + data
    with pytest.raises(ClaimError):
        trie.lookup(keccak(data), KEY, [data], where="t")


def test_the_rlp_reader_agrees_with_a_library() -> None:
    """Random lists, half of them damaged: taken when pyrlp takes them strictly and makes the same bytes again."""
    import random

    chance = random.Random(7)

    def item(depth: int) -> bytes | list[Any]:
        if depth > 2 or chance.random() < 0.85:
            return chance.randbytes(chance.choice([0, 1, 1, 2, 5, 31, 32, 33, 55, 56, 57, 200, 300]))
        return [item(depth + 1) for _ in range(chance.randrange(18))]

    refused = 0
    for number in range(1500):
        data = bytearray(rlp.encode([item(1) for _ in range(chance.randrange(18))]))
        for _ in range(chance.randrange(1, 4) if number % 2 else 0):
            place = chance.randrange(len(data) + 1)
            data[place : place + chance.randrange(2)] = chance.randbytes(chance.randrange(2))
        try:
            wanted = rlp.decode(bytes(data), strict=True)
            wanted = wanted if isinstance(wanted, list) and rlp.encode(wanted) == data else None
        except Exception:
            wanted = None
        try:
            found = words.decode_list(bytes(data), limit=1 << 20, where="test")
        except ClaimError:
            found = None
        assert found == wanted, data.hex()
        refused += found is None
    assert 300 < refused < 750


def test_a_node_that_was_seen_before_is_still_compared() -> None:
    """Two proofs under one memory: the second may not bring other bytes for a node that the first one showed."""
    made = build({bytes([0, n]): b"value" * 8 for n in range(40)})
    memo: trie.Memo = {}
    first, second = bytes([0, 1]), bytes([0, 2])
    assert trie.lookup(made.root_hash, first, proof_of(made, first), where="test", memo=memo) == b"value" * 8
    other = [b"\xc1\x80", *proof_of(made, second)[1:]]
    with pytest.raises(ClaimError) as caught:
        trie.lookup(made.root_hash, second, other, where="test", memo=memo)
    assert caught.value.code == "proof-node-malformed"
