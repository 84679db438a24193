"""Addresses of the Bitcoin family: text to output script and back, each script in one spelling.

Two spellings of one script would let the same coins count twice, so the others are refused, with the right one named.
"""

from __future__ import annotations

from functools import lru_cache

from por.errors import InputError
from por.reserves.addresses import base58, bech32, cashaddr
from por.reserves.addresses.networks import NETWORKS, Network, find
from por.reserves.addresses.scripts import Kind, make, read

_PREFIXES = tuple(sorted({f"{network.hrp}1" for network in NETWORKS if network.hrp}))
_COPY = "a character was mistyped; copy the address again from the wallet"
_WRITTEN = "copy the address from the wallet, without its prefix before a colon"


def script_of(network: Network, address: str, *, where: str) -> bytes:
    """Return the output script of an address; InputError for anything but the one spelling of this network."""
    return _known(network.chain, address) or _read_canonical(network, address, where=where)


@lru_cache(maxsize=8192)
def _known(chain: str, address: str) -> bytes | None:
    """Remember what an address stands for, since one address is read many times over; None for what is no address."""
    network = find(chain)
    try:
        return None if network is None else _read_canonical(network, address, where="")
    except InputError:
        return None


def _read_canonical(network: Network, address: str, *, where: str) -> bytes:
    script = read_any(network, address, where=where)
    canonical = address_of(network, script)
    if canonical != address:
        raise InputError(
            f"{where}: {address} is another spelling",
            code="address-spelling",
            hint="one script has one spelling here, so that no coins count twice; if it is the right address, write "
            f"{canonical}",
        )
    return script


def read_any(network: Network, address: str, *, where: str) -> bytes:
    """Return the output script of an address in any spelling that the network's wallets have used.

    For what other tools wrote, to compare it with an account. Raises InputError as script_of does.
    """
    script = _cashaddr(network, address, where) if network.cashaddr else _segwit(network, address, where)
    return _base58(network, address, where) if script is None else script


def address_of(network: Network, script: bytes) -> str | None:
    """Return the one spelling of an output script's address; None for a script that has no address here."""
    found = read(script)
    if found is None:
        return None
    kind, digest = found
    if network.cashaddr is not None:
        number = {Kind.P2PKH: 0, Kind.P2SH: 1, Kind.P2SH32: 1}.get(kind)
        return None if number is None else cashaddr.encode(network.cashaddr, number, digest)
    if kind in (Kind.P2PKH, Kind.P2SH):
        return base58.encode(bytes([network.p2pkh if kind is Kind.P2PKH else network.p2sh]) + digest)
    if kind is Kind.P2SH32 or network.hrp is None:
        return None
    return bech32.encode(network.hrp, int(kind is Kind.P2TR), digest)


def _segwit(network: Network, address: str, where: str) -> bytes | None:
    assert network.hrp is not None
    lower = address.lower()
    if lower.startswith(("ltcmweb1", "tmweb1")):
        raise _unsupported(f"{where}: {address} is an MWEB address", "its amounts are hidden on the chain")
    if not lower.startswith(_PREFIXES):
        return None
    if address not in (lower, address.upper()):
        return None
    found = bech32.decode(lower)
    if found == "checksum":
        raise InputError(f"{where}: the checksum of {address} is wrong", code="address-checksum", hint=_COPY)
    if isinstance(found, str):
        raise _malformed(where, address, "of another encoding than its version asks for" if found == "encoding" else "")
    hrp, version, program = found
    if hrp != network.hrp:
        raise _network(where, address, network)
    kind = {(0, 20): Kind.P2WPKH, (0, 32): Kind.P2WSH, (1, 32): Kind.P2TR}.get((version, len(program)))
    if kind is None and not version:
        raise _malformed(where, address, "of a length that version 0 does not have")
    if kind is None:
        raise _unsupported(f"{where}: {address} is of witness version {version} with {len(program)} bytes", _ANYONE)
    return make(kind, program)


def _cashaddr(network: Network, address: str, where: str) -> bytes | None:
    assert network.cashaddr is not None
    bare = address.lower() if address in (address.lower(), address.upper()) else address
    found = cashaddr.decode(network.cashaddr, bare.removeprefix(f"{network.cashaddr}:"))
    if isinstance(found, str):
        if base58.decode(address):
            return None
        if found == "checksum" or base58.decode(address) == b"":
            raise InputError(f"{where}: the checksum of {address} is wrong", code="address-checksum", hint=_COPY)
        raise _malformed(where, address, "")
    kind = _CASH_KINDS.get((found[0], len(found[1])))
    number, digest = found
    if kind is None:
        # a token-aware address is another spelling of the same script (CHIP-2022-02)
        kind = _CASH_KINDS.get((number - 2, len(digest)))
    if kind is None:
        raise _unsupported(f"{where}: {address} is of a type that Bitcoin Cash does not know", "ask whose it is")
    return make(kind, digest)


_CASH_KINDS = {(0, 20): Kind.P2PKH, (1, 20): Kind.P2SH, (1, 32): Kind.P2SH32}
_ANYONE = "nothing is agreed yet on who may spend from it"


def _base58(network: Network, address: str, where: str) -> bytes:
    payload = base58.decode(address)
    if payload == b"":
        raise InputError(f"{where}: the checksum of {address} is wrong", code="address-checksum", hint=_COPY)
    if payload is None or len(payload) != 21:
        raise _malformed(where, address, "")
    version, digest = payload[0], payload[1:]
    kind = {network.p2pkh: Kind.P2PKH, network.p2sh: Kind.P2SH, network.old_p2sh: Kind.P2SH}.get(version)
    if kind is None:
        raise _network(where, address, network)
    return make(kind, digest)


def _malformed(where: str, address: str, what: str) -> InputError:
    shown = address if len(address) <= 90 else address[:87] + "..."
    return InputError(
        f"{where}: {shown!r} is not an address" + (f" ({what})" if what else ""),
        code="address-malformed",
        hint=_WRITTEN,
    )


def _network(where: str, address: str, network: Network) -> InputError:
    return InputError(
        f"{where}: {address} is not an address of {network.title}",
        code="address-network",
        hint="it belongs to another network; mend the chain before it, or the address",
    )


def _unsupported(message: str, why: str) -> InputError:
    return InputError(message, code="address-unsupported", hint=f"{why}; leave it out")
