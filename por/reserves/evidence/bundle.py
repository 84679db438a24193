"""Evidence bundles (`por-evidence/1`): claims about accounts at one block, with each trie node stored once.

The nodes are found by their hashes from the header's state root on, so their order in the file says nothing, and a
node that no claim needs is refused. Nodes that several bundles of a chain need stand in a file of their own
(`por-nodes/1`), which the report names beside the block's headers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from eth_hash.auto import keccak

from por import canonical, documents
from por.errors import ClaimError, InputError
from por.reserves import caip
from por.reserves.evidence import account, headers, trie

FORMAT = "por-evidence/1"
SHARED_FORMAT = "por-nodes/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClaim:
    """An account and words of its storage (32-byte key -> non-negative word)."""

    address: str
    state: account.AccountState
    storage: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Claims at one block of one chain, by EIP-55 address, and the nodes that prove them."""

    chain: str
    number: int
    hash: bytes
    accounts: tuple[AccountClaim, ...]
    nodes: frozenset[bytes]

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        return canonical.encode(
            {
                "format": FORMAT,
                "chain": self.chain,
                "block": {"number": self.number, "hash": "0x" + self.hash.hex()},
                "accounts": [
                    {
                        "address": row.address,
                        "nonce": str(row.state.nonce),
                        "balance": str(row.state.balance),
                        "storage_hash": row.state.storage_hash.hex(),
                        "code_hash": row.state.code_hash.hex(),
                        "storage": [
                            {"key": key.hex(), "value": str(value)} for key, value in sorted(row.storage.items())
                        ],
                    }
                    for row in sorted(self.accounts, key=lambda row: row.address)
                ],
                "nodes": sorted(node.hex() for node in self.nodes),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> Bundle:
        """Read JCS bytes; InputError when malformed, out of order or with anything twice. Proves nothing yet."""
        value = canonical.decode(data, where=where)
        if isinstance(value, dict) and value.get("format") != FORMAT:
            raise InputError(f"{where}: not a {FORMAT} document", code="format-unknown", hint="is this the right file?")
        doc = documents.read(_BundleDocument, value, where=where)
        _ascending([row.address for row in doc.accounts], where)
        _ascending(doc.nodes, where)
        return cls(
            chain=caip.parse_chain(doc.chain, where=f"{where}: chain"),
            number=doc.block.number,
            hash=_hash(doc.block.hash, f"{where}: block.hash"),
            accounts=tuple(_claim(row, f"{where}: accounts[{n}]") for n, row in enumerate(doc.accounts)),
            nodes=frozenset(canonical.parse_hex(node, None, where=f"{where}: nodes") for node in doc.nodes),
        )


class Shared:
    """Trie nodes that several bundles need, by hash; knows which of them were needed."""

    def __init__(self) -> None:
        self._nodes: dict[bytes, bytes] = {}
        self._from: dict[bytes, str] = {}
        self._used: set[bytes] = set()

    def add(self, data: bytes, *, where: str) -> None:
        """Take in a `por-nodes/1` file; InputError when it is malformed or a node is there already."""
        for node in parse_shared(data, where=where):
            name = keccak(node)
            if name in self._nodes:
                raise InputError(
                    f"{where}: a node of another file stands here again",
                    code="evidence-order",
                    hint="the evidence is damaged; fetch it again",
                )
            self._nodes[name], self._from[name] = node, where

    def get(self, wanted: bytes) -> bytes | None:
        """Return the node of a hash, or None; it counts as needed from now on."""
        found = self._nodes.get(wanted)
        if found is not None:
            self._used.add(wanted)
        return found

    def __contains__(self, name: bytes) -> bool:
        return name in self._nodes

    def verify_used(self) -> None:
        """Refuse nodes that no bundle needed; ClaimError. To be asked when all bundles have been proven."""
        for name in sorted(self._nodes.keys() - self._used):
            raise ClaimError(
                f"{self._from[name]}: nodes that belong to no claim",
                code="proof-extra-node",
                hint="the file is padded",
            )


def parse_shared(data: bytes, *, where: str) -> tuple[bytes, ...]:
    """Return the nodes of a `por-nodes/1` file; InputError when it is malformed, out of order or has one twice."""
    value = canonical.decode(data, where=where)
    if isinstance(value, dict) and value.get("format") != SHARED_FORMAT:
        raise InputError(
            f"{where}: not a {SHARED_FORMAT} document", code="format-unknown", hint="is this the right file?"
        )
    doc = documents.read(_SharedDocument, value, where=where)
    _ascending(doc.nodes, where)
    return tuple(canonical.parse_hex(text, None, where=f"{where}: nodes") for text in doc.nodes)


def shared_bytes(nodes: Collection[bytes]) -> bytes:
    """Return the JCS bytes of a `por-nodes/1` file."""
    return canonical.encode({"format": SHARED_FORMAT, "nodes": sorted(node.hex() for node in nodes)})


def verify_bundle(
    bundle: Bundle, header: headers.BlockHeader, *, where: str, shared: Shared | None = None
) -> dict[str, AccountClaim]:
    """Prove every claim under the header's state root and return them by address.

    Raises ClaimError when the bundle is of another block, a claim differs from what the trie holds, or a node is
    missing, malformed, unused or also in the shared file.
    """
    if (bundle.hash, bundle.number) != (header.hash, header.number):
        raise ClaimError(
            f"{where}: proves the state of block {bundle.number}, not of the header's",
            code="evidence-other-block",
            hint="all evidence of a chain belongs to its one pinned block",
        )
    nodes = {keccak(node): node for node in bundle.nodes}
    used: set[bytes] = set()
    memo: trie.Memo = {}
    common = shared or Shared()

    def fetch(wanted: bytes) -> bytes:
        found = nodes.get(wanted)
        if found is not None:
            used.add(wanted)
            return found
        found = common.get(wanted)
        if found is None:
            raise ClaimError(
                f"{where}: a node of the proof is missing", code="proof-incomplete", hint="fetch the file again"
            )
        return found

    for claim in bundle.accounts:
        place = f"{where}: {claim.address}"
        found = account.account_at(header.state_root, bytes.fromhex(claim.address[2:]), fetch, where=place, memo=memo)
        if found != claim.state:
            raise ClaimError(
                f"{place}: the account claimed is not the one in the state",
                code="evidence-account",
                hint="the evidence does not prove what it says",
            )
        for key, value in claim.storage.items():
            if account.storage_at(found.storage_hash, key, fetch, where=place, memo=memo) != value:
                raise ClaimError(
                    f"{place}: the storage word claimed at {key.hex()} is not the one in the state",
                    code="evidence-storage",
                    hint="the evidence does not prove what it says",
                )
    if len(used) != len(nodes) or any(name in common for name in nodes):
        raise ClaimError(
            f"{where}: nodes that belong to no claim", code="proof-extra-node", hint="the bundle is padded"
        )
    return {claim.address: claim for claim in bundle.accounts}


def _claim(doc: _Account, where: str) -> AccountClaim:
    _ascending([row.key for row in doc.storage], where)
    state = account.AccountState(
        nonce=_big(doc.nonce, f"{where}.nonce"),
        balance=_big(doc.balance, f"{where}.balance"),
        storage_hash=canonical.parse_hex(doc.storage_hash, 32, where=f"{where}.storage_hash"),
        code_hash=canonical.parse_hex(doc.code_hash, 32, where=f"{where}.code_hash"),
    )
    storage = {
        canonical.parse_hex(row.key, 32, where=f"{where}.storage.key"): _big(row.value, f"{where}.value")
        for row in doc.storage
    }
    return AccountClaim(address=caip.parse_address(doc.address, where=where), state=state, storage=storage)


def _big(text: str, where: str) -> int:
    # words of the state have 256 bits, so the 128-bit amounts of por.amounts do not do here
    if text.isascii() and text.isdigit() and len(text) <= 78 and str(int(text)) == text:
        return int(text)
    raise InputError(f"{where}: not a whole number", code="amount-not-canonical", hint="the file is damaged")


def _hash(text: str, where: str) -> bytes:
    return canonical.parse_hex(text[2:] if text.startswith("0x") else None, 32, where=where)


def _ascending(keys: list[str], where: str) -> None:
    if keys != sorted(set(keys)):
        raise InputError(
            f"{where}: accounts, keys or nodes are not sorted, or one stands twice",
            code="evidence-order",
            hint="the evidence is damaged; fetch it again",
        )


class _Block(documents.Document):
    number: int
    hash: str


class _Word(documents.Document):
    key: str
    value: str


class _Account(documents.Document):
    address: str
    nonce: str
    balance: str
    storage_hash: str
    code_hash: str
    storage: documents.Rows[_Word]


class _BundleDocument(documents.Document):
    format: str
    chain: str
    block: _Block
    accounts: documents.Rows[_Account]
    nodes: documents.Rows[str]


class _SharedDocument(documents.Document):
    format: str
    nodes: documents.Rows[str]
