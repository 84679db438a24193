"""Finding where a token keeps its balances, for an entry of the token table that a person then reviews.

Layouts are tried against what balanceOf says of several holders. Where the node can, the word that was found is also
replaced in a call, so that balanceOf is seen to follow it, bit by bit: that shows the mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from eth_hash.auto import keccak

from por.errors import ClaimError, InputError, SourceError
from por.outcomes import Basis
from por.reserves import caip
from por.reserves.chains import Limits, Pinned, Wish
from por.reserves.chains.evm import EvmChain
from por.reserves.chains.proxies import find_hops
from por.reserves.chains.state import State
from por.reserves.evidence.account import erc7201_slot, token_key
from por.reserves.tables import FULL_WORD, Hop, KeyOrder, ReserveTables, Token

FIRST_SLOTS = 256
"""Plain slots that are tried; tokens with long lines of ancestors have their balances near slot 51."""

MEMBERS = 4
"""Words of a struct that are tried."""

NAMESPACES = ("openzeppelin.storage.ERC20", "erc20.storage", "solady.storage.ERC20")
SOLADY_SEED = 0x87A211A2
_WIDTHS = (256, 255, 248, 224, 192, 160, 128, 112, 104, 96, 64)
_SHIFTS = (0, 8, 16, 32, 64, 96, 112, 128, 160, 192)
_OTHER = (0x1234567 << 128) + 0x89ABCDE


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLayout:
    """An entry for the token table, where it was found, and what a reviewer should know of it."""

    token: Token
    pinned: Pinned
    holders: int
    namespace: str | None
    notes: tuple[str, ...]


def find_layout(
    *, asset: str, url: str, holders: Sequence[str], limits: Limits | None = None, namespaces: Sequence[str] = ()
) -> FoundLayout:
    """Find the layout of a token (CAIP-19) from the balances of some holders (EIP-55 addresses).

    Raises InputError when the holders tell too little, ClaimError when no layout or more than one explains their
    balances, and what opening a node raises.
    """
    parsed = caip.parse_asset(asset, where="asset")
    if parsed.contract is None:
        raise InputError(
            f"{asset} is a chain's own coin", code="slot-no-token", hint="give a token: CHAIN/erc20:ADDRESS (CAIP-19)"
        )
    addresses = [caip.parse_address(name, where="holder") for name in holders]
    node = EvmChain(chain=parsed.chain, url=url, limits=limits or Limits())
    pinned = node.recent()
    state = node.state(pinned)
    told = _balances(state, parsed.contract, addresses)
    hops, notes = find_hops(state, parsed.contract)
    first = Token(
        chain=parsed.chain, contract=parsed.contract, code_hash=state.code_hash(parsed.contract), slot=0, hops=hops
    )
    fits = list(_fitting(state, first, told, namespaces))
    if not fits:
        raise ClaimError(
            f"{asset}: no layout that was tried explains these balances",
            code="slot-not-found",
            hint="it may count shares, keep balances elsewhere, or have a namespace of its own: --namespace ID",
        )
    if len({(token.slot, token.key_order, token.member) for token, _ in fits}) > 1:
        raise ClaimError(
            f"{asset}: several layouts explain these balances: "
            + "; ".join(f"slot {hex(token.slot)} {token.key_order} member {token.member}" for token, _ in fits),
            code="slot-ambiguous",
            hint="give more holders, with other balances; where a token keeps a copy, its source tells which counts",
        )
    token, namespace = fits[0]
    token, said = _follow(state, token, next(iter(told)))
    notes = [*notes, *said, *_proven(node, pinned, token, told)]
    return FoundLayout(token=token, pinned=pinned, holders=len(told), namespace=namespace, notes=tuple(notes))


def _balances(state: State, contract: str, holders: Sequence[str]) -> dict[str, int]:
    told = dict(zip(holders, state.balances(contract, holders), strict=True))
    if len({amount for amount in told.values() if amount}) < 2:
        raise InputError(
            f"the holders given have fewer than two different balances of {contract}",
            code="slot-holders",
            hint="give --holder at least twice, with addresses that hold different amounts",
        )
    # somebody who holds nothing: a layout that shows the same for everybody is none
    nobody = caip.checksum(keccak(b"por: nobody's address")[:20])
    told[nobody] = state.balances(contract, [nobody])[0]
    return told


def _layouts(namespaces: Sequence[str]) -> Iterator[tuple[int, KeyOrder, str | None]]:
    orders: tuple[KeyOrder, ...] = ("key-slot", "slot-key")
    for order in orders:
        for slot in range(FIRST_SLOTS):
            yield slot, order, None
    for name in (*namespaces, *NAMESPACES):
        for order in orders:
            yield erc7201_slot(name), order, name
    yield SOLADY_SEED, "packed", None


def _fitting(
    state: State, first: Token, told: dict[str, int], namespaces: Sequence[str]
) -> Iterator[tuple[Token, str | None]]:
    rich = max(told, key=lambda name: told[name])
    tried = [
        (replace(first, slot=slot, key_order=order, member=member), name)
        for slot, order, name in _layouts(namespaces)
        for member in range(MEMBERS)
    ]
    words = state.words(first.contract, [token_key(token, _raw(rich)) for token, _ in tried])
    for (token, name), word in zip(tried, words, strict=True):
        if not word:
            continue
        for shift in _SHIFTS:
            width = next((w for w in _WIDTHS if w + shift <= 256 and _cut(word, shift, w) == told[rich]), None)
            if width is not None:
                found = replace(token, shift=shift, mask=(1 << width) - 1)
                if _explains(state, found, told):
                    yield found, name
                    break


def _explains(state: State, token: Token, told: dict[str, int]) -> bool:
    words = state.words(token.contract, [token_key(token, _raw(name)) for name in told])
    return all(token.amount(word) == amount for word, amount in zip(words, told.values(), strict=True))


def _follow(state: State, token: Token, holder: str) -> tuple[Token, list[str]]:
    """Replace the word in a call and see balanceOf follow it; a word of ones shows the mask."""
    where = token_key(token, _raw(holder))
    try:
        ones = state.balance_if(token.contract, holder, where, FULL_WORD)
        other = state.balance_if(token.contract, holder, where, _OTHER << token.shift & FULL_WORD)
    except SourceError:
        return token, ["the node cannot replace words in a call, so the mask is only the widest that fits: look it up"]
    found = replace(token, mask=ones)
    if not ones or ones & (ones + 1) or other != found.amount(_OTHER << token.shift & FULL_WORD):
        raise ClaimError(
            f"{token.contract}: balanceOf does not follow the word that was found",
            code="slot-not-followed",
            hint="the balance is reckoned from more than this word, so it can only rest on a node's word",
        )
    return found, ["balanceOf was seen to follow this word, and the mask to be that of all its bits that count"]


def _proven(node: EvmChain, pinned: Pinned, token: Token, told: dict[str, int]) -> list[str]:
    if pinned.header is None:
        return ["no codec here reads this chain's headers, so that balances on it rest on a node's word all the same"]
    asset = f"{token.chain}/erc20:{token.contract}"
    wishes = [Wish(account=f"{token.chain}:{name}", assets=(asset,)) for name in told]
    found = node.read(pinned, wishes, ReserveTables(tokens=(token,)))
    if {row.basis for row in found.rows} != {Basis.PROVEN}:
        raise ClaimError(
            f"{asset}: the entry does not prove the balances: {'; '.join(found.notices)}",
            code="slot-not-followed",
            hint="the code behind the token may have changed meanwhile; run it again",
        )
    return [f"the entry proves the balances of all {len(told)} holders at this block"]


def toml(found: FoundLayout) -> str:
    """Write the entry as it goes into a policy pack, with what a reviewer should look at above it."""
    token = found.token
    head = [
        f"Found at block {found.pinned.number} of {token.chain}, {found.pinned.hash},",
        f"from what balanceOf says of {found.holders} holders. To be reviewed: the contract's source, who may",
        "upgrade it, and whether anything but this word is in a balance (rebasing, shares, fees, a block list).",
        *found.notes,
    ]
    lines = [f"# {text}" for text in head] + [
        "[[tokens]]",
        f'chain = "{token.chain}"',
        f'contract = "{token.contract}"',
    ]
    lines.append(f'code_hash = "{token.code_hash.hex()}"')
    lines.append(f'namespace = "{found.namespace}"' if found.namespace else f"slot = {_word(token.slot)}")
    lines.append(f'key_order = "{token.key_order}"')
    if token.mask != FULL_WORD:
        lines.append(f'mask = "{hex(token.mask)}"')
    lines += [f"{name} = {value}" for name, value in (("shift", token.shift), ("member", token.member)) if value]
    if token.hops:
        lines.append(f"implementation = [{', '.join(_hop(hop) for hop in token.hops)}]")
    return "\n".join(lines) + "\n"


def _hop(hop: Hop) -> str:
    return f'{{ slot = {_word(hop.slot)}, code_hash = "{hop.code_hash.hex()}" }}'


def _word(value: int) -> str:
    return str(value) if value < FIRST_SLOTS else f'"{hex(value)}"'


def _cut(word: int, shift: int, width: int) -> int:
    return (word >> shift) & ((1 << width) - 1)


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])
