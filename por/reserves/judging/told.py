"""Balances that rest on a node's word: which of them may, and what the checker's own node says of them."""

from __future__ import annotations

from collections.abc import Sequence

from por.errors import ClaimError
from por.header import Header, parse_time
from por.reserves import blocks, caip
from por.reserves.chains import Chain, Pinned, Wish
from por.reserves.report import ChainReport, Holding
from por.reserves.tables import ReserveTables, Windows


def pinned(chain: ChainReport) -> Pinned:
    """Return the report's block as what a node is asked at; without its header, so that nothing is proven anew."""
    time = parse_time(chain.block.time, where="block.time")
    return Pinned(chain=chain.chain, number=chain.block.number, hash=chain.block.hash, time=time, header=None)


def verify_told(holding: Holding, chain: ChainReport) -> None:
    """Refuse a node's word for a chain's own coin where the state proves it to anybody; ClaimError.

    Of a token a word may be all there is: the verifier's table may not know its storage, or not its present code.
    """
    if blocks.has_codec(chain.chain) and caip.parse_asset(holding.asset, where="asset").contract is None:
        raise ClaimError(
            f"{holding.account} {holding.asset}: the state proves this balance, but no proof is given",
            code="holding-withheld",
            hint="the report says more than its evidence shows",
        )


def differing(told: Sequence[Holding], chain: ChainReport, node: Chain) -> dict[tuple[str, str], str]:
    """Ask the checker's node for these balances at the block; (account, asset) -> what is not as reported. SourceError.

    The node's plain answers are asked for, never its proofs: a second way to the same figures.
    """
    assets: dict[str, list[str]] = {}
    for holding in told:
        assets.setdefault(holding.account, []).append(holding.asset)
    wishes = [Wish(account=account, assets=tuple(ids)) for account, ids in assets.items()]
    found = {(row.account, row.asset): row.amount for row in node.read(pinned(chain), wishes, ReserveTables()).rows}
    return {
        key: f"{holding.account} {holding.asset}: {node.source} has {found.get(key)}, the report says {holding.amount}"
        for holding in told
        if found.get(key := (holding.account, holding.asset)) != holding.amount
    }


def verify_time(chain: ChainReport, header: Header, windows: Windows) -> None:
    """Refuse a block that no header shows: where the layout is known, or of a time that does not do; ClaimError."""
    where = f"{chain.chain}: block {chain.block.number}"
    if blocks.has_codec(chain.chain):
        raise ClaimError(
            f"{where}: its header and its successor's are not in the evidence",
            code="block-evidence",
            hint="without them any block could pass for the last one",
        )
    before, after = windows.skew(chain.chain)
    if not -after <= header.time - pinned(chain).time <= before:
        raise ClaimError(
            f"{where} is said to be of {chain.block.time}, beyond the policy's bound before {header.as_of}",
            code="block-skew",
            hint="the report says so itself",
        )
