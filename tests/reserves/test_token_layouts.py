"""Tokens of many storage layouts on a real chain: what is proven is what the contract itself answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fixtures.chain import CHAIN, LocalChain, address_of, key
from por.outcomes import Basis
from por.reserves.chains import Readings, Wish, open_chain
from por.reserves.evidence.account import erc7201_slot, hop_key, token_key
from por.reserves.tables import EIP1967_BEACON_SLOT, EIP1967_SLOT, Hop, ReserveTables, Token
from tests.evm import AS_OF, QUICK, needs_anvil
from tests.reserves import evm_code as code

pytestmark = needs_anvil

HOLDERS = tuple(address_of(key(f"holder {n}")) for n in range(3))
FLAG = 1 << 255
ZEPPELIN = 0x7050C9E0F4CA769C69BD3A8EF740BC37934F8E2C036E5A723FD8EE048ED3F8C3
"""keccak("org.zeppelinos.proxy.implementation"), where USDC's proxy has it."""


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with LocalChain(start=AS_OF - 9000) as found:
        found.mine(at=AS_OF - 8000)
        yield found


def at(n: int) -> str:
    return address_of(key(f"contract {n}"))


def row(contract: str, code_hash: bytes, **layout: object) -> Token:
    return Token(chain=CHAIN, contract=contract, code_hash=code_hash, **layout)  # type: ignore[arg-type]


def read(chain: LocalChain, token: Token) -> Readings:
    chain.mine(blocks=4)
    node = open_chain(CHAIN, chain.url, QUICK)
    asset = f"{CHAIN}/erc20:{token.contract}"
    wishes = [Wish(account=f"{CHAIN}:{holder}", assets=(asset,)) for holder in HOLDERS]
    return node.read(node.recent(), wishes, ReserveTables(tokens=(token,)))


def amounts(found: Readings) -> dict[str, tuple[int, Basis]]:
    return {item.account.rpartition(":")[2]: (item.amount, item.basis) for item in found.rows}


LAYOUTS = {
    "solidity": {"slot": 9},
    "vyper": {"slot": 3, "key_order": "slot-key"},
    "solady": {"slot": 0x87A211A2, "key_order": "packed"},
    "erc-7201": {"slot": erc7201_slot("openzeppelin.storage.ERC20")},
    "a flag in the top bit": {"slot": 9, "mask": FLAG - 1},
    "a struct, upper half": {"slot": 2, "member": 1, "shift": 128, "mask": (1 << 128) - 1},
}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_layout_is_proven(chain: LocalChain, name: str) -> None:
    layout = LAYOUTS[name]
    contract = at(sorted(LAYOUTS).index(name))
    wanted = row(contract, bytes(32), **layout)
    made = code.token(
        slot=wanted.slot, order=wanted.key_order, member=wanted.member, shift=wanted.shift, mask=wanted.mask
    )
    code.place(chain, contract, made)
    wanted = replace(wanted, code_hash=chain.code_hash(contract))
    for n, holder in enumerate(HOLDERS[:2]):
        # bits beside the balance are set, where there are any
        beside = ((1 << wanted.shift) - 1) | (FLAG if wanted.mask < FLAG and not wanted.shift else 0)
        word = ((1000 + n) << wanted.shift) | beside
        code.store(chain, contract, token_key(wanted, bytes.fromhex(holder[2:])), word)
    found = read(chain, wanted)
    assert amounts(found) == {
        HOLDERS[0]: (1000, Basis.PROVEN),
        HOLDERS[1]: (1001, Basis.PROVEN),
        HOLDERS[2]: (0, Basis.PROVEN),
    }
    assert not found.notices


def make_proxy(chain: LocalChain, first: int, slot: int) -> Token:
    logic = code.place(chain, at(first), code.token(slot=1))
    contract = code.place(chain, at(first + 1), code.proxy(slot))
    code.store(chain, contract, hop_key(slot), int(logic, 16))
    token = row(contract, chain.code_hash(contract), slot=1, hops=(Hop(slot=slot, code_hash=chain.code_hash(logic)),))
    code.store(chain, contract, token_key(token, bytes.fromhex(HOLDERS[0][2:])), 77)
    return token


@pytest.mark.parametrize("slot", [EIP1967_SLOT, ZEPPELIN], ids=["EIP-1967", "ZeppelinOS"])
def test_a_proxy_is_proven_with_the_code_behind_it(chain: LocalChain, slot: int) -> None:
    token = make_proxy(chain, 20 if slot == EIP1967_SLOT else 30, slot)
    found = read(chain, token)
    assert amounts(found)[HOLDERS[0]] == (77, Basis.PROVEN)
    assert not found.notices


def test_an_upgraded_proxy_is_a_nodes_word(chain: LocalChain) -> None:
    token = make_proxy(chain, 40, EIP1967_SLOT)
    # an allowance now answers as a balance: the same proxy, the same slots, another code
    other = code.place(chain, at(49), code.token(slot=5))
    code.store(chain, token.contract, hop_key(EIP1967_SLOT), int(other, 16))
    found = read(chain, token)
    assert amounts(found)[HOLDERS[0]] == (0, Basis.NODE)
    assert "the code behind it" in found.notices[0] and other in found.notices[0]


def test_a_slot_that_holds_no_address_is_a_nodes_word(chain: LocalChain) -> None:
    token = make_proxy(chain, 50, EIP1967_SLOT)
    code.store(chain, token.contract, hop_key(3), 1 << 200)
    found = read(chain, replace(token, hops=(Hop(slot=3, code_hash=token.hops[0].code_hash),)))
    assert {basis for _, basis in amounts(found).values()} == {Basis.NODE}
    assert "holds no address" in found.notices[0]


def test_a_beacon_is_two_steps(chain: LocalChain) -> None:
    logic = code.place(chain, at(60), code.token(slot=1))
    beacon = code.place(chain, at(61), code.beacon(2))
    contract = code.place(chain, at(62), code.beacon_proxy(EIP1967_BEACON_SLOT))
    code.store(chain, contract, hop_key(EIP1967_BEACON_SLOT), int(beacon, 16))
    code.store(chain, beacon, hop_key(2), int(logic, 16))
    hops = (
        Hop(slot=EIP1967_BEACON_SLOT, code_hash=chain.code_hash(beacon)),
        Hop(slot=2, code_hash=chain.code_hash(logic)),
    )
    token = row(contract, chain.code_hash(contract), slot=1, hops=hops)
    code.store(chain, contract, token_key(token, bytes.fromhex(HOLDERS[1][2:])), 5)
    found = read(chain, token)
    assert amounts(found)[HOLDERS[1]] == (5, Basis.PROVEN)
    assert not found.notices
