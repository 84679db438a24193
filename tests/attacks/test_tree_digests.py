"""Digests of another length than 32 bytes are refused before anything is hashed."""

import hashlib

import pytest

from tests.attacks.tree_world import node, piece, proof, row, statement, tree, verdict
from tests.liabilities import reference

LEAVES = tree({"first": 100, "second": 70, "third": 1})
TOP = reference.root(LEAVES)
GOOD = piece(LEAVES[0], 0, reference.path(LEAVES, 0))
DIGEST = node(LEAVES[1]).hash


@pytest.mark.parametrize(
    "digest",
    [b"", DIGEST[:8], hashlib.sha1(DIGEST).digest(), DIGEST[:31], DIGEST + b"\x00", DIGEST * 2],
    ids=["none", "8-bytes", "sha1", "31-bytes", "33-bytes", "sha512"],
)
def test_other_lengths_are_refused_everywhere(digest):
    claimed = statement(row(TOP.hash, TOP.sum, 3))
    steps = [{**GOOD["path"][0], "hash": digest.hex()}, *GOOD["path"][1:]]
    assert verdict(proof({**GOOD, "path": steps}), claimed, LEAVES[0].account_id) == "hex-malformed"
    assert verdict(proof(GOOD), statement(row(digest, TOP.sum, 3)), LEAVES[0].account_id) == "hex-malformed"
    other = {**proof(GOOD), "snapshot_id": digest.hex()}
    assert verdict(other, claimed, LEAVES[0].account_id) == "hex-malformed"
    assert verdict(proof(GOOD), {**claimed, "snapshot_id": digest.hex()}, LEAVES[0].account_id) == "hex-malformed"


def test_a_short_nonce_is_refused():
    claimed = statement(row(TOP.hash, TOP.sum, 3))
    for nonce in (b"", LEAVES[0].nonce[:8], LEAVES[0].nonce + b"\x00"):
        spoiled = proof({**GOOD, "nonce": nonce.hex()})
        assert verdict(spoiled, claimed, LEAVES[0].account_id) == "hex-malformed"


def test_a_truncated_root_of_zeros_is_no_wildcard():
    claimed = statement(row(bytes(32), TOP.sum, 3))
    assert verdict(proof(GOOD), claimed, LEAVES[0].account_id) == "root-mismatch"
