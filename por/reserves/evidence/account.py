"""Accounts and storage of an EVM state trie, read from strict proofs (Yellow Paper 4.1, EIP-1186)."""

from __future__ import annotations

from dataclasses import dataclass

import rlp
from eth_hash.auto import keccak

from por.errors import ClaimError
from por.reserves.evidence import trie, words
from por.reserves.tables import KeyOrder, Token

EMPTY_CODE = keccak(b"")
"""The code hash of an account without code."""

_MAX_ACCOUNT = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """An account under a state root: nonce, balance in wei, storage root and code hash (32 bytes each)."""

    nonce: int = 0
    balance: int = 0
    storage_hash: bytes = trie.EMPTY_ROOT
    code_hash: bytes = EMPTY_CODE

    def encode(self) -> bytes:
        """Return the RLP that the state trie holds."""
        data: bytes = rlp.encode([self.nonce, self.balance, self.storage_hash, self.code_hash])
        return data


def account_at(
    state_root: bytes, address: bytes, fetch: trie.Fetch, *, where: str, memo: trie.Memo | None = None
) -> AccountState:
    """Return the account of a 20-byte address, the empty one when it is proven absent; ClaimError otherwise."""
    return decode_account(trie.walk(state_root, address, fetch, where=where, memo=memo), where=where)


def decode_account(data: bytes | None, *, where: str) -> AccountState:
    """Read a state trie's value (None: the account is absent, hence empty); ClaimError when it is malformed."""
    if data is None:
        return AccountState()
    items = words.decode_list(data, limit=_MAX_ACCOUNT, where=where)
    if len(items) == 4:
        nonce, balance, storage_hash, code_hash = items
        if (
            isinstance(nonce, bytes)
            and isinstance(balance, bytes)
            and isinstance(storage_hash, bytes)
            and isinstance(code_hash, bytes)
            and len(storage_hash) == len(code_hash) == 32
        ):
            # canonical RLP of canonical integers has one form only
            return AccountState(
                nonce=words.decode_int(nonce, where=where),
                balance=words.decode_int(balance, where=where),
                storage_hash=storage_hash,
                code_hash=code_hash,
            )
    raise ClaimError(
        f"{where}: what the state has there is no account",
        code="state-account-malformed",
        hint="the evidence is damaged or invented",
    )


def storage_at(storage_hash: bytes, key: bytes, fetch: trie.Fetch, *, where: str, memo: trie.Memo | None = None) -> int:
    """Return the word at a 32-byte storage key under a PROVEN storage root, 0 when absent; ClaimError otherwise."""
    return decode_word(trie.walk(storage_hash, key, fetch, where=where, memo=memo), where=where)


def decode_word(data: bytes | None, *, where: str) -> int:
    """Read a storage trie's value, the RLP of a non-zero integer; ClaimError when it is malformed."""
    if data is None:
        return 0
    if len(data) <= 33:
        short = len(data) == 1
        word = data if short else data[1:]
        value = words.decode_int(word, where=where)
        # a byte below 0x80 stands for itself; anything else has its length before it
        if value and (data[0] < 0x80 if short else data[0] == 0x7F + len(data) and (len(word) > 1 or value >= 0x80)):
            return value
    raise ClaimError(
        f"{where}: what the state has there is no storage word",
        code="state-word-malformed",
        hint="the evidence is damaged or invented",
    )


def balance_key(holder: bytes, slot: int, order: KeyOrder) -> bytes:
    """Return the storage key of `mapping[holder]`: the holder is ours to put in, never a key from the evidence."""
    key, place = holder.rjust(32, b"\0"), slot.to_bytes(32, "big")
    if order == "packed":
        return keccak(key[12:] + place[20:])
    return keccak(key + place if order == "key-slot" else place + key)


def token_key(token: Token, holder: bytes) -> bytes:
    """Return the storage key of the word that holds this token's balance of a 20-byte address."""
    first = int.from_bytes(balance_key(holder, token.slot, token.key_order), "big")
    return ((first + token.member) % (1 << 256)).to_bytes(32, "big")


def hop_key(slot: int) -> bytes:
    """Return the storage key of a plain slot."""
    return slot.to_bytes(32, "big")


def erc7201_slot(namespace: str, offset: int = 0) -> int:
    """Return the slot `offset` words into an ERC-7201 namespace: keccak(keccak(id) - 1) with its last byte cleared."""
    inner = int.from_bytes(keccak(namespace.encode("ascii")), "big") - 1
    return (int.from_bytes(keccak(inner.to_bytes(32, "big")), "big") & ~0xFF) + offset
