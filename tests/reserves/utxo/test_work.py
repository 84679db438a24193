"""Headers: those of real chains, and what inventing one would have to cost."""

from __future__ import annotations

import json

import pytest

from por.errors import ClaimError
from por.reserves.addresses.networks import NETWORKS
from por.reserves.evidence.utxo import header as headers
from por.reserves.evidence.utxo.work import WORK, hashes
from tests.evm import vectors_folder
from tests.reserves.utxo.craft import mine

BTC, LTC = "bip122:000000000019d6689c085ae165831e93", "bip122:12a765e31ffd4059bada1e25190f6e98"
REGTEST = "bip122:530827f38f93b43ed12af0b3ad25a288"
GENESIS = {
    # what each network began with: known to everybody who runs a node of it
    BTC: (1, "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1231006505, 0x1D00FFFF, 2083236893),
    LTC: (1, "97ddfbbae6be97fd6cdf3e7ca13232a3afff2353e29badfab7f73011edd4ced9", 1317972665, 0x1E0FFFF0, 2084524493),
    REGTEST: (1, "97ddfbbae6be97fd6cdf3e7ca13232a3afff2353e29badfab7f73011edd4ced9", 1296688602, 0x207FFFFF, 0),
}


def raw(version: int, root: str, time: int, bits: int, nonce: int, parent: bytes = bytes(32)) -> bytes:
    numbers = b"".join(n.to_bytes(4, "little") for n in (time, bits, nonce))
    return version.to_bytes(4, "little") + parent + bytes.fromhex(root)[::-1] + numbers


@pytest.mark.parametrize("chain", GENESIS)
def test_the_first_blocks(chain: str) -> None:
    """Each has the hash that names its chain and reaches its work, Litecoin's by scrypt."""
    found = headers.decode(chain, raw(*GENESIS[chain]), where="genesis")
    assert found.hash.hex().startswith(chain.partition(":")[2])


def test_every_network_has_its_work() -> None:
    assert set(WORK) == {network.chain for network in NETWORKS}
    for network in NETWORKS:
        assert bool(WORK[network.chain].floors) is not network.test
        steps = [time for time, _ in WORK[network.chain].floors]
        assert steps == sorted(set(steps))


@pytest.mark.parametrize("chain", [BTC, LTC, "bip122:000000000000000000651ef99cb9fcbe"])
def test_a_header_of_today_with_the_work_of_the_first_day(chain: str) -> None:
    """Its bits are allowed by the network's limit, and a laptop makes one in minutes: refused before it is hashed."""
    work = WORK[chain]
    assert work.least(1231006505) == hashes(work.limit)
    assert work.least(1_795_000_000) > 1 << 50
    bits = 0x1D00FFFF if chain != LTC else 0x1E0FFFF0
    today = raw(1, "ab" * 32, 1_795_000_000, bits, 7)
    with pytest.raises(ClaimError) as caught:
        headers.decode(chain, today, where="block")
    assert caught.value.code == "block-work-low"


def test_a_header_that_costs_too_little() -> None:
    """On a network with a floor even a header that reaches its bits is refused (regtest's work, a main net's rule)."""
    from dataclasses import replace

    cheap = mine(parent=bytes(32), root=bytes(32), time=1_795_000_000)
    headers.decode(REGTEST, cheap, where="block")
    before = WORK[REGTEST]
    try:
        WORK[REGTEST] = replace(before, floors=((1_700_000_000, 1),))
        with pytest.raises(ClaimError, match="invented at little cost"):
            headers.decode(REGTEST, cheap, where="block")
        headers.decode(REGTEST, mine(parent=bytes(32), root=bytes(32), time=1_600_000_000), where="block")
    finally:
        WORK[REGTEST] = before


def test_a_header_beyond_the_limit_or_without_its_work() -> None:
    with pytest.raises(ClaimError, match="less work than the network ever allows"):
        headers.decode(BTC, mine(parent=bytes(32), root=bytes(32), time=1231006505), where="block")
    spoiled = bytearray(raw(*GENESIS[BTC]))
    spoiled[4] ^= 1
    with pytest.raises(ClaimError, match="does not reach the work"):
        headers.decode(BTC, bytes(spoiled), where="block")


@pytest.mark.parametrize("bits", [0, 0x1D000000, 0x1D800001, 0xFF00FFFF, 0x2100FFFF, 0x01003456])
def test_bits_that_are_no_target(bits: int) -> None:
    with pytest.raises(ClaimError, match="no target"):
        headers.read(raw(1, "00" * 32, 1231006505, bits, 0), where="block")


@pytest.mark.parametrize("size", [0, 79, 81, 160])
def test_another_length(size: int) -> None:
    with pytest.raises(ClaimError, match="80"):
        headers.decode(BTC, bytes(size), where="block")


def test_the_recorded_scan_parses_exactly() -> None:
    """The amounts of real answers are read as decimals, to the satoshi."""
    from decimal import Decimal

    from por.reserves.chains.utxo.core import Core

    found = json.loads(
        (vectors_folder() / "rpc" / "bitcoin_scantxoutset_mainnet.json").read_text(), parse_float=Decimal
    )
    node = object.__new__(Core)
    node._client = _Client()  # type: ignore[assignment]
    for recording in found["recordings"]:
        tip, rows = node._read_scan(recording["result"])
        assert [row.value for row in rows] == [91190]
        assert (tip.number, tip.hash) == (recording["result"]["height"], recording["result"]["bestblock"])
        assert rows[0].script.hex() == "0014a00b1ad58d24ad8433c56662bfb45596cd5fa7d6"


class _Client:
    """The reading half of a client, without an address to ask."""

    def __getattr__(self, name: str) -> object:
        from por.reserves.chains.utxo.client import Client

        return getattr(Client, name).__get__(self)
