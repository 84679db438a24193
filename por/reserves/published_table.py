"""An exchange's published table of signed addresses, in the layout of github.com/okx/proof-of-reserves.

A CSV whose header has address, message, signature1, signature2 and the redeem script; a summary may stand before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from por.errors import InputError
from por.reserves import addresses, caip
from por.reserves.wallet_exports import Given

_ADDRESS, _MESSAGE, _FIRST, _SECOND, _SCRIPT = "address", "message", "signature1", "signature2", "redeem script"
_OWNERS = ("eoa1", "eoa2")
_HINT = "copy the table again as it was published"


@dataclass(slots=True)
class PublishedTable:
    """What each address signed, by the address as it is written there (EVM addresses in lower case)."""

    rows: dict[str, Given] = field(default_factory=dict)
    _scripts: dict[str, dict[bytes, Given]] = field(default_factory=dict)

    def find(self, account: caip.Account) -> Given | None:
        """Return what an account signed, in whichever spelling the table has it; None when it is not there."""
        if account.namespace == caip.EVM:
            return self.rows.get(account.address.lower())
        return self.rows.get(account.address) or self._of(account.chain).get(account.script)

    def _of(self, chain: str) -> dict[bytes, Given]:
        if chain not in self._scripts:
            network = caip.network(chain, where=chain)
            found = self._scripts[chain] = {}
            for address, given in self.rows.items():
                try:
                    found.setdefault(addresses.read_any(network, address, where="address"), given)
                except InputError:
                    continue
        return self._scripts[chain]


def read_table(text: str, *, where: str) -> PublishedTable:
    """Read the table.

    Rows of contract wallets with owners are left out: signatures of owners say nothing that the contract does not.
    Raises InputError(code="published-table") for a table without these columns, or an address with two signatures.
    """
    columns: Mapping[str, int] = {}
    found: dict[str, Given] = {}
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            named = {_name(cell): place for place, cell in enumerate(row)}
            if {_ADDRESS, _MESSAGE, _FIRST} <= named.keys():
                columns = named
            elif columns and len(row) > 1:
                _add(found, row, columns, f"{where} line {reader.line_num}")
    except csv.Error as error:
        raise _fault(f"{where} line {reader.line_num}: not CSV ({error})") from None
    if not columns:
        raise _fault(f"{where}: no line names the columns {_ADDRESS}, {_MESSAGE} and {_FIRST}")
    return PublishedTable(rows=found)


def _add(found: dict[str, Given], row: list[str], columns: Mapping[str, int], where: str) -> None:
    def cell(name: str) -> str:
        place = columns.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    address = cell(_ADDRESS)
    if not address or any(cell(name) for name in _OWNERS):
        return
    script = cell(_SCRIPT).removeprefix("0x")
    try:
        raw = bytes.fromhex(script)
    except ValueError:
        raw = b""
    given = Given(
        signatures=tuple(text for text in (cell(_FIRST), cell(_SECOND)) if text),
        message=cell(_MESSAGE),
        address=address,
        script=raw if raw and cell(_SECOND) else None,
    )
    key = address.lower() if address.startswith("0x") else address
    if found.setdefault(key, given) != given:
        raise _fault(f"{where}: {address} stands there with another signature too")


def _name(cell: str) -> str:
    name = cell.strip().lower()
    return _SCRIPT if name.startswith(_SCRIPT) else name


def _fault(message: str) -> InputError:
    return InputError(message, code="published-table", hint=_HINT)
