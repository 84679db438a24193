"""One part of a reading: some accounts of one asset at one block, with the claims and trie nodes that prove them.

Parts are made of neighbours in the trie (by the hash of their key), so that they share its upper nodes; what two parts
need stands once, in a file beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from por import canonical, documents
from por.errors import PorError
from por.reserves.evidence.bundle import AccountClaim, Bundle
from por.reserves.tables import Token

FORMAT = "por-part/1"
ACCOUNTS = 128
"""Accounts of a part: on Ethereum some 5 trie nodes of 1 KB of hex each an account, less than a megabyte a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was read: amounts by account, and a bundle with all its nodes unless it is a node's word alone."""

    amounts: tuple[tuple[str, int], ...]
    bundle: Bundle | None = None

    def to_bytes(self) -> bytes:
        """Return the JCS bytes in which it waits on the shelf."""
        return canonical.encode(
            {
                "format": FORMAT,
                "amounts": [[name, str(amount)] for name, amount in self.amounts],
                "bundle": None if self.bundle is None else self.bundle.to_bytes().decode(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Part | None:
        """Read it again; None when it is damaged, and then it is asked for anew."""
        try:
            doc = documents.read(_PartDocument, canonical.decode(data, where="part"), where="part")
            return cls(
                amounts=tuple((name, int(amount)) for name, amount in doc.amounts),
                bundle=None if doc.bundle is None else Bundle.from_bytes(doc.bundle.encode(), where="part"),
            )
        except (PorError, ValueError):
            return None


def split(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Cut names into parts."""
    rows = list(names)
    for start in range(0, len(rows), ACCOUNTS):
        yield tuple(rows[start : start + ACCOUNTS])


def part_name(*, block: str, source: str, asset: str, names: Sequence[str], token: Token | None, proven: bool) -> str:
    """Return the name under which the answer to exactly this question, from this source, waits on the shelf.

    `source` may be a secret (a node's URL): all that remains of it is a digest over the whole question.
    """
    layout: list[Any] = []
    if token is not None:
        words = [token.slot, token.mask, token.shift, token.member, *(hop.slot for hop in token.hops)]
        hashes = [token.code_hash, *(hop.code_hash for hop in token.hops)]
        layout = [token.contract, token.key_order, [hex(word) for word in words], [code.hex() for code in hashes]]
    question = [FORMAT, block, source, asset, list(names), layout, proven]
    return canonical.digest(canonical.encode(question))


def without(bundle: Bundle, shared: Set[bytes]) -> Bundle:
    """Return the bundle without the nodes that stand in the shared file."""
    return Bundle(
        chain=bundle.chain,
        number=bundle.number,
        hash=bundle.hash,
        accounts=bundle.accounts,
        nodes=bundle.nodes - shared,
    )


def merged(claims: Iterable[AccountClaim]) -> tuple[AccountClaim, ...]:
    """Put claims about one account together, since a bundle names each account once."""
    found: dict[str, AccountClaim] = {}
    for claim in claims:
        before = found.get(claim.address)
        storage = {**before.storage, **claim.storage} if before is not None else claim.storage
        found[claim.address] = AccountClaim(address=claim.address, state=claim.state, storage=storage)
    return tuple(found.values())


class _PartDocument(documents.Document):
    format: str
    amounts: list[list[str]]
    bundle: str | None
