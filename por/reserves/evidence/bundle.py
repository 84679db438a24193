"""Evidence bundles (`por-evidence/1`): claims about accounts at one block, with each trie node stored once.

The nodes are found by their hashes from the header's state root on, so their order in the file says nothing, and a
node that no claim needs is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eth_hash.auto import keccak

from por import canonical, documents
from por.errors import ClaimError, InputError
from por.reserves import caip
from por.reserves.evidence import account, headers

FORMAT = "por-evidence/1"


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


def verify_bundle(bundle: Bundle, header: headers.BlockHeader, *, where: str) -> dict[str, AccountClaim]:
    """Prove every claim under the header's state root and return them by address.

    Raises ClaimError when the bundle is of another block, a claim differs from what the trie holds, or a node is
    missing, malformed or unused.
    """
    if (bundle.hash, bundle.number) != (header.hash, header.number):
        raise ClaimError(
            f"{where}: proves the state of block {bundle.number}, not of the header's",
            code="evidence-other-block",
            hint="all evidence of a chain belongs to its one pinned block",
        )
    nodes = {keccak(node): node for node in bundle.nodes}
    used: set[bytes] = set()

    def fetch(wanted: bytes) -> bytes:
        if wanted not in nodes:
            raise ClaimError(
                f"{where}: a node of the proof is missing", code="proof-incomplete", hint="fetch the file again"
            )
        used.add(wanted)
        return nodes[wanted]

    for claim in bundle.accounts:
        place = f"{where}: {claim.address}"
        found = account.account_at(header.state_root, bytes.fromhex(claim.address[2:]), fetch, where=place)
        if found != claim.state:
            raise ClaimError(
                f"{place}: the account claimed is not the one in the state",
                code="evidence-account",
                hint="the evidence does not prove what it says",
            )
        for key, value in claim.storage.items():
            if account.storage_at(found.storage_hash, key, fetch, where=place) != value:
                raise ClaimError(
                    f"{place}: the storage word claimed at {key.hex()} is not the one in the state",
                    code="evidence-storage",
                    hint="the evidence does not prove what it says",
                )
    if len(used) != len(nodes):
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
