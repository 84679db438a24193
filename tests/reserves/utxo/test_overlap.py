"""What two reports both count, on chains of outputs: one script is one wallet, and outputs have names."""

from __future__ import annotations

import json
from dataclasses import replace

from por import canonical
from por.reserves import addresses, caip
from por.reserves.judging.facts import gather
from por.reserves.overlap import overlaps, wallets_of
from por.reserves.report import Report
from tests.litecoin import CHAIN, HOT, TABLES, LiteExchange, account, needs_litecoin
from tests.reserves.signing import p2wpkh

MAIN = "bip122:12a765e31ffd4059bada1e25190f6e98"
pytestmark = needs_litecoin


def only_hot(lx: LiteExchange) -> Report:
    document = json.loads(lx.report.to_bytes())
    rows = document["chains"][0]["holdings"]
    document["chains"][0]["holdings"] = [row for row in rows if row["account"] == account(p2wpkh(HOT.public))]
    return Report.from_bytes(canonical.encode(document))


def test_outputs_are_named(lx: LiteExchange) -> None:
    theirs = only_hot(lx)
    facts = gather(lx.report, lx.evidence())
    (found,) = overlaps(lx.report, theirs, TABLES, facts, facts)
    hot = account(p2wpkh(HOT.public))
    assert found.words == (
        f"{hot} counts for both: {CHAIN}/slip44:1 (350000001 here, 350000001 there), 3 of its outputs the very same"
    )
    assert [row.account for row in found.theirs] == [hot]
    assert (wallets_of(lx.report), wallets_of(theirs)) == (3, 1)


def test_one_script_on_two_networks(lx: LiteExchange) -> None:
    """The same key, written as two networks write it."""
    there = addresses.address_of(caip.network(MAIN, where="test"), p2wpkh(HOT.public))
    (chain,) = only_hot(lx).chains
    row = replace(chain.holdings[0], account=f"{MAIN}:{there}", asset=f"{MAIN}/slip44:2")
    theirs = replace(lx.report, chains=(replace(chain, chain=MAIN, holdings=(row,)),))
    (found,) = overlaps(lx.report, theirs, TABLES)
    assert found.words == f"{account(p2wpkh(HOT.public))} is a wallet of both, there as {MAIN}:{there}"


def test_nothing_in_common(lx: LiteExchange) -> None:
    (chain,) = lx.report.chains
    rest = tuple(row for row in chain.holdings if row.account != account(p2wpkh(HOT.public)))
    assert overlaps(replace(lx.report, chains=(replace(chain, holdings=rest),)), only_hot(lx), TABLES) == []
