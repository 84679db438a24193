"""The official BIP-322 vectors (version 2.0.0): every one comes out as its file says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from por.reserves import caip
from por.reserves.bitcoin import bip322
from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from tests.evm import vectors_folder

MAIN = "bip122:000000000019d6689c085ae165831e93"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((vectors_folder() / "bip322" / f"{name}-test-vectors.json").read_text())
    return found


def script(row: dict[str, Any]) -> bytes:
    return caip.parse_account(f"{MAIN}:{row['address']}", where="vector").script


def rows(kind: str) -> Iterator[dict[str, Any]]:
    for name in ("basic", "generated"):
        yield from load(name).get(kind, [])


def test_transaction_hashes() -> None:
    for row in load("basic")["tx_hashes"]:
        assert bip322.message_hash(row["message"]).hex() == row["message_hash"]
        assert bip322.to_spend(row["message"], script(row)).txid[::-1].hex() == row["to_spend_tx_hash"]
        assert bip322.to_sign(row["message"], script(row)).txid[::-1].hex() == row["to_sign_tx_hash"]


@pytest.mark.parametrize(
    ("kind", "form", "count"), [("simple", "smp", 10), ("full", "ful", 10), ("proof_of_funds", "pof", 3)]
)
def test_valid_ones(kind: str, form: str, count: int) -> None:
    seen = 0
    for row in rows(kind):
        for text in row["bip322_signatures"]:
            valid = bip322.verify(text, message=row["message"], script=script(row))
            assert valid.form == form, row["type"]
            assert valid.lock_time == row.get("lock_time", 0)
            assert valid.age == row.get("sequence", 0)
            assert len(valid.keys) == {"2of2": 2, "3of3": 3}.get(row["type"][-4:], 1)
            assert len(valid.outpoints) == sum(len(more) for more in row.get("additional_inputs", []))
            seen += 1
    assert seen == count


def test_errors_are_refused_and_none_as_merely_inconclusive() -> None:
    seen = 0
    for row in rows("error"):
        with pytest.raises(BadSignature) as caught:
            bip322.verify(row["signature"], message=row["message"], script=script(row))
        assert not isinstance(caught.value, NotJudged), row["description"]
        seen += 1
    assert seen == 36


def test_no_signature_serves_for_another_message_or_address() -> None:
    everything = [
        (row, text)
        for kind in ("simple", "full", "proof_of_funds")
        for row in rows(kind)
        for text in row["bip322_signatures"]
    ]
    for row, text in everything:
        with pytest.raises(BadSignature):
            bip322.verify(text, message=row["message"] + " ", script=script(row))
        for other, _ in everything:
            if other["address"] != row["address"]:
                with pytest.raises(BadSignature):
                    bip322.verify(text, message=row["message"], script=script(other))
