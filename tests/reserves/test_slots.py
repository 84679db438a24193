"""Finding a token's layout on a real chain: each layout of the table is found, and what is none is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fixtures.chain import CHAIN, LocalChain, address_of, key
from por.errors import ClaimError, InputError, PorError
from por.reserves.chains.slots import find_layout, toml
from por.reserves.evidence.account import erc7201_slot, hop_key, token_key
from por.reserves.tables import EIP1967_BEACON_SLOT, EIP1967_SLOT, FULL_WORD, Hop, Token
from por.solvency.pack import parse_pack, shipped
from tests.evm import AS_OF, QUICK, needs_anvil
from tests.reserves import evm_code as code

pytestmark = needs_anvil

HOLDERS = tuple(address_of(key(f"slot holder {n}")) for n in range(3))
AMOUNTS = (10**24 + 7, 5, 0)
HALF = (1 << 128) - 1

LAYOUTS = {
    "solidity": {"slot": 51},
    "vyper": {"slot": 4, "key_order": "slot-key"},
    "solady": {"slot": 0x87A211A2, "key_order": "packed"},
    "erc-7201": {"slot": erc7201_slot("openzeppelin.storage.ERC20")},
    "erc-7201 of its own": {"slot": erc7201_slot("example.coin")},
    "a flag in the top bit": {"slot": 9, "mask": (1 << 255) - 1},
    "96 bits": {"slot": 4, "mask": (1 << 96) - 1},
    "a struct, upper half": {"slot": 2, "member": 1, "shift": 128, "mask": HALF},
}


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with LocalChain(start=AS_OF - 9000) as found:
        found.mine(at=AS_OF - 8000)
        yield found


def make(chain: LocalChain, name: str, amounts: tuple[int, ...] = AMOUNTS, **layout: object) -> Token:
    contract = address_of(key(f"slot contract {name}"))
    token = Token(chain=CHAIN, contract=contract, code_hash=bytes(32), **layout)  # type: ignore[arg-type]
    made = code.token(slot=token.slot, order=token.key_order, member=token.member, shift=token.shift, mask=token.mask)
    code.place(chain, contract, made)
    pay(chain, token, amounts)
    return replace(token, code_hash=chain.code_hash(contract))


def pay(chain: LocalChain, token: Token, amounts: tuple[int, ...] = AMOUNTS) -> None:
    for holder, amount in zip(HOLDERS, amounts, strict=True):
        if amount:
            code.store(chain, token.contract, token_key(token, bytes.fromhex(holder[2:])), amount << token.shift)
    chain.mine(blocks=4)


def find(chain: LocalChain, token: Token) -> Token:
    found = find_layout(
        asset=f"{CHAIN}/erc20:{token.contract}",
        url=chain.url,
        holders=HOLDERS,
        limits=replace(QUICK, batch=500),
        namespaces=("example.coin",),
    )
    assert any("seen to follow" in text for text in found.notes)
    assert any("proves the balances" in text for text in found.notes)
    # what is written is what a policy pack reads
    pack = shipped("demo").data.decode()
    pack += f'\n[[assets]]\ncode = "NEW"\nids = [{{ id = "{CHAIN}/erc20:{token.contract}", decimals = 18 }}]\n'
    read = parse_pack((pack + "\n" + toml(found)).encode()).tables.token(CHAIN, token.contract)
    assert read == found.token
    return found.token


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_a_layout_is_found(chain: LocalChain, name: str) -> None:
    token = make(chain, name, **LAYOUTS[name])
    assert find(chain, token) == token


def test_a_real_vyper_token_is_found(chain: LocalChain) -> None:
    # the demo's pack lists the first two contracts of this account
    contract = [chain.deploy("erc20", "Yen", "JPYC", 18) for _ in range(3)][2]
    chain.mint(contract, HOLDERS[0], 100)
    chain.mint(contract, HOLDERS[1], 7)
    chain.mine(blocks=4)
    wanted = Token(chain=CHAIN, contract=contract, code_hash=chain.code_hash(contract), slot=0, key_order="slot-key")
    assert find(chain, wanted) == wanted


def test_a_proxy_is_found_with_the_code_behind_it(chain: LocalChain) -> None:
    logic = make(chain, "logic", (0, 0, 0), slot=1)
    contract = code.place(chain, address_of(key("slot proxy")), code.proxy(EIP1967_SLOT))
    code.store(chain, contract, hop_key(EIP1967_SLOT), int(logic.contract, 16))
    hops = (Hop(slot=EIP1967_SLOT, code_hash=logic.code_hash),)
    token = replace(logic, contract=contract, code_hash=chain.code_hash(contract), hops=hops)
    pay(chain, token)
    assert find(chain, token) == token


def test_a_beacon_is_found_in_two_steps(chain: LocalChain) -> None:
    logic = make(chain, "beacon logic", (0, 0, 0), slot=1)
    beacon = code.place(chain, address_of(key("slot beacon")), code.beacon(2))
    contract = code.place(chain, address_of(key("slot beacon proxy")), code.beacon_proxy(EIP1967_BEACON_SLOT))
    code.store(chain, contract, hop_key(EIP1967_BEACON_SLOT), int(beacon, 16))
    code.store(chain, beacon, hop_key(2), int(logic.contract, 16))
    hops = (
        Hop(slot=EIP1967_BEACON_SLOT, code_hash=chain.code_hash(beacon)),
        Hop(slot=2, code_hash=logic.code_hash),
    )
    token = replace(logic, contract=contract, code_hash=chain.code_hash(contract), hops=hops)
    pay(chain, token)
    assert find(chain, token) == token


def refused(chain: LocalChain, token: Token, kind: type[PorError], code_: str) -> None:
    with pytest.raises(kind) as caught:
        find(chain, token)
    assert caught.value.code == code_


def test_equal_balances_tell_too_little(chain: LocalChain) -> None:
    refused(chain, make(chain, "equal", (9, 9, 0), slot=3), InputError, "slot-holders")


def test_a_layout_that_is_not_tried_is_not_found(chain: LocalChain) -> None:
    refused(chain, make(chain, "far", slot=erc7201_slot("nobody.knows")), ClaimError, "slot-not-found")


def test_a_copy_of_the_balances_makes_it_ambiguous(chain: LocalChain) -> None:
    token = make(chain, "twice", slot=3)
    pay(chain, replace(token, slot=8))
    refused(chain, token, ClaimError, "slot-ambiguous")


def test_a_balance_that_is_reckoned_is_not_followed(chain: LocalChain) -> None:
    """Half of what the word says is answered when the word is large: true today for these holders, no balance."""
    token = make(chain, "reckoned", slot=3)
    plain = code.token(slot=3).hex()
    # the answer is the word, or a half of it from 2^90 on
    end = "5f526020 5ff3".replace(" ", "")
    assert plain.endswith(end)
    halved = plain[: -len(end)] + "80 605a 1c 15 15 1c" + end
    code.place(chain, token.contract, bytes.fromhex(halved.replace(" ", "")))
    chain.mine(blocks=4)
    refused(chain, token, ClaimError, "slot-not-followed")


def test_a_chains_own_coin_has_no_slot(chain: LocalChain) -> None:
    with pytest.raises(InputError) as caught:
        find_layout(asset=f"{CHAIN}/slip44:60", url=chain.url, holders=HOLDERS)
    assert caught.value.code == "slot-no-token"


def test_the_whole_word_needs_no_mask_in_the_entry(chain: LocalChain) -> None:
    token = make(chain, "whole", slot=7)
    found = find_layout(asset=f"{CHAIN}/erc20:{token.contract}", url=chain.url, holders=HOLDERS)
    assert found.token.mask == FULL_WORD
    assert "mask" not in toml(found).partition("[[tokens]]")[2]
