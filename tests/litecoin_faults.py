"""What a node or an indexer can get wrong, and a stand between us and a real node that makes it so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.litecoin import LiteExchange

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
