"""A dishonest exchange's workshop: trees from the reference, documents around them, and both verifiers to fool."""

from typing import Any

from por import canonical
from tests.liabilities import reference, verifiers

KEY = bytes(range(32))
SNAPSHOT_ID = bytes(range(100, 132))


def tree(balances: dict[str, int], pieces: int = 1, split_above: int = 0, asset: str = "BTC") -> list[reference.Leaf]:
    """Honest leaves in order."""
    return reference.leaves(reference.asset_key(KEY, asset), balances, pieces, split_above)


def statement(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"snapshot_id": SNAPSHOT_ID.hex(), "assets": list(rows)}


def row(root: bytes, total: int, count: int, **more: Any) -> dict[str, Any]:
    """A row of the statement with whatever root, total and count somebody claims."""
    return {**reference.row("BTC", []), "root": root.hex(), "total": str(total), "count": count, **more}


def piece(leaf: reference.Leaf, index: int, path: list[reference.Node], amount: int | None = None) -> dict[str, Any]:
    return {
        "amount": str(leaf.amount if amount is None else amount),
        "nonce": leaf.nonce.hex(),
        "index": index,
        "path": [{"hash": node.hash.hex(), "sum": str(node.sum)} for node in path],
    }


def proof(*pieces: dict[str, Any], asset: str = "BTC") -> dict[str, Any]:
    return document({"asset": asset, "pieces": list(pieces)})


def document(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"format": "por-proof/1", "snapshot_id": SNAPSHOT_ID.hex(), "entries": list(entries)}


def node(leaf: reference.Leaf) -> reference.Node:
    return reference.Node(leaf.hash, leaf.amount)


def verdict(proof: Any, statement: Any, account_id: str) -> dict[str, int] | str:
    """What both verifiers say: the amounts found or the code of the failure; they never differ."""
    results = [check(canonical.encode(proof), canonical.encode(statement), account_id) for check in verifiers.VERIFIERS]
    assert all(result == results[0] for result in results)
    return results[0]
