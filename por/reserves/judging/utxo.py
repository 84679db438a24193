"""Chains of the Bitcoin family: outputs in blocks with work, at the tip that the exchange's node was read at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from por.errors import ClaimError, PorError
from por.header import Header, show_time
from por.reserves import blocks, caip
from por.reserves.chains import Chain
from por.reserves.chains.outputs import OutputChain
from por.reserves.evidence.utxo.outputs import Block, Output, OutputBundle, link, verify_bundle
from por.reserves.judging import canonical_blocks
from por.reserves.judging.facts import Facts, OutputFacts
from por.reserves.report import ChainReport, Holding
from por.reserves.tables import ReserveTables, Windows


class UtxoJudge:
    """See `families.Judge`."""

    any_block = False

    def gather(self, chain: ChainReport, facts: Facts) -> None:
        """Read the run of headers that ends in the block, then prove what the bundles claim."""
        known = facts.outputs[chain.chain] = OutputFacts()
        try:
            _read_run(chain, facts, known)
        except PorError as error:
            facts.faults.append(error.message)
        scripts = {_script(holding) for holding in chain.holdings}
        for name in sorted({name for holding in chain.holdings for name in holding.evidence if name in facts.files}):
            where = f"evidence/{name}"
            try:
                bundle = OutputBundle.from_bytes(facts.files[name], where=where)
                if bundle.chain != chain.chain:
                    raise _refused(f"{where}: it is about {bundle.chain}", "evidence-other-block")
                shown, outputs = verify_bundle(bundle, where=where)
                for output in outputs:
                    _verify_output(output, chain, scripts, where)
            except PorError as error:
                facts.faults.append(error.message)
                continue
            known.outputs[name] = outputs
            for output in outputs:
                known.of_script.setdefault((name, output.script), []).append(output)
            known.blocks.update({block.header.hash: block for block in shown})
        facts.faults += _rivals(known, chain)

    def verify_proven(self, holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables) -> None:
        """Add up the outputs of the account's script in the holding's own evidence; none of them by itself is unspent.

        Each output is counted once, by its outpoint, however often the evidence shows it.
        """
        where = f"{holding.account} {holding.asset}"
        amount = sum({output.point: output.value for output in _own(holding, chain, facts)}.values())
        if amount != holding.amount:
            raise _refused(f"{where}: its outputs hold {amount}, the report says {holding.amount}", "holding-amount")

    def verify_told(self, holding: Holding, chain: ChainReport) -> None:
        """Refuse a node's word for any coins: outputs would show them. That there are none nothing could show."""
        if holding.amount:
            raise _refused(
                f"{holding.account} {holding.asset}: outputs would show this amount, but none are given",
                "holding-withheld",
            )

    def describe(self, chain: ChainReport, facts: Facts) -> str:
        """Count the outputs and say what inventing the cheapest of their blocks would have cost."""
        known = facts.outputs[chain.chain]
        shown = {output.point: output for outputs in known.outputs.values() for output in outputs}
        if not shown:
            return ""
        used = {output.block.header.hash: output.block.header for output in shown.values()}
        free = [header for name, header in used.items() if name not in known.linked]
        cheapest = min([header.cost for header in free or known.run]) if free or known.run else 1
        return (
            f"{chain.chain}: {len(shown)} outputs in {len(used)} blocks, {len(used) - len(free)} of these linked to "
            f"block {chain.block.number}; inventing the cheapest header takes some 2^{cheapest.bit_length() - 1} hashes"
        )

    def verify_choice(self, chain: ChainReport, facts: Facts, header: Header, windows: Windows) -> str:
        """Refuse a tip beyond the policy's bound, of another time, or of another height than its coinbase names."""
        where = f"{chain.chain}: block {chain.block.number}"
        known = facts.outputs[chain.chain]
        if not known.run:
            raise _refused(f"{where}: its header is not in the evidence", "block-evidence")
        tip = known.run[-1]
        if show_time(tip.time) != chain.block.time:
            raise _refused(f"{where}: the report gives it another time than its header", "block-time")
        before, after = windows.skew(chain.chain)
        skew = header.time - tip.time
        if not -after <= skew <= before:
            raise _refused(f"{where} is {_apart(skew)} {header.as_of}, beyond the policy's bound", "block-skew")
        if known.height != chain.block.number:
            raise _refused(f"{where}: its coinbase, which names its height, does not show that number", "block-number")
        return f"is the tip that was read, {_apart(skew)} {header.as_of}"

    def verify_others(self, chain: ChainReport, facts: Facts, node: Chain | None) -> tuple[str, bool]:
        """Compare the blocks that no run of headers links to the pinned one."""
        known = facts.outputs[chain.chain]
        free = [block for name, block in sorted(known.blocks.items()) if name not in known.linked]
        linked = f"{len(known.blocks) - len(free)} blocks of outputs are linked to it by headers"
        if not free:
            return linked, True
        if node is None:
            return f"{linked}, {len(free)} older ones are not and were not compared", False
        numbers = {}
        for block in free:
            numbers[_height(block, node, chain)] = blocks.show_hash(chain.chain, block.header.hash)
        canonical_blocks.compare(chain, numbers, node)
        return f"{linked}, {len(free)} older ones are the node's", True

    def counted(self, holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables) -> Iterable[str]:
        """Name the coin at the account, and each output."""
        yield f"{holding.account} its own coin"
        if holding.evidence:
            yield from sorted({f"{chain.chain} {output.point}" for output in _own(holding, chain, facts)})

    def unspent(self, chain: ChainReport, facts: Facts, node: Chain | None) -> str | None:
        """Ask a node whether each output is unspent, or was spent only after the block.

        Without one only this is seen: an output that a transaction of the same evidence spends, as its change.
        """
        shown = {output.point: output for name in facts.outputs[chain.chain].outputs.values() for output in name}
        if not shown:
            return None
        spent = {point for block in facts.outputs[chain.chain].blocks.values() for point in block.spends} & shown.keys()
        if spent:
            raise _refused(
                f"{chain.chain}: {min(spent)} is spent by a transaction of the evidence itself", "output-spent"
            )
        if node is None:
            return ""
        later = cast(OutputChain, node).verify_unspent(
            number=chain.block.number, block=chain.block.hash, outputs=list(shown.values())
        )
        return (
            f"{chain.chain}: {len(shown)} outputs were unspent at block {chain.block.number} by {node.source}, "
            f"{later} of them spent since"
        )


def _rivals(known: OutputFacts, chain: ChainReport) -> list[str]:
    """Name blocks at one height: at most one of them is the chain's, whatever work is in the other."""
    above = range(len(known.run)) if known.height is not None else ()
    at = {(known.height or 0) - n: known.run[-1 - n].hash for n in above}
    return [
        f"{chain.chain}: {blocks.show_hash(chain.chain, name)} and another block both are block {block.height}"
        for name, block in known.blocks.items()
        if block.height is not None and at.setdefault(block.height, name) != name
    ]


def _read_run(chain: ChainReport, facts: Facts, known: OutputFacts) -> None:
    if len(chain.evidence) != 2:
        raise _refused(f"{chain.chain}: not two files, of headers and of the block's coinbase", "block-evidence")
    name, top = chain.evidence
    if name not in facts.files or top not in facts.files:
        return
    run = link(chain.chain, facts.files[name], where=f"evidence/{name}")
    if blocks.show_hash(chain.chain, run[-1].hash) != chain.block.hash:
        raise _refused(
            f"{chain.chain}: the headers in the evidence do not end in block {chain.block.number}", "block-evidence"
        )
    known.run = tuple(run)
    known.linked = frozenset(header.hash for header in run)
    where = f"evidence/{top}"
    (shown, outputs) = verify_bundle(OutputBundle.from_bytes(facts.files[top], where=where), where=where)
    if [block.header.hash for block in shown] != [run[-1].hash] or outputs:
        raise _refused(f"{where}: it is not the coinbase of block {chain.block.number}", "block-evidence")
    known.height = shown[0].height


def _verify_output(output: Output, chain: ChainReport, scripts: set[bytes], where: str) -> None:
    if output.script not in scripts:
        raise _refused(f"{where}: {output.point} pays to a script of no account of the report", "output-script")
    output.verify_age(chain.block.number, where=where)


def _own(holding: Holding, chain: ChainReport, facts: Facts) -> Iterator[Output]:
    script, known = _script(holding), facts.outputs[chain.chain].of_script
    for name in holding.evidence:
        mine = known.get((name, script))
        if not mine:
            raise _refused(
                f"{holding.account} {holding.asset}: evidence/{name} shows no output of it", "holding-unproven"
            )
        yield from mine


def _script(holding: Holding) -> bytes:
    return caip.parse_account(holding.account, where="account").script


def _height(block: Block, node: Chain, chain: ChainReport) -> int:
    if block.height is not None:
        return block.height
    text = blocks.show_hash(chain.chain, block.header.hash)
    found = cast(OutputChain, node).height_of(text)
    if found is None:
        raise _refused(f"{chain.chain}: block {text} is none of the chain of {node.source}", "block-not-canonical")
    return found


def _apart(skew: int) -> str:
    return f"{abs(skew)} s {'before' if skew >= 0 else 'after'}"


def _refused(message: str, code: str) -> ClaimError:
    return ClaimError(message, code=code, hint="the report says more than its evidence shows")
