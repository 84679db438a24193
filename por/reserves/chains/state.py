"""Single facts about contracts on an EVM chain at one block, by a node's word: code, words, addresses, what if."""

from __future__ import annotations

from collections.abc import Sequence

from eth_hash.auto import keccak

from por.errors import SourceError
from por.reserves import caip
from por.reserves.chains.asking import Reference
from por.reserves.chains.rpc import Question, Rpc
from por.reserves.evidence import words

_BALANCE_OF = "0x70a08231"
_ADDRESS_BITS = 160


class State:
    """Asks one node about one block; everything raises SourceError when it does not deliver."""

    def __init__(self, rpc: Rpc, block: Reference) -> None:
        self._rpc, self._block = rpc, block

    def code(self, address: str) -> bytes:
        """Return the runtime code at an address; empty when there is none."""
        return self._data(self._rpc.ask("eth_getCode", [address, self._block]))

    def code_hash(self, address: str) -> bytes:
        """Return keccak-256 of the runtime code at an address."""
        return keccak(self.code(address))

    def words(self, address: str, keys: Sequence[bytes]) -> list[int]:
        """Return the storage words at 32-byte keys."""
        questions: list[Question] = [("eth_getStorageAt", [address, "0x" + key.hex(), self._block]) for key in keys]
        return [int.from_bytes(self._data(value), "big") for value in self._rpc.ask_all(questions)]

    def address_at(self, address: str, slot: int) -> str | None:
        """Return the address that a storage slot holds, when it holds one with code."""
        (word,) = self.words(address, [slot.to_bytes(32, "big")])
        if not word or word >> _ADDRESS_BITS:
            return None
        found = caip.checksum(word.to_bytes(20, "big"))
        return found if self.code(found) else None

    def balances(self, contract: str, holders: Sequence[str]) -> list[int]:
        """Return what a token's balanceOf says."""
        questions: list[Question] = [
            ("eth_call", [{"to": contract, "data": _ask_balance(holder)}, self._block]) for holder in holders
        ]
        return [self._amount(value, contract) for value in self._rpc.ask_all(questions)]

    def answer(self, contract: str, data: str) -> bytes:
        """Return what a contract answers."""
        return self._data(self._rpc.ask("eth_call", [{"to": contract, "data": data}, self._block]))

    def balance_if(self, contract: str, holder: str, key: bytes, word: int) -> int:
        """Return what balanceOf would say, were the storage word at `key` another one (geth's state overrides)."""
        changed = {contract: {"stateDiff": {"0x" + key.hex(): f"0x{word:064x}"}}}
        call = {"to": contract, "data": _ask_balance(holder)}
        return self._amount(self._rpc.ask("eth_call", [call, self._block, changed]), contract)

    def _amount(self, value: object, contract: str) -> int:
        data = self._data(value)
        if len(data) != 32:
            raise self._rpc.wrong(
                f"{contract} does not answer balanceOf", code="token-missing", hint="is it a token on this chain?"
            )
        return int.from_bytes(data, "big")

    def _data(self, value: object) -> bytes:
        try:
            return words.data(value, where="an answer is malformed")
        except words.BadAnswer as error:
            raise SourceError(
                f"the node of the chain gave a malformed answer: {error.message}", code="node-garbage", hint=error.hint
            ) from None


def _ask_balance(holder: str) -> str:
    return _BALANCE_OF + holder[2:].lower().rjust(64, "0")
