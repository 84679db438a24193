"""One chain's coins under two chains' names: no header says whose chain it is of, so nothing else would tell."""

from __future__ import annotations

from itertools import combinations

from por.reserves.judging.facts import Facts
from por.reserves.report import Report

FORKED = 1_501_593_374
"""The time of Bitcoin Cash's first own block (478,559): before it, its blocks are Bitcoin's, and coins are on both."""


def twice_told(report: Report, facts: Facts) -> list[str]:
    """Name every pair of chains that rest on one state or on one block; faults in words.

    Headers of the Ethereum family name no chain, and Bitcoin Cash's have Bitcoin's layout and work: a second chain's
    row with the first one's evidence would count every coin again.
    """
    names = [chain.chain for chain in report.chains]
    return [
        f"{one} and {other} are shown by the same {what}: one chain's coins count twice"
        for one, other in combinations(names, 2)
        if (what := _shared(one, other, facts)) is not None
    ]


def _shared(one: str, other: str, facts: Facts) -> str | None:
    a, b = facts.pinned.get(one), facts.pinned.get(other)
    if a is not None and b is not None and (a.hash == b.hash or a.state_root == b.state_root):
        return f"state, of block {a.number}"
    common = _blocks(one, facts) & _blocks(other, facts)
    return f"block {min(common).hex()}" if common else None


def _blocks(chain: str, facts: Facts) -> set[bytes]:
    """Return the hashes of a chain's blocks since the fork, and of what its run of headers stands on."""
    known = facts.outputs.get(chain)
    if known is None:
        return set()
    shown = {block.header.hash for block in known.blocks.values() if block.header.time >= FORKED}
    return shown | {name for row in known.run for name in (row.hash, row.parent) if row.time >= FORKED}
