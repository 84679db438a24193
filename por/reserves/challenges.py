"""Challenges as files for people to sign.

DIR/NAME.txt is the text to sign as it is, NAME the account as `eip155-1-0xAb58…`; a descriptor has one for each of its
addresses that holds coins. DIR/challenges.json keeps the recent
blocks' headers, which go into the control files when the signatures are imported (imports.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from por import canonical
from por.errors import SourceError
from por.files import new_folder, write_bytes
from por.header import Header, show_time
from por.reserves import blocks
from por.reserves.chains import Limits, Pinned, open_chain
from por.reserves.challenge import ANY, Challenge, parse_nonce
from por.reserves.control import BLOCK_AGE
from por.reserves.descriptors import expand_with, need_nodes
from por.reserves.ownership import signs_challenges
from por.reserves.wallets import Wallet

FORMAT = "por-challenges/1"
NONCE_BYTES = 16


def write_challenges(
    *,
    wallets: Sequence[Wallet],
    header: Header,
    nodes: Mapping[str, str],
    out: Path,
    issued: int,
    expires: int,
    nonce: str | None = None,
    any_snapshot: bool = False,
    limits: Limits | None = None,
) -> tuple[Challenge, ...]:
    """Write a text for each wallet whose scheme signs challenges, with the newest final block of its chain.

    The folder appears whole or not at all.
    `issued` and `expires` are Unix seconds (now, and say three months later), `nonce` 32 hex digits that an auditor
    gave for all of them, else each gets its own. Raises UsageError without a node, SourceError when a node does not
    deliver or its newest final block is not within 24 hours before `issued`.
    """
    if nonce is not None:
        parse_nonce(nonce, where="--nonce")
    # published texts (scheme `published`) were signed once and for all: there is nothing to sign anew
    wallets = [wallet for wallet in wallets if signs_challenges(wallet.scheme)]
    need_nodes(wallets, nodes)
    listed, wallets = wallets, expand_with(wallets, nodes, limits or Limits())
    recent = {
        chain: _recent(chain, nodes, issued, limits or Limits()) for chain in {row.parsed.chain for row in wallets}
    }
    found = []
    for wallet in wallets:
        block = recent[wallet.parsed.chain]
        found.append(
            Challenge(
                issuer=header.issuer,
                account=wallet.account,
                snapshot=ANY if any_snapshot else header.id.hex(),
                block_chain=block.chain,
                block_number=block.number,
                block_hash=blocks.parse_hash(block.chain, block.hash, where=block.chain),
                issued=issued,
                expires=expires,
                nonce=nonce or secrets.token_hex(NONCE_BYTES),
            )
        )
    headers = {chain: block.ends[0].hex() for chain, block in recent.items() if block.ends}
    index: dict[str, object] = {
        "format": FORMAT,
        "headers": headers,
        "accounts": [wallet.account for wallet in wallets],
    }
    whole = {row.account: row.where for row in listed if row.descriptor is not None}
    if whole:
        index["expanded"] = {
            name: [wallet.account for wallet in wallets if wallet.where == where] for name, where in whole.items()
        }
    with new_folder(out) as folder:
        for wallet, challenge in zip(wallets, found, strict=True):
            write_bytes(folder / f"{wallet.name}.txt", challenge.text().encode("utf-8"))
        write_bytes(folder / "challenges.json", canonical.encode(index))
    return tuple(found)


def _recent(chain: str, nodes: Mapping[str, str], issued: int, limits: Limits) -> Pinned:
    block = open_chain(chain, nodes[chain], limits).recent()
    if not block.time <= issued <= block.time + BLOCK_AGE:
        raise SourceError(
            f"{chain}: the newest final block is of {show_time(block.time)}, not within 24 hours before "
            f"{show_time(issued)}",
            code="node-stale",
            hint="is the node in step with the chain, and is this machine's clock right?",
        )
    return block
