"""Esplora's HTTP interface in front of a real litecoind: an adapter of protocols only, every answer is the node's.

It has no index: it walks the node's blocks, which a short test chain allows.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.litecoin import LocalLitecoin, Refused


class Indexer:
    """Answers paths; `spoil` may change an answer (None: as it is), `asked` keeps the paths."""

    def __init__(self, node: LocalLitecoin) -> None:
        self._node = node
        self.spoil: Callable[[str, Any], Any] | None = None
        self.asked: list[str] = []

    def answer(self, path: str) -> Any:
        """Return the text or JSON of a path; KeyError for what is not there."""
        self.asked.append(path)
        try:
            found = self._answer(path.strip("/").split("/"))
        except Refused:
            raise KeyError(path) from None
        return found if self.spoil is None else self.spoil(path, found)

    def _answer(self, parts: list[str]) -> Any:
        call = self._node.call
        match parts:
            case ["blocks", "tip", "hash"]:
                return call("getbestblockhash")
            case ["block-height", number]:
                return call("getblockhash", int(number))
            case ["block", name]:
                return {"id": name, "height": call("getblockheader", name)["height"]}
            case ["block", name, "status"]:
                header = call("getblockheader", name)
                return {"in_best_chain": header["confirmations"] > 0, "height": header["height"]}
            case ["block", name, "header"]:
                return call("getblockheader", name, False)
            case ["block", name, "txids"]:
                return call("getblock", name, 1)["tx"]
            case ["tx", txid, "hex"]:
                return next(tx["hex"] for _, tx in self._transactions() if tx["txid"] == txid)
            case ["tx", txid, "outspend", index]:
                return self._outspend(txid, int(index))
            case ["address", address, "utxo"]:
                return list(self._unspent(address))
        raise KeyError("/".join(parts))

    def _transactions(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        for number in range(self._node.call("getblockcount") + 1):
            block = self._node.call("getblock", self._node.call("getblockhash", number), 2)
            for tx in block["tx"]:
                yield block, tx

    def _outspend(self, txid: str, index: int) -> dict[str, Any]:
        for block, tx in self._transactions():
            if any((row.get("txid"), row.get("vout")) == (txid, index) for row in tx["vin"]):
                return {"spent": True, "txid": tx["txid"], "status": self._status(block)}
        return {"spent": False}

    def _unspent(self, address: str) -> Iterator[dict[str, Any]]:
        for row in self._node.call("scantxoutset", "start", [f"addr({address})"])["unspents"]:
            block = self._node.call("getblock", self._node.call("getblockhash", row["height"]))
            value = int(row["amount"] * 10**8)
            yield {"txid": row["txid"], "vout": row["vout"], "value": value, "status": self._status(block)}

    def _status(self, block: dict[str, Any]) -> dict[str, Any]:
        return {"confirmed": True, "block_height": block["height"], "block_hash": block["hash"]}


@contextmanager
def esplora(node: LocalLitecoin) -> Iterator[tuple[str, Indexer]]:
    """Serve a node's chain; yield the URL to give with --node, and the indexer."""
    indexer = Indexer(node)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                found = indexer.answer(self.path.removeprefix("/api"))
                status, text = 200, found if isinstance(found, str) else json.dumps(found)
            except (KeyError, StopIteration):
                status, text = 404, "not found"
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"esplora+http://127.0.0.1:{server.server_address[1]}/api", indexer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
