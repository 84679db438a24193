"""Are the blocks the chain's own? Invented state under an invented header is consistent with itself."""

from __future__ import annotations

from por.errors import ClaimError
from por.reserves.chains import Chain
from por.reserves.judging.facts import Facts
from por.reserves.report import ChainReport


def verify(chain: ChainReport, facts: Facts, node: Chain | None, block_hash: str | None) -> str:
    """Compare the pinned block with the checker's own source; with a node also its successor and recent blocks.

    The successor matters: one that was made up could let any block pass for the last one before the moment.

    Returns what was compared in words, or "" when there is no source. Raises ClaimError when a hash differs,
    SourceError when the node does not deliver.
    """
    said = []
    if block_hash is not None:
        if block_hash.lower().removeprefix("0x") != chain.block.hash.removeprefix("0x"):
            raise _other(chain, chain.block.number, chain.block.hash, f"you gave {block_hash}")
        said.append("is the block that you named (its successor was not compared)")
    if node is not None:
        recent = _recent(chain, facts)
        wanted = {chain.block.number: chain.block.hash, **recent}
        after = facts.successors.get(chain.chain)
        if after is not None:
            text = "0x" + after.hash.hex()
            if wanted.setdefault(after.number, text) != text:
                raise _other(chain, after.number, text, "a challenge names another block there")
        for number in sorted(wanted):
            # One at a time: a height that the node does not have must not hide a block that differs below it.
            (found,) = node.hashes_at([number])
            if found != wanted[number]:
                raise _other(chain, number, wanted[number], f"{node.source} has {found}")
        those = "its successor, and " if after is not None else "(no successor is in the evidence) "
        said = [f"and {those}{len(recent)} recent blocks of challenges, are those of {node.source}"]
    return ", ".join(said)


def _recent(chain: ChainReport, facts: Facts) -> dict[int, str]:
    from por.reserves.challenge import parse_challenge

    found: dict[int, str] = {}
    for holding in chain.holdings:
        control = facts.controls.get(holding.control.digest)
        if control is not None:
            challenge = parse_challenge(control.message, where=holding.account)
            said = "0x" + challenge.block_hash.hex()
            if found.setdefault(challenge.block_number, said) != said:
                raise _other(chain, challenge.block_number, said, "another challenge names another block there")
    if found.get(chain.block.number, chain.block.hash) != chain.block.hash:
        raise _other(chain, chain.block.number, chain.block.hash, "a challenge names another block there")
    return found


def _other(chain: ChainReport, number: int, hash_: str, but: str) -> ClaimError:
    return ClaimError(
        f"{chain.chain}: block {number} is not {hash_}: {but}",
        code="block-not-canonical",
        hint="the state may be invented, or your source is on another chain",
    )
