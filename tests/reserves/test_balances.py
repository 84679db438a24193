"""With a node of the checker's own every balance is asked for again, whatever the evidence proves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fixtures.chain import CHAIN
from por import canonical
from por.outcomes import Basis, Outcome
from por.reserves.chains.evm import EvmChain
from por.reserves.recheck import recheck
from tests.attacks.reserves_world import fails, judge
from tests.evm import HEADER, QUICK, Exchange, needs_anvil

pytestmark = needs_anvil


def test_all_are_compared(ex: Exchange) -> None:
    assert judge(ex)["balances"].outcome is Outcome.NOT_COVERED
    found = judge(ex, nodes=ex.nodes)["balances"]
    assert (found.outcome, found.basis) == (Outcome.HOLDS, Basis.NODE)
    assert f"{len(ex.report.chains[0].holdings)} balances are those of 127.0.0.1" in found.detail


@pytest.mark.parametrize("part", ["slip44", "erc20"])
def test_a_proven_balance_that_the_node_does_not_have(ex: Exchange, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that gives one balance otherwise: the proof still holds offline, and the two are shown side by side."""
    row = next(row for row in ex.report.chains[0].holdings if part in row.asset and row.basis is Basis.PROVEN)
    honest = EvmChain.read

    def read(self, pinned, wishes, tables, *, work=None):
        found = honest(self, pinned, wishes, tables, work=work)
        rows = [
            replace(got, amount=got.amount + 1) if (got.account, got.asset) == (row.account, row.asset) else got
            for got in found.rows
        ]
        return replace(found, rows=tuple(rows))

    monkeypatch.setattr(EvmChain, "read", read)
    checks = judge(ex, nodes=ex.nodes)
    assert checks["evidence"].outcome is Outcome.HOLDS, checks["evidence"]
    fails(checks, "balances", f"127.0.0.1 has {row.amount + 1}, the report says {row.amount}")


def test_an_invented_amount_is_named_by_both(ex: Exchange) -> None:
    document = json.loads(ex.report.to_bytes())
    row = next(row for row in document["chains"][0]["holdings"] if row["basis"] == "proven")
    row["amount"] = str(int(row["amount"]) + 7)
    checks = judge(ex, report=canonical.encode(document), nodes=ex.nodes)
    fails(checks, "evidence", f"the report says {row['amount']}")
    fails(checks, "balances", f"the report says {row['amount']}")


def test_a_dead_node_decides_nothing(ex: Exchange) -> None:
    checks = recheck(
        report=ex.report,
        evidence=ex.evidence(),
        header=HEADER,
        tables=ex.tables,
        nodes={CHAIN: "http://127.0.0.1:1"},
        limits=QUICK,
    )
    found = {check.id: check.outcome for check in checks}
    assert found["balances"] is Outcome.UNDECIDED
