"""What the verifier knows about coins: which ids back an asset, and where a token keeps its balances.

These values come from the VERIFIER's policy pack, never from the exchange: with a free storage slot an allowance
looks like a balance, and a token that the exchange minted itself looks like backing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FULL_WORD = (1 << 256) - 1
"""The mask of a token whose storage word is the balance and nothing else."""

KeyOrder = Literal["key-slot", "slot-key"]
"""How a mapping's storage key is hashed: Solidity keccak(key ‖ slot), Vyper keccak(slot ‖ key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """One CAIP-19 id that backs an asset code, with its own decimals: ("USDC", "eip155:1/erc20:0xA0b8…", 6)."""

    asset: str
    id: str
    decimals: int

    @property
    def chain(self) -> str:
        """The CAIP-2 part of the id."""
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Where a token contract keeps `balanceOf`: what makes a storage proof a proof of a balance.

    `contract` is written with its EIP-55 checksum, `code_hash` is keccak-256 of the runtime code (32 bytes), `slot`
    the mapping's slot, `mask` is and-ed with the word (USDC keeps a flag in bit 255).
    """

    chain: str
    contract: str
    code_hash: bytes
    slot: int
    key_order: KeyOrder = "key-slot"
    mask: int = FULL_WORD


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveTables:
    """The asset table and the token table of a policy pack."""

    backings: tuple[Backing, ...] = ()
    tokens: tuple[Token, ...] = ()

    def backings_on(self, code: str, chain: str) -> tuple[Backing, ...]:
        """Return every id that backs `code` on one chain (a bridged and a native form may both be listed)."""
        return tuple(row for row in self.backings if row.asset == code and row.chain == chain)

    def backing(self, code: str, chain: str) -> Backing | None:
        """Return the first id that backs `code` on a chain, or None."""
        return next(iter(self.backings_on(code, chain)), None)

    def backing_of(self, asset_id: str) -> Backing | None:
        """Return the row of a CAIP-19 id, or None: then the id backs nothing."""
        return next((row for row in self.backings if row.id == asset_id), None)

    def token(self, chain: str, contract: str) -> Token | None:
        """Return the row of a token contract, or None: then its balances are a node's word."""
        wanted = contract.lower()
        return next((row for row in self.tokens if row.chain == chain and row.contract.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Bounds in time that a policy sets.

    `challenge_max_age_days`: how long before as_of a challenge may have been issued; `issued_after_as_of_hours`: how
    long after as_of it may be; `max_skew_seconds`: how far the pinned block may lie before as_of.
    """

    challenge_max_age_days: int = 366
    issued_after_as_of_hours: int = 168
    max_skew_seconds: int = 3600
