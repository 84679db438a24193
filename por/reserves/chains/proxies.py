"""From a proxy to the code it runs: the places where common proxies keep that address."""

from __future__ import annotations

from por.errors import SourceError
from por.reserves import caip
from por.reserves.chains.state import State
from por.reserves.tables import EIP1967_BEACON_SLOT, EIP1967_SLOT, Hop

ZEPPELIN_SLOT = 0x7050C9E0F4CA769C69BD3A8EF740BC37934F8E2C036E5A723FD8EE048ED3F8C3
"""keccak("org.zeppelinos.proxy.implementation"): older proxies, USDC's among them."""

PROXIABLE_SLOT = 0xC5F16F0FCC639FA48A6947836D9850F504798523BF8C9A3A87D5876CF622BCF7
"""keccak("PROXIABLE"): EIP-1822."""

_IMPLEMENTATION = "0x5c60da1b"
"""keccak("implementation()")[:4], which a beacon answers."""

_BEACON_SLOTS = 16
_MINIMAL = bytes.fromhex("363d3d373d3d3d363d73")
"""How the code of an EIP-1167 proxy begins: the address that it runs follows, so that the code hash covers it."""


def find_hops(state: State, contract: str) -> tuple[tuple[Hop, ...], list[str]]:
    """Return the steps from a contract to the code it runs, none when it is no known proxy, and notes on it."""
    code = state.code(contract)
    if code.startswith(_MINIMAL):
        named = caip.checksum(code[len(_MINIMAL) : len(_MINIMAL) + 20])
        return (), [f"a minimal proxy (EIP-1167): its code names {named} for good, so its code hash covers that"]
    for name, slot in (("EIP-1967", EIP1967_SLOT), ("ZeppelinOS", ZEPPELIN_SLOT), ("EIP-1822", PROXIABLE_SLOT)):
        target = state.address_at(contract, slot)
        if target is not None:
            hop = Hop(slot=slot, code_hash=state.code_hash(target))
            return (hop,), [f"a proxy ({name}) that runs the code at {target}; whoever may upgrade it may change that"]
    beacon = state.address_at(contract, EIP1967_BEACON_SLOT)
    if beacon is None:
        return (), ["no known proxy; a proxy of another kind needs its slot in the entry by hand"]
    return _beacon(state, beacon)


def _beacon(state: State, beacon: str) -> tuple[tuple[Hop, ...], list[str]]:
    first = Hop(slot=EIP1967_BEACON_SLOT, code_hash=state.code_hash(beacon))
    try:
        answer = state.answer(beacon, _IMPLEMENTATION)
    except SourceError:
        answer = b""
    said = caip.checksum(answer[12:]) if len(answer) == 32 else ""
    for slot in range(_BEACON_SLOTS):
        if said and state.address_at(beacon, slot) == said:
            hop = Hop(slot=slot, code_hash=state.code_hash(said))
            return (first, hop), [f"a proxy whose beacon {beacon} names the code at {said}"]
    return (first,), [f"a proxy whose beacon {beacon} keeps the address of the code in a slot that was not found"]
