"""Addresses of the Bitcoin family, against the texts of the BIPs and of the CashAddr specification."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from por.errors import InputError
from por.reserves import addresses, caip
from por.reserves.addresses import base58, bech32, cashaddr
from por.reserves.addresses.networks import NETWORKS, Network
from por.reserves.addresses.scripts import Kind, hash160, make, read

BTC, TEST, LTC, LTC_REGTEST, BCH = (
    "bip122:000000000019d6689c085ae165831e93",
    "bip122:000000000933ea01ad0ee984209779ba",
    "bip122:12a765e31ffd4059bada1e25190f6e98",
    "bip122:530827f38f93b43ed12af0b3ad25a288",
    "bip122:000000000000000000651ef99cb9fcbe",
)

GOOD = [
    # BIP-173 and BIP-350
    (BTC, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
    (
        TEST,
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
    ),
    (
        BTC,
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ),
    # the first address that was ever paid, and two of BIP-341's neighbours in kind
    (BTC, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac"),
    (BTC, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87"),
    # the same script as 3P14159f73E4gFr7JterCCQh9QjiTjiZrG, as Litecoin writes it now
    (LTC, "MVDCJxZd4A5VUm81QmeC1qf6U7LASsr7LT", "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87"),
    # CashAddr's own translation table: 1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu
    (BCH, "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "76a91476a04053bda0a88bda5177b86a15c3b29f55987388ac"),
    (BCH, "ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", "a91476a04053bda0a88bda5177b86a15c3b29f55987387"),
]

BAD = [
    (BTC, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "address-checksum"),
    (BTC, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "address-checksum"),
    (BCH, "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6q", "address-checksum"),
    (BCH, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggv", "address-checksum"),
    (BTC, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "address-network"),
    (LTC, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "address-network"),
    (TEST, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "address-network"),
    (BTC, "LectSLekhkxEQBHofNFHa3pVHndnb4Z9fN", "address-network"),
    (BTC, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "address-spelling"),
    (LTC, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "address-spelling"),
    (BCH, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "address-spelling"),
    (BCH, "QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A", "address-spelling"),
    (BCH, "zpm2qsznhks23z7629mms6s4cwef74vcwvrqekrq9w", "address-spelling"),
    (BTC, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3t4", "address-malformed"),
    # BIP-350's list of invalid addresses: Bech32 where Bech32m belongs, other lengths, non-zero padding
    (BTC, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "address-malformed"),
    (BTC, "bc1qr508d6qejxtdg4y5r3zarvaryv98gj9p", "address-malformed"),
    (BTC, "bc1gmk9yu", "address-malformed"),
    (TEST, "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv", "address-malformed"),
    # versions and programs that nobody's key protects yet
    (BTC, "bc1pfeessrawgf", "address-unsupported"),
    (BTC, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "address-unsupported"),
    (BTC, "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", "address-unsupported"),
    (LTC, "ltcmweb1qqxyz", "address-unsupported"),
    (BTC, "", "address-malformed"),
    (BTC, "1", "address-malformed"),
    (BTC, "bc1", "address-malformed"),
    (BTC, "bc1q\u0131", "address-malformed"),
    (BTC, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ", "address-malformed"),
    (BTC, "11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "address-checksum"),
    (BTC, "1" * 5000, "address-malformed"),
]


@pytest.mark.parametrize(("chain", "address", "script"), GOOD)
def test_published_addresses_stand_for_their_scripts(chain: str, address: str, script: str) -> None:
    account = caip.parse_account(f"{chain}:{address}", where="x")
    assert account.script.hex() == script
    assert addresses.address_of(caip.network(chain, where="x"), account.script) == address


@pytest.mark.parametrize(("chain", "address", "code"), BAD)
def test_anything_else_is_refused_by_name(chain: str, address: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        caip.parse_account(f"{chain}:{address}", where="x")
    assert caught.value.code == code
    assert caught.value.hint


def test_another_spelling_is_told_the_right_one() -> None:
    for chain, other, right in (
        (LTC, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "MVDCJxZd4A5VUm81QmeC1qf6U7LASsr7LT"),
        (BCH, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
        (BCH, "zpm2qsznhks23z7629mms6s4cwef74vcwvrqekrq9w", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
    ):
        with pytest.raises(InputError) as caught:
            caip.parse_account(f"{chain}:{other}", where="x")
        assert caught.value.hint is not None and right in caught.value.hint


@pytest.mark.parametrize(
    "chain",
    [
        "bip122:000000000000000000000000000000ff",
        "bip122:1a91e3dace36e2be3bf030a65679fe82",  # Dogecoin
        "bip122:00000ffd590b1485b3caadc19b22e637",  # Dash
    ],
)
def test_other_chains_are_refused_by_name(chain: str) -> None:
    with pytest.raises(InputError) as caught:
        caip.parse_account(f"{chain}:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", where="x")
    assert caught.value.code == "chain-unsupported"
    assert chain in caught.value.message


@pytest.mark.parametrize("text", ["bip122:000000000019D6689C085AE165831E93", "bip122:0000", "bip122:"])
def test_a_chain_has_one_spelling(text: str) -> None:
    with pytest.raises(InputError) as caught:
        caip.parse_chain(text, where="x")
    assert caught.value.code == "chain-malformed"


def test_each_network_has_one_coin() -> None:
    assert caip.parse_asset(f"{BTC}/slip44:0", where="x") == caip.AssetId(chain=BTC, contract=None)
    for text in (f"{BTC}/slip44:2", f"{BTC}/slip44:00", f"{LTC_REGTEST}/slip44:2", f"{BTC}/erc20:0x00"):
        with pytest.raises(InputError) as caught:
            caip.parse_asset(text, where="x")
        assert caught.value.code == "asset-id-malformed"


def test_chains_are_named_once() -> None:
    assert len({network.chain for network in NETWORKS}) == len(NETWORKS)


@settings(max_examples=60)
@given(
    network=st.sampled_from(NETWORKS),
    kind=st.sampled_from(list(Kind)),
    digest=st.binary(min_size=32, max_size=32),
)
def test_scripts_come_back(network: Network, kind: Kind, digest: bytes) -> None:
    script = make(kind, digest[:20] if kind in (Kind.P2PKH, Kind.P2SH, Kind.P2WPKH) else digest)
    address = addresses.address_of(network, script)
    if address is None:
        witness = kind in (Kind.P2WPKH, Kind.P2WSH, Kind.P2TR)
        assert witness if network.cashaddr else kind is Kind.P2SH32
        return
    assert addresses.script_of(network, address, where="x") == script
    assert read(script) == (kind, digest[:20] if len(script) < 34 else digest)


@settings(max_examples=200)
@given(
    network=st.sampled_from(NETWORKS),
    kind=st.sampled_from([Kind.P2PKH, Kind.P2SH, Kind.P2WPKH, Kind.P2TR]),
    digest=st.binary(min_size=32, max_size=32),
    at=st.integers(0, 200),
    into=st.sampled_from(base58.ALPHABET + bech32.ALPHABET),
)
def test_a_changed_character_is_refused(network: Network, kind: Kind, digest: bytes, at: int, into: str) -> None:
    address = addresses.address_of(network, make(kind, digest if kind is Kind.P2TR else digest[:20]))
    if address is None:
        return
    changed = address[: at % len(address)] + into + address[at % len(address) + 1 :]
    if changed == address:
        return
    with pytest.raises(InputError):
        addresses.script_of(network, changed, where="x")


@given(text=st.text(max_size=60))
def test_no_text_surfaces_as_another_error(text: str) -> None:
    for network in NETWORKS:
        try:
            addresses.script_of(network, text, where="x")
        except InputError as error:
            assert error.hint


def test_hash160_is_the_one_of_the_generator_point() -> None:
    # BIP-173's example key: the generator, compressed
    key = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
    assert hash160(key).hex() == "751e76e8199196d454941c45d1b3a323f1433bd6"
    assert cashaddr.encode("bitcoincash", 0, hash160(key)) == "qp63uahgrxged4z5jswyt5dn5v3lzsem6cy4spdc2h"
