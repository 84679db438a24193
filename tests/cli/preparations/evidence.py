"""A publication whose report or evidence says more than it shows, signed as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rlp
from eth_hash.auto import keccak

from por import canonical
from por.reserves.evidence import account, headers
from tests.attacks.forged_world import Forger, forger
from tests.cli.stage import Stage, preparation

FAULTS: dict[str, Callable[[Spoiled], None]] = {}


@dataclass
class Spoiled:
    """A publication to be changed: its report as JSON, its files by name."""

    forged: Forger
    report: dict[str, Any]

    @property
    def chain(self) -> dict[str, Any]:
        found: dict[str, Any] = self.report["chains"][0]
        return found

    def holdings(self, who: str) -> list[dict[str, Any]]:
        """The holdings of `hot`, `cold` or `guarantee`; the native coin stands last."""
        address = getattr(self.forged.world.shop.addresses, who)
        return [row for row in self.chain["holdings"] if row["account"].endswith(address)]

    def file(self, digest: str) -> bytes:
        return self.forged.files[f"evidence/{digest}"]

    def add(self, data: bytes) -> str:
        digest = canonical.digest(data)
        self.forged.files[f"evidence/{digest}"] = data
        return digest

    def replace(self, digest: str, data: bytes) -> None:
        """Put other bytes in a file's place, under their own digest, everywhere."""
        del self.forged.files[f"evidence/{digest}"]
        self.report = json.loads(json.dumps(self.report).replace(digest, self.add(data)))

    def change(self, digest: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a JSON file of the evidence."""
        document = json.loads(self.file(digest))
        change(document)
        self.replace(digest, canonical.encode(document))

    @property
    def accounts(self) -> str:
        """The bundle that proves the accounts themselves."""
        return str(next(iter(self.holdings("hot")[-1]["evidence"]), ""))

    @property
    def token(self) -> str:
        """A bundle that proves balances of a token."""
        return str(self.holdings("hot")[0]["evidence"][0])

    def pin(self, number: int) -> None:
        """Report another block of the chain, with its headers."""
        call = self.forged.world.shop.chain.call
        pinned, successor = (
            headers.encode_fields(call("eth_getBlockByNumber", hex(n), False)) for n in (number, number + 1)
        )
        self.invent(pinned, successor)

    def invent(self, pinned: bytes, successor: bytes) -> None:
        from por.header import show_time

        found = headers.decode(pinned, where="test")
        old = self.chain["evidence"]
        for digest in old:
            del self.forged.files[f"evidence/{digest}"]
        self.chain["evidence"] = [self.add(pinned), self.add(successor)]
        block = {"number": found.number, "hash": "0x" + found.hash.hex(), "time": show_time(found.time)}
        self.chain["block"] = block
        for row in self.forged.predicate["chains"]:
            row["block"] = block


def fault(name: str) -> Callable[[Callable[[Spoiled], None]], Callable[[Spoiled], None]]:
    def register(function: Callable[[Spoiled], None]) -> Callable[[Spoiled], None]:
        FAULTS[name] = function
        return function

    return register


@preparation("evidence")
def evidence(stage: Stage, name: str) -> None:
    """`setup evidence more-claimed`: publication/ with this fault in what the reserves rest on."""
    forged = forger(stage.world)
    spoiled = Spoiled(forged, json.loads(forged.files["reserves.json"]))
    FAULTS[name](spoiled)
    forged.files["reserves.json"] = canonical.encode(spoiled.report)
    forged.publish(stage.folder / "publication")
    stage.variables["BUNDLE"] = f"publication/evidence/{spoiled.accounts}"
    for row in spoiled.report["chains"][0]["holdings"]:
        if name == "control-withheld" and row in spoiled.holdings("hot"):
            (stage.folder / "publication/evidence" / row["control"]["digest"]).unlink(missing_ok=True)


@fault("control-withheld")
def nothing(spoiled: Spoiled) -> None:
    """The file is taken away afterwards."""


@fault("amount")
def amount(spoiled: Spoiled) -> None:
    row = spoiled.holdings("hot")[-1]
    row["amount"] = str(int(row["amount"]) + 10**18)


@fault("account-claimed")
def claim(spoiled: Spoiled) -> None:
    spoiled.change(spoiled.accounts, lambda doc: doc["accounts"][0].update(balance="1" + doc["accounts"][0]["balance"]))


@fault("word-claimed")
def claim_word(spoiled: Spoiled) -> None:
    def change(doc: dict[str, Any]) -> None:
        row = doc["accounts"][0]["storage"][0]
        row["value"] = "1" + row["value"]

    spoiled.change(spoiled.token, change)


@fault("other-block")
def other_block(spoiled: Spoiled) -> None:
    spoiled.change(spoiled.accounts, lambda doc: doc["block"].update(number=doc["block"]["number"] + 1))


@fault("unsorted")
def unsorted(spoiled: Spoiled) -> None:
    spoiled.change(spoiled.accounts, lambda doc: doc["nodes"].reverse())


@fault("other-format")
def other_format(spoiled: Spoiled) -> None:
    spoiled.change(spoiled.accounts, lambda doc: doc.update(format="por-evidence/2"))


@fault("node-missing")
def node_missing(spoiled: Spoiled) -> None:
    spoiled.change(spoiled.accounts, lambda doc: doc["nodes"].pop())


@fault("node-more")
def node_more(spoiled: Spoiled) -> None:
    spoiled.change(spoiled.accounts, lambda doc: doc.update(nodes=sorted([*doc["nodes"], "c0" * 40])))


@fault("bundle-of-another")
def bundle_of_another(spoiled: Spoiled) -> None:
    spoiled.holdings("hot")[-1]["evidence"] = [spoiled.token]


@fault("withheld")
def withheld(spoiled: Spoiled) -> None:
    spoiled.holdings("hot")[-1].update(basis="node", evidence=[])


@fault("header-damaged")
def header_damaged(spoiled: Spoiled) -> None:
    spoiled.replace(spoiled.chain["evidence"][0], b"no header")


@fault("headers-withheld")
def headers_withheld(spoiled: Spoiled) -> None:
    for digest in spoiled.chain["evidence"]:
        del spoiled.forged.files[f"evidence/{digest}"]
    spoiled.chain["evidence"] = []


@fault("other-time")
def other_time(spoiled: Spoiled) -> None:
    spoiled.chain["block"]["time"] = "2026-11-20T14:59:59Z"


@fault("other-successor")
def other_successor(spoiled: Spoiled) -> None:
    control = json.loads(spoiled.file(spoiled.holdings("hot")[0]["control"]["digest"]))
    spoiled.replace(spoiled.chain["evidence"][1], bytes.fromhex(control["header"]))


@fault("late")
def late(spoiled: Spoiled) -> None:
    spoiled.pin(spoiled.chain["block"]["number"] + 1)


@fault("early")
def early(spoiled: Spoiled) -> None:
    spoiled.pin(spoiled.chain["block"]["number"] - 1)


@fault("issued")
def issued(spoiled: Spoiled) -> None:
    for row in spoiled.holdings("hot"):
        row["control"]["issued"] = "2026-11-20T14:00:00Z"


@fault("called-contract")
def called_contract(spoiled: Spoiled) -> None:
    """An account with a key, called a contract wallet, whose own bundle is left out."""
    digest = spoiled.holdings("hot")[0]["control"]["digest"]
    spoiled.change(digest, lambda doc: doc.update(scheme="eip1271", signature=""))
    for row in spoiled.holdings("hot"):
        row["control"]["scheme"] = "eip1271"


@fault("contract-without-code")
def contract_without_code(spoiled: Spoiled) -> None:
    called_contract(spoiled)
    for row in spoiled.holdings("hot"):
        row["evidence"] = sorted({*row["evidence"], spoiled.accounts})


@fault("leaf-no-account")
def leaf_no_account(spoiled: Spoiled) -> None:
    state(spoiled, rlp.encode([b"\x01", b"\x02", b"\x03"]))


@fault("leaf-no-word")
def leaf_no_word(spoiled: Spoiled) -> None:
    key = bytes(32)
    storage = leaf(key, b"\x00\x01" + bytes(30))
    found = account.AccountState(storage_hash=keccak(storage))
    claim = {"key": key.hex(), "value": "1"}
    state(spoiled, found.encode(), storage=[claim], storage_hash=found.storage_hash.hex(), more=[storage])


@fault("node-malformed")
def node_malformed(spoiled: Spoiled) -> None:
    state(spoiled, b"", root=rlp.encode([b"\x20" * 20, b"three", b"items"]))


@fault("node-no-rlp")
def node_no_rlp(spoiled: Spoiled) -> None:
    state(spoiled, b"", root=b"\xff" * 40)


def leaf(key: bytes, value: bytes) -> bytes:
    """The one node of a trie that holds one value."""
    found: bytes = rlp.encode([b"\x20" + keccak(key), value])
    return found


def state(
    spoiled: Spoiled,
    value: bytes,
    *,
    root: bytes | None = None,
    storage: list[dict[str, str]] | None = None,
    storage_hash: str = "00" * 32,
    more: list[bytes] | None = None,
) -> None:
    """Invent a state of one account, the hot wallet, and the blocks that have it."""
    address = spoiled.forged.world.shop.addresses.hot
    root = leaf(bytes.fromhex(address[2:]), value) if root is None else root
    spoiled.chain["evidence"] = spoiled.chain["evidence"][:2]  # the one bundle has all of its nodes
    pinned, successor = (rlp.decode(spoiled.file(digest)) for digest in spoiled.chain["evidence"])
    pinned[3] = keccak(root)
    raw = rlp.encode(pinned)
    successor[0] = keccak(raw)
    kept = spoiled.holdings("hot")[-1]
    for row in spoiled.chain["holdings"]:
        for digest in row["evidence"]:
            spoiled.forged.files.pop(f"evidence/{digest}", None)
    spoiled.invent(raw, rlp.encode(successor))
    claim = {"address": address, "nonce": "0", "balance": "0", "storage": storage or []}
    bundle = {
        "format": "por-evidence/1",
        "chain": spoiled.chain["chain"],
        "block": {key: spoiled.chain["block"][key] for key in ("number", "hash")},
        "accounts": [claim | {"storage_hash": storage_hash, "code_hash": account.EMPTY_CODE.hex()}],
        "nodes": sorted(node.hex() for node in [root, *(more or [])]),
    }
    kept["evidence"] = [spoiled.add(canonical.encode(bundle))]
    spoiled.chain["holdings"] = [kept]
    for name in [name for name in spoiled.forged.files if name.startswith("evidence/")]:
        if name[9:] not in json.dumps(spoiled.report):
            del spoiled.forged.files[name]
