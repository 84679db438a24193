"""The other forger is the exchange itself: trees whose nodes claim what they like, under a root that it signs.

Whatever it commits to, the amounts that can be shown under one root add up to no more than the total that was signed,
and no index shows two leaves. `search` builds small trees full of lies and tries every path that can be made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from fixtures.cases import jcs
from tests.attacks.tree_world import KEY, piece, proof, row, statement
from tests.liabilities import reference, verifiers
from tests.liabilities.reference import Leaf, Node


@dataclass(frozen=True)
class Lie:
    """A tree as committed: `claims` has for each (first leaf, width) the node its parent hashed."""

    leaves: list[Leaf]
    claims: dict[tuple[int, int], Node]
    root: Node


def commit(rng: Random, leaves: list[Leaf], honesty: float) -> Lie:
    """Hash a tree whose inner sums are now and then not those of the children, and whose halves may be one subtree."""
    claims: dict[tuple[int, int], Node] = {}

    def build(first: int, width: int) -> Node:
        if width == 1:
            true = Node(leaves[first].hash, leaves[first].amount)
        else:
            middle = reference.middle(width)
            left = build(first, middle)
            if rng.random() > honesty and middle * 2 == width:  # both halves are one subtree, shown at two places
                right = left
                for (at, wide), node in list(claims.items()):
                    if first <= at and at + wide <= first + middle:
                        claims[at + middle, wide] = node
            else:
                right = build(first + middle, width - middle)
            claims[first + middle, width - middle] = right
            true = reference.join(left, right)
        if rng.random() > honesty:
            lie = rng.choice((0, 1, true.sum // 2, max(0, true.sum - leaves[first].amount), true.sum * 2))
            true = Node(true.hash, lie)
        claims[first, width] = true
        return true

    root = build(0, len(leaves))
    return Lie(leaves, claims, root)


def path(lie: Lie, index: int, count: int) -> list[Node]:
    """The siblings as they were committed; where the count is a false one, whatever stands there."""
    found, first, width = [], 0, count
    while width > 1:
        middle = reference.middle(width)
        if index < first + middle:
            found.append(lie.claims.get((first + middle, width - middle), Node(bytes(32), 0)))
            width = middle
        else:
            found.append(lie.claims.get((first, middle), Node(bytes(32), 0)))
            first, width = first + middle, width - middle
    return found[::-1]


def search(rng: Random, tries: int) -> tuple[int, int]:
    """Return how many proofs were tried and how many held; AssertionError names a tree that shows too much."""
    tried = held = 0
    for _ in range(tries):
        count = rng.randint(1, 9)
        balances = {f"user-{number}": rng.choice((0, 1, 30, 70, 100, 2**64)) for number in range(count)}
        leaves = reference.leaves(reference.asset_key(KEY, "BTC"), balances)
        lie = commit(rng, leaves, rng.choice((0.7, 0.9, 0.95, 0.98)))
        claimed = max(1, count + rng.choice((0, 0, 0, 1, -1)))
        total = rng.choice((lie.root.sum, lie.root.sum, sum(balances.values()), max(balances.values())))
        signed = jcs(statement(row(lie.root.hash, total, claimed))).encode()
        shown: dict[int, set[tuple[str, int]]] = {}
        for index in range(claimed):
            for leaf in lie.leaves:
                for amount in {leaf.amount, total, 0, *(node.sum for node in lie.claims.values())}:
                    tried += 1
                    if holds(leaf, amount, index, path(lie, index, claimed), signed):
                        held += 1
                        shown.setdefault(index, set()).add((leaf.account_id, amount))
        assert all(len(leaves) == 1 for leaves in shown.values()), (lie, signed, shown)
        assert sum(amount for leaves in shown.values() for _, amount in leaves) <= total, (lie, signed, shown)
    return tried, held


def holds(leaf: Leaf, amount: int, index: int, siblings: list[Node], signed: bytes) -> bool:
    """Ask all verifiers about one candidate; they never differ."""
    data = jcs(proof(piece(leaf, index, siblings, amount))).encode()
    answers = [verifier(data, signed, leaf.account_id) for verifier in verifiers.VERIFIERS]
    assert all(answer == answers[0] for answer in answers), (answers, data, signed)
    return isinstance(answers[0], dict)
