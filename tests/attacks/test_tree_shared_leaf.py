"""One leaf given to two customers of equal balance: the leaf binds the id that the person types."""

from tests.attacks.tree_world import document, piece, proof, row, statement, tree, verdict
from tests.liabilities import reference

BALANCES = {"a@example.jp": 500, "b@example.jp": 500, "c@example.jp": 7}
HIDDEN = tree({who: BALANCES[who] for who in ("a@example.jp", "c@example.jp")})
TOP = reference.root(HIDDEN)
CLAIMED = statement(row(TOP.hash, TOP.sum, len(HIDDEN)))
INDEX = next(index for index, leaf in enumerate(HIDDEN) if leaf.account_id == "a@example.jp")
SHARED = proof(piece(HIDDEN[INDEX], INDEX, reference.path(HIDDEN, INDEX)))


def test_the_proof_of_another_is_refused():
    assert verdict(SHARED, CLAIMED, "a@example.jp") == {"BTC": 500}
    assert verdict(SHARED, CLAIMED, "b@example.jp") == "root-mismatch"


def test_ids_that_begin_alike_or_differ_in_case_are_others():
    for who in ("a@example.j", "a@example.jpp", "A@example.jp", "a@example.jP"):
        assert verdict(SHARED, CLAIMED, who) == "root-mismatch"


def test_the_proof_cannot_bring_the_id_with_it():
    for changed in ({**SHARED, "account_id": "a@example.jp"}, document({**SHARED["entries"][0], "account_id": "a"})):
        assert verdict(changed, CLAIMED, "b@example.jp") == "proof-malformed"
