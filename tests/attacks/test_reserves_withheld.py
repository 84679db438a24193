"""What could be proven is left out, so that a word stands where a proof would show the lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from por import canonical
from por.header import show_time
from por.outcomes import Outcome
from por.reserves.evidence import headers
from tests.attacks.reserves_world import (
    fails,
    hot_control,
    judge,
    signed_again,
    with_control,
    with_document,
    without_tokens,
)
from tests.evm import CHAIN, Exchange, needs_anvil

pytestmark = needs_anvil


def each_holding(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def apply(document: dict[str, Any]) -> None:
        for chain in document["chains"]:
            for row in chain["holdings"]:
                change(row)

    return apply


def told(row: dict[str, Any]) -> None:
    row.update(basis="node", evidence=[], amount="9" + row["amount"])


def test_a_coin_of_the_chain_without_its_proof(ex: Exchange) -> None:
    checks = judge(ex, report=with_document(ex.report, each_holding(told)))
    fails(checks, "evidence", "no proof is given")


def test_the_checkers_node_is_asked_for_what_the_exchanges_said(ex: Exchange) -> None:
    def change(row: dict[str, Any]) -> None:
        if "erc20" in row["asset"]:
            told(row)

    shared, evidence = without_tokens(ex)

    def all_of_it(document: dict[str, Any]) -> None:
        each_holding(change)(document)
        document["chains"][0]["evidence"][2] = shared

    invented = with_document(ex.report, all_of_it)
    assert judge(ex, report=invented, evidence=evidence)["evidence"].outcome is Outcome.HOLDS
    fails(judge(ex, report=invented, evidence=evidence, nodes=ex.nodes), "evidence", "the report says 9")
    honest = judge(ex, nodes=ex.nodes)["evidence"]
    assert honest.outcome is Outcome.HOLDS and "1 balances are those of 127.0.0.1" in honest.detail


def test_a_dead_node_decides_nothing_of_what_was_told(ex: Exchange) -> None:
    check = judge(ex, nodes={CHAIN: "http://127.0.0.1:9"})["evidence"]
    assert check.outcome is Outcome.UNDECIDED


def test_headers_left_out_where_the_layout_is_known(ex: Exchange) -> None:
    def change(document: dict[str, Any]) -> None:
        each_holding(told)(document)
        document["chains"][0].update(evidence=[])

    checks = judge(ex, report=with_document(ex.report, change), nodes=ex.nodes)
    fails(checks, "block-choice", "header and its successor's are not in the evidence")
    assert "and its successor" not in checks["block-canonical"].detail


def elsewhere(ex: Exchange, time: str) -> bytes:
    """The report of a chain whose header layout nobody here knows, at a block of that time."""
    text = ex.report.to_bytes().decode().replace(CHAIN, "eip155:777777")
    document = json.loads(text)
    each_holding(told)(document)
    document["chains"][0].update(evidence=[])
    document["chains"][0]["block"]["time"] = time
    return canonical.encode(document)


def test_a_block_that_the_report_itself_dates_elsewhere(ex: Exchange) -> None:
    for time in ("2026-11-20T15:00:01Z", "2026-11-20T13:59:59Z", "2021-01-01T00:00:00Z"):
        fails(judge(ex, report=elsewhere(ex, time)), "block-choice", "beyond the policy's bound")
    assert judge(ex, report=elsewhere(ex, "2026-11-20T14:00:00Z"))["block-choice"].outcome is Outcome.NOT_COVERED


def test_somebody_elses_account_called_a_contract(ex: Exchange) -> None:
    """Its tokens are proven, its code is not: nobody would ever be asked for a signature."""
    account, honest = ex.wallets[0].account, hot_control(ex)
    claimed = with_control(ex, replace(honest, scheme="eip1271", signature=b"anything"))
    document = json.loads(claimed["report"])
    rows = document["chains"][0]["holdings"]
    kept = [row for row in rows if row["account"] != account or "erc20" in row["asset"]]
    for row in kept:
        if row["account"] == account:
            row["control"]["scheme"] = "eip1271"
    document["chains"][0]["holdings"] = kept
    claimed["report"] = canonical.encode(document)
    fails(judge(ex, **claimed), "control-contract", "does not prove that it has code")


def test_a_challenge_that_names_an_invented_successor(ex: Exchange) -> None:
    """Where the successor stands the challenge's block was not compared, so that it could be of any year."""
    after = headers.decode(ex.evidence()[ex.report.chains[0].evidence[1]], where="successor")
    parts = [after.raw[:4], after.raw[4:]]
    assert parts[1][:32] == after.parent, "the first field of a header is its parent's hash"
    raw = parts[0] + bytes(32) + parts[1][32:]
    invented = headers.decode(raw, where="invented")
    control = replace(
        signed_again(hot_control(ex), block_number=invented.number, block_hash=invented.hash, issued=invented.time),
        header=raw,
    )
    published = with_control(ex, control)
    document = json.loads(published["report"])
    for row in document["chains"][0]["holdings"]:
        if row["account"] == ex.wallets[0].account:
            row["control"]["issued"] = show_time(invented.time)
    published["report"] = canonical.encode(document)
    checks = judge(ex, **published, nodes=ex.nodes)
    assert checks["control"].outcome is Outcome.HOLDS
    fails(checks, "block-canonical", "a challenge names another block there")


def test_a_block_of_a_chain_that_the_report_lacks_decides_nothing(ex: Exchange) -> None:
    """Else a slip in the chain's name would leave out what was asked for, and say so nowhere."""
    check = judge(ex, block_hashes={"eip155:1": "0x" + "ab" * 32})["block-canonical"]
    assert check.outcome is Outcome.UNDECIDED and "eip155:1" in check.detail


def test_tokens_of_the_table_told_and_not_proven(ex: Exchange) -> None:
    """It may be that a token's code is a new one, which no table knows yet; how many are only told is said."""
    shared, evidence = without_tokens(ex)

    def all_of_it(document: dict[str, Any]) -> None:
        each_holding(lambda row: told(row) if "erc20" in row["asset"] else None)(document)
        document["chains"][0]["evidence"][2] = shared

    check = judge(ex, report=with_document(ex.report, all_of_it), evidence=evidence)["evidence"]
    assert "3 of them of tokens in your token table, which a proof could show" in check.detail, check
    assert "in your token table" not in judge(ex)["evidence"].detail
