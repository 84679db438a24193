"""The total must be bound to the root: edited alone it fails every customer."""

from tests.attacks.tree_world import piece, proof, row, statement, tree, verdict
from tests.liabilities import reference

LEAVES = tree({f"user-{number}": 10**number for number in range(6)})
TOP = reference.root(LEAVES)


def proofs():
    for index, leaf in enumerate(LEAVES):
        yield leaf.account_id, proof(piece(leaf, index, reference.path(LEAVES, index)))


def test_a_total_edited_alone_fails_everybody():
    for total in (0, 1, TOP.sum - 1, TOP.sum + 1, TOP.sum * 2, 2**128 - 1):
        claimed = statement(row(TOP.hash, total, len(LEAVES)))
        assert {verdict(shown, claimed, who) for who, shown in proofs()} == {"total-mismatch"}


def test_a_total_and_a_sum_edited_to_match_fail_the_root():
    claimed = statement(row(TOP.hash, TOP.sum - 1, len(LEAVES)))
    for who, shown in proofs():
        step = shown["entries"][0]["pieces"][0]["path"][-1]
        if step["sum"] != "0":
            step["sum"] = str(int(step["sum"]) - 1)
            assert verdict(shown, claimed, who) == "root-mismatch"


def test_a_customers_leaf_left_out_of_the_sums_is_seen_by_that_customer():
    lowered = [
        leaf if leaf.amount != 10**5 else reference.Leaf(leaf.account_id, 0, 0, leaf.nonce, leaf.place)
        for leaf in LEAVES
    ]
    low = reference.root(lowered)
    claimed = statement(row(low.hash, low.sum, len(lowered)))
    index = next(i for i, leaf in enumerate(LEAVES) if leaf.amount == 10**5)
    shown = piece(LEAVES[index], index, reference.path(lowered, index))
    assert verdict(proof(shown), claimed, "user-5") == "root-mismatch"
    admitted = piece(lowered[index], index, reference.path(lowered, index))
    assert verdict(proof(admitted), claimed, "user-5") == {"BTC": 0}
