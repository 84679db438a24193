"""Names of chains, accounts and assets: CAIP-2, CAIP-10 and CAIP-19, and EIP-55 addresses, each in one spelling.

Two spellings of one account would let the same coins count twice, so only the canonical one is accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from eth_hash.auto import keccak

from por.errors import InputError
from por.reserves import addresses
from por.reserves.addresses import networks

EVM = "eip155"
"""The CAIP-2 namespace of EVM chains."""
UTXO = networks.NAMESPACE
"""The CAIP-2 namespace of the Bitcoin family."""

_CHAIN = re.compile(r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}", re.ASCII)
_EVM_CHAIN = re.compile(r"eip155:[1-9][0-9]{0,31}", re.ASCII)
_UTXO_CHAIN = re.compile(r"bip122:[0-9a-f]{32}", re.ASCII)
_SHAPES = {EVM: _EVM_CHAIN, UTXO: _UTXO_CHAIN}
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_HINT = "write it as eip155:1:0xAb58… with the address's checksum capitals (EIP-55)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A CAIP-10 account: its chain (CAIP-2) and its address as that chain writes it."""

    chain: str
    address: str

    def __str__(self) -> str:
        return f"{self.chain}:{self.address}"

    @property
    def raw(self) -> bytes:
        """The 20 bytes of an EVM address."""
        return bytes.fromhex(self.address[2:])

    @property
    def namespace(self) -> str:
        """The chain's CAIP-2 namespace: "eip155" or "bip122"."""
        return self.chain.partition(":")[0]

    @property
    def script(self) -> bytes:
        """The output script (scriptPubKey) of an address of the Bitcoin family."""
        return addresses.script_of(network(self.chain, where=str(self)), self.address, where=str(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetId:
    """A CAIP-19 asset: its chain, and the token contract (EIP-55) or None for the chain's own coin."""

    chain: str
    contract: str | None

    @property
    def raw(self) -> bytes:
        """The 20 bytes of the token contract's address; empty for the native coin."""
        return bytes.fromhex(self.contract[2:]) if self.contract else b""


@lru_cache(maxsize=4096)
def checksum(address: bytes) -> str:
    """Write a 20-byte EVM address with its EIP-55 checksum."""
    plain = address.hex()
    shades = keccak(plain.encode("ascii")).hex()
    return "0x" + "".join(c.upper() if int(shade, 16) >= 8 else c for c, shade in zip(plain, shades, strict=False))


def parse_chain(text: object, *, where: str) -> str:
    """Return a CAIP-2 chain id; InputError otherwise."""
    if isinstance(text, str) and _SHAPES.get(text.partition(":")[0], _CHAIN).fullmatch(text):
        return text
    raise InputError(
        f"{where}: {_shown(text)} is not a chain",
        code="chain-malformed",
        hint="write eip155:1 or another number, or bip122: and 32 digits of the genesis block's hash (CAIP-2)",
    )


def network(chain: str, *, where: str) -> networks.Network:
    """Return the network of a chain of the Bitcoin family; InputError names one that is not read here."""
    found = networks.find(chain)
    if found is None:
        known = ", ".join(f"{row.chain} ({row.title})" for row in networks.NETWORKS if not row.test)
        raise InputError(
            f"{where}: the chain {chain} is not supported",
            code="chain-unsupported",
            hint=f"leave it out; read are {known}",
        )
    return found


def chain_number(chain: str) -> int:
    """Return the number in `eip155:NUMBER`; InputError for other namespaces."""
    if not _EVM_CHAIN.fullmatch(chain):
        raise InputError(f"{chain} is not an EVM chain", code="chain-malformed", hint="write it as eip155:1")
    return int(chain.partition(":")[2])


def parse_address(text: object, *, where: str) -> str:
    """Return an EVM address written with its EIP-55 checksum; InputError otherwise (also for a bad checksum)."""
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise InputError(f"{where}: {_shown(text)} is not an address", code="address-malformed", hint=_HINT)
    wanted = checksum(bytes.fromhex(text[2:]))
    if text == wanted:
        return text
    if text[2:] in (text[2:].lower(), text[2:].upper()):
        raise InputError(
            f"{where}: {text} is written without its checksum",
            code="address-no-checksum",
            hint=f"if it is the right address, write {wanted}",
        )
    raise InputError(
        f"{where}: the checksum of {text} is wrong",
        code="address-checksum",
        hint="a character was mistyped; copy the address again from the wallet",
    )


def parse_account(text: object, *, where: str) -> Account:
    """Read a CAIP-10 account; InputError for a bad checksum, or a chain that nothing here reads."""
    if not isinstance(text, str) or text.count(":") != 2:
        raise InputError(f"{where}: {_shown(text)} is not an account", code="account-malformed", hint=_HINT)
    namespace, reference, address = text.split(":")
    chain = parse_chain(f"{namespace}:{reference}", where=where)
    if namespace == UTXO:
        addresses.script_of(network(chain, where=where), address, where=where)
        return Account(chain=chain, address=address)
    if namespace != EVM:
        raise InputError(
            f"{where}: accounts of {namespace} are not supported",
            code="chain-unsupported",
            hint="leave it out: this version reads accounts of eip155 and bip122 only",
        )
    return Account(chain=chain, address=parse_address(address, where=where))


def parse_asset(text: object, *, where: str) -> AssetId:
    """Read a CAIP-19 asset, `CHAIN/slip44:NUMBER` or `CHAIN/erc20:ADDRESS` in one spelling; InputError otherwise.

    A chain of the Bitcoin family has one coin, under the number that SLIP-44 gives it (1 on test networks).
    """
    chain, slash, name = text.partition("/") if isinstance(text, str) else ("", "", "")
    space, _, reference = name.partition(":")
    if slash and chain.startswith(f"{UTXO}:"):
        known = network(parse_chain(chain, where=where), where=where)
        if name == f"slip44:{known.coin}":
            return AssetId(chain=chain, contract=None)
        raise InputError(
            f"{where}: {_shown(text)} is not an asset of {known.title}",
            code="asset-id-malformed",
            hint=f"its coin is {chain}/slip44:{known.coin}",
        )
    if slash and space == "slip44" and re.fullmatch(r"0|[1-9][0-9]{0,9}", reference, re.ASCII):
        return AssetId(chain=parse_chain(chain, where=where), contract=None)
    if slash and space == "erc20":
        return AssetId(chain=parse_chain(chain, where=where), contract=parse_address(reference, where=where))
    raise InputError(
        f"{where}: {_shown(text)} is not an asset id",
        code="asset-id-malformed",
        hint="write it as eip155:1/slip44:60 or eip155:1/erc20:0x… (CAIP-19)",
    )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 90 else text[:87] + "..."
