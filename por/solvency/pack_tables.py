"""The asset table and the token table of a policy pack: what backs what, and where a token keeps its balances."""

from __future__ import annotations

import re
from collections.abc import Set

from por import amounts, canonical
from por.reserves import caip
from por.reserves.evidence.account import erc7201_slot
from por.reserves.tables import EIP1967_SLOT, FULL_WORD, Backing, Hop, ReserveTables, Token
from por.solvency.pack_document import AssetTable, FacesTable, TokenTable
from por.solvency.pack_formula import fault

_FIAT = "take it out of pack.fiat, or out of the asset table"
_BACK = "list it among the ids of an asset, or take it out of the token table"
_HEX_WORD = re.compile(r"0x[0-9a-f]{1,64}", re.ASCII)


_ONE_COIN = "keep one of the ids: the same coins must not count twice"
_LAYOUT = "give slot, or namespace (and offset) for an ERC-7201 layout"
_NAMESPACE = re.compile(r"[!-~]{1,128}", re.ASCII)
MOST_HOPS = 4
"""Steps from a proxy to its code; a beacon's takes two."""


def tables(
    assets: list[AssetTable], tokens: list[TokenTable], faces: list[FacesTable], *, fiat: Set[str], where: str
) -> ReserveTables:
    """Check all tables: each code, id and contract once, fiat money backed by nothing, tokens that back something."""
    same = ReserveTables(faces=_faces(faces, where))
    backings: list[Backing] = []
    codes: set[str] = set()
    for index, row in enumerate(assets):
        place = f"{where}: assets[{index}] ({row.code})"
        if amounts.split_asset(amounts.check_asset(row.code, where=f"{place}.code"))[1]:
            raise fault(place, f"{row.code} is a class of balances, not an asset", "pack-malformed")
        if row.code in codes:
            raise fault(place, f"{row.code} stands twice", "pack-twice", hint="put all ids of an asset into one table")
        if row.code in fiat:
            raise fault(place, f"{row.code} is fiat money, which no chain shows", "pack-fiat-backed", hint=_FIAT)
        if not row.ids:
            raise fault(place, "no id backs it", "pack-malformed")
        codes.add(row.code)
        for entry in row.ids:
            caip.parse_asset(entry.id, where=place)
            if any(entry.id == before.id for before in backings):
                raise fault(place, f"{entry.id} backs an asset already", "pack-twice", hint="keep one of the two")
            if not 0 <= entry.decimals <= amounts.MAX_DECIMALS:
                raise fault(place, f"decimals of {entry.id} are not 0 to {amounts.MAX_DECIMALS}", "pack-malformed")
            twin = next((before.id for before in backings if same.coin(before.id) == same.coin(entry.id)), None)
            if twin is not None:
                raise fault(place, f"{entry.id} and {twin} are the same coins", "pack-twice", hint=_ONE_COIN)
            backings.append(Backing(asset=row.code, id=entry.id, decimals=entry.decimals))
    found: list[Token] = []
    for index, token in enumerate(tokens):
        place = f"{where}: tokens[{index}]"
        chain = caip.parse_chain(token.chain, where=f"{place}.chain")
        contract = caip.parse_address(token.contract, where=f"{place}.contract")
        if not any(row.id == f"{chain}/erc20:{contract}" for row in backings):
            raise fault(place, f"{contract} on {chain} backs no asset", "pack-token-unbacked", hint=_BACK)
        if any(row.chain == chain and row.contract == contract for row in found):
            raise fault(place, f"{contract} on {chain} stands twice", "pack-twice", hint="keep one of the two")
        found.append(_token(token, chain, contract, place))
    return ReserveTables(backings=tuple(backings), tokens=tuple(found), faces=same.faces)


def _token(token: TokenTable, chain: str, contract: str, place: str) -> Token:
    if (token.slot is None) == (token.namespace is None) or (token.offset and token.namespace is None):
        raise fault(place, "says not where the balances are, or says it twice", "pack-malformed", hint=_LAYOUT)
    if token.namespace is not None:
        if not _NAMESPACE.fullmatch(token.namespace) or not 0 <= token.offset < 256:
            raise fault(place, "not a namespace, or an offset beyond 255", "pack-malformed", hint=_LAYOUT)
        slot = erc7201_slot(token.namespace, token.offset)
    else:
        slot = _word(token.slot or 0, f"{place}.slot")
    if not 0 <= token.shift < 256 or not 0 <= token.member < 256:
        raise fault(place, "shift or member is not 0 to 255", "pack-malformed", hint="both count from 0")
    mask = FULL_WORD if token.mask is None else _word(token.mask, f"{place}.mask")
    if not mask:
        raise fault(f"{place}.mask", "a mask that leaves nothing", "pack-malformed", hint="leave it out for all bits")
    if len(token.implementation) > MOST_HOPS:
        raise fault(place, "more steps than any proxy has", "pack-malformed", hint=f"at most {MOST_HOPS}")
    return Token(
        chain=chain,
        contract=contract,
        code_hash=canonical.parse_hex(token.code_hash, 32, where=f"{place}.code_hash"),
        slot=slot,
        key_order=token.key_order,
        mask=mask,
        shift=token.shift,
        member=token.member,
        hops=tuple(
            Hop(
                slot=EIP1967_SLOT if row.slot is None else _word(row.slot, f"{place}.implementation[{n}].slot"),
                code_hash=canonical.parse_hex(row.code_hash, 32, where=f"{place}.implementation[{n}].code_hash"),
            )
            for n, row in enumerate(token.implementation)
        ),
    )


def _faces(rows: list[FacesTable], where: str) -> tuple[tuple[str, ...], ...]:
    groups: list[tuple[str, ...]] = []
    known: set[str] = set()
    for index, row in enumerate(rows):
        place = f"{where}: faces[{index}]"
        if len(row.ids) < 2:
            raise fault(place, "fewer than two ids", "pack-malformed", hint="name all ids of the same coins")
        if len({caip.parse_asset(id, where=place).chain for id in row.ids}) > 1:
            raise fault(place, "ids of several chains", "pack-malformed", hint="the same coins are on one chain")
        if len(set(row.ids)) < len(row.ids) or known & set(row.ids):
            raise fault(place, "an id stands twice", "pack-twice", hint="put all ids of one coin into one table")
        known |= set(row.ids)
        groups.append(tuple(row.ids))
    return tuple(groups)


def _word(value: int | str, where: str) -> int:
    """Read a 256-bit word: a TOML integer, or 0x and hex digits in text."""
    if isinstance(value, str) and _HEX_WORD.fullmatch(value):
        value = int(value, 16)
    if isinstance(value, str) or not 0 <= value <= FULL_WORD:
        raise fault(where, "not a word of 256 bits", "pack-malformed", hint="write a whole number, or 0x… in quotes")
    return value
