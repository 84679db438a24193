"""Leaves and nodes must not be taken for each other, and joined fields must not run into one another."""

from por.liabilities.verify import hash_leaf, hash_node
from tests.attacks.tree_world import node, piece, proof, row, statement, tree, verdict
from tests.liabilities import reference

LEAVES = tree({f"user-{number}": 10**number for number in range(4)})
TOP = reference.root(LEAVES)


def test_an_inner_node_offered_as_a_leaf_has_the_wrong_path_length():
    inner = reference.join(node(LEAVES[0]), node(LEAVES[1]))
    other = reference.join(node(LEAVES[2]), node(LEAVES[3]))
    offered = {**piece(LEAVES[0], 0, [other]), "amount": str(inner.sum)}
    assert verdict(proof(offered), statement(row(TOP.hash, TOP.sum, 4)), LEAVES[0].account_id) == "path-length"


def test_nor_does_it_hash_like_a_leaf_when_a_false_count_makes_the_length_fit():
    left, right = map(node, LEAVES[:2])
    preimage = left.hash + left.sum.to_bytes(16, "big") + right.hash + right.sum.to_bytes(16, "big")
    nonce, amount, account_id = preimage[:16], int.from_bytes(preimage[16:32], "big"), preimage[32:]
    assert hash_node((left.hash, left.sum), (right.hash, right.sum)) != hash_leaf(nonce, amount, account_id)
    other = reference.join(node(LEAVES[2]), node(LEAVES[3]))
    claimed = statement(row(TOP.hash, TOP.sum, 2))
    inner = reference.join(left, right)
    offered = {"amount": str(inner.sum), "nonce": nonce.hex(), "index": 0, "path": piece(LEAVES[0], 0, [other])["path"]}
    assert verdict(proof(offered), claimed, LEAVES[0].account_id) == "root-mismatch"


def test_a_leaf_offered_as_a_node_is_refused():
    longer = [node(LEAVES[1]), node(LEAVES[2]), reference.join(node(LEAVES[2]), node(LEAVES[3]))]
    claimed = statement(row(TOP.hash, TOP.sum, 4))
    assert verdict(proof(piece(LEAVES[0], 0, longer)), claimed, LEAVES[0].account_id) == "path-length"


def test_ids_and_amounts_do_not_run_into_each_other():
    nonce = bytes(16)
    assert len({hash_leaf(nonce, 2, b"a1"), hash_leaf(nonce, 12, b"a"), hash_leaf(nonce, 1, b"a2")}) == 3
    same_text = [(b"a1", 2), (b"a", 12), (b"", 112)]
    assert len({b"\x00" + nonce + amount.to_bytes(16, "big") + who for who, amount in same_text}) == 3


def test_a_nonce_that_begins_with_the_others_amount_is_another_leaf():
    one = hash_leaf(b"\x01" * 16, int.from_bytes(b"\x02" * 16, "big"), b"x")
    other = hash_leaf(b"\x02" * 16, int.from_bytes(b"\x01" * 16, "big"), b"x")
    assert one != other
