"""A forger that spoils honest proofs, and an exchange that commits to lies: neither gets a false balance accepted."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from por.liabilities import verify
from tests.attacks.forger import liar, moves
from tests.attacks.forger.search import STAGES, Forger
from tests.liabilities import reference, verifiers
from tests.liabilities.reference import Leaf, Node


def test_the_forger_finds_no_false_proof():
    found = Forger(20261120).run(tries=2500)
    assert found.forgeries == []
    assert found.answers["ok"] > 50, "honest proofs (an entry less, pieces in another order) must still hold"
    assert found.answers["root-mismatch"] > 500, "most forgeries must get as far as the hashes"
    assert {"pieces-count", "path-length", "index-repeated", "asset-repeated"} <= set(found.answers)
    assert set(found.used) == {move.__name__ for move in moves.MOVES}


def test_an_exchange_that_commits_to_lies_shows_no_more_than_it_signed():
    tried, held = liar.search(Random(7), 40)
    assert tried > 5000 and held > 40, "a search in which hardly anything holds finds nothing"


def leaf_of_nobody(nonce, amount, account_id):
    return sha256(b"\x00" + nonce + amount.to_bytes(16, "big")).digest()


def node_without_sums(left, right):
    return sha256(b"\x01" + left[0] + right[0]).digest()


def any_number_of_pieces(entry, root):
    whole = replace(root, pieces=max(1, len(entry.pieces)), split_above=0)
    return checked_shape(entry, whole)


checked_shape = verify._check_shape


@pytest.mark.parametrize("flaw", ["leaf of nobody", "sums not hashed", "pieces not counted"])
def test_the_forger_finds_what_a_careless_format_lets_through(monkeypatch, flaw):
    """The search itself is tested: where verifier and trees share a flaw, it must come back with forgeries."""
    monkeypatch.setattr(verifiers, "VERIFIERS", [verifiers.python])
    if flaw == "leaf of nobody":
        monkeypatch.setattr(verify, "hash_leaf", leaf_of_nobody)
        monkeypatch.setattr(Leaf, "hash", property(lambda leaf: leaf_of_nobody(leaf.nonce, leaf.amount, b"")))
    elif flaw == "sums not hashed":
        monkeypatch.setattr(verify, "hash_node", node_without_sums)
        monkeypatch.setattr(
            reference, "join", lambda a, b: Node(node_without_sums((a.hash, a.sum), (b.hash, b.sum)), a.sum + b.sum)
        )
    else:
        monkeypatch.setattr(verify, "_check_shape", any_number_of_pieces)
    assert Forger(1).run(tries=3000, first=True).forgeries


def test_stages_are_all_codes_a_proof_can_get():
    text = (Path(__file__).parents[2] / "docs/spec/proof.md").read_text()
    assert {code for code in STAGES if f"`{code}`" not in text} == set()
