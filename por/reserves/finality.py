"""When a chain's block counts as final, in a sentence for the statement: the rule by which `reserves check` waits."""

from __future__ import annotations

_RULES = {
    "eip155": "the node's finalized block was the successor of this block or later",
    "bip122": "the tip of the node's chain when its outputs were read; whether it was kept only a later look tells",
}


def finality(chain: str) -> str:
    """Return the rule of a chain (CAIP-2) by its family; "" for one that none here reads."""
    return _RULES.get(chain.partition(":")[0], "")
