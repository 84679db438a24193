"""Several sources for one chain: what is taken is what enough of them say alike, and who says otherwise is shown.

Nothing is averaged and nobody is believed more than another. A source that contradicts the others once is not asked
further.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from por.errors import SourceError, UsageError
from por.header import show_time
from por.reserves.chains import Chain, Limits, Pinned, Readings, Wish, open_chain
from por.reserves.chains.parallel import in_order
from por.reserves.tables import ReserveTables

S = TypeVar("S")
T = TypeVar("T")

MOST_SHOWN = 2
"""Differing balances named in one message; more would bury the first."""


def open_sources(chain: str, urls: str | Sequence[str], limits: Limits, quorum: int | None = None) -> Chain:
    """Connect to all nodes of a chain (CAIP-2) as one, of which `quorum` must agree; by default all of them.

    Raises UsageError for a quorum that they cannot reach or a node given twice, SourceError when too few of them
    answer, and what `open_chain` raises.
    """
    addresses = (urls,) if isinstance(urls, str) else tuple(urls)
    wanted = len(addresses) if quorum is None else quorum
    if len({url.strip() for url in addresses}) < len(addresses):
        raise UsageError(f"{chain}: one node stands there twice", code="node-repeated", hint="one source is not two")
    if not 1 <= wanted <= len(addresses):
        raise UsageError(
            f"{chain}: {wanted} sources cannot agree, there are {len(addresses)}",
            code="quorum-out-of-range",
            hint=f"give more nodes (--node {chain}=URL, once for each), or another --quorum",
        )
    if len(addresses) == 1:
        return open_chain(chain, addresses[0], limits)
    found, failed = _ask_each(lambda url: open_chain(chain, url, limits), addresses)
    _enough(chain, len(found), wanted, failed)
    places = {id(node): addresses.index(url) + 1 for url, node in found}
    return Agreed(chain=chain, sources=[node for _, node in found], quorum=wanted, failed=failed, places=places)


class Agreed:
    """Nodes of one chain that answer as one (see `Chain`)."""

    def __init__(
        self,
        *,
        chain: str,
        sources: Sequence[Chain],
        quorum: int,
        failed: Sequence[str] = (),
        places: Mapping[int, int] | None = None,
    ) -> None:
        self.chain, self._sources, self._quorum = chain, list(sources), quorum
        self._places = places or {id(node): n for n, node in enumerate(sources, 1)}
        self._notices = [f"not heard: {text}" for text in failed]

    @property
    def source(self) -> str:
        """The hosts of those that agree so far."""
        return ", ".join(node.source for node in self._sources)

    def pin(self, as_of: int) -> Pinned:
        """Return the block that enough sources pin."""
        return self._agree(lambda node: node.pin(as_of), lambda pinned: pinned.hash, _show_block, "block")

    def recent(self) -> Pinned:
        """Return the newest block that is final for all who answer: the lowest of theirs, compared with the others."""
        found, failed = _ask_each(lambda node: node.recent(), self._sources)
        _enough(self.chain, len(found), self._quorum, failed)
        lowest = min((pinned for _, pinned in found), key=lambda pinned: pinned.number)
        (said,) = self.hashes_at([lowest.number])
        if said != lowest.hash:
            raise self._disagree(f"block {lowest.number}", [(lowest.hash, "one of them"), (said, self.source)], [])
        return lowest

    def read(
        self, pinned: Pinned, wishes: Sequence[Wish], tables: ReserveTables, *, work: Path | None = None
    ) -> Readings:
        """Return the balances on which enough sources agree to the last unit, with the evidence of the first of them.

        Of those who agree, one whose node proves more is preferred.
        """
        self._reads: list[tuple[Chain, Readings]] = []

        def ask(node: Chain) -> Readings:
            found = node.read(pinned, wishes, tables, work=work)
            self._reads.append((node, found))
            return found

        def same(found: Readings) -> Hashable:
            return found.pinned.hash, tuple((row.account, row.asset, row.amount) for row in found.rows)

        agreed = self._agree(ask, same, self._show_rows, "balances")
        alike = [found for node, found in self._reads if node in self._sources]
        best = max(alike, key=lambda found: sum(bool(row.evidence) for row in found.rows), default=agreed)
        said = dict.fromkeys([*self._notices, *best.notices])
        return replace(best, notices=tuple(said))

    def call(self, pinned: Pinned, contract: bytes, data: bytes) -> bytes:
        """Return what a contract answers by enough sources."""
        return self._agree(lambda node: node.call(pinned, contract, data), lambda found: found, bytes.hex, "a call")

    def hashes_at(self, numbers: Sequence[int]) -> list[str]:
        """Return the hashes that enough sources have at these heights."""
        return self._agree(lambda node: node.hashes_at(numbers), tuple, ", ".join, f"blocks {list(numbers)}")

    def _agree(
        self, ask: Callable[[Chain], T], same: Callable[[T], Hashable], show: Callable[[T], str], what: str
    ) -> T:
        found, failed = _ask_each(ask, self._sources)
        _enough(self.chain, len(found), self._quorum, failed)
        groups: dict[Hashable, list[tuple[Chain, T]]] = {}
        for node, answer in found:
            groups.setdefault(same(answer), []).append((node, answer))
        large = [group for group in groups.values() if len(group) >= self._quorum]
        told = [(show(group[0][1]), ", ".join(self._name(node) for node, _ in group)) for group in groups.values()]
        if len(large) != 1:
            raise self._disagree(what, told, failed)
        self._notices += [f"not heard: {text}" for text in failed]
        if len(groups) > 1:
            self._notices.append(f"{self.chain}: sources disagree about {what}: {_say(told)}")
        self._sources = [node for node, _ in large[0]]
        return large[0][0][1]

    def _name(self, node: Chain) -> str:
        """Tell nodes apart by their place among those given, since two may have one host."""
        return f"node {self._places[id(node)]} ({node.source})"

    def _disagree(self, what: str, told: Sequence[tuple[str, str]], failed: Sequence[str]) -> SourceError:
        unheard = f"; not heard: {'; '.join(failed)}" if failed else ""
        return SourceError(
            f"{self.chain}: sources disagree about {what}: {_say(told)}{unheard}",
            code="sources-disagree",
            hint="find out which one is wrong; a chain that was just reorganised needs another run",
        )

    def _show_rows(self, found: Readings) -> str:
        """Name the balances in which this answer differs from another's."""
        others = [other for _, other in self._reads if other is not found]
        amounts = [{(row.account, row.asset): row.amount for row in other.rows} for other in others]
        differing = [
            f"{row.amount} of {row.asset} for {row.account}"
            for row in found.rows
            if any(other.get((row.account, row.asset)) != row.amount for other in amounts)
        ]
        more = f" and {len(differing) - MOST_SHOWN} more" if len(differing) > MOST_SHOWN else ""
        return ", ".join(differing[:MOST_SHOWN]) + more if differing else f"as of block {found.pinned.hash}"


def _ask_each(ask: Callable[[S], T], whom: Sequence[S]) -> tuple[list[tuple[S, T]], list[str]]:
    """Ask everybody at once: who answered with what, and what those who did not deliver said instead."""

    def one(source: S) -> T | SourceError:
        try:
            return ask(source)
        except SourceError as error:
            return error

    found: list[tuple[S, T]] = []
    failed: list[str] = []
    for source, answer in zip(whom, in_order(one, whom, workers=len(whom)), strict=True):
        if isinstance(answer, SourceError):
            failed.append(answer.message)
        else:
            found.append((source, answer))
    return found, failed


def _show_block(pinned: Pinned) -> str:
    return f"{pinned.number} {pinned.hash} of {show_time(pinned.time)}"


def _say(told: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{who} says {answer}" for answer, who in told)


def _enough(chain: str, heard: int, quorum: int, failed: Sequence[str]) -> None:
    if heard < quorum:
        raise SourceError(
            f"{chain}: {quorum} sources are to agree and {heard} answered: {'; '.join(failed)}",
            code="quorum-not-met",
            hint="mend or replace those that did not answer; a lower --quorum asks for fewer",
        )
