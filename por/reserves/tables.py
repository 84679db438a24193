"""What the verifier knows about coins: which ids back an asset, and where a token keeps its balances.

These values come from the VERIFIER's policy pack, never from the exchange: with a free storage slot an allowance
looks like a balance, and a token that the exchange minted itself looks like backing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FULL_WORD = (1 << 256) - 1
"""The mask of a token whose storage word is the balance and nothing else."""

KeyOrder = Literal["key-slot", "slot-key", "packed"]
"""How a mapping's storage key is hashed: Solidity keccak(key ‖ slot), Vyper keccak(slot ‖ key), both of 32 bytes each;
packed is keccak(holder's 20 bytes ‖ slot's last 12), which Solady's ERC20 has with the slot 0x87a211a2."""

EIP1967_SLOT = 0x360894A13BA1A3210667C828492DB98DCA3E2076CC3735A920A3CA505D382BBC
"""keccak("eip1967.proxy.implementation") - 1: where most proxies keep the address of the code they run."""

EIP1967_BEACON_SLOT = 0xA3F0AD74E5423AEBFD80D3EF4346578335A9A72AEAEE59FF6CB3582B35133D50
"""keccak("eip1967.proxy.beacon") - 1: where beacon proxies keep the address of the contract that names the code."""

NATIVE_FACES: Mapping[str, tuple[str, ...]] = {
    "eip155:10": ("0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000",),
    "eip155:8453": ("0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000",),
    "eip155:5000": ("0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000",),
    "eip155:1088": ("0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000",),
    "eip155:137": ("0x0000000000000000000000000000000000001010",),
    "eip155:80002": ("0x0000000000000000000000000000000000001010",),
    "eip155:324": ("0x000000000000000000000000000000000000800A",),
    "eip155:1284": ("0x0000000000000000000000000000000000000802",),
    "eip155:1285": ("0x0000000000000000000000000000000000000802",),
    "eip155:42220": ("0x471EcE3750Da237f93B8E339c536989b8978a438",),
}
"""Contracts that show a chain's own coin as if it were an ERC-20: the same coins a second time.

OP Mainnet's and Base's old ETH contract, Mantle's MNT and Metis' METIS at the same place, Polygon's POL, zkSync's ETH,
Moonbeam's GLMR and Moonriver's MOVR, Celo's CELO. A policy pack adds others under [[faces]].
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step from a proxy to the code it runs: the word at `slot` is an address whose code has this hash."""

    slot: int
    code_hash: bytes


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
    the mapping's slot. `member` counts the words from the mapping's word on, for mappings to structs; `shift` and
    `mask` pick the balance out of the word, (word >> shift) & mask: USDC keeps a flag in bit 255. `hops` lead from a
    proxy to the code that it runs, one for a common proxy, two for a beacon's: without them an upgrade could make
    another word the balance.
    """

    chain: str
    contract: str
    code_hash: bytes
    slot: int
    key_order: KeyOrder = "key-slot"
    mask: int = FULL_WORD
    shift: int = 0
    member: int = 0
    hops: tuple[Hop, ...] = ()

    def amount(self, word: int) -> int:
        """Return the balance that a storage word holds."""
        return (word >> self.shift) & self.mask


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveTables:
    """The asset table and the token table of a policy pack, and groups of ids that show the same coins."""

    backings: tuple[Backing, ...] = ()
    tokens: tuple[Token, ...] = ()
    faces: tuple[tuple[str, ...], ...] = ()

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

    def coin(self, asset_id: str) -> str:
        """Return one name for all ids that show the same coins: whatever is counted once goes by it."""
        plain = _plain(asset_id)
        for group in self.faces:
            names = {_plain(row) for row in group}
            if plain in names:
                return min(names)
        return plain


def _plain(asset_id: str) -> str:
    chain, _, name = asset_id.partition("/")
    space, _, reference = name.partition(":")
    # whatever number a slip44 id gives it, a chain has one coin of its own
    if space == "slip44" or reference.lower() in (face.lower() for face in NATIVE_FACES.get(chain, ())):
        return f"{chain}/its own coin"
    return f"{chain}/{name.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Bounds in time that a policy sets.

    `challenge_max_age_days`: how long before as_of a challenge may have been issued; `issued_after_as_of_hours`: how
    long after as_of it may be; `max_skew_seconds`: how far the pinned block may lie before as_of;
    `max_tip_skew_seconds`: how far, before or after as_of, the block of a chain that is read at its tip only.
    """

    challenge_max_age_days: int = 366
    issued_after_as_of_hours: int = 168
    max_skew_seconds: int = 3600
    max_tip_skew_seconds: int = 7200

    def skew(self, chain: str) -> tuple[int, int]:
        """Return how many seconds the pinned block of a chain may lie before as_of, and how many after it."""
        if chain.startswith("bip122:"):
            return self.max_tip_skew_seconds, self.max_tip_skew_seconds
        return self.max_skew_seconds, 0
