"""A parent that hashes only the total of its children lets each customer be shown another sum for the sibling."""

from hashlib import sha256

from tests.attacks.tree_world import node, piece, proof, row, statement, tree, verdict
from tests.liabilities import reference

LEAVES = tree({"first": 100, "second": 70})


def test_a_hundred_and_seventy_shown_as_a_hundred_is_refused_for_both():
    left, right = sorted(LEAVES, key=lambda leaf: -leaf.amount)
    top = sha256(b"\x01" + left.hash + right.hash + (100).to_bytes(16, "big")).digest()
    claimed = statement(row(top, 100, 2))
    shown_to_left = piece(left, 0, [reference.Node(right.hash, 0)])
    shown_to_right = piece(right, 1, [reference.Node(left.hash, 30)])
    assert verdict(proof(shown_to_left), claimed, left.account_id) == "root-mismatch"
    assert verdict(proof(shown_to_right), claimed, right.account_id) == "root-mismatch"


def test_with_our_nodes_a_lowered_total_holds_for_one_of_them_at_most():
    left, right = LEAVES
    for low_left, low_right in ((left.amount, 0), (0, right.amount), (left.amount, 30), (30, right.amount)):
        top = reference.join(reference.Node(left.hash, low_left), reference.Node(right.hash, low_right))
        if top.sum >= left.amount + right.amount:
            continue
        claimed = statement(row(top.hash, top.sum, 2))
        held = [
            verdict(proof(piece(mine, index, [reference.Node(other.hash, low)])), claimed, mine.account_id)
            for mine, index, other, low in ((left, 0, right, low_right), (right, 1, left, low_left))
        ]
        assert sum(isinstance(result, dict) for result in held) <= 1


def test_each_childs_own_sum_changes_the_parent():
    left, right = map(node, LEAVES)
    moved = reference.join(reference.Node(left.hash, left.sum + 1), reference.Node(right.hash, right.sum - 1))
    assert moved.sum == left.sum + right.sum
    assert moved.hash != reference.join(left, right).hash
