"""A node's answer to `eth_getProof` (EIP-1186), checked strictly against a state root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from por.reserves.evidence import account, trie, words
from por.reserves.evidence.bundle import AccountClaim

_MAX_NODES = 130
"""64 nibbles of a key cannot need more branches and extensions than this."""


def check_answer(
    answer: Any, *, state_root: bytes, address: str, keys: Sequence[bytes], nodes: set[bytes], where: str
) -> AccountClaim:
    """Prove an account (EIP-55 address) and the words at `keys` (32 bytes each), and collect the trie nodes.

    Everything the answer says (balance, nonce, hashes, values, keys) is compared with what its proof shows.
    Raises ClaimError when the proof does not hold, BadAnswer when the answer contradicts it or is none.
    """
    if not isinstance(answer, dict):
        raise _differs(where, "the answer is no object")
    memo: trie.Memo = {}
    found = account.decode_account(
        _proven(state_root, bytes.fromhex(address[2:]), answer.get("accountProof"), nodes, memo, where), where=where
    )
    said = account.AccountState(
        nonce=words.quantity(answer.get("nonce"), where=f"{where}: nonce"),
        balance=words.quantity(answer.get("balance"), where=f"{where}: balance"),
        storage_hash=words.data(answer.get("storageHash"), where=f"{where}: storageHash", length=32),
        code_hash=words.data(answer.get("codeHash"), where=f"{where}: codeHash", length=32),
    )
    # of an absent account some clients say zeros where others give the hashes of nothing
    absent = account.AccountState(storage_hash=bytes(32), code_hash=bytes(32))
    if said != found and not (found == account.AccountState() and said == absent):
        raise _differs(where, "balance, nonce or a hash differs from the account in the proof")
    if str(answer.get("address")).lower() != address.lower():
        raise _differs(where, "it is about another address")
    rows = answer.get("storageProof")
    if not isinstance(rows, list) or len(rows) != len(keys):
        raise _differs(where, "it has other storage keys than were asked for")
    storage: dict[bytes, int] = {}
    for row, key in zip(rows, keys, strict=True):
        if not isinstance(row, dict) or _key(row.get("key")) != key:
            raise _differs(where, "it has other storage keys than were asked for")
        word = account.decode_word(_proven(found.storage_hash, key, row.get("proof"), nodes, memo, where), where=where)
        if words.quantity(row.get("value"), where=f"{where}: value") != word:
            raise _differs(where, f"the value at {key.hex()} differs from the one in the proof")
        storage[key] = word
    return AccountClaim(address=address, state=found, storage=storage)


def _proven(root: bytes, key: bytes, proof: Any, nodes: set[bytes], memo: trie.Memo, where: str) -> bytes | None:
    if not isinstance(proof, list) or len(proof) > _MAX_NODES:
        raise _differs(where, "a proof is missing or too long")
    ordered = [words.data(node, where=f"{where}: proof") for node in proof]
    if root == trie.EMPTY_ROOT and ordered == [b"\x80"]:
        ordered = []  # some clients prove an empty trie with its one empty node
    value = trie.lookup(root, key, ordered, where=where, memo=memo)
    nodes.update(ordered)
    return value


def _key(text: Any) -> bytes | None:
    """Read a storage key, which clients write with or without leading zeros."""
    digits = text.removeprefix("0x") if isinstance(text, str) else ""
    if 1 <= len(digits) <= 64 and set(digits.lower()) <= set("0123456789abcdef"):
        return int(digits, 16).to_bytes(32, "big")
    return None


def _differs(where: str, what: str) -> words.BadAnswer:
    return words.BadAnswer(f"{where}: {what}", code="node-proof", hint="use another node with --node")
