"""Balances of an EVM chain at one block: proven where the verifier's tables allow it, else a node's word.

Whatever is proven is also asked for plainly, and a node whose answer contradicts its own proof is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from por import amounts, canonical
from por.errors import ClaimError, SourceError
from por.outcomes import Basis
from por.reserves import caip
from por.reserves.chains import Pinned, Reading, Readings, Wish
from por.reserves.chains.rpc import Question, Rpc
from por.reserves.evidence import account, words
from por.reserves.evidence.answer import check_answer
from por.reserves.evidence.bundle import AccountClaim, Bundle
from por.reserves.tables import ReserveTables, Token

ACCOUNTS_IN_BUNDLE = 128
"""Some 8 trie nodes of 1 KB of hex each an account on Ethereum: about a megabyte a file."""

_BALANCE_OF = "70a08231"
"""keccak("balanceOf(address)")[:4]"""

Reference = dict[str, str] | str
"""How the block is named to the node: by hash, or by number where it knows no better."""


def read_balances(
    rpc: Rpc, pinned: Pinned, block: Reference, wishes: Sequence[Wish], tables: ReserveTables
) -> Readings:
    """Read every account and asset wished for; SourceError when the node does not deliver or contradicts itself."""
    reader = _Reader(rpc, pinned, block)
    natives: dict[str, str] = {}
    tokens: dict[str, list[str]] = {}
    accounts: list[str] = []
    for wish in wishes:
        for asset in wish.assets:
            contract = caip.parse_asset(asset, where=asset).contract
            if contract is None:
                natives[wish.account] = asset
            else:
                tokens.setdefault(asset, []).append(wish.account)
        if wish.account in natives or wish.code:
            accounts.append(wish.account)
    reader.read_accounts(accounts, natives)
    for asset, holders in sorted(tokens.items()):
        contract = caip.parse_asset(asset, where=asset).contract or ""
        reader.read_token(asset, contract, holders, tables.token(pinned.chain, contract))
    with_code = {wish.account for wish in wishes if wish.code}
    return reader.readings(with_code)


class _Reader:
    def __init__(self, rpc: Rpc, pinned: Pinned, block: Reference) -> None:
        self._rpc, self._pinned, self._block = rpc, pinned, block
        self._rows: list[Reading] = []
        self._files: dict[str, bytes] = {}
        self._notices: list[str] = []
        self._shown: dict[str, str] = {}  # account -> the bundle that proves the account itself

    def readings(self, with_code: set[str]) -> Readings:
        """Return what was read; holdings of contract wallets also name the bundle that proves the wallet's code."""
        rows = []
        for row in self._rows:
            evidence = set(row.evidence)
            if row.basis is Basis.PROVEN and row.account in with_code:
                evidence.add(self._shown[row.account])
            rows.append(
                Reading(
                    account=row.account,
                    asset=row.asset,
                    amount=row.amount,
                    basis=row.basis,
                    evidence=tuple(sorted(evidence)),
                )
            )
        rows.sort(key=lambda row: (row.account, row.asset))
        return Readings(rows=tuple(rows), files=self._files, notices=tuple(self._notices))

    def read_accounts(self, accounts: Sequence[str], natives: dict[str, str]) -> None:
        """Prove accounts, with their native balance where it is wished for."""
        for part in _parts(sorted(accounts)):
            addresses = [_address(name) for name in part]
            balances = self._ask([("eth_getBalance", [address, self._block]) for address in addresses])
            told = [self._quantity(value, "eth_getBalance") for value in balances]
            claims: list[AccountClaim] = []
            nodes: set[bytes] = set()
            if self._pinned.header is not None:
                answers = self._ask([("eth_getProof", [address, [], self._block]) for address in addresses])
                claims = [self._check(a, address, (), nodes) for a, address in zip(answers, addresses, strict=True)]
            bundle = self._keep(claims, nodes) if claims else None
            for claim, amount in zip(claims, told, strict=False):
                self._same(claim.state.balance, amount, claim.address)
            for name, amount in zip(part, told, strict=True):
                if bundle is not None:
                    self._shown[name] = bundle
                if name in natives:
                    self._row(name, natives[name], amount, bundle)

    def read_token(self, asset: str, contract: str, holders: Sequence[str], token: Token | None) -> None:
        """Read a token's balances, proven when the table's code hash is that of the proven contract."""
        for part in _parts(sorted(holders)):
            holding = [bytes.fromhex(_address(name)[2:]) for name in part]
            told = self._balances_of(contract, holding)
            bundle = None if token is None else self._prove_token(token, holding, told)
            for name, amount in zip(part, told, strict=True):
                self._row(name, asset, amount, bundle)
        if token is None:
            self._notice(f"{asset}: the token table does not list it, so its balances rest on the node's word")

    def _prove_token(self, token: Token, holders: Sequence[bytes], told: Sequence[int]) -> str | None:
        if self._pinned.header is None:
            return None
        keys = [account.balance_key(holder, token.slot, token.key_order) for holder in holders]
        nodes: set[bytes] = set()
        answer = self._ask([("eth_getProof", [token.contract, ["0x" + key.hex() for key in keys], self._block])])[0]
        claim = self._check(answer, token.contract, keys, nodes)
        if claim.state.code_hash != token.code_hash:
            self._notice(
                f"{token.contract}: its code is not the one in the token table (code hash "
                f"{claim.state.code_hash.hex()}), so its balances rest on the node's word"
            )
            return None
        for key, amount in zip(keys, told, strict=True):
            self._same(claim.storage[key] & token.mask, amount, f"{token.contract} balanceOf")
        return self._keep([claim], nodes)

    def _balances_of(self, contract: str, holders: Sequence[bytes]) -> list[int]:
        questions: list[Question] = []
        for holder in holders:
            call = {"to": contract, "data": f"0x{_BALANCE_OF}{holder.rjust(32, bytes(1)).hex()}"}
            questions.append(("eth_call", [call, self._block]))
        found = []
        for value in self._ask(questions):
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

    def _keep(self, claims: Sequence[AccountClaim], nodes: set[bytes]) -> str:
        assert self._pinned.header is not None
        data = Bundle(
            chain=self._pinned.chain,
            number=self._pinned.number,
            hash=self._pinned.header.hash,
            accounts=tuple(claims),
            nodes=frozenset(nodes),
        ).to_bytes()
        name = canonical.digest(data)
        self._files[name] = data
        return name

    def _row(self, name: str, asset: str, amount: int, bundle: str | None) -> None:
        if amount >= amounts.LIMIT:
            raise self._rpc.wrong(
                f"{name} is said to hold 2^128 or more of {asset}",
                code="node-amount",
                hint="no honest coin has so many units; check the asset table",
            )
        basis = Basis.NODE if bundle is None else Basis.PROVEN
        evidence = () if bundle is None else (bundle,)
        self._rows.append(Reading(account=name, asset=asset, amount=amount, basis=basis, evidence=evidence))

    def _same(self, proven: int, told: int, place: str) -> None:
        if proven != told:
            raise self._rpc.wrong(
                f"it says {told} for {place} at block {self._pinned.number}, but its own proof shows {proven}",
                code="node-contradicts-proof",
                hint="the node is wrong or dishonest, or the token table's slot or mask is; nothing was written",
            )

    def _ask(self, questions: Sequence[Question]) -> list[Any]:
        return self._rpc.ask_all(questions)

    def _notice(self, text: str) -> None:
        if text not in self._notices:
            self._notices.append(text)

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


def _parts(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), ACCOUNTS_IN_BUNDLE):
        yield tuple(names[start : start + ACCOUNTS_IN_BUNDLE])
