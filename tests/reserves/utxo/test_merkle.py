"""Partial Merkle trees: ours beside a node's, and those that say more than they prove."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from por.errors import ClaimError
from por.reserves.bitcoin.transactions import sha256d
from por.reserves.evidence.utxo import merkleblock
from por.reserves.evidence.utxo.merkleblock import MerkleBlock
from tests.litecoin import LiteExchange, needs_litecoin
from tests.reserves.utxo.craft import root_of

HEADER = bytes(80)


def ids(count: int) -> list[bytes]:
    return [sha256d(b"%d" % n) for n in range(count)]


@given(st.data())
def test_every_shape(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 70))
    wanted = data.draw(st.sets(st.integers(0, count - 1)))
    raw = merkleblock.build(HEADER, ids(count), wanted).to_bytes()
    tree = merkleblock.parse(raw, where="tree")
    assert tree.to_bytes() == raw
    found = merkleblock.verify(tree, root=root_of(ids(count)), where="tree")
    assert found == {ids(count)[place]: place for place in wanted}


@needs_litecoin
def test_a_node_makes_the_same(lx: LiteExchange) -> None:
    block = lx.node.call("getblockhash", 116)
    names = lx.node.call("getblock", block, 1)["tx"]
    header = bytes.fromhex(lx.node.call("getblockheader", block, False))
    places = {0, len(names) - 1}
    ours = merkleblock.build(header, [bytes.fromhex(name)[::-1] for name in names], places).to_bytes().hex()
    assert ours == lx.node.call("gettxoutproof", [names[place] for place in places], block)
    assert sorted(lx.node.call("verifytxoutproof", ours)) == sorted(names[place] for place in places)
    assert len(names) == 4


def refused(tree: MerkleBlock, root: bytes, words: str) -> None:
    with pytest.raises(ClaimError, match=words):
        merkleblock.verify(tree, root=root, where="tree")


def changed(tree: MerkleBlock, **changes: object) -> MerkleBlock:
    from dataclasses import replace

    return replace(tree, **changes)  # type: ignore[arg-type]


def test_a_list_with_its_tail_repeated() -> None:
    """CVE-2012-2459: three transactions, and the same with the last one again, have one root."""
    three = ids(3)
    tree = merkleblock.build(HEADER, [*three, three[2]], {3})
    assert root_of([*three, three[2]]) == root_of(three)
    refused(tree, root_of(three), "beside itself")


def test_what_is_left_over_or_missing() -> None:
    tree = merkleblock.build(HEADER, ids(9), {0, 5})
    root = root_of(ids(9))
    refused(changed(tree, hashes=(*tree.hashes, bytes(32))), root, "belong to nothing")
    refused(changed(tree, hashes=tree.hashes[:-1]), root, "too few hashes")
    refused(changed(tree, flags=(*tree.flags, True)), root, "belong to nothing")
    refused(changed(tree, flags=(*tree.flags, *[False] * 8)), root, "belong to nothing")
    refused(changed(tree, flags=tree.flags[:-1]), root, "too few flags")
    refused(tree, bytes(32), "not those of the block's header")


@pytest.mark.parametrize("raw", [b"", HEADER, HEADER + bytes(6), HEADER + b"\xff" * 40])
def test_what_is_no_tree(raw: bytes) -> None:
    with pytest.raises(ClaimError, match="not a partial Merkle tree"):
        merkleblock.parse(raw, where="tree")
