"""Total supplies of coins that the company itself issues, at the block to which the snapshot pins each chain of issue.

A supply is a node's word: `totalSupply()` is the contract's answer, and only a node can ask it. An auditor's own node
answers the same question again at the same block.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from por.amounts import LIMIT
from por.errors import ClaimError, InputError, SourceError, UsageError
from por.outcomes import Basis, Check, Outcome
from por.reserves import caip
from por.reserves.chains import Chain, Limits, Pinned, open_chain
from por.reserves.report import Block, ChainReport, Report, Supply
from por.reserves.tables import ReserveTables

TOTAL_SUPPLY = bytes.fromhex("18160ddd")
"""The selector of `totalSupply()` (EIP-20)."""


def ids_of_issue(
    codes: Collection[str], tables: ReserveTables, chains: Collection[str] | None
) -> Mapping[str, tuple[str, ...]]:
    """Map each chain of issue (CAIP-2) to the ids issued there, by the verifier's asset table; `chains` None is all.

    Raises InputError when a coin has no id, or one that is no token contract: then nobody can say how much there is.
    """
    found: dict[str, list[str]] = {}
    for code in sorted(codes):
        rows = [row for row in tables.backings if row.asset == code and (chains is None or row.chain in chains)]
        if not rows:
            raise InputError(
                f"{code} is issued by the company, but the policy pack has no id of it",
                code="asset-no-backing",
                hint="choose another pack, or add the contract on every chain of issue to its [[assets]]",
            )
        for row in rows:
            if "/erc20:" not in row.id:
                raise InputError(
                    f"{row.id} of {code} is no token contract, so nothing tells its supply",
                    code="supply-unreadable",
                    hint="list the token contracts of an issued coin, and nothing else, in the pack's [[assets]]",
                )
            found.setdefault(row.chain, []).append(row.id)
    return {chain: tuple(sorted(ids)) for chain, ids in sorted(found.items())}


def need_supplies(issued: Mapping[str, Sequence[str]], nodes: Collection[str]) -> None:
    """Refuse to begin without a node of every chain of issue; UsageError."""
    missing = [chain for chain in issued if chain not in nodes]
    if missing:
        raise UsageError(
            f"no node for {', '.join(missing)}, where a coin of yours is issued",
            code="node-missing",
            hint=f"add --node {missing[0]}=URL: what is issued there is owed too",
        )


def read_supplies(chain: Chain, pinned: Pinned, ids: Sequence[str]) -> tuple[Supply, ...]:
    """Ask each token contract for its total supply at the pinned block; SourceError when a node does not deliver.

    Raises ClaimError for a contract that does not answer with one number.
    """
    return tuple(Supply(asset=id, amount=_supply(chain, pinned, id), basis=Basis.NODE) for id in sorted(ids))


def recheck_supplies(report: Report, *, nodes: Mapping[str, str], limits: Limits | None = None) -> Check | None:
    """Ask the auditor's own nodes (CAIP-2 -> URL) for every supply again; None when the report has none."""
    chains = [chain for chain in report.chains if chain.supplies]
    if not chains:
        return None
    faults: list[str] = []
    silent: list[str] = []
    open_: list[str] = []
    same: list[str] = []
    for chain in chains:
        if chain.chain not in nodes:
            open_.append(f"{chain.chain}: {len(chain.supplies)} supplies rest on the exchange's node alone")
            continue
        try:
            node = open_chain(chain.chain, nodes[chain.chain], limits or Limits())
            pinned = _pinned(chain)
            for row in chain.supplies:
                amount = _supply(node, pinned, row.asset)
                said = f"{row.asset}: {row.amount} by the report, {amount} by {node.source}"
                (same if amount == row.amount else faults).append(said)
        except SourceError as error:
            silent.append(error.message)
        except ClaimError as error:
            faults.append(error.message)
    for outcome, lines in (
        (Outcome.DOES_NOT_HOLD, faults),
        (Outcome.UNDECIDED, silent),
        (Outcome.NOT_COVERED, open_),
        (Outcome.HOLDS, same),
    ):
        if lines:
            basis = Basis.NODE if outcome in (Outcome.HOLDS, Outcome.DOES_NOT_HOLD) else None
            return Check(id="supply", outcome=outcome, basis=basis, detail="; ".join(lines))
    return None


def _pinned(chain: ChainReport) -> Pinned:
    block: Block = chain.block
    return Pinned(chain=chain.chain, number=block.number, hash=block.hash, time=0, header=None)


def _supply(chain: Chain, pinned: Pinned, id: str) -> int:
    contract = caip.parse_asset(id, where="supply").contract
    assert contract is not None  # `ids_of_issue` and the report's reader let no other id pass
    answer = chain.call(pinned, bytes.fromhex(contract.removeprefix("0x")), TOTAL_SUPPLY)
    if len(answer) != 32 or int.from_bytes(answer, "big") >= LIMIT:
        raise ClaimError(
            f"{id}: the contract does not tell its total supply at block {pinned.number}",
            code="supply-unreadable",
            hint="is it the token's contract (the proxy, not the code behind it), and was it there at that block?",
        )
    return int.from_bytes(answer, "big")
