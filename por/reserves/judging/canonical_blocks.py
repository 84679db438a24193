"""Are the blocks the chain's own? Invented state under an invented header is consistent with itself."""

from __future__ import annotations

from collections.abc import Mapping

from por.errors import ClaimError
from por.reserves import blocks
from por.reserves.chains import Chain
from por.reserves.judging import families
from por.reserves.judging.facts import Facts
from por.reserves.ownership import signs_challenges
from por.reserves.report import ChainReport


def verify(chain: ChainReport, facts: Facts, node: Chain | None, block_hash: str | None) -> tuple[str, bool]:
    """Compare the pinned block with the checker's own source; with a node also challenges' blocks and the family's own.

    Returns what was compared in words, "" when there is no source, and whether nothing is left open. Raises
    ClaimError when a hash differs, SourceError when the node does not deliver.
    """
    said, whole = [], False
    if block_hash is not None:
        if block_hash.lower().removeprefix("0x") != chain.block.hash.removeprefix("0x"):
            raise other(chain, chain.block.number, chain.block.hash, f"you gave {block_hash}")
        said.append("is the block that you named")
    if node is not None:
        recent = _recent(chain, facts)
        compare(chain, {chain.block.number: chain.block.hash, **recent}, node)
        said.append(f"and {len(recent)} recent blocks of challenges are those of {node.source}")
    if said:
        words, whole = families.judge(chain.chain).verify_others(chain, facts, node)
        said.append(words)
    return ", ".join(said), whole


def compare(chain: ChainReport, wanted: Mapping[int, str], node: Chain) -> None:
    """Refuse a hash (as its chain writes it) that is not the node's at that height; ClaimError, SourceError."""
    for number in sorted(wanted):
        # One at a time: a height that the node does not have must not hide a block that differs below it.
        (found,) = node.hashes_at([number])
        if found != wanted[number]:
            raise other(chain, number, wanted[number], f"{node.source} has {found}")


def _recent(chain: ChainReport, facts: Facts) -> dict[int, str]:
    from por.reserves.challenge import parse_challenge

    found: dict[int, str] = {chain.block.number: chain.block.hash}
    after = facts.successors.get(chain.chain)
    if after is not None:
        found[after.number] = blocks.show_hash(chain.chain, after.hash)
    ours = set(found)
    recent = {}
    for holding in chain.holdings:
        control = facts.controls.get(holding.control.digest)
        if control is not None and signs_challenges(control.scheme):
            challenge = parse_challenge(control.message, where=holding.account)
            number, said = challenge.block_number, blocks.show_hash(chain.chain, challenge.block_hash)
            if found.setdefault(number, said) != said:
                first, second = (found[number], "a") if number in ours else (said, "another")
                raise other(chain, number, first, f"{second} challenge names another block there")
            recent[number] = said
    return recent


def other(chain: ChainReport, number: int, hash_: str, but: str) -> ClaimError:
    """Make the ClaimError of a block that is not the chain's."""
    return ClaimError(
        f"{chain.chain}: block {number} is not {hash_}: {but}",
        code="block-not-canonical",
        hint="the state may be invented, or your source is on another chain",
    )
