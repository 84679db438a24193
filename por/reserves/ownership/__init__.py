"""Showing control of an account: one scheme, one file, found by its name in wallets.csv."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol

from por.errors import InputError
from por.reserves.caip import Account

ContractCall = Callable[[bytes, bytes], bytes]
"""Calls a contract (20-byte address, call data) at the pinned block and returns its answer; a port to a node."""


class OwnershipScheme(Protocol):
    """One way of showing control. `verify` returns nothing and raises ClaimError when the signature does not hold."""

    name: str
    namespaces: tuple[str, ...]
    """The CAIP-2 namespaces of the accounts that it speaks for."""
    needs_node: bool
    """True when only a chain can answer; then control rests on a node's word."""
    dated: bool
    """True for our challenge; False for texts without a date, which anybody can show again at any time."""
    text: bool
    """True when signatures are text (base64 with or without a prefix), False when they are bytes, written in hex."""
    scripted: bool
    """True when a control file may bring the script that the address commits to."""

    def check_account(self, account: Account, *, where: str) -> None:
        """Refuse an account of a kind that the scheme cannot speak for; InputError(code="scheme-address")."""

    def check_shape(self, signature: bytes, *, where: str) -> None:
        """Refuse a signature that cannot be one; ClaimError. A text stands as its ASCII bytes."""

    def verify(
        self,
        *,
        account: Account,
        message: str,
        signature: bytes,
        script: bytes | None = None,
        contract: ContractCall | None = None,
        where: str,
    ) -> None:
        """Check the signature over the message; ClaimError when it does not hold."""


_SCHEMES = {
    "bip137": "por.reserves.ownership.bip137:Bip137",
    "bip322": "por.reserves.ownership.bip322:Bip322",
    "eip191": "por.reserves.ownership.eip191:Eip191",
    "eip1271": "por.reserves.ownership.eip1271:Eip1271",
    "message-multisig": "por.reserves.ownership.message_multisig:MessageMultisig",
    "published": "por.reserves.ownership.published:Published",
}
"""Name in wallets.csv -> where the class is. Other packages add theirs under the entry point group `por.ownership`."""


def scheme(name: str) -> OwnershipScheme | None:
    """Return the scheme of that name, or None."""
    if name in _SCHEMES:
        module, _, attribute = _SCHEMES[name].partition(":")
        found: OwnershipScheme = getattr(import_module(module), attribute)()
        return found
    for point in entry_points(group="por.ownership", name=name):
        other: OwnershipScheme = point.load()()
        return other
    return None


def signs_challenges(name: str) -> bool:
    """Whether accounts of a scheme sign our challenges, and not texts without a date."""
    found = scheme(name)
    return found is not None and found.dated


def unfit(where: str, scheme_name: str, account: Account, use: str) -> InputError:
    """Return the error for an account of a kind that a scheme cannot speak for."""
    return InputError(
        f"{where}: {scheme_name} cannot speak for {account.address}",
        code="scheme-address",
        hint=f"{use}, or leave the account out",
    )
