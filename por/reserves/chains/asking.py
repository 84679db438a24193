"""The questions behind a balance on an EVM chain, and what makes their answers proofs.

Whatever is proven is also asked for plainly, and a node whose answer contradicts its own proof is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from por import amounts
from por.errors import ClaimError, SourceError
from por.reserves import caip
from por.reserves.chains import Pinned
from por.reserves.chains.parts import Part, merged
from por.reserves.chains.rpc import Question, Rpc
from por.reserves.evidence import account, words
from por.reserves.evidence.answer import check_answer
from por.reserves.evidence.bundle import AccountClaim, Bundle
from por.reserves.tables import Token

_BALANCE_OF = "70a08231"
"""keccak("balanceOf(address)")[:4]"""

Reference = dict[str, str] | str
"""How the block is named to the node: by hash, or by number where it knows no better."""

_ADDRESS_BITS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From a token's contract to the code it runs: the claims that show it, and the nodes that prove them."""

    claims: tuple[AccountClaim, ...]
    nodes: frozenset[bytes]


class Asking:
    """Asks one node at one block."""

    def __init__(self, rpc: Rpc, pinned: Pinned, block: Reference) -> None:
        self._rpc, self._pinned, self._block = rpc, pinned, block
        self._ways: dict[str, Way] = {}
        self.notices: list[str] = []

    def accounts(self, names: Sequence[str]) -> Part:
        """Read the native balances of CAIP-10 accounts, with proofs where a codec reads the chain."""
        addresses = [_address(name) for name in names]
        balances = self._rpc.ask_all([("eth_getBalance", [address, self._block]) for address in addresses])
        told = [self._quantity(value, "eth_getBalance") for value in balances]
        bundle = None
        if self._pinned.header is not None:
            nodes: set[bytes] = set()
            answers = self._rpc.ask_all([("eth_getProof", [address, [], self._block]) for address in addresses])
            claims = [self._check(a, address, (), nodes) for a, address in zip(answers, addresses, strict=True)]
            for claim, amount in zip(claims, told, strict=True):
                self._same(claim.state.balance, amount, claim.address)
            bundle = self._bundle(claims, nodes)
        return self._part(names, told, bundle, "the chain's own coin")

    def token(self, contract: str, names: Sequence[str], token: Token | None) -> Part:
        """Read a token's balances, with proofs when `token` is a row that `provable` has returned."""
        holders = [bytes.fromhex(_address(name)[2:]) for name in names]
        told = self._balances_of(contract, holders)
        bundle = None if token is None else self._prove(token, holders, told)
        return self._part(names, told, bundle, f"{self._pinned.chain}/erc20:{contract}")

    def provable(self, token: Token | None, asset: str) -> Token | None:
        """Return the table's row when the contract, and the code behind it, are what the row says at this block."""
        if token is None:
            self._notice(f"{asset}: the token table does not list it, so its balances rest on the node's word")
        elif self._pinned.header is not None:
            way = self._follow(token)
            if way is not None:
                self._ways[token.contract] = way
                return token
        return None

    def way(self, token: Token) -> Way:
        """Return what `provable` found of a token."""
        return self._ways[token.contract]

    def _follow(self, token: Token) -> Way | None:
        nodes: set[bytes] = set()
        claims: list[AccountClaim] = []
        at, wanted = token.contract, token.code_hash
        for step in range(len(token.hops) + 1):
            keys = [account.hop_key(hop.slot) for hop in token.hops[step : step + 1]]
            answer = self._rpc.ask("eth_getProof", [at, ["0x" + key.hex() for key in keys], self._block])
            claim = self._check(answer, at, keys, nodes)
            claims.append(claim)
            if claim.state.code_hash != wanted:
                which = "its code" if step == 0 else f"the code behind it, at {at},"
                self._notice(
                    f"{token.contract}: {which} is not the one in the token table (code hash "
                    f"{claim.state.code_hash.hex()}), so its balances rest on the node's word"
                )
                return None
            if keys:
                word = claim.storage[keys[0]]
                if word >> _ADDRESS_BITS:
                    self._notice(f"{token.contract}: the table's slot of its implementation holds no address")
                    return None
                at, wanted = caip.checksum(word.to_bytes(20, "big")), token.hops[step].code_hash
        return Way(claims=tuple(claims), nodes=frozenset(nodes))

    def _prove(self, token: Token, holders: Sequence[bytes], told: Sequence[int]) -> Bundle:
        way = self._ways[token.contract]
        keys = [account.token_key(token, holder) for holder in holders]
        nodes = set(way.nodes)
        question = [token.contract, ["0x" + key.hex() for key in keys], self._block]
        claim = self._check(self._rpc.ask("eth_getProof", question), token.contract, keys, nodes)
        for key, amount in zip(keys, told, strict=True):
            self._same(token.amount(claim.storage[key]), amount, f"{token.contract} balanceOf")
        return self._bundle(merged([*way.claims, claim]), nodes)

    def _balances_of(self, contract: str, holders: Sequence[bytes]) -> list[int]:
        questions: list[Question] = []
        for holder in holders:
            call = {"to": contract, "data": f"0x{_BALANCE_OF}{holder.rjust(32, bytes(1)).hex()}"}
            questions.append(("eth_call", [call, self._block]))
        found = []
        for value in self._rpc.ask_all(questions):
            data = self._data(value, "eth_call")
            if len(data) != 32:
                raise self._rpc.wrong(
                    f"{contract} does not answer balanceOf at block {self._pinned.number}",
                    code="token-missing",
                    hint="is it a token contract on this chain? check the asset table",
                )
            found.append(int.from_bytes(data, "big"))
        return found

    def _check(self, answer: Any, address: str, keys: Sequence[bytes], nodes: set[bytes]) -> AccountClaim:
        assert self._pinned.header is not None
        root = self._pinned.header.state_root
        try:
            return check_answer(answer, state_root=root, address=address, keys=keys, nodes=nodes, where=address)
        except (ClaimError, words.BadAnswer) as error:
            raise self._rpc.wrong(
                f"its proof does not hold at block {self._pinned.number}: {error.message}",
                code="node-proof",
                hint="the node is wrong or dishonest; use another one with --node",
            ) from None

    def _bundle(self, claims: Sequence[AccountClaim], nodes: set[bytes]) -> Bundle:
        assert self._pinned.header is not None
        return Bundle(
            chain=self._pinned.chain,
            number=self._pinned.number,
            hash=self._pinned.header.hash,
            accounts=tuple(claims),
            nodes=frozenset(nodes),
        )

    def _part(self, names: Sequence[str], told: Sequence[int], bundle: Bundle | None, coin: str) -> Part:
        for name, amount in zip(names, told, strict=True):
            if amount >= amounts.LIMIT:
                raise self._rpc.wrong(
                    f"{name} is said to hold 2^128 or more of {coin}",
                    code="node-amount",
                    hint="no honest coin has so many units; check the asset table",
                )
        return Part(amounts=tuple(zip(names, told, strict=True)), bundle=bundle)

    def _same(self, proven: int, told: int, place: str) -> None:
        if proven != told:
            raise self._rpc.wrong(
                f"it says {told} for {place} at block {self._pinned.number}, but its own proof shows {proven}",
                code="node-contradicts-proof",
                hint="the node is wrong or dishonest, or the token table's slot or mask is; nothing was written",
            )

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)

    def _quantity(self, value: Any, method: str) -> int:
        try:
            return words.quantity(value, where=f"the answer to {method} is malformed")
        except words.BadAnswer as error:
            raise self._garbage(error) from None

    def _data(self, value: Any, method: str) -> bytes:
        try:
            return words.data(value, where=f"the answer to {method} is malformed")
        except words.BadAnswer as error:
            raise self._garbage(error) from None

    def _garbage(self, error: words.BadAnswer) -> SourceError:
        return self._rpc.wrong(error.message, code="node-garbage", hint=error.hint)


def _address(name: str) -> str:
    return name.rpartition(":")[2]
