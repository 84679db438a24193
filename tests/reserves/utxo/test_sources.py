"""The second kind of source, both together, and what goes wrong with either, each with its own message."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


INDEXER_FAULTS: dict[str, tuple[Callable[[str, Any], Any], str]] = {
    "an amount that is a float": (lambda p, x: _each(x, "value", 1.5) if p.endswith("/utxo") else x, "node-garbage"),
    "another amount": (lambda p, x: _each(x, "value", 7) if p.endswith("/utxo") else x, "node-output"),
    "an output above the tip": (lambda p, x: _high(x) if p.endswith("/utxo") else x, "node-garbage"),
    "another transaction": (lambda p, x: x[:-2] + "01" if p.endswith("/hex") else x, "node-garbage"),
    "a list without the transaction": (lambda p, x: x[:1] if p.endswith("/txids") else x, "node-reorg"),
    "another header": (lambda p, x: "00" * 80 if p.endswith("/header") else x, "node-header"),
    "a tip that is no hash": (lambda p, x: "x" if p.endswith("tip/hash") else x, "node-garbage"),
}


def _each(rows: list[dict[str, Any]], key: str, value: object) -> list[dict[str, Any]]:
    return [{**row, key: value} for row in rows]


def _high(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "status": {**row["status"], "block_height": 10_000}} for row in rows]


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


@contextmanager
def between(lx: LiteExchange, change: Callable[[str, Any], Any]) -> Iterator[str]:
    """Stand between us and the node, and change what it answers to a method: (method, answer) -> answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            rows = body if isinstance(body, list) else [body]
            found = [self._one(row) for row in rows]
            data = json.dumps(found if isinstance(body, list) else found[0], default=_exact).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _one(self, row: dict[str, Any]) -> dict[str, Any]:
            answer = {"id": row["id"], "error": None, "result": lx.node.call(row["method"], *row["params"])}
            changed: dict[str, Any] = change(row["method"], answer)
            return changed

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _exact(value: Any) -> Any:
    return float(value)


def _result(method: str, wanted: str, answer: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {**answer, "result": {**answer["result"], **changes}} if method == wanted else answer


def _unspents(method: str, answer: dict[str, Any], **changes: object) -> dict[str, Any]:
    if method != "scantxoutset":
        return answer
    rows = [{**row, **changes} for row in answer["result"]["unspents"]]
    return _result(method, method, answer, unspents=rows)


NODE_FAULTS: dict[str, tuple[Callable[[str, Any], Any], str]] = {
    "it is syncing": (lambda m, a: _result(m, "getblockchaininfo", a, initialblockdownload=True), "node-syncing"),
    "it lacks blocks": (lambda m, a: _result(m, "getblockchaininfo", a, headers=10**6), "node-syncing"),
    "another chain": (lambda m, a: {**a, "result": "ab" * 32} if m == "getblockhash" else a, "node-wrong-chain"),
    "the scan failed": (lambda m, a: _result(m, "scantxoutset", a, success=False), "node-scan"),
    "another total": (lambda m, a: _result(m, "scantxoutset", a, total_amount=1), "node-garbage"),
    "an amount that is a text": (lambda m, a: _unspents(m, a, amount="1.0"), "node-garbage"),
    "an amount of nine decimals": (lambda m, a: _unspents(m, a, amount=0.000000001), "node-garbage"),
    "a negative amount": (lambda m, a: _unspents(m, a, amount=-1), "node-garbage"),
    "a huge amount": (lambda m, a: _unspents(m, a, amount=1e30), "node-garbage"),
    "an output twice": (lambda m, a: _unspents(m, a, txid="ab" * 32, vout=0), "node-garbage"),
    "another script": (lambda m, a: _unspents(m, a, scriptPubKey="51"), "node-garbage"),
    "an output above the tip": (lambda m, a: _unspents(m, a, height=10**6), "node-garbage"),
    "a header of another block": (
        lambda m, a: {**a, "result": "00" * 80} if m == "getblockheader" and isinstance(a["result"], str) else a,
        "node-header",
    ),
    "it left the chain": (
        lambda m, a: _result(m, "getblockheader", a, confirmations=-1) if _is_dict(a) else a,
        "node-reorg",
    ),
    "the answer to another question": (lambda m, a: {**a, "id": 99} if m == "scantxoutset" else a, "node-garbage"),
    "it refuses": (
        lambda m, a: {**a, "error": {"code": -1, "message": "no\x1b[2J http://secret"}} if m == "scantxoutset" else a,
        "node-refused",
    ),
    "a scan is under way": (
        lambda m, a: {**a, "error": {"code": -8, "message": "Scan already in progress"}} if m == "scantxoutset" else a,
        "node-busy",
    ),
}


def _is_dict(answer: dict[str, Any]) -> bool:
    return isinstance(answer["result"], dict)


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
