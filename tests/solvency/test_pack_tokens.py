"""[[tokens]] and [[faces]] of a policy pack: layouts, proxies, and ids of the same coins."""

from __future__ import annotations

import pytest

from por.errors import InputError
from por.reserves.evidence.account import erc7201_slot
from por.reserves.tables import EIP1967_SLOT, FULL_WORD, ReserveTables, Token
from por.solvency.pack import parse_pack, shipped

USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
OTHER = "0xE7C3D8C9a439feDe00D2600032D5dB0Be71C3c29"
CODE = "ab" * 32
BASE = f'[[tokens]]\nchain = "eip155:1"\ncontract = "{USDC}"\ncode_hash = "{CODE}"\nkey_order = "key-slot"\n'


def tables(text: str) -> ReserveTables:
    return parse_pack((shipped("demo").data.decode() + "\n" + text).encode()).tables


def token(more: str) -> Token:
    found = tables(BASE + more).token("eip155:1", USDC)
    assert found is not None
    return found


def test_a_plain_slot() -> None:
    found = token("slot = 9\n")
    assert (found.slot, found.mask, found.shift, found.member, found.hops) == (9, FULL_WORD, 0, 0, ())


def test_everything_that_a_layout_may_have() -> None:
    found = token('slot = "0x10"\nmask = "0xff"\nshift = 8\nmember = 2\n')
    assert (found.slot, found.mask, found.shift, found.member) == (16, 255, 8, 2)
    assert found.amount(0x12345) == 0x23


def test_a_namespace() -> None:
    found = token('namespace = "openzeppelin.storage.ERC20"\n')
    assert found.slot == 0x52C63247E1F47DB19D5CE0460030C497F067CA4CEBF71BA98EEADABE20BACE00
    assert token('namespace = "example.main"\noffset = 3\n').slot == erc7201_slot("example.main") + 3


def test_the_steps_of_a_proxy() -> None:
    found = token(f'slot = 9\nimplementation = [{{ code_hash = "{CODE}" }}, {{ slot = 2, code_hash = "{CODE}" }}]\n')
    assert [hop.slot for hop in found.hops] == [EIP1967_SLOT, 2]


@pytest.mark.parametrize(
    "more",
    [
        "",
        'slot = 9\nnamespace = "a"\n',
        "slot = 9\noffset = 1\n",
        'namespace = ""\n',
        'namespace = "two words"\n',
        'namespace = "a"\noffset = 256\n',
        "slot = 9\nshift = 256\n",
        "slot = 9\nmember = -1\n",
        'slot = 9\nmask = "0x0"\n',
        'slot = "9"\n',
        f"slot = 9\nimplementation = [{', '.join([f'{{ code_hash = {CODE!r} }}'] * 5)}]\n".replace("'", '"'),
        'slot = 9\nimplementation = [{ code_hash = "12" }]\n',
    ],
)
def test_layouts_that_are_none(more: str) -> None:
    with pytest.raises(InputError):
        token(more)


def faces(*ids: str) -> str:
    return "[[faces]]\nids = [" + ", ".join(f'"{name}"' for name in ids) + "]\n"


def test_ids_of_the_same_coins() -> None:
    first, second = f"eip155:1/erc20:{USDC}", f"eip155:1/erc20:0x{'11' * 20}"
    found = tables(faces(first, second))
    assert found.coin(first) == found.coin(second) != found.coin(f"eip155:1/erc20:{OTHER}")
    # two of them may not both back an asset
    with pytest.raises(InputError) as caught:
        tables(faces(first, f"eip155:1/erc20:{OTHER}"))
    assert caught.value.code == "pack-twice"
    assert "the same coins" in caught.value.message


def test_a_chains_own_coin_and_its_face_are_known() -> None:
    plain = ReserveTables()
    for chain, face in (
        ("137", "0x0000000000000000000000000000000000001010"),
        ("10", "0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000"),
    ):
        assert plain.coin(f"eip155:{chain}/erc20:{face}") == plain.coin(f"eip155:{chain}/slip44:60")
        assert plain.coin(f"eip155:{chain}/slip44:966") == plain.coin(f"eip155:{chain}/slip44:60")
        assert plain.coin(f"eip155:1/erc20:{face}") != plain.coin("eip155:1/slip44:60")
    both = (
        '[[assets]]\ncode = "POL"\nids = [{ id = "eip155:137/slip44:966", decimals = 18 }, '
        '{ id = "eip155:137/erc20:0x0000000000000000000000000000000000001010", decimals = 18 }]\n'
    )
    with pytest.raises(InputError) as caught:
        tables(both)
    assert caught.value.code == "pack-twice"


@pytest.mark.parametrize(
    "ids",
    [
        (f"eip155:1/erc20:{USDC}",),
        (f"eip155:1/erc20:{USDC}", f"eip155:1/erc20:{USDC}"),
        (f"eip155:1/erc20:{USDC}", "eip155:137/slip44:966"),
        (f"eip155:1/erc20:{USDC}", "usdc"),
    ],
)
def test_faces_that_are_none(ids: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        tables(faces(*ids))
