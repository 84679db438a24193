"""One chain's coins under two chains' names: no header says whose chain it is of, so nothing else would tell."""

from __future__ import annotations

from por.reserves.judging.facts import Facts
from por.reserves.report import Report

FORKED = 1_501_593_374
"""The time of Bitcoin Cash's first own block (478,559): before it, its blocks are Bitcoin's, and coins are on both."""


def twice_told(report: Report, facts: Facts) -> list[str]:
    """Name every chain that rests on another one's state or on one of its blocks; faults in words.

    Headers of the Ethereum family name no chain, and Bitcoin Cash's have Bitcoin's layout and work: a second chain's
    row with the first one's evidence would count every coin again.
    """
    first: dict[tuple[str, bytes], str] = {}
    faults = []
    for chain in report.chains:
        for shown in _shown(chain.chain, facts):
            other = first.setdefault(shown, chain.chain)
            if other != chain.chain:
                what = f"{shown[0]} {shown[1].hex()}"
                faults.append(f"{other} and {chain.chain} are shown by the same {what}: one chain's coins count twice")
                break
    return faults


def _shown(chain: str, facts: Facts) -> list[tuple[str, bytes]]:
    pinned = facts.pinned.get(chain)
    states = [] if pinned is None else [("state", pinned.state_root)]
    return states + [("block", name) for name in sorted(_blocks(chain, facts))]


def _blocks(chain: str, facts: Facts) -> set[bytes]:
    """Return the hashes of a chain's blocks since the fork, and of what its run of headers stands on."""
    known = facts.outputs.get(chain)
    if known is None:
        return set()
    shown = {block.header.hash for block in known.blocks.values() if block.header.time >= FORKED}
    return shown | {name for row in known.run for name in (row.hash, row.parent) if row.time >= FORKED}
