"""The last node repeated (CVE-2012-2459): two ledgers must never share a root, nor one leaf two places."""

import pytest

from tests.attacks.tree_world import node, piece, proof, row, statement, tree, verdict
from tests.liabilities import reference


@pytest.mark.parametrize("count", [1, 3, 5, 6, 7, 9, 11, 13])
def test_repeating_the_last_leaves_changes_root_count_and_total(count):
    leaves = tree({f"user-{number}": 5 + number for number in range(count)})
    honest = reference.root(leaves)
    for repeated in range(1, count + 1):
        longer = reference.root([*leaves, *leaves[-repeated:]])
        assert longer.hash != honest.hash
        assert longer.sum != honest.sum


def test_a_tree_filled_up_by_repetition_fails_its_last_customer():
    leaves = tree({"first": 100, "second": 70, "third": 1})
    a, b, c = map(node, leaves)
    top = reference.join(reference.join(a, b), reference.join(c, c))
    last = leaves[2].account_id
    shown = proof(piece(leaves[2], 2, [c, reference.join(a, b)]))
    assert verdict(shown, statement(row(top.hash, top.sum, 3)), last) == "path-length"
    twin = proof(piece(leaves[2], 3, [c, reference.join(a, b)]))
    assert verdict(twin, statement(row(top.hash, top.sum, 3)), last) == "index-out-of-range"


def test_an_empty_tree_has_no_leaf_and_its_root_is_nobodys():
    leaf = tree({"first": 0})[0]
    empty = reference.root([])
    assert verdict(proof(piece(leaf, 0, [])), statement(row(empty.hash, 0, 0)), "first") == "index-out-of-range"
    assert verdict(proof(piece(leaf, 0, [])), statement(row(empty.hash, 0, 1)), "first") == "root-mismatch"
