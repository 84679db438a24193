"""The networks of the Bitcoin family that are read here: their CAIP-2 names and how they write addresses.

A network that is not in this table is refused by name. CAIP-2 (namespace bip122) names a chain by the first 32 hex
digits of its genesis block's hash, and one that forked off another by those of its first own block (Bitcoin Cash).
"""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACE = "bip122"
"""The CAIP-2 namespace of the Bitcoin family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network. `p2pkh` and `p2sh` are Base58Check version bytes; exactly one of `hrp` and `cashaddr` is there.

    `old_p2sh` is a version byte that once stood for scripts too: addresses with it are another spelling of the same
    script, so they are refused with the present spelling named. `coin` is the SLIP-44 number (1 on test networks).
    """

    chain: str
    code: str
    title: str
    coin: int
    p2pkh: int
    p2sh: int
    old_p2sh: int | None = None
    hrp: str | None = None
    cashaddr: str | None = None
    test: bool = False

    @property
    def magic(self) -> str:
        """The line that wallets of the network put before a message that they sign."""
        return f"{'Litecoin' if self.code == 'LTC' else 'Bitcoin'} Signed Message:\n"


NETWORKS = (
    Network(
        chain="bip122:000000000019d6689c085ae165831e93",
        code="BTC",
        title="Bitcoin",
        coin=0,
        p2pkh=0x00,
        p2sh=0x05,
        hrp="bc",
    ),
    Network(
        chain="bip122:000000000933ea01ad0ee984209779ba",
        code="BTC",
        title="Bitcoin testnet3",
        coin=1,
        p2pkh=0x6F,
        p2sh=0xC4,
        hrp="tb",
        test=True,
    ),
    Network(
        chain="bip122:00000000da84f2bafbbc53dee25a72ae",
        code="BTC",
        title="Bitcoin testnet4",
        coin=1,
        p2pkh=0x6F,
        p2sh=0xC4,
        hrp="tb",
        test=True,
    ),
    Network(
        chain="bip122:00000008819873e925422c1ff0f99f7c",
        code="BTC",
        title="Bitcoin signet",
        coin=1,
        p2pkh=0x6F,
        p2sh=0xC4,
        hrp="tb",
        test=True,
    ),
    Network(
        chain="bip122:0f9188f13cb7b2c71f2a335e3a4fc328",
        code="BTC",
        title="Bitcoin regtest",
        coin=1,
        p2pkh=0x6F,
        p2sh=0xC4,
        hrp="bcrt",
        test=True,
    ),
    Network(
        chain="bip122:12a765e31ffd4059bada1e25190f6e98",
        code="LTC",
        title="Litecoin",
        coin=2,
        p2pkh=0x30,
        p2sh=0x32,
        old_p2sh=0x05,
        hrp="ltc",
    ),
    Network(
        chain="bip122:4966625a4b2851d9fdee139e56211a0d",
        code="LTC",
        title="Litecoin testnet4",
        coin=1,
        p2pkh=0x6F,
        p2sh=0x3A,
        old_p2sh=0xC4,
        hrp="tltc",
        test=True,
    ),
    Network(
        chain="bip122:530827f38f93b43ed12af0b3ad25a288",
        code="LTC",
        title="Litecoin regtest",
        coin=1,
        p2pkh=0x6F,
        p2sh=0x3A,
        old_p2sh=0xC4,
        hrp="rltc",
        test=True,
    ),
    # Bitcoin Cash's own regtest has Bitcoin's genesis block and no fixed fork, so that CAIP-2 has no name for it
    Network(
        chain="bip122:000000000000000000651ef99cb9fcbe",
        code="BCH",
        title="Bitcoin Cash",
        coin=145,
        p2pkh=0x00,
        p2sh=0x05,
        cashaddr="bitcoincash",
    ),
)

_BY_CHAIN = {network.chain: network for network in NETWORKS}


def find(chain: str) -> Network | None:
    """Return the network of a CAIP-2 chain, or None."""
    return _BY_CHAIN.get(chain)
