"""Nodes with a fault: a proxy before the real node that spoils its answers, as variable $BAD for --node."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from fixtures.chain import CHAIN
from tests.cli.stage import Stage, preparation
from tests.reserves.spoiled import Spoiler, send, spoiled

Change = Callable[[dict[str, Any], Any], Any]


def when(method: str, change: Change) -> Callable[..., dict[str, Any]]:
    """Spoil the results of one method."""

    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if question["method"] != method or "result" not in answer:
            return answer
        return {**answer, "result": change(question, answer["result"])}

    return spoil


def tokens(change: Change) -> Callable[..., dict[str, Any]]:
    """Spoil what tokens answer to balanceOf."""
    return when("eth_call", lambda q, r: change(q, r) if q["params"][0].get("data", "").startswith("0x70a08231") else r)


def refusal(number: int, words: str) -> Callable[..., dict[str, Any]]:
    """Refuse every question but the first two, about the chain and the node itself."""

    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if question["method"] in ("eth_chainId", "eth_syncing"):
            return answer
        return {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": number, "message": words}}

    return spoil


def status(number: int) -> Callable[..., bool]:
    def reply(handler: Any, questions: Any) -> bool:
        # Said, since the proxy hangs up: a client that kept the connection might ask into the void.
        send(handler, number, b"no", Connection="close")
        return True

    return reply


def page(handler: Any, questions: Any) -> bool:
    send(handler, 200, b"<html>Welcome</html>", Connection="close")
    return True


def header_field(name: str, value: str) -> Callable[..., dict[str, Any]]:
    return when("eth_getBlockByNumber", lambda q, r: {**r, name: value})


def account_proof(change: Callable[[list[str]], list[str]]) -> Callable[..., dict[str, Any]]:
    return when("eth_getProof", lambda q, r: {**r, "accountProof": change(r["accountProof"])})


MANY = "0x" + "f" * 64
ANSWERS: dict[str, Callable[..., dict[str, Any]]] = {
    "other-chain": when("eth_chainId", lambda q, r: "0x1"),
    "not-final": when(
        "eth_getBlockByNumber", lambda q, r: {**r, "number": "0x1"} if q["params"][0] == "finalized" else r
    ),
    "other-block": header_field("number", "0x3"),
    "far-time": header_field("timestamp", "0xffffffffffff"),
    "short-hash": header_field("hash", "0x12"),
    "no-block": when("eth_getBlockByNumber", lambda q, r: "block"),
    "other-state": header_field("stateRoot", "0x" + "11" * 32),
    "other-parent": header_field("parentHash", "0x" + "11" * 32),
    "no-proof": when("eth_getProof", lambda q, r: None),
    "cut-proof": account_proof(lambda proof: proof[:-1]),
    "long-proof": account_proof(lambda proof: [*proof, proof[0]]),
    "turned-proof": account_proof(lambda proof: proof[::-1]),
    "no-rlp": account_proof(lambda proof: ["0x00", *proof[1:]]),
    "proof-of-another": when("eth_getProof", lambda q, r: {**r, "address": "0x" + "11" * 20}),
    "proof-of-nobody": when("eth_getProof", lambda q, r: {**r, "address": 5}),
    "more-ether": when("eth_getBalance", lambda q, r: hex(int(r, 16) + 1)),
    "no-quantity": when("eth_getBalance", lambda q, r: "many"),
    "no-balance-of": tokens(lambda q, r: "0x"),
    "no-data": tokens(lambda q, r: "0xabc"),
    "many-tokens": tokens(lambda q, r: MANY),
    "more-tokens": tokens(lambda q, r: f"0x{int(r, 16) + 1:064x}"),
    "syncing": when("eth_syncing", lambda q, r: {"currentBlock": "0x1", "highestBlock": "0x20"}),
    "accepts-anything": when(
        "eth_call", lambda q, r: "0x1626ba7e" + "00" * 28 if q["params"][0]["data"].startswith("0x1626ba7e") else r
    ),
    "refuses": refusal(-32000, "missing trie node 5fd1b7f2e9"),
    "limits": refusal(-32005, "daily request count exceeded"),
}
REPLIES: dict[str, Callable[..., bool]] = {
    "page": page,
    "denies": status(401),
    "busy": status(429),
    "down": status(503),
    "moved": status(404),
}


@preparation("node")
def node(stage: Stage, fault: str) -> None:
    """`setup node more-ether`: a node with this fault. What is asked again is asked at once, and twice at most."""
    hurry(stage, timeout=0.5 if fault == "hangs" else 20.0)
    url, spoiler = stage.stack.enter_context(spoiled(stage.world.shop.chain.port))
    stage.variables["BAD"] = f"{CHAIN}={url}"
    if fault == "hangs":
        spoiler.reply = lambda handler, questions: spoiler.release.wait(10)
    elif fault == "reorganises":
        spoiler.answer = reorganise(spoiler)
    elif fault in REPLIES:
        spoiler.reply = REPLIES[fault]
    else:
        spoiler.answer = ANSWERS[fault]


def hurry(stage: Stage, *, timeout: float = 20.0) -> None:
    from por.reserves.chains import Limits, transport

    given = Limits.__init__.__kwdefaults__
    for name, value in (("timeout", timeout), ("tries", 2), ("backoff", 0.0)):
        stage.monkeypatch.setitem(given, name, value)
    stage.monkeypatch.setattr(transport, "_GRACE", 0.1)
    stage.monkeypatch.setattr(
        transport, "time", SimpleNamespace(sleep=lambda seconds: None, monotonic=time.monotonic, time=time.time)
    )


def reorganise(spoiler: Spoiler) -> Callable[..., dict[str, Any]]:
    """Give every block another hash once balances have been read."""

    def spoil(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if question["method"] == "eth_chainId":
            spoiler.asked.clear()
        if question["method"] == "eth_getBlockByNumber" and "eth_getProof" in spoiler.asked:
            return {**answer, "result": {**answer["result"], "hash": "0x" + "ab" * 32}}
        return answer

    return spoil


@preparation("nobody")
def nobody(stage: Stage) -> None:
    """`setup nobody`: $BAD is an address at which no node listens."""
    hurry(stage)
    stage.variables["BAD"] = f"{CHAIN}=http://127.0.0.1:9/v3/0123456789abcdefsecret"
