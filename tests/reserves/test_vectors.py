"""Proofs of Ethereum's main network that nobody here made: the good verify, the corrupted are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from por.errors import ClaimError
from por.reserves.caip import checksum
from por.reserves.evidence import account, headers, trie
from por.reserves.evidence.answer import check_answer
from por.reserves.evidence.words import BadAnswer
from tests.evm import vectors_folder

CORRUPT = (
    "account_balance",
    "extra_node",
    "missing_last_node",
    "reordered",
    "storage_hash",
    "wrong_holder",
)


def load(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / f"{name}.json").read_text())


def state_root(document: dict[str, Any]) -> bytes:
    raw = headers.encode_fields(document["header"])
    assert "0x" + keccak(raw).hex() == document["header"]["hash"]
    return headers.decode(raw, where="header").state_root


def holder_balance(document: dict[str, Any]) -> int:
    """Check a document with a token as recheck does: the key comes from the holder and the slot."""
    token = document["erc20"]
    key = account.balance_key(bytes.fromhex(token["holder"][2:]), token["mapping_slot"], "key-slot")
    nodes: set[bytes] = set()
    contract = checksum(bytes.fromhex(token["contract"][2:]))
    answer = document["proofs"][0]
    claim = check_answer(
        answer, state_root=state_root(document), address=contract, keys=[key], nodes=nodes, where="weth"
    )
    assert len(nodes) == len(answer["accountProof"]) + len(answer["storageProof"][0]["proof"])
    return claim.storage[key]


def test_weth_balance(proofs: Path) -> None:
    assert holder_balance(load(proofs, "mainnet_23223655_weth_balance")) == 2921291143473600000


@pytest.mark.parametrize("name", CORRUPT)
def test_corrupted_weth_balance_is_refused(proofs: Path, name: str) -> None:
    with pytest.raises((ClaimError, BadAnswer)):
        holder_balance(load(proofs, f"corrupt_{name}"))


def test_every_corrupt_file_is_tried(proofs: Path) -> None:
    assert {path.stem.removeprefix("corrupt_") for path in proofs.glob("corrupt_*.json")} == set(CORRUPT)


def test_deposit_contract_and_account(proofs: Path) -> None:
    document = load(proofs, "mainnet_21925176_deposit_contract_and_eoa")
    root = state_root(document)
    for answer in document["proofs"]:
        keys = [bytes.fromhex(row["key"][2:]) for row in answer["storageProof"]]
        address = checksum(bytes.fromhex(answer["address"][2:]))
        claim = check_answer(answer, state_root=root, address=address, keys=keys, nodes=set(), where=address)
        assert claim.state.balance == int(answer["balance"], 16)


def test_thirty_five_usdt_holders(proofs: Path) -> None:
    document = load(proofs, "mainnet_11346696_usdt_35_holders")
    root = bytes.fromhex(document["storageHash"][2:])
    assert len(document["holders"]) == 35
    for row in document["holders"]:
        key = account.balance_key(bytes.fromhex(row["address"][2:]), 2, "key-slot")
        assert key.hex() == row["key"]
        proof = [bytes.fromhex(node[2:]) for node in row["proof"]]
        word = account.decode_word(trie.lookup(root, key, proof, where="usdt"), where="usdt")
        assert word == int(row["value"], 16)


@pytest.mark.parametrize("name", ["axiom_empty_storage_pf", "axiom_noninclusion_branch_pf"])
def test_absent_words(proofs: Path, name: str) -> None:
    document = load(proofs, name)
    root = bytes.fromhex(document["stateRoot_from_first_node"][2:])
    for answer in document["proofs"]:
        keys = [int(row["key"], 16).to_bytes(32, "big") for row in answer["storageProof"]]
        address = checksum(bytes.fromhex(answer["address"][2:]))
        claim = check_answer(answer, state_root=root, address=address, keys=keys, nodes=set(), where=address)
        assert list(claim.storage.values()) == [0]


def test_recorded_headers_rebuild_to_their_hash() -> None:
    document = json.loads((vectors_folder() / "rpc" / "rotki_evm_ethereum_eth_getBlockByNumber.json").read_text())
    blocks = [row["response"]["result"] for row in document["recordings"]]
    assert blocks
    for block in blocks:
        raw = headers.encode_fields(block)
        assert "0x" + keccak(raw).hex() == block["hash"]
        assert headers.decode(raw, where="block").number == int(block["number"], 16)
