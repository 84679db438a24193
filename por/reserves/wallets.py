"""wallets.csv: whose coins the exchange shows. RFC 4180 with a header; lines that start with `#` are comments."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from por import amounts
from por.errors import InputError
from por.files import read_text
from por.header import check_text
from por.reserves import caip
from por.reserves.ownership import scheme as ownership_scheme
from por.reserves.report import PURPOSES, Purpose

HEADER = ("account", "assets", "purpose", "storage", "scheme", "custodian", "label")
SCHEMES_HINT = (
    "use eip191 for accounts with a key, eip1271 for contract wallets, bip322 or bip137 for the Bitcoin family"
)
LONGEST_ADDRESS = 100
"""Of all that are read here; an extended key has 111 characters."""
STORAGES = ("hot", "cold", "third-party")
Storage = Literal["hot", "cold", "third-party"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """One account (CAIP-10 text) with its asset codes; `where` names the line for messages."""

    account: str
    assets: tuple[str, ...]
    purpose: Purpose
    storage: Storage
    scheme: str
    custodian: str
    label: str
    where: str

    @property
    def descriptor(self) -> str | None:
        """The descriptor or extended key that stands in the address's place; None for an account."""
        address = self.account.split(":", 2)[-1]
        return address if "(" in address or len(address) > LONGEST_ADDRESS else None

    @property
    def parsed(self) -> caip.Account:
        """The account as chain and address; a descriptor stands in the address's place until it is expanded."""
        if self.descriptor is not None:
            return caip.Account(chain=self.account[: -len(self.descriptor) - 1], address=self.descriptor)
        return caip.parse_account(self.account, where=self.where)

    @property
    def name(self) -> str:
        """The account as a file name: `eip155-1-0xAb58…`."""
        return self.account.replace(":", "-")


def load_wallets(path: Path) -> tuple[Wallet, ...]:
    """Read wallets.csv; InputError names the line, SourceError a file out of reach."""
    return parse_wallets(read_text(path), where=path.name)


def parse_wallets(text: str, *, where: str = "wallets.csv") -> tuple[Wallet, ...]:
    """Check the text of wallets.csv; InputError names the first line that is wrong.

    The same account may stand on one line only, and one address (on whichever chain) has one purpose.
    """
    rows = _rows(text, where)
    _, header = next(rows, (0, []))
    if tuple(header) != HEADER:
        raise InputError(
            f"{where}: the header is not {','.join(HEADER)}",
            code="wallets-header",
            hint="the first line that is no comment names these seven columns in this order",
        )
    wallets: list[Wallet] = []
    for line, row in rows:
        wallets.append(_wallet(row, f"{where} line {line}"))
    if not wallets:
        raise InputError(f"{where}: no wallets", code="wallets-empty", hint="add a line for each account")
    check_once(wallets)
    return tuple(wallets)


def check_once(wallets: Iterable[Wallet]) -> None:
    """Refuse an account on two lines, and an address with two purposes; InputError names both lines."""
    accounts: dict[str, Wallet] = {}
    addresses: dict[str, Wallet] = {}
    for wallet in wallets:
        # lower case on purpose: this must hold even if two spellings of one account were ever let through
        before = accounts.setdefault(wallet.account.lower(), wallet)
        if before is not wallet:
            raise InputError(
                f"{wallet.where}: {wallet.account} stands on {before.where} already",
                code="wallet-twice",
                hint="write all its assets on one line, so that nothing is counted twice",
            )
        first = addresses.setdefault(wallet.parsed.address.lower(), wallet)
        if first.purpose != wallet.purpose:
            raise InputError(
                f"{wallet.where}: {wallet.parsed.address} has purpose {wallet.purpose}, but {first.purpose} on "
                f"{first.where}",
                code="wallet-two-purposes",
                hint="one address serves one purpose; move the coins apart",
            )


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    # comments become blank lines so that line numbers stay those of the file
    lines = ["" if line.startswith("#") else line for line in text.split("\n")]
    reader = csv.reader(io.StringIO("\n".join(lines)), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise InputError(
            f"{where} line {reader.line_num}: not CSV ({error})",
            code="csv-malformed",
            hint="quote fields that hold a comma or a quote (RFC 4180)",
        ) from None


def _wallet(row: list[str], where: str) -> Wallet:
    if len(row) != len(HEADER):
        raise InputError(
            f"{where}: {len(row)} columns instead of {len(HEADER)}",
            code="csv-columns",
            hint=f"the columns are {','.join(HEADER)}",
        )
    account, codes, purpose, storage, scheme, custodian, label = row
    parsed, whole = _parsed(account, where)
    assets = tuple(amounts.check_asset(code, where=where) for code in codes.split())
    if not assets:
        raise InputError(f"{where}: no assets", code="wallet-assets", hint="name codes such as ETH USDC")
    if len(set(assets)) != len(assets):
        raise InputError(f"{where}: an asset stands twice", code="wallet-twice", hint="name each asset once")
    if any(amounts.split_asset(code)[1] for code in assets):
        raise InputError(
            f"{where}: a class of balances is no coin", code="wallet-assets", hint="write BTC, not BTC:lent"
        )
    _one_of(purpose, PURPOSES, "purpose", where)
    _one_of(storage, STORAGES, "storage", where)
    known = ownership_scheme(scheme)
    if known is None:
        raise InputError(
            f"{where}: {scheme!r} is not a scheme of showing control", code="scheme-unknown", hint=SCHEMES_HINT
        )
    if parsed.namespace not in known.namespaces:
        raise InputError(
            f"{where}: {scheme} is no scheme for accounts of {parsed.namespace}",
            code="scheme-chain",
            hint=SCHEMES_HINT,
        )
    if not whole:
        known.check_account(parsed, where=where)
    for name, text in (("custodian", custodian), ("label", label)):
        if text:
            check_text(text, where=f"{where}: {name}")
    return Wallet(
        account=account,
        assets=assets,
        purpose=cast(Purpose, purpose),
        storage=cast(Storage, storage),
        scheme=scheme,
        custodian=custodian,
        label=label,
        where=where,
    )


def _parsed(account: str, where: str) -> tuple[caip.Account, bool]:
    """Return the account, and whether it is a whole wallet: a descriptor or an extended key in an address's place."""
    from por.reserves import descriptors

    address = account.split(":", 2)[-1]
    if not descriptors.looks_like_one(address):
        return caip.parse_account(account, where=where), False
    chain, _ = descriptors.parse(account, where=where)
    return caip.Account(chain=chain, address=address), True


def _one_of(value: str, choices: tuple[str, ...], name: str, where: str) -> None:
    if value not in choices:
        raise InputError(
            f"{where}: {name} is {value!r}", code=f"wallet-{name}", hint=f"use one of {', '.join(choices)}"
        )
