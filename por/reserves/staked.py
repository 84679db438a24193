"""`[[staked]]` of declared.toml: ether of named validators, by the address that it is paid out to.

It is listed apart and counts for nothing: what a validator holds stands on another chain, whose state is not read
here, so it rests on a document. That the address is the exchange's is shown as for any wallet.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from por import amounts, documents
from por.errors import InputError
from por.reserves import caip

_VALIDATOR = re.compile(r"0x[0-9a-f]{96}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_AGAIN = "write each entry as docs/spec/declared.md shows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staked:
    """Ether in wei that validators (BLS keys, 0x and 96 hex digits) hold for one withdrawal address (CAIP-10)."""

    withdrawal: str
    validators: tuple[str, ...]
    amount: int
    at: str
    document: str


class StakedTable(documents.Document):
    """One of [[staked]]."""

    withdrawal: str
    validators: list[str]
    amount: str
    at: str
    document: str


def parse_staked(rows: Sequence[StakedTable], *, where: str) -> tuple[Staked, ...]:
    """Read the table; InputError names the entry that is wrong, or a validator that is named twice."""
    found: list[Staked] = []
    seen: set[str] = set()
    for number, row in enumerate(rows):
        place = f"{where}[{number}]"
        account = caip.parse_account(row.withdrawal, where=f"{place}.withdrawal")
        if not account.chain.startswith(f"{caip.EVM}:"):
            raise _malformed(f"{place}.withdrawal", "validators pay out to an address of the Ethereum family")
        if not row.validators:
            raise _malformed(f"{place}.validators", "names no validator")
        for name in row.validators:
            if not _VALIDATOR.fullmatch(name):
                raise _malformed(f"{place}.validators", "not a public key: 0x and 96 small hex digits")
            if name in seen:
                raise _malformed(f"{place}.validators", f"{name[:18]}… is named twice")
            seen.add(name)
        amount = amounts.parse_units(row.amount, where=f"{place}.amount")
        _check_date(row.at, f"{place}.at")
        if not _DIGEST.fullmatch(row.document):
            raise _malformed(f"{place}.document", "not sha256: and 64 small hex digits")
        found.append(
            Staked(
                withdrawal=row.withdrawal,
                validators=tuple(row.validators),
                amount=amount,
                at=row.at,
                document=row.document,
            )
        )
    return tuple(found)


def check_withdrawals(staked: Sequence[Staked], accounts: Collection[str]) -> None:
    """Refuse a withdrawal address that is not among the wallets, whose control is shown; InputError."""
    for row in staked:
        if row.withdrawal not in accounts:
            raise InputError(
                f"staked ether is paid out to {row.withdrawal}, which is not among the wallets",
                code="staked-withdrawal",
                hint="add a line for it to wallets.csv, and sign its challenge, or take the entry out of declared.toml",
            )


def _check_date(text: str, where: str) -> None:
    try:
        good = _DATE.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        good = False
    if not good:
        raise InputError(f"{where}: not a date", code="date-malformed", hint="write it as 2026-11-20")


def _malformed(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what}", code="staked-malformed", hint=_AGAIN)
