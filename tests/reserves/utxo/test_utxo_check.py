"""Reserves on a real chain of outputs, read, written down and judged again."""

from __future__ import annotations

from por.outcomes import Basis, Outcome
from por.reserves.recheck import recheck
from tests.litecoin import COIN, HEADER, HOT, QUICK, TABLES, LiteExchange, account, needs_litecoin
from tests.reserves.signing import p2wpkh

pytestmark = needs_litecoin


def test_what_is_written(lx: LiteExchange) -> None:
    (chain,) = lx.report.chains
    rows = {row.account: row for row in chain.holdings}
    assert rows[account(p2wpkh(HOT.public))].amount == 3 * COIN + COIN // 2 + 1
    assert sorted(row.amount for row in chain.holdings) == [0, 350000001, 7012345678]
    assert {row.basis for row in chain.holdings if row.amount} == {Basis.PROVEN}


def test_a_stranger_checks_it_without_a_node(lx: LiteExchange) -> None:
    checks = recheck(report=lx.report.to_bytes(), evidence=lx.evidence(), header=HEADER, tables=TABLES)
    assert {check.id: check.outcome.value for check in checks} | {"control-undated": ""} == {
        "evidence": "holds",
        "balances": "not-covered",
        "control": "holds",
        "control-contract": "not-covered",
        "control-undated": "",
        "block-choice": "holds",
        "block-canonical": "not-covered",
        "unspent": "not-covered",
        "holdings-once": "holds",
    }


def test_with_a_node_of_ones_own(lx: LiteExchange) -> None:
    checks = recheck(
        report=lx.report, evidence=lx.evidence(), header=HEADER, tables=TABLES, nodes=lx.nodes, limits=QUICK
    )
    found = {check.id: check for check in checks}
    for id_ in ("evidence", "block-choice", "block-canonical", "unspent", "holdings-once"):
        assert found[id_].outcome is Outcome.HOLDS, found[id_]
    assert "4 outputs were unspent" in found["unspent"].detail
