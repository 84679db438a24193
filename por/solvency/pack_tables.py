"""The asset table and the token table of a policy pack: what backs what, and where a token keeps its balances."""

from __future__ import annotations

import re
from collections.abc import Set

from por import amounts, canonical
from por.reserves import caip
from por.reserves.tables import FULL_WORD, Backing, ReserveTables, Token
from por.solvency.pack_document import AssetTable, TokenTable
from por.solvency.pack_formula import fault

_FIAT = "take it out of pack.fiat, or out of the asset table"
_BACK = "list it among the ids of an asset, or take it out of the token table"
_HEX_WORD = re.compile(r"0x[0-9a-f]{1,64}", re.ASCII)


def tables(assets: list[AssetTable], tokens: list[TokenTable], *, fiat: Set[str], where: str) -> ReserveTables:
    """Check both tables: each code, id and contract once, fiat money backed by nothing, tokens that back something."""
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
        found.append(
            Token(
                chain=chain,
                contract=contract,
                code_hash=canonical.parse_hex(token.code_hash, 32, where=f"{place}.code_hash"),
                slot=_word(token.slot, f"{place}.slot"),
                key_order=token.key_order,
                mask=FULL_WORD if token.mask is None else _word(token.mask, f"{place}.mask"),
            )
        )
    return ReserveTables(backings=tuple(backings), tokens=tuple(found))


def _word(value: int | str, where: str) -> int:
    """Read a 256-bit word: a TOML integer, or 0x and hex digits in text."""
    if isinstance(value, str) and _HEX_WORD.fullmatch(value):
        value = int(value, 16)
    if isinstance(value, str) or not 0 <= value <= FULL_WORD:
        raise fault(where, "not a word of 256 bits", "pack-malformed", hint="write a whole number, or 0x… in quotes")
    return value
