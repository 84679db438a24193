"""What the forger has to work with: honest trees of several shapes, every account's honest proof, and the statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.attacks.tree_world import KEY, SNAPSHOT_ID, document, statement
from tests.liabilities import reference

Document = dict[str, Any]

# asset: (people, pieces, split_above); shapes with and without lone last nodes, split and not
SHAPES = {
    "BTC": (11, 1, 0),
    "BTC:lent": (2, 1, 0),
    "ETH": (1, 1, 0),
    "JPY": (8, 3, 0),
    "USDC": (6, 4, 1000),
    "XRP": (0, 1, 0),
}


@dataclass(frozen=True)
class World:
    """Trees, the statement over them, and `proofs`: the honest proof of each account."""

    trees: dict[str, list[reference.Leaf]]
    rules: dict[str, tuple[int, int]]
    statement: Document
    proofs: dict[str, Document]

    def honest(self, account_id: str, entry: Document) -> str | None:
        """Why an accepted entry is false; None when each piece of it is the account's own, as the tree has it."""
        wanted = reference.entry(entry["asset"], self.trees[entry["asset"]], account_id)
        if wanted is None:
            return "an entry of somebody who has none"
        if any(piece not in wanted["pieces"] for piece in entry["pieces"]):
            return "a piece that the tree does not have"
        if entry["pieces"] == wanted["pieces"]:
            return None
        _, split_above = self.rules[entry["asset"]]
        if len(entry["pieces"]) == 1 and int(entry["pieces"][0]["amount"]) <= split_above:
            return None  # docs/spec/tree.md: one small piece alone holds, and shows a balance that is too small
        if sorted(map(str, entry["pieces"])) == sorted(map(str, wanted["pieces"])):
            return None  # the same leaves in another order show the same sum
        return "another set of pieces than the account has"


def make(rng: Random) -> World:
    """A world with random amounts, some equal, some zero, some at the edges."""
    people = [f"user-{number}" for number in range(11)] + ["user-1:", "1", "user-"]
    amounts = [0, 1, 7, 7, 999, 1000, 1001, 2**40, 2**64, 2**100, *(rng.randrange(10**6) for _ in range(6))]
    trees = {}
    for asset, (many, pieces, above) in SHAPES.items():
        owners = rng.sample(people, many)
        balances = {who: rng.choice(amounts) for who in owners}
        trees[asset] = reference.leaves(reference.asset_key(KEY, asset), balances, pieces, above)
    rows = [
        reference.row(asset, trees[asset], pieces=pieces, split_above=above)
        for asset, (_, pieces, above) in SHAPES.items()
    ]
    proofs = {}
    for who in people:
        entries = [reference.entry(asset, trees[asset], who) for asset in SHAPES]
        proofs[who] = document(*(entry for entry in entries if entry is not None))
    return World(trees, {asset: shape[1:] for asset, shape in SHAPES.items()}, statement(*rows), proofs)


def pieces_of(proof: Document) -> list[Document]:
    """All pieces of a proof, whatever the forger has made of it."""
    return [piece for entry in proof["entries"] for piece in entry["pieces"]]


def fresh(value: Any) -> Any:
    """A copy that can be spoiled."""
    return json.loads(json.dumps(value))


__all__ = ["SNAPSHOT_ID", "Document", "World", "fresh", "make", "pieces_of"]
