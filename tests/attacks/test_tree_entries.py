"""The same entry twice shows two of one; a dropped piece shows less than is owed; added ones show more."""

from tests.attacks.tree_world import document, proof, statement, tree, verdict
from tests.liabilities import reference

LEAVES = tree({"whale": 10_000, "minnow": 5, "edge": 100, "above": 101}, pieces=4, split_above=100)
CLAIMED = statement(reference.row("BTC", LEAVES, pieces=4, split_above=100))
WHALE = reference.entry("BTC", LEAVES, "whale")


def test_the_honest_pieces_hold():
    assert verdict(document(WHALE), CLAIMED, "whale") == {"BTC": 10_000}
    assert verdict(document(reference.entry("BTC", LEAVES, "edge")), CLAIMED, "edge") == {"BTC": 100}
    assert verdict(document(reference.entry("BTC", LEAVES, "above")), CLAIMED, "above") == {"BTC": 101}


def test_an_entry_twice_is_refused():
    assert verdict(document(WHALE, WHALE), CLAIMED, "whale") == "asset-repeated"


def test_a_piece_twice_is_refused():
    pieces = WHALE["pieces"]
    for changed in ([*pieces, pieces[0]], [pieces[0], *pieces[:3]], [pieces[0]] * 4):
        assert verdict(proof(*changed), CLAIMED, "whale") == "index-repeated"


def test_any_dropped_pieces_show():
    pieces = WHALE["pieces"]
    for keep in range(1, 15):
        kept = [piece for number, piece in enumerate(pieces) if keep >> number & 1]
        small = len(kept) == 1 and int(kept[0]["amount"]) <= 100
        result = verdict(proof(*kept), CLAIMED, "whale")
        assert small or result == "pieces-count", kept


def test_pieces_of_two_people_are_not_one_balance():
    minnow = reference.entry("BTC", LEAVES, "minnow")["pieces"]
    assert verdict(proof(*WHALE["pieces"][:3], *minnow), CLAIMED, "whale") == "root-mismatch"
    assert verdict(proof(*minnow, *WHALE["pieces"]), CLAIMED, "whale") == "pieces-count"


def test_a_tree_that_does_not_split_what_it_says_it_splits_is_refused():
    whole = tree({"whale": 10_000, "minnow": 5})
    claimed = statement(reference.row("BTC", whole, pieces=4, split_above=100))
    assert verdict(document(reference.entry("BTC", whole, "whale")), claimed, "whale") == "pieces-count"
    assert verdict(document(reference.entry("BTC", whole, "minnow")), claimed, "minnow") == {"BTC": 5}
