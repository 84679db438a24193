"""A node in front of anvil that gives proofs at once: `python benchmarks/fastnode.py PORT BLOCK`; prints its own port.

anvil works out the whole state anew for each proof, a third of a second with 100,000 words in it, while nodes of real
chains read a path. So this one builds the tries of one block from anvil's own state, makes sure that the root is the
one in anvil's header, answers `eth_getProof` from them, and passes everything else on.
"""

import gzip
import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from typing import Any

import rlp
from eth_hash.auto import keccak

HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"
"""EIP-2935: each block writes its parent's hash at its own place, so the newest state has words that came later."""


class Trie:
    """A Merkle Patricia trie over hashed keys, built at once."""

    def __init__(self, items: dict[bytes, bytes]) -> None:
        self._nodes: dict[bytes, bytes] = {}
        paths = sorted((keccak(key).hex(), value) for key, value in items.items())
        top = self._make(paths, 0) if paths else rlp.encode(b"")
        self.root = keccak(top)
        if paths:
            self._nodes[self.root] = top

    def _make(self, items: list[tuple[str, bytes]], at: int) -> bytes:
        first, last = items[0][0], items[-1][0]
        if len(items) == 1:
            return bytes(rlp.encode([_prefix(first[at:], 2), items[0][1]]))
        end = at
        while first[end] == last[end]:
            end += 1
        if end > at:
            return bytes(rlp.encode([_prefix(first[at:end], 0), self._refer(self._make(items, end))]))
        branch: list[Any] = [b""] * 17
        for nibble, group in groupby(items, key=lambda item: item[0][at]):
            branch[int(nibble, 16)] = self._refer(self._make(list(group), at + 1))
        return bytes(rlp.encode(branch))

    def _refer(self, node: bytes) -> Any:
        if len(node) < 32:
            return rlp.decode(node)
        name = keccak(node)
        self._nodes[name] = node
        return name

    def proof(self, key: bytes) -> list[str]:
        """Return the nodes on the way to a key, as eth_getProof gives them."""
        path, found, child = keccak(key).hex(), [], self.root
        while isinstance(child, list) or child in self._nodes:
            if isinstance(child, list):
                node = child
            else:
                found.append("0x" + self._nodes[child].hex())
                node = rlp.decode(self._nodes[child])
            if len(node) == 17:
                child, path = node[int(path[0], 16)], path[1:]
                continue
            flag = int(node[0].hex()[0], 16)
            nibbles = node[0].hex()[1 if flag % 2 else 2 :]
            if flag >= 2 or not path.startswith(nibbles):
                break
            child, path = node[1], path[len(nibbles) :]
        return found


def _prefix(nibbles: str, flag: int) -> bytes:
    return bytes.fromhex(f"{flag + 1:x}{nibbles}" if len(nibbles) % 2 else f"{flag:x}0{nibbles}")


class State:
    """Every account of one block."""

    def __init__(self, port: int, number: int) -> None:
        block = ask(port, "eth_getBlockByNumber", [hex(number), False])
        self.hash = block["hash"]
        dump = json.loads(gzip.decompress(bytes.fromhex(ask(port, "anvil_dumpState", [])[2:])))
        self.rows: dict[bytes, tuple[int, int, dict[bytes, int], Trie, bytes]] = {}
        encoded = {}
        for address, row in dump["accounts"].items():
            words = {bytes.fromhex(key[2:]): int(word, 16) for key, word in row["storage"].items()}
            if address == HISTORY:
                words = {key: word for key, word in words.items() if int.from_bytes(key, "big") < number}
            words = {key: word for key, word in words.items() if word}
            trie = Trie({key: rlp.encode(word) for key, word in words.items()})
            raw, code = bytes.fromhex(address[2:]), keccak(bytes.fromhex(row["code"][2:]))
            nonce, balance = row["nonce"], int(row["balance"], 16)
            self.rows[raw] = nonce, balance, words, trie, code
            encoded[raw] = rlp.encode([nonce, balance, trie.root, code])
        self.trie = Trie(encoded)
        assert "0x" + self.trie.root.hex() == block["stateRoot"], "another state than anvil's"

    def answer(self, address: str, keys: list[str]) -> dict[str, Any]:
        """Answer eth_getProof."""
        raw = bytes.fromhex(address[2:])
        nonce, balance, words, trie, code = self.rows.get(raw, (0, 0, {}, Trie({}), keccak(b"")))
        return {
            "address": address,
            "nonce": hex(nonce),
            "balance": hex(balance),
            "storageHash": "0x" + trie.root.hex(),
            "codeHash": "0x" + code.hex(),
            "accountProof": self.trie.proof(raw),
            "storageProof": [
                {"key": key, "value": hex(words.get(place, 0)), "proof": trie.proof(place)}
                for key in keys
                for place in [bytes.fromhex(key[2:])]
            ],
        }


def ask(port: int, method: str, params: list[Any]) -> Any:
    answer: dict[str, Any] = send(port, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    return answer["result"]


def send(port: int, body: Any) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
    found = json.loads(connection.getresponse().read())
    connection.close()
    return found


def serve(upstream: int, state: State) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            rows = asked if isinstance(asked, list) else [asked]
            ours = [row for row in rows if row["method"] == "eth_getProof" and row["params"][2] == at]
            others = [row for row in rows if row not in ours] if ours else rows
            found = send(upstream, others) if others else []
            for row in ours:
                result = state.answer(row["params"][0], row["params"][1])
                found.append({"jsonrpc": "2.0", "id": row["id"], "result": result})
            body = json.dumps(found if isinstance(asked, list) else found[0]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    at = {"blockHash": state.hash}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


def main() -> None:
    upstream, number = int(sys.argv[1]), int(sys.argv[2])
    server = serve(upstream, State(upstream, number))
    print(server.server_port, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
