"""Several nodes of one chain: what enough of them say alike is taken, and who says otherwise is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fixtures.chain import CHAIN
from por.errors import SourceError, UsageError
from por.reserves.chains.quorum import open_sources
from por.reserves.check import check_reserves
from por.reserves.report import Report
from tests.evm import AS_OF, QUICK, Exchange, needs_anvil, snapshot
from tests.reserves.spoiled import Spoiler, send, spoiled

pytestmark = needs_anvil

Nodes = list[tuple[str, Spoiler]]


@pytest.fixture
def nodes(ex: Exchange) -> Iterator[Nodes]:
    with ExitStack() as stack:
        yield [stack.enter_context(spoiled(ex.chain.port)) for _ in range(3)]


def run(ex: Exchange, nodes: Nodes, out: Path, quorum: int | None = None) -> tuple[Report, list[str]]:
    notices: list[str] = []
    report = check_reserves(
        wallets=ex.wallets,
        control=ex.control,
        snapshot=snapshot(),
        nodes={CHAIN: [url for url, _ in nodes]},
        quorum=quorum,
        tables=ex.tables,
        out=out,
        limits=QUICK,
        notice=notices.append,
    )
    return report, notices


def when(method: str, change: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "result": change(answer["result"])} if question["method"] == method else answer

    return spoil


def unlisted_more(ex: Exchange) -> Callable[..., dict[str, Any]]:
    """A unit more of the token that the table does not list, so that no proof contradicts it."""

    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        ours = question["method"] == "eth_call" and question["params"][0]["to"].lower() == ex.unlisted.lower()
        return {**answer, "result": f"0x{int(answer['result'], 16) + 1:064x}"} if ours else answer

    return spoil


def test_all_agree(ex: Exchange, nodes: Nodes, tmp_path: Path) -> None:
    report, notices = run(ex, nodes, tmp_path / "out")
    assert report.chains[0].source == "127.0.0.1, 127.0.0.1, 127.0.0.1"
    assert report.chains[0].holdings == ex.report.chains[0].holdings
    assert not any("disagree" in text or "not heard" in text for text in notices)
    assert all(spoiler.asked.count("eth_getProof") for _, spoiler in nodes)


def test_one_of_three_says_otherwise(ex: Exchange, nodes: Nodes, tmp_path: Path) -> None:
    nodes[0][1].answer = unlisted_more(ex)
    report, notices = run(ex, nodes, tmp_path / "out", quorum=2)
    assert report.chains[0].holdings == ex.report.chains[0].holdings
    (said,) = [text for text in notices if "disagree" in text]
    assert f"node 1 (127.0.0.1) says 78 of {CHAIN}/erc20:{ex.unlisted}" in said
    assert "node 2 (127.0.0.1), node 3 (127.0.0.1) says 77" in said
    assert report.chains[0].source == "127.0.0.1, 127.0.0.1"


def test_without_a_quorum_nothing_is_written(ex: Exchange, nodes: Nodes, tmp_path: Path) -> None:
    nodes[0][1].answer = unlisted_more(ex)
    with pytest.raises(SourceError) as caught:
        run(ex, nodes, tmp_path / "out")
    assert caught.value.code == "sources-disagree"
    assert list(tmp_path.iterdir()) == []


def test_two_camps_are_no_quorum(ex: Exchange, nodes: Nodes, tmp_path: Path) -> None:
    """One is enough, but two say different things: neither is preferred, and no mean is taken."""
    nodes[0][1].answer = unlisted_more(ex)
    with pytest.raises(SourceError) as caught:
        run(ex, nodes[:2], tmp_path / "out", quorum=1)
    assert caught.value.code == "sources-disagree"


@pytest.mark.parametrize("fault", ["silent", "liar", "syncing", "other chain"])
def test_one_that_does_not_deliver_is_told_and_left_out(ex: Exchange, nodes: Nodes, tmp_path: Path, fault: str) -> None:
    spoiler = nodes[1][1]
    if fault == "silent":
        spoiler.reply = lambda handler, questions: send(handler, 503, b"") is None
    elif fault == "liar":
        spoiler.answer = when("eth_getBalance", lambda result: hex(int(result, 16) + 1))
    elif fault == "syncing":
        spoiler.answer = when("eth_syncing", lambda result: {"currentBlock": "0x1"})
    else:
        spoiler.answer = when("eth_chainId", lambda result: "0x1")
    report, notices = run(ex, nodes, tmp_path / "out", quorum=2)
    assert report.chains[0].holdings == ex.report.chains[0].holdings
    assert any(text.startswith("not heard: ") for text in notices)
    with pytest.raises(SourceError) as caught:
        run(ex, nodes, tmp_path / "again", quorum=3)
    assert caught.value.code == "quorum-not-met"
    assert "s3cretpass" not in caught.value.message


def test_sources_disagree_about_the_block(ex: Exchange, nodes: Nodes) -> None:
    """Another header with its own right hash, as after a reorganisation that one node has not seen."""
    from eth_hash.auto import keccak

    from por.reserves.evidence import headers

    number = hex(ex.report.chains[0].block.number)

    def other(result: dict[str, Any]) -> dict[str, Any]:
        changed = {**result, "gasUsed": "0x7"}
        if result["number"] == hex(int(number, 16) + 1):
            before = {**ex.chain.call("eth_getBlockByNumber", number, False), "gasUsed": "0x7"}
            changed["parentHash"] = "0x" + keccak(headers.encode_fields(before)).hex()
        return {**changed, "hash": "0x" + keccak(headers.encode_fields(changed)).hex()}

    nodes[2][1].answer = when("eth_getBlockByNumber", other)
    urls = [url for url, _ in nodes]
    with pytest.raises(SourceError) as caught:
        open_sources(CHAIN, urls, QUICK).pin(AS_OF)
    assert caught.value.code == "sources-disagree"
    assert "about block" in caught.value.message
    node = open_sources(CHAIN, urls, QUICK, quorum=2)
    assert node.pin(AS_OF).hash == ex.report.chains[0].block.hash
    assert node.source == "127.0.0.1, 127.0.0.1"


def test_the_newest_block_that_is_final_for_all(ex: Exchange, nodes: Nodes) -> None:
    final = int(ex.chain.call("eth_getBlockByNumber", "finalized", False)["number"], 16)

    def behind(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if question["method"] == "eth_getBlockByNumber" and question["params"][0] == "finalized":
            return {**answer, "result": ex.chain.call("eth_getBlockByNumber", hex(final - 1), False)}
        return answer

    nodes[1][1].answer = behind
    assert open_sources(CHAIN, [url for url, _ in nodes], QUICK).recent().number == final - 1


@pytest.mark.parametrize(
    ("count", "quorum", "code"), [(2, 3, "quorum-out-of-range"), (1, 0, "quorum-out-of-range"), (0, 1, "node-repeated")]
)
def test_what_cannot_be_asked_for(ex: Exchange, count: int, quorum: int, code: str) -> None:
    urls = [f"{ex.chain.url}/{n}" for n in range(count)] or [ex.chain.url, ex.chain.url]
    with pytest.raises(UsageError) as caught:
        open_sources(CHAIN, urls, QUICK, quorum)
    assert caught.value.code == code
