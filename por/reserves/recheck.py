"""Checking a reserves report again from its evidence: no node, no web3, and nothing of what made it but the codecs.

Each check says what holds and what it rests on. What only a chain can say is `not-covered` until a node or a block
hash from the checker's own source decides it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from por.errors import PorError, SourceError
from por.header import Header
from por.outcomes import Basis, Check
from por.reserves.chains import Chain, Limits, open_chain
from por.reserves.judging import canonical_blocks, controls, told
from por.reserves.judging.facts import Facts, gather
from por.reserves.judging.families import judge
from por.reserves.judging.tally import Tally
from por.reserves.judging.twins import twice_told
from por.reserves.report import UNDATED, ChainReport, Holding, Report
from por.reserves.tables import ReserveTables, Windows


def recheck(
    *,
    report: Report | bytes,
    evidence: Mapping[str, bytes],
    header: Header,
    tables: ReserveTables,
    windows: Windows | None = None,
    replaced: Collection[bytes] = (),
    nodes: Mapping[str, str] | None = None,
    block_hashes: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> list[Check]:
    """Judge a report (a value or reserves.json's bytes) by its evidence files (hex SHA-256 -> bytes).

    `header` is the snapshot's, `tables` and `windows` are the verifier's. `nodes` (CAIP-2 -> URL) and `block_hashes`
    (CAIP-2 -> hash of the pinned block) come from the checker's own sources. Returns the checks `evidence`,
    `balances`, `control`, `control-contract`, `control-undated`, `block-choice`, `block-canonical`, `unspent` and
    `holdings-once`, always all nine, in this order. Raises InputError when the report itself is malformed.
    """
    if isinstance(report, bytes):
        report = Report.from_bytes(report)
    windows = windows or Windows()
    facts = gather(report, evidence)
    opened = _Nodes(nodes or {}, limits or Limits())
    return [
        _evidence(report, facts, header, tables, opened),
        _balances(report, opened),
        _control(report, facts, header, windows, replaced),
        _contracts(report, facts, opened),
        _undated(report, facts),
        _block_choice(report, facts, header, windows),
        _block_canonical(report, facts, opened, block_hashes or {}),
        _unspent(report, facts, opened),
        _once(report, facts, tables),
    ]


class _Nodes:
    """The checker's nodes, each opened when first needed."""

    def __init__(self, urls: Mapping[str, str], limits: Limits) -> None:
        self._urls, self._limits = urls, limits
        self._open: dict[str, Chain | SourceError] = {}
        self._differing: dict[str, dict[tuple[str, str], str] | SourceError] = {}

    def get(self, chain: str) -> Chain | None:
        if chain not in self._urls:
            return None
        if chain not in self._open:
            try:
                self._open[chain] = open_chain(chain, self._urls[chain], self._limits)
            except SourceError as error:
                self._open[chain] = error  # so that a dead node is waited for once
        found = self._open[chain]
        if isinstance(found, SourceError):
            raise found
        return found

    def differing(self, chain: ChainReport) -> dict[tuple[str, str], str]:
        """Return which holdings the chain's node (there is one) gives otherwise; it is asked once."""
        if chain.chain not in self._differing:
            node = self.get(chain.chain)
            assert node is not None
            try:
                self._differing[chain.chain] = told.differing(chain.holdings, chain, node)
            except SourceError as error:
                self._differing[chain.chain] = error
        found = self._differing[chain.chain]
        if isinstance(found, SourceError):
            raise found
        return found


def _evidence(report: Report, facts: Facts, header: Header, tables: ReserveTables, nodes: _Nodes) -> Check:
    tally = Tally("evidence")
    if report.snapshot_id != header.id:
        tally.faults.append("the report is about another snapshot")
    tally.faults += facts.faults
    for chain in report.chains:
        for holding in chain.holdings:
            try:
                family = judge(chain.chain)
                if holding.basis is Basis.NODE:
                    family.verify_told(holding, chain)
                else:
                    family.verify_proven(holding, chain, facts, tables)
            except PorError as error:
                tally.faults.append(error.message)
            else:
                if holding.amount or family.any_block:
                    tally.bases.append(holding.basis)
    if not tally.faults:
        tally.good += [words for chain in report.chains if (words := judge(chain.chain).describe(chain, facts))]
    for chain in report.chains:
        _ask_balances(chain, nodes, tally, tables)
    return tally.check()


def _ask_balances(chain: ChainReport, nodes: _Nodes, tally: Tally, tables: ReserveTables) -> None:
    rows = [holding for holding in chain.holdings if holding.basis is Basis.NODE]
    if not rows:
        return
    with tally.asking():
        if not judge(chain.chain).any_block:
            tally.good.append(f"{chain.chain}: nothing is shown for {len(rows)} accounts, which count zero")
            return
        node = nodes.get(chain.chain)
        differing = {} if node is None else nodes.differing(chain)
        faults = [differing[key] for row in rows if (key := (row.account, row.asset)) in differing]
        tally.faults += faults
        if node is None:
            text = (
                f"{chain.chain}: {len(rows)} balances rest on the exchange's node alone{_listed(rows, chain, tables)}"
            )
            (tally.good if tally.good else tally.open).append(text)
        elif not faults:
            tally.good.append(f"{chain.chain}: {len(rows)} balances are those of {node.source}")


def _listed(rows: list[Holding], chain: ChainReport, tables: ReserveTables) -> str:
    """Say how many balances are told of tokens that a proof could show: their code may be a new one, or not."""
    contracts = (row.asset.partition("/erc20:")[2] for row in rows)
    listed = sum(bool(contract) and tables.token(chain.chain, contract) is not None for contract in contracts)
    return f", {listed} of them of tokens in your token table, which a proof could show" if listed else ""


def _balances(report: Report, nodes: _Nodes) -> Check:
    """Ask the checker's own node for every balance again, proven or not: a proof is only as good as its code here."""
    tally = Tally("balances", whole=True)
    for chain in report.chains:
        with tally.asking():
            if not chain.holdings or not judge(chain.chain).any_block:
                continue  # outputs are asked for one by one: see `unspent`
            node = nodes.get(chain.chain)
            faults = {} if node is None else nodes.differing(chain)
            tally.faults += faults.values()
            if node is None:
                tally.open.append(
                    f"{chain.chain}: {len(chain.holdings)} balances were not compared with a node of yours"
                )
            elif not faults:
                text = f"{chain.chain}: {len(chain.holdings)} balances are those of {node.source} at the block"
                tally.good.append(text)
    return tally.check(Basis.NODE)


def _control(report: Report, facts: Facts, header: Header, windows: Windows, replaced: Collection[bytes]) -> Check:
    tally = Tally("control")
    signed = unsigned = undated = 0
    for holding, control in controls.each(report, facts):
        try:
            found = controls.verify(holding, control, header=header, windows=windows, replaced=replaced)
        except PorError as error:
            tally.faults.append(error.message)
            continue
        if found.challenge is None:
            undated += 1
            continue
        signed, unsigned = signed + found.signed, unsigned + (not found.signed)
        if found.signed:
            tally.bases.append(found.basis)
    if signed:
        tally.good.append(f"{signed} accounts signed their challenges")
    if unsigned:
        tally.open.append(f"{unsigned} contract wallets: see control-contract")
    if undated:
        tally.open.append(f"{undated} accounts signed no challenge of ours: see control-undated")
    return tally.check()


def _undated(report: Report, facts: Facts) -> Check:
    """List the accounts that show a published text instead of a challenge: it holds nobody to a date, so none hold."""
    tally = Tally("control-undated", whole=True)
    for holding, control in controls.each(report, facts):
        if holding.control.issued == UNDATED and control is not None:
            said = repr(control.message if len(control.message) <= 60 else control.message[:57] + "...")
            tally.open.append(
                f"{holding.account} signed {said}, without a date: anybody may show that again at any time"
            )
    return tally.check()


def _contracts(report: Report, facts: Facts, nodes: _Nodes) -> Check:
    tally = Tally("control-contract", whole=True)
    for chain in report.chains:
        for holding, control in controls.contracts(chain, facts):
            shown = controls.describe_code(holding, chain, facts)
            with tally.asking():
                node = nodes.get(chain.chain)
                if node is None:
                    controls.verify_code(holding, chain, facts)
                    tally.open.append(f"{shown}: only a node can ask the contract")
                    continue
                controls.ask(holding, control, chain, node)
                tally.good.append(f"{shown} accepts the signature")
    return tally.check(Basis.NODE)


def _block_choice(report: Report, facts: Facts, header: Header, windows: Windows) -> Check:
    tally = Tally("block-choice", whole=True)
    for chain in report.chains:
        try:
            if not chain.evidence:
                told.verify_time(chain, header, windows)
                tally.open.append(f"{chain.chain}: no header in the evidence, so the block is a node's word")
                continue
            words = judge(chain.chain).verify_choice(chain, facts, header, windows)
        except PorError as error:
            tally.faults.append(error.message)
        else:
            tally.good.append(f"{chain.chain}: block {chain.block.number} {words}")
    return tally.check(Basis.PROVEN)


def _block_canonical(report: Report, facts: Facts, nodes: _Nodes, block_hashes: Mapping[str, str]) -> Check:
    tally = Tally("block-canonical", whole=True)
    for name in sorted(block_hashes.keys() - {chain.chain for chain in report.chains}):
        tally.undecided.append(f"{name}: you gave a block's hash, but the report has no such chain")
    for chain in report.chains:
        with tally.asking():
            said, whole = canonical_blocks.verify(chain, facts, nodes.get(chain.chain), block_hashes.get(chain.chain))
            text = f"{chain.chain}: block {chain.block.number} {chain.block.hash}"
            (tally.good if whole else tally.open).append(f"{text} {said or 'was not compared with a source of yours'}")
    return tally.check(Basis.NODE)


def _unspent(report: Report, facts: Facts, nodes: _Nodes) -> Check:
    tally = Tally("unspent", whole=True)
    for chain in report.chains:
        with tally.asking():
            said = judge(chain.chain).unspent(chain, facts, nodes.get(chain.chain))
            if said is not None:
                text = f"{chain.chain}: only a node can say that nothing was spent before block {chain.block.number}"
                (tally.good if said else tally.open).append(said or text)
    return tally.check(Basis.NODE)


def _counted(holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables, tally: Tally) -> list[str]:
    try:
        return list(judge(chain.chain).counted(holding, chain, facts, tables))
    except PorError as error:
        tally.faults.append(error.message)
        return []


def _once(report: Report, facts: Facts, tables: ReserveTables) -> Check:
    tally = Tally("holdings-once")
    seen: set[str] = set()
    holdings = 0
    purposes: dict[str, str] = {}
    tally.faults += twice_told(report, facts)
    for chain in report.chains:
        for holding in chain.holdings:
            holdings += 1
            for name in _counted(holding, chain, facts, tables, tally):
                if name in seen:
                    tally.faults.append(f"{holding.account} counts {holding.asset} twice ({name})")
                seen.add(name)
            address = holding.account.rpartition(":")[2].lower()
            if purposes.setdefault(address, holding.purpose) != holding.purpose:
                tally.faults.append(f"{holding.account} has two purposes")
    if not tally.faults:
        tally.good.append(f"{holdings} holdings, each once, each address with one purpose")
    return tally.check(Basis.RECOMPUTED)
