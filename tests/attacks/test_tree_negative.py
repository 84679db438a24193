"""Negative, wrapped and overflowing amounts anywhere in a proof or a statement; debts netted against balances."""

import hashlib
import json

import pytest

from tests.attacks.tree_world import node, piece, proof, row, statement, tree, verdict
from tests.liabilities import reference, verifiers

LEAVES = tree({"first": 100, "second": 70})
TOP = reference.root(LEAVES)
CLAIMED = statement(row(TOP.hash, TOP.sum, 2))
GOOD = piece(LEAVES[0], 0, [node(LEAVES[1])])
ME = LEAVES[0].account_id


def test_the_untouched_proof_holds():
    assert verdict(proof(GOOD), CLAIMED, ME) == {"BTC": LEAVES[0].amount}


@pytest.mark.parametrize("text", ["-9", "-0", "+1", "00", "1e2", "1.0", " 1", "1 ", "", "0x1", "1_0", "\u0661", "NaN"])
def test_only_plain_digits_are_amounts(text):
    assert verdict(proof({**GOOD, "amount": text}), CLAIMED, ME) == "amount-not-canonical"
    step = {**GOOD["path"][0], "sum": text}
    assert verdict(proof({**GOOD, "path": [step]}), CLAIMED, ME) == "amount-not-canonical"
    for field in ("total", "split_above"):
        spoiled = statement({**CLAIMED["assets"][0], field: text})
        assert verdict(proof(GOOD), spoiled, ME) == "amount-not-canonical"
    excluded = statement({**CLAIMED["assets"][0], "excluded": {"rows": 1, "amount": text}})
    assert verdict(proof(GOOD), excluded, ME) == "amount-not-canonical"


@pytest.mark.parametrize("value", [2**128, 2**128 + 100, 10**39 - 1])
def test_more_than_128_bits_is_refused_not_cut(value):
    assert verdict(proof({**GOOD, "amount": str(value)}), CLAIMED, ME) == "amount-too-large"
    step = {**GOOD["path"][0], "sum": str(value)}
    assert verdict(proof({**GOOD, "path": [step]}), CLAIMED, ME) == "amount-too-large"


def test_minus_nine_as_128_bits_have_it_overflows():
    assert verdict(proof({**GOOD, "amount": str(2**128 - 9)}), CLAIMED, ME) == "sum-overflow"


def test_a_total_lowered_by_wrapping_round_is_refused():
    """A hidden sibling of 2^128 - 50 would make 100 owed look like 50, if sums wrapped."""
    victim, ghost = tree({"victim": 100, "ghost": 2**128 - 50})
    if victim.account_id == "ghost":
        victim, ghost = ghost, victim
        index = 1
    else:
        index = 0
    pair = [node(ghost), node(victim)] if index else [node(victim), node(ghost)]
    message = b"\x01" + b"".join(item.hash + item.sum.to_bytes(16, "big") for item in pair)
    top = hashlib.sha256(message).digest()
    claimed = statement(row(top, 50, 2))
    assert verdict(proof(piece(victim, index, [node(ghost)])), claimed, "victim") == "sum-overflow"


def test_pieces_that_wrap_together_are_refused():
    leaves = tree({"whale": 2**128 - 1}, pieces=2)
    top = reference.root(leaves)
    claimed = statement(row(top.hash, top.sum, 2, pieces=2))
    honest = reference.entry("BTC", leaves, "whale")["pieces"]
    assert verdict(proof(*honest), claimed, "whale") == {"BTC": 2**128 - 1}
    raised = [{**honest[0], "amount": str(int(honest[0]["amount"]) + 1)}, honest[1]]
    assert verdict(proof(*raised), claimed, "whale") == "sum-overflow"


def test_numbers_that_javascript_cannot_hold_are_refused():
    text = json.dumps(proof(GOOD), sort_keys=True, separators=(",", ":"))
    signed = json.dumps(CLAIMED, sort_keys=True, separators=(",", ":")).encode()
    for number in (2**53, 2**53 + 1, 2**64, 2**128, -(2**53)):
        spoiled = text.replace('"index":0', f'"index":{number}').encode()
        assert {check(spoiled, signed, ME) for check in verifiers.VERIFIERS} == {"json-malformed"}
