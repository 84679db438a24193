"""The second kind of source, both together, and what goes wrong with either, each with its own message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from por.errors import InputError, PorError, SourceError
from por.outcomes import Outcome
from por.reserves.chains import Limits, Wish, open_chain
from por.reserves.check import check_reserves
from por.reserves.descriptors import expand_with
from por.reserves.recheck import recheck
from por.reserves.report import Report
from por.reserves.wallets import parse_wallets
from tests.esplora import esplora
from tests.litecoin import (
    AS_OF,
    CHAIN,
    HEADER,
    HOT,
    LTC,
    QUICK,
    TABLES,
    LiteExchange,
    account,
    needs_litecoin,
    snapshot,
    wallets_csv,
)
from tests.litecoin_faults import INDEXER_FAULTS, NODE_FAULTS, between
from tests.reserves.signing import p2wpkh

pytestmark = needs_litecoin

WISHES = [Wish(account=account(p2wpkh(HOT.public)), assets=(LTC,))]
MAIN = "bip122:12a765e31ffd4059bada1e25190f6e98"


def run(lx: LiteExchange, nodes: dict[str, Any], out: Path) -> Report:
    return check_reserves(
        wallets=lx.wallets,
        control=lx.control,
        snapshot=snapshot(),
        nodes=nodes,
        tables=TABLES,
        out=out,
        limits=QUICK,
    )


def test_an_indexer_reads_the_same(lx: LiteExchange, tmp_path: Path) -> None:
    with esplora(lx.node) as (url, _):
        report = run(lx, {CHAIN: url}, tmp_path / "out")
    ours, theirs = lx.report.chains[0], report.chains[0]
    assert [(row.account, row.amount) for row in ours.holdings] == [
        (row.account, row.amount) for row in theirs.holdings
    ]
    assert (ours.block, ours.evidence) == (theirs.block, theirs.evidence)
    assert [row.evidence for row in ours.holdings] == [row.evidence for row in theirs.holdings]


def test_a_node_and_an_indexer_agree(lx: LiteExchange, tmp_path: Path) -> None:
    with esplora(lx.node) as (url, indexer):
        report = run(lx, {CHAIN: [lx.node.url, url]}, tmp_path / "out")
        assert report.chains[0].holdings == lx.report.chains[0].holdings
        # an indexer that hides an output is not averaged with the node
        indexer.spoil = lambda path, found: found[1:] if path.endswith("/utxo") else found
        with pytest.raises(SourceError) as caught:
            run(lx, {CHAIN: [lx.node.url, url]}, tmp_path / "other")
        assert caught.value.code == "sources-disagree"


def test_an_auditor_with_an_indexer(lx: LiteExchange) -> None:
    with esplora(lx.node) as (url, _):
        checks = recheck(
            report=lx.report, evidence=lx.evidence(), header=HEADER, tables=TABLES, nodes={CHAIN: url}, limits=QUICK
        )
    found = {check.id: check for check in checks}
    for id_ in ("evidence", "block-canonical", "unspent"):
        assert found[id_].outcome is Outcome.HOLDS, found[id_]


def test_an_indexer_expands_no_descriptors(lx: LiteExchange) -> None:
    wallets = parse_wallets(wallets_csv(f"{CHAIN}:wpkh({HOT.public.hex()}),LTC,customers,hot,bip322,,hot"))
    with esplora(lx.node) as (url, _):
        with pytest.raises(InputError) as caught:
            expand_with(wallets, {CHAIN: url}, QUICK)
        assert caught.value.code == "descriptor-indexer"
        (found,) = expand_with(wallets, {CHAIN: [url, lx.node.url]}, QUICK)
        assert found.account == WISHES[0].account


@pytest.mark.parametrize("fault", INDEXER_FAULTS)
def test_an_indexer_that_is_wrong(lx: LiteExchange, fault: str) -> None:
    spoil, code = INDEXER_FAULTS[fault]
    with esplora(lx.node) as (url, indexer), pytest.raises(SourceError) as caught:
        chain = open_chain(CHAIN, url, QUICK)
        indexer.spoil = spoil
        chain.read(chain.pin(AS_OF), WISHES, TABLES)
    assert caught.value.code == code, caught.value


def test_a_tip_that_never_rests(lx: LiteExchange) -> None:
    with esplora(lx.node) as (url, indexer), pytest.raises(SourceError) as caught:
        chain = open_chain(CHAIN, url, QUICK)
        hashes = [lx.node.call("getblockhash", number) for number in range(100, 120)]
        indexer.spoil = lambda path, found: hashes.pop() if path.endswith("tip/hash") else found
        chain.read(chain.pin(AS_OF), WISHES, TABLES)
    assert caught.value.code == "node-moving"


@pytest.mark.parametrize("fault", NODE_FAULTS)
def test_a_node_that_is_wrong(lx: LiteExchange, fault: str) -> None:
    change, code = NODE_FAULTS[fault]
    asked: list[str] = []

    def after_pin(method: str, answer: Any) -> Any:
        asked.append(method)
        # a block that leaves the chain does so only after the scan
        return answer if code == "node-reorg" and "scantxoutset" not in asked else change(method, answer)

    with between(lx, after_pin) as url, pytest.raises(PorError) as caught:
        chain = open_chain(CHAIN, url, QUICK)
        chain.read(chain.pin(AS_OF), WISHES, TABLES)
    assert isinstance(caught.value, SourceError) and caught.value.code == code, caught.value
    assert "\x1b" not in caught.value.message and "secret" not in caught.value.message


def test_a_node_of_another_network(lx: LiteExchange) -> None:
    with pytest.raises(SourceError) as caught:
        open_chain(MAIN, lx.node.url, QUICK)
    assert caught.value.code == "node-wrong-chain"


def test_a_wrong_password(lx: LiteExchange) -> None:
    with pytest.raises(SourceError) as caught:
        open_chain(CHAIN, lx.node.url.replace(":test@", ":nottest@"), QUICK)
    assert caught.value.code == "node-denied"
    assert "nottest" not in caught.value.message + caught.value.hint


def test_nobody_there() -> None:
    with pytest.raises(SourceError) as caught:
        open_chain(CHAIN, "http://127.0.0.1:9", Limits(timeout=2, tries=1))
    assert caught.value.code == "node-unreachable"


@pytest.mark.parametrize(
    "chain", ["bip122:1a91e3dace36e2be3bf030a65679fe82", "bip122:00040fe8ec8471911baa1db1266ea15d"]
)
def test_other_coins_are_refused_by_name(lx: LiteExchange, chain: str) -> None:
    """Dogecoin and Zcash: their own rules of work and transactions are not read here."""
    with pytest.raises(InputError) as caught:
        open_chain(chain, lx.node.url, QUICK)
    assert caught.value.code == "chain-unsupported" and chain in caught.value.message
