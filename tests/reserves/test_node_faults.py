"""A node that stops, hangs, lies or answers garbage: a clear fault, no secret in it, nothing half-written."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from fixtures.chain import CHAIN
from por.errors import SourceError, UsageError
from por.reserves.chains import Limits, open_chain
from por.reserves.check import check_reserves
from tests.evm import AS_OF, QUICK, Exchange, needs_anvil, snapshot
from tests.reserves.spoiled import Spoiler, send, spoiled

pytestmark = needs_anvil
LIMITS = Limits(timeout=1.0, tries=2, backoff=0.01, max_answer=1 << 20)


@pytest.fixture
def node(ex: Exchange) -> Iterator[tuple[str, Spoiler]]:
    with spoiled(ex.chain.port) as found:
        yield found


def run(ex: Exchange, url: str, out: Path) -> None:
    check_reserves(
        wallets=ex.wallets,
        control=ex.control,
        snapshot=snapshot(),
        nodes={CHAIN: url},
        tables=ex.tables,
        out=out,
        limits=LIMITS,
    )


def refused(ex: Exchange, node: tuple[str, Spoiler], out: Path, code: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        run(ex, node[0], out)
    assert caught.value.code == code
    assert caught.value.hint
    shown = f"{caught.value.message} {caught.value.hint} {caught.value!r}"
    assert "127.0.0.1" in shown or code == "evidence-unsound"
    for secret in ("s3cretpass", "user", "0123456789abcdef", "http://"):
        assert secret not in shown
    assert not out.exists()
    assert list(out.parent.iterdir()) == []
    return caught.value


def test_an_honest_proxy_changes_nothing(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    run(ex, node[0], tmp_path / "out")
    assert (tmp_path / "out" / "reserves.json").read_bytes() == ex.report.to_bytes()


def when(method: str, change: Callable[[dict[str, Any], Any], Any]) -> Callable[..., dict[str, Any]]:
    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if question["method"] != method or "result" not in answer:
            return answer
        return {**answer, "result": change(question, answer["result"])}

    return spoil


def one_more(question: dict[str, Any], result: str) -> str:
    return hex(int(result, 16) + 1)


def word_more(question: dict[str, Any], result: str) -> str:
    return f"0x{int(result, 16) + 1:064x}"


def proof_without_end(question: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "accountProof": result["accountProof"][:-1]}


def richer_proof(question: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "balance": hex(int(result["balance"], 16) + 1)}


def other_state(question: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "stateRoot": "0x" + "11" * 32}


def no_final(question: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "number": "0x1"} if question["params"][0] == "finalized" else result


SPOILED = {
    "node-wrong-chain": when("eth_chainId", lambda q, r: "0x1"),
    "node-contradicts-proof": when("eth_getBalance", one_more),
    "node-proof": when("eth_getProof", proof_without_end),
    "node-header": when("eth_getBlockByNumber", other_state),
    "node-not-final": when("eth_getBlockByNumber", no_final),
    "node-null": when("eth_getProof", lambda q, r: None),
    "node-garbage": when("eth_getBalance", lambda q, r: {"no": "quantity"}),
    "node-wrong-block": when("eth_getBlockByNumber", lambda q, r: {**r, "number": "0x3"}),
    "token-missing": when("eth_call", lambda q, r: "0x" if q["params"][0]["data"].startswith("0x70a0") else r),
    "node-amount": when("eth_call", lambda q, r: "0x" + "f" * 64 if q["params"][0]["data"][2:6] == "70a0" else r),
}


@pytest.mark.parametrize("code", sorted(set(SPOILED) - {"node-amount"}))
def test_spoiled_answers(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path, code: str) -> None:
    node[1].answer = SPOILED[code]
    refused(ex, node, tmp_path / "out", code)


def test_an_answer_about_another_block(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    """A node that takes the block's hash and answers for an older block, with a true proof of that one."""

    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if question["method"] != "eth_getProof":
            return answer
        address, keys, _ = question["params"]
        return {**answer, "result": ex.chain.call("eth_getProof", address, keys, "0x5")}

    node[1].answer = spoil
    refused(ex, node, tmp_path / "out", "node-proof")


def test_a_node_that_catches_up(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    node[1].answer = when("eth_syncing", lambda question, result: {"startingBlock": "0x0", "currentBlock": "0x5"})
    refused(ex, node, tmp_path / "out", "node-syncing")


def test_a_service_that_does_not_say_whether_it_is_syncing(
    ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path
) -> None:
    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if question["method"] == "eth_syncing":
            return {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": -32601, "message": "no such method"}}
        return answer

    node[1].answer = spoil
    run(ex, node[0], tmp_path / "out")
    assert (tmp_path / "out" / "reserves.json").read_bytes() == ex.report.to_bytes()


def test_a_token_balance_that_its_proof_denies(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        ours = question["method"] == "eth_call" and question["params"][0]["data"].startswith("0x70a0")
        return {**answer, "result": word_more(question, answer["result"])} if ours else answer

    node[1].answer = spoil
    assert "balanceOf" in refused(ex, node, tmp_path / "out", "node-contradicts-proof").message


def test_a_balance_field_that_its_proof_denies(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    node[1].answer = when("eth_getProof", richer_proof)
    refused(ex, node, tmp_path / "out", "node-proof")


def test_an_amount_that_no_coin_has(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        call = question["params"][0] if question["method"] == "eth_call" else {}
        return {**answer, "result": "0x" + "f" * 64} if call.get("to") == ex.unlisted else answer

    node[1].answer = spoil
    refused(ex, node, tmp_path / "out", "node-amount")


def test_a_reorganisation_during_the_run(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    number = hex(ex.report.chains[0].block.number)

    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        late = "eth_getProof" in node[1].asked
        if late and question["method"] == "eth_getBlockByNumber" and question["params"][0] == number:
            return {**answer, "result": {**answer["result"], "hash": "0x" + "ab" * 32}}
        return answer

    node[1].answer = spoil
    refused(ex, node, tmp_path / "out", "node-reorg")


def test_a_node_without_eip_1898_is_asked_by_number(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if any(isinstance(value, dict) and "blockHash" in value for value in question["params"]):
            return {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": -32602, "message": "invalid params"}}
        return answer

    node[1].answer = spoil
    run(ex, node[0], tmp_path / "out")
    assert (tmp_path / "out" / "reserves.json").read_bytes() == ex.report.to_bytes()


def test_a_refusal_is_told_without_the_secret(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        words = f"no such project 0123456789abcdefsecret at {node[0]}"
        return {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": -32000, "message": words}}

    node[1].answer = spoil
    assert "no such project" in refused(ex, node, tmp_path / "out", "node-refused").message


def status(number: int, **headers: str) -> Callable[[BaseHTTPRequestHandler, Any], bool]:
    def reply(handler: BaseHTTPRequestHandler, questions: Any) -> bool:
        send(handler, number, b"no", **headers)
        return True

    return reply


def body(data: bytes) -> Callable[[BaseHTTPRequestHandler, Any], bool]:
    def reply(handler: BaseHTTPRequestHandler, questions: Any) -> bool:
        send(handler, 200, data)
        return True

    return reply


def packed(handler: BaseHTTPRequestHandler, questions: Any) -> bool:
    data = json.dumps({"jsonrpc": "2.0", "id": questions[0]["id"], "result": "0x5"}).encode()
    send(handler, 200, gzip.compress(data), Content_Encoding="gzip")
    return True


def hang_up(handler: BaseHTTPRequestHandler, questions: Any) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"jsonrpc": "2.0"')
    return True


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (packed, "node-wrong-chain"),
        (status(429), "node-busy"),
        (status(503), "node-status"),
        (status(404), "node-status"),
        (status(401), "node-denied"),
        (status(302, Location="http://192.0.2.1/"), "node-garbage"),
        (body(b"<html>hello</html>"), "node-garbage"),
        (body(b""), "node-garbage"),
        (body(b"[]"), "node-garbage"),
        (body(b"null"), "node-garbage"),
        (body(b"[" * 100_000), "node-garbage"),
        (body(b'{"jsonrpc":"2.0","id":1,"result":"' + b"0" * (2 << 20) + b'"}'), "node-garbage"),
        (hang_up, "node-unreachable"),
    ],
)
def test_spoiled_replies(
    ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path, reply: Callable[..., bool], code: str
) -> None:
    node[1].reply = reply
    refused(ex, node, tmp_path / "out", code)


def test_a_node_that_stops_half_way(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    def reply(handler: BaseHTTPRequestHandler, questions: Any) -> bool:
        return "eth_getProof" in node[1].asked and hang_up(handler, questions)

    node[1].reply = reply
    refused(ex, node, tmp_path / "out", "node-unreachable")


@pytest.mark.parametrize("dribble", ["", "header", "body"])
def test_a_node_that_hangs(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path, dribble: str) -> None:
    def reply(handler: BaseHTTPRequestHandler, questions: Any) -> bool:
        if dribble == "body":
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
        for _ in range(60):
            if node[1].release.wait(0.1):
                break
            if dribble:
                handler.wfile.write(b" ")
        return True

    node[1].reply = reply
    before = time.monotonic()
    refused(ex, node, tmp_path / "out", "node-timeout")
    assert time.monotonic() - before < 2 * (LIMITS.timeout + 1) + 1


def test_a_busy_node_is_asked_again(ex: Exchange, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    seen: set[str] = set()

    def reply(handler: BaseHTTPRequestHandler, questions: list[dict[str, Any]]) -> bool:
        asked = json.dumps([(row["method"], row["params"]) for row in questions])
        fresh = asked not in seen
        seen.add(asked)
        if fresh:
            send(handler, 429, b"", Retry_After="0")
        return fresh

    node[1].reply = reply
    run(ex, node[0], tmp_path / "out")
    assert len(seen) > 10
    assert (tmp_path / "out" / "reserves.json").read_bytes() == ex.report.to_bytes()


def test_nobody_there(ex: Exchange, tmp_path: Path) -> None:
    refused(ex, ("http://127.0.0.1:9/", Spoiler()), tmp_path / "out", "node-unreachable")


@pytest.mark.parametrize("url", ["", "ftp://host/secret", "http://", "http://[::1/secret", "http://host:port/secret"])
def test_malformed_addresses(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_chain(CHAIN, url, QUICK)
    assert caught.value.code == "node-url-malformed"
    assert "secret" not in caught.value.message


def test_too_early_and_too_late(ex: Exchange) -> None:
    chain = open_chain(CHAIN, ex.chain.url, QUICK)
    for as_of, code in ((AS_OF + 10**6, "node-too-early"), (AS_OF - 10**7, "chain-too-young")):
        with pytest.raises(SourceError) as caught:
            chain.pin(as_of)
        assert caught.value.code == code


def test_the_block_is_the_last_one(ex: Exchange) -> None:
    chain = open_chain(CHAIN, ex.chain.url, QUICK)
    last = ex.report.chains[0].block.number + 1
    times = [int(ex.chain.call("eth_getBlockByNumber", hex(n), False)["timestamp"], 16) for n in range(last + 1)]
    # some of these blocks share a second, as blocks of fast chains do
    for moment in sorted({t + d for t in times[:-1] for d in (0, 1) if t + d < times[-1]}):
        assert chain.pin(moment).number == max(n for n, t in enumerate(times) if t <= moment)
