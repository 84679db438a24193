"""Addresses that an exchange published with signatures: ours hold, changed ones do not, other chains are named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from por.errors import PorError
from por.reserves import addresses, caip
from por.reserves.bitcoin import messages
from por.reserves.ownership.published import Published
from tests.evm import vectors_folder

CHAINS = {
    "BTC": "bip122:000000000019d6689c085ae165831e93",
    "LTC": "bip122:12a765e31ffd4059bada1e25190f6e98",
    "BCHN": "bip122:000000000000000000651ef99cb9fcbe",
    "DOGE": "bip122:1a91e3dace36e2be3bf030a65679fe82",
    "DASH": "bip122:00000ffd590b1485b3caadc19b22e637",
    "BSV": "bip122:000000000000000002f5268d72f9c79b",
    "ETH": "eip155:1",
    "USDT": "eip155:1",
    "ETC": "eip155:61",
    "BASE": "eip155:8453",
    "ETH-LINEA": "eip155:59144",
    "BABYDOGE-BSC": "eip155:56",
    "OKB-X1": "eip155:196",
    "OKB-X1-USDT": "eip155:196",
    "OKB-OKC20": "eip155:66",
    "LTCK-OKC20": "eip155:66",
    "OKT": "eip155:66",
    "FIL-EVM": "eip155:314",
}
"""Coins of the exchange's own naming -> CAIP-2, for chains that CAIP-2 has in these two namespaces."""
CLAIMED = ("BTC", "LTC", "BCHN")


def rows(name: str) -> Iterator[dict[str, Any]]:
    yield from json.loads((vectors_folder() / "address-signatures" / f"{name}.json").read_text())


def account(row: dict[str, Any]) -> caip.Account:
    """The account as wallets.csv would have it; the error of parse_account otherwise."""
    chain = CHAINS.get(row["chain"], f"other:{row['chain'] or 'none'}")
    address = row["address"].replace(":", ".")
    if address.startswith("0x") and len(address) == 42:
        address = caip.checksum(bytes.fromhex(address[2:]))
    if row["chain"] == "BCHN":
        network = caip.network(chain, where="vector")
        address = addresses.address_of(network, addresses.read_any(network, address, where="vector"))
    return caip.parse_account(f"{chain}:{address}", where="vector")


def verify(row: dict[str, Any]) -> None:
    holder = account(row)
    texts = [text for text in (row["signature"], row["signature2"]) if text]
    script = bytes.fromhex(row["script_or_pubkey"]) if row["signature2"] and row["script_or_pubkey"] else None
    Published().verify(
        account=holder, message=row["message"], signature=" ".join(texts).encode(), script=script, where="vector"
    )


def claimed(row: dict[str, Any]) -> bool:
    """Whether the row is of a chain and a form that the scheme claims."""
    if row["chain"] in CLAIMED:
        return True
    evm = CHAINS.get(row["chain"], "").startswith("eip155") and row["address"].startswith("0x")
    return evm and len(row["address"]) == 42 and not row["signature2"]


def test_the_published_ones_hold() -> None:
    found = [row for row in rows("exchange_published") if claimed(row) and row["expected"].startswith("valid")]
    for row in found:
        verify(row)
    assert len(found) == 18
    assert {row["chain"] for row in found} >= {*CLAIMED, "ETH", "BASE", "OKT", "ETC"}


def test_recovered_keys_are_those_named() -> None:
    seen = 0
    for row in rows("exchange_published"):
        if row["expected"].startswith("recovers pubkey ") and row["chain"] == "BTC":
            digest = messages.digest("Bitcoin Signed Message:\n", row["message"])
            assert messages.signer(messages.decode(row["signature"]), digest).hex() == row["expected"].split()[-1]
            seen += 1
    assert seen == 2


def test_the_mutated_ones_do_not() -> None:
    seen = 0
    for row in rows("mutated_must_fail"):
        if claimed(row):
            with pytest.raises(PorError) as caught:
                verify(row)
            # not because something is unsupported: because it does not hold
            assert caught.value.code in ("signature-other-signer", "multisig-signed-twice", "signature-range"), row
            seen += 1
    assert seen == 25


def test_a_signature_used_twice_counts_once() -> None:
    found = [row for row in rows("mutated_must_fail") if "reused" in row["derivation"] and row["chain"] in CLAIMED]
    assert len(found) == 3
    for row in found:
        with pytest.raises(PorError) as caught:
            verify(row)
        assert caught.value.code == "multisig-signed-twice"


def test_other_chains_are_refused_by_name_and_never_pass() -> None:
    seen = set()
    for row in rows("exchange_published"):
        if claimed(row) or row["chain"] in CLAIMED:
            continue
        with pytest.raises(PorError) as caught:
            verify(row)
        seen.add((row["chain"], caught.value.code))
    assert ("SOL", "chain-unsupported") in seen
    assert ("DOGE", "chain-unsupported") in seen
    assert {code for _, code in seen} == {"chain-unsupported", "address-malformed", "signature-malformed"}
    # a validator's key and a foreign spelling are no EVM addresses; two owners of a contract are not the contract
    assert {chain for chain, code in seen if code != "chain-unsupported"} == {"ETH", "FIL-EVM", "OKT"}
