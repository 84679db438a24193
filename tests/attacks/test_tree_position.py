"""Direction and index: where siblings stand follows from (index, count), so no leaf can be shown at two places."""

from tests.attacks.tree_world import piece, proof, row, statement, tree, verdict
from tests.liabilities import reference


def test_a_leaf_holds_at_its_own_index_and_at_no_other():
    for count in (1, 2, 3, 5, 8, 11):
        leaves = tree({f"user-{number}": 7 * number for number in range(count)})
        top = reference.root(leaves)
        claimed = statement(row(top.hash, top.sum, count))
        for index, leaf in enumerate(leaves):
            path = reference.path(leaves, index)
            for shown in range(-1, count + 2):
                result = verdict(proof(piece(leaf, shown, path)), claimed, leaf.account_id)
                assert isinstance(result, dict) == (shown == index), (count, index, shown, result)


def test_flipped_bits_and_huge_indices_are_refused():
    leaves = tree({f"user-{number}": number for number in range(8)})
    top = reference.root(leaves)
    claimed = statement(row(top.hash, top.sum, 8))
    path = reference.path(leaves, 5)
    for bit in range(52):
        shown = piece(leaves[5], 5 ^ 1 << bit, path)
        assert isinstance(verdict(proof(shown), claimed, leaves[5].account_id), str)


def test_a_side_cannot_be_claimed():
    leaves = tree({"first": 1, "second": 2})
    top = reference.root(leaves)
    shown = piece(leaves[0], 0, reference.path(leaves, 0))
    shown["path"][0]["side"] = "left"
    assert verdict(proof(shown), statement(row(top.hash, top.sum, 2)), leaves[0].account_id) == "proof-malformed"
