"""Balances of an EVM chain at one block: proven where the verifier's tables allow it, else a node's word.

Accounts are read in parts, several at once and within the limits that the user sets; each part is written down when
it is there, so that a run that broke off goes on where it stopped, and memory does not grow with the accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eth_hash.auto import keccak

from por.outcomes import Basis
from por.reserves import caip
from por.reserves.chains import Limits, Pinned, Reading, Readings, Wish
from por.reserves.chains.asking import Asking, Reference
from por.reserves.chains.parallel import in_order
from por.reserves.chains.parts import Part, part_name, split, without
from por.reserves.chains.rpc import Rpc
from por.reserves.chains.shelf import Files, Shelf
from por.reserves.evidence.account import token_key
from por.reserves.evidence.bundle import shared_bytes
from por.reserves.tables import ReserveTables, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One part to read: accounts of one asset, or, without an asset id, the accounts themselves."""

    asset: str
    names: tuple[str, ...]
    token: Token | None = None


def read_balances(
    rpc: Rpc,
    pinned: Pinned,
    block: Reference,
    wishes: Sequence[Wish],
    tables: ReserveTables,
    *,
    limits: Limits,
    work: Path | None = None,
) -> Readings:
    """Read every account and asset wished for; SourceError when the node does not deliver or contradicts itself.

    `work` is a folder for what has been read: what it holds of this block and this node is not asked for again.
    """
    return _Reader(rpc, pinned, block, tables, limits, work).read(wishes)


class _Reader:
    def __init__(
        self, rpc: Rpc, pinned: Pinned, block: Reference, tables: ReserveTables, limits: Limits, work: Path | None
    ) -> None:
        self._asking = Asking(rpc, pinned, block)
        self._pinned, self._tables, self._limits, self._source = pinned, tables, limits, rpc.url
        self._shelf = Shelf(work) if work is not None else None
        self._files = Files(self._shelf or Shelf(None))
        self._rows: list[Reading] = []
        self._shown: dict[str, str] = {}
        """Account of a contract wallet -> the bundle that proves its code."""

    def read(self, wishes: Sequence[Wish]) -> Readings:
        natives: dict[str, str] = {}
        tokens: dict[str, list[str]] = {}
        for wish in wishes:
            for asset in wish.assets:
                if caip.parse_asset(asset, where=asset).contract is None:
                    natives[wish.account] = asset
                else:
                    tokens.setdefault(asset, []).append(wish.account)
        with_code = {wish.account for wish in wishes if wish.code}
        jobs = list(self._jobs(natives, with_code, tokens))
        # a token's contract stands in each of its bundles: what leads to it is shared from the start
        shared = {node for job in jobs if job.token is not None for node in self._asking.way(job.token).nodes}
        before: tuple[_Job, Part] | None = None
        for job, part in zip(jobs, in_order(self._part, jobs, workers=self._limits.concurrency), strict=True):
            if before is not None:
                # parts of one trie come in its order, so what two of them need, their neighbours need too
                if before[0].asset == job.asset and before[1].bundle is not None and part.bundle is not None:
                    shared |= before[1].bundle.nodes & part.bundle.nodes
                self._finish(*before, shared, natives, with_code)
            before = job, part
        if before is not None:
            self._finish(*before, shared, natives, with_code)
        common = (self._files.add(shared_bytes(shared)),) if shared else ()
        return Readings(
            pinned=self._pinned,
            rows=self._told(with_code),
            files=self._files,
            shared=common,
            notices=tuple(self._asking.notices),
        )

    def _jobs(self, natives: dict[str, str], with_code: set[str], tokens: dict[str, list[str]]) -> Iterator[_Job]:
        # an account's place in the trie is the hash of its address
        accounts = sorted(natives.keys() | with_code, key=lambda name: keccak(_raw(name)))
        for names in split(accounts):
            yield _Job(asset="", names=names)
        for asset, holders in sorted(tokens.items()):
            contract = caip.parse_asset(asset, where=asset).contract or ""
            token = self._asking.provable(self._tables.token(self._pinned.chain, contract), asset)
            if token is not None:
                row = token
                holders = sorted(holders, key=lambda name: keccak(token_key(row, _raw(name))))
            for names in split(holders if token is not None else sorted(holders)):
                yield _Job(asset=asset, names=names, token=token)

    def _part(self, job: _Job) -> Part:
        name = part_name(
            block=f"{self._pinned.chain} {self._pinned.hash}",
            source=self._source,
            asset=job.asset,
            names=job.names,
            token=job.token,
            proven=self._pinned.header is not None,
        )
        kept = self._shelf.get(name) if self._shelf is not None else None
        part = Part.from_bytes(kept) if kept is not None else None
        if part is None:
            part = self._ask(job)
            if self._shelf is not None:
                self._shelf.put(name, part.to_bytes())
        return part

    def _ask(self, job: _Job) -> Part:
        if not job.asset:
            return self._asking.accounts(job.names)
        return self._asking.token(caip.parse_asset(job.asset, where=job.asset).contract or "", job.names, job.token)

    def _finish(self, job: _Job, part: Part, shared: set[bytes], natives: dict[str, str], with_code: set[str]) -> None:
        bundle = None if part.bundle is None else self._files.add(without(part.bundle, shared).to_bytes())
        basis = Basis.NODE if bundle is None else Basis.PROVEN
        evidence = () if bundle is None else (bundle,)
        for name, amount in part.amounts:
            if not job.asset and bundle is not None and name in with_code:
                self._shown[name] = bundle
            asset = job.asset or natives.get(name)
            if asset is not None:
                self._rows.append(Reading(account=name, asset=asset, amount=amount, basis=basis, evidence=evidence))

    def _told(self, with_code: set[str]) -> tuple[Reading, ...]:
        """Return what was read; holdings of contract wallets also name the bundle that proves the wallet's code."""
        for place, row in enumerate(self._rows):
            if row.basis is Basis.PROVEN and row.account in with_code:
                evidence = tuple(sorted({*row.evidence, self._shown[row.account]}))
                self._rows[place] = Reading(
                    account=row.account, asset=row.asset, amount=row.amount, basis=row.basis, evidence=evidence
                )
        return tuple(sorted(self._rows, key=lambda row: (row.account, row.asset)))


def _raw(name: str) -> bytes:
    return bytes.fromhex(name.rpartition(":")[2][2:])
