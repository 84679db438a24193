"""A verifier that takes root, count, total or algorithm from the proof believes whatever the proof says."""

import pytest

from tests.attacks.tree_world import document, piece, proof, row, statement, tree, verdict
from tests.liabilities import reference

LEAVES = tree({f"user-{number}": 10**number for number in range(5)})
TOP = reference.root(LEAVES)
CLAIMED = statement(row(TOP.hash, TOP.sum, 5))
ME = LEAVES[1].account_id
GOOD = piece(LEAVES[1], 1, reference.path(LEAVES, 1))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("root", TOP.hash.hex()),
        ("count", 1),
        ("total", "0"),
        ("algorithm", "sha256"),
        ("depth", 0),
        ("leaf", "00" * 32),
    ],
)
def test_a_proof_has_no_place_for_parameters(field, value):
    entry = {"asset": "BTC", "pieces": [GOOD]}
    for spoiled in (
        {**document(entry), field: value},
        document({**entry, field: value}),
        document({"asset": "BTC", "pieces": [{**GOOD, field: value}]}),
    ):
        assert verdict(spoiled, CLAIMED, ME) == "proof-malformed"


def test_a_tree_of_ones_own_is_refused():
    forged = tree({ME: 10**9, "other": 1})
    index = next(i for i, leaf in enumerate(forged) if leaf.account_id == ME)
    result = verdict(proof(piece(forged[index], index, reference.path(forged, index))), CLAIMED, ME)
    assert result == "path-length"
    alone = tree({ME: 10**9})
    assert verdict(proof(piece(alone[0], 0, [])), CLAIMED, ME) == "path-length"


def test_empty_truncated_and_extended_paths_are_refused():
    path = GOOD["path"]
    for changed in ([], path[1:], path[:-1], [*path, path[0]], [*path, {"hash": "00" * 32, "sum": "0"}], path * 20):
        assert verdict(proof({**GOOD, "path": changed}), CLAIMED, ME) == "path-length"


def test_a_path_of_twenty_thousand_steps_is_refused_before_hashing():
    steps = [{"hash": "00" * 32, "sum": "0"}] * 20_000
    assert verdict(proof({**GOOD, "path": steps}), CLAIMED, ME) == "path-length"


def test_another_snapshots_statement_does_not_fit():
    assert verdict({**proof(GOOD), "snapshot_id": "00" * 32}, CLAIMED, ME) == "snapshot-mismatch"
