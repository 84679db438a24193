"""EVM chains: balances under a block's state root, one header and its successor."""

from __future__ import annotations

from collections.abc import Iterable

from por.errors import ClaimError, PorError
from por.header import Header
from por.outcomes import Basis
from por.reserves import blocks
from por.reserves.chains import Chain
from por.reserves.evidence import headers
from por.reserves.evidence.bundle import Bundle, Shared, verify_bundle
from por.reserves.judging import canonical_blocks, state, told
from por.reserves.judging.facts import Facts
from por.reserves.report import ChainReport, Holding
from por.reserves.tables import ReserveTables, Windows


class EvmJudge:
    """See `families.Judge`."""

    any_block = True

    def gather(self, chain: ChainReport, facts: Facts) -> None:
        """Read the two headers, then prove what the bundles claim under the block's own."""
        _headers(chain, facts)
        _bundles(chain, facts)

    def verify_proven(self, holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables) -> None:
        """Compare the amount with the proven state."""
        state.verify_holding(holding, chain, facts, tables)

    def verify_told(self, holding: Holding, chain: ChainReport) -> None:
        """Refuse a node's word for a chain's own coin."""
        told.verify_told(holding, chain)

    def describe(self, chain: ChainReport, facts: Facts) -> str:
        """Count the balances proven."""
        proven = sum(row.basis is Basis.PROVEN for row in chain.holdings)
        return f"{proven} balances proven under their block's state root" if proven else ""

    def verify_choice(self, chain: ChainReport, facts: Facts, header: Header, windows: Windows) -> str:
        """Refuse any block but the last one at or before the moment."""
        skew = state.verify_choice(chain, facts, header, windows)
        return f"is the last, {skew} s before {header.as_of}"

    def verify_others(self, chain: ChainReport, facts: Facts, node: Chain | None) -> tuple[str, bool]:
        """Compare the successor: one that was made up could let any block pass for the last one before the moment."""
        after = facts.successors.get(chain.chain)
        if after is None:
            return "no successor is in the evidence", True
        if node is None:
            # a hash that the checker named says nothing of what stands on it; block-choice shows that it does
            return "its successor was not compared", True
        text = blocks.show_hash(chain.chain, after.hash)
        canonical_blocks.compare(chain, {after.number: text}, node)
        return "so is its successor", True

    def counted(self, holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables) -> Iterable[str]:
        """Name the coin at the account; ids that show the same coins, as a chain's own and its ERC-20 face, are one."""
        yield f"{holding.account} {tables.coin(holding.asset)}".lower()

    def unspent(self, chain: ChainReport, facts: Facts, node: Chain | None) -> str | None:
        """Balances are no outputs."""
        return None


def _headers(chain: ChainReport, facts: Facts) -> None:
    for name, place in zip(chain.evidence, (facts.pinned, facts.successors), strict=False):
        if name not in facts.files:
            continue
        try:
            place[chain.chain] = headers.decode(facts.files[name], where=f"evidence/{name}")
        except PorError as error:
            facts.faults.append(error.message)
    header = facts.pinned.get(chain.chain)
    if header is None:
        return
    if not headers.has_codec(chain.chain):
        facts.faults.append(f"{chain.chain}: nothing here reads its headers, so nothing can be proven on it")
        del facts.pinned[chain.chain]
    elif "0x" + header.hash.hex() != chain.block.hash or header.number != chain.block.number:
        facts.faults.append(f"{chain.chain}: the header in the evidence is not that of block {chain.block.number}")
        del facts.pinned[chain.chain]


def _bundles(chain: ChainReport, facts: Facts) -> None:
    header = facts.pinned.get(chain.chain)
    shared, faults = _shared(chain, facts), len(facts.faults)
    names = {name for holding in chain.holdings for name in holding.evidence if name in facts.files}
    for name in sorted(names):
        where = f"evidence/{name}"
        try:
            bundle = Bundle.from_bytes(facts.files[name], where=where)
            if header is None or bundle.chain != chain.chain:
                raise ClaimError(
                    f"{where}: there is no header to prove it under",
                    code="evidence-no-header",
                    hint="the report names the header of the block and its successor's",
                )
            facts.proven[chain.chain, name] = verify_bundle(bundle, header, where=where, shared=shared)
        except PorError as error:
            facts.faults.append(error.message)
    if len(facts.faults) == faults:  # a bundle that failed early has not said what it needs
        try:
            shared.verify_used()
        except ClaimError as error:
            facts.faults.append(error.message)


def _shared(chain: ChainReport, facts: Facts) -> Shared:
    """Read the files of nodes that several bundles need: what the report names after the two headers."""
    shared = Shared()
    for name in chain.evidence[2:]:
        if name in facts.files:
            try:
                shared.add(facts.files[name], where=f"evidence/{name}")
            except PorError as error:
                facts.faults.append(error.message)
    return shared
