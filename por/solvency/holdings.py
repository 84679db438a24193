"""Which holdings count for customers, and why the others do not: what is left out is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from por.outcomes import Basis
from por.reserves.declared import DeclaredHolding
from por.reserves.ownership import scheme
from por.reserves.report import Holding, Report
from por.solvency.settings import Pack

CUSTOMERS = "customers"
FIAT_TRUST = "fiat-trust"
CUSTODIAN = "custodian-statement"


Place = TypeVar("Place")
"""What tells apart the accounts of which documents speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One holding of a base asset, in base units of its own `decimals` (None: the ledger's).

    `label` is "" when it counts for customers, else the purpose or form under which it is only shown. `account` and
    `id` name a holding on a chain; `storage` is known to readers of the annex, and of a custodian's statement.
    """

    asset: str
    amount: int
    decimals: int | None
    basis: Basis
    label: str = ""
    account: str = ""
    id: str = ""
    storage: str = ""


def on_chain(pack: Pack, report: Report) -> tuple[list[Counted], list[str]]:
    """Sort out the holdings of a report; return what counts or is shown, and a sentence for what is neither.

    Nothing counts that lies on a chain the pack does not name, backs nothing in its asset table, stands twice, or
    belongs to an account with two purposes. A token outside the token table is a node's word whatever the report says.
    """
    rows = [(chain.chain, row) for chain in report.chains for row in chain.holdings]
    times = Counter((_key(row.account), _key(row.asset)) for _, row in rows)
    purposes: dict[str, set[str]] = {}
    for _, row in rows:
        purposes.setdefault(_key(row.account), set()).add(row.purpose)
    counted: list[Counted] = []
    left_out: Counter[str] = Counter()
    for chain, row in rows:
        backing = pack.tables.backing_of(row.asset)
        if chain not in pack.chains:
            left_out[f"{chain} is not a chain of this policy pack"] += 1
        elif not row.asset.startswith(f"{chain}/") or not row.account.startswith(f"{chain}:"):
            left_out[f"{row.account} with {row.asset} stands under {chain}, where it does not belong"] += 1
        elif times[_key(row.account), _key(row.asset)] > 1:
            left_out[f"{row.asset} of {row.account} stands twice: the same coins never count twice"] += 1
        elif len(purposes[_key(row.account)]) > 1:
            left_out[f"{row.account} is given two purposes, so it counts for none"] += 1
        elif backing is None:
            left_out[f"{row.asset} backs nothing in this policy pack's asset table"] += 1
        else:
            counted.append(
                Counted(
                    asset=backing.asset,
                    amount=row.amount,
                    decimals=backing.decimals,
                    basis=_basis(pack, chain, row),
                    label="" if row.purpose == CUSTOMERS else row.purpose,
                    account=row.account,
                    id=row.asset,
                )
            )
    return counted, [
        f"{reason}: {number} holding{'s' if number > 1 else ''} left out" for reason, number in left_out.items()
    ]


def declared(pack: Pack, rows: Iterable[DeclaredHolding], day: str) -> tuple[list[Counted], list[str]]:
    """Sort out what documents state: of fiat only trusts count, of other assets only custodians' statements.

    A document counts when it is dated on or before the day of as_of and not older than the pack allows, and each
    entry once. Of what one institution states on several days the last day counts: the same money is there on each.
    """
    rows = list(rows)
    counted: list[Counted] = []
    gaps: list[str] = []
    seen: set[DeclaredHolding] = set()
    days = pack.freshness.declared_days
    last = last_days(((_place(row), row.at) for row in rows), day, days)
    for row in rows:
        name = f"{row.kind} of {row.asset} at {row.institution}, {row.at}"
        stale = why_stale(row.at, day, days) or why_superseded(row.at, last.get(_place(row)))
        if row in seen:
            gaps.append(f"{name}: stands twice in declared.toml, counted once")
            continue
        seen.add(row)
        if stale:
            gaps.append(f"{name}: left out, {stale}")
            continue
        wanted = FIAT_TRUST if row.asset in pack.fiat else CUSTODIAN
        label = row.purpose if row.purpose != CUSTOMERS else "" if row.kind == wanted else row.kind
        counted.append(
            Counted(
                asset=row.asset,
                amount=row.amount,
                decimals=None,
                basis=Basis.DECLARED,
                label=label,
                storage="third-party" if row.kind == CUSTODIAN else "",
            )
        )
    return counted, gaps


def why_stale(at: str, day: str, days: int) -> str:
    """Say why a document dated `at` does not count on `day`; "" when it does."""
    age = (date.fromisoformat(day) - date.fromisoformat(at)).days
    if age < 0:
        return f"it is dated after the snapshot's day {day}"
    if age > days:
        return f"it is {age} days older than the snapshot, and {days} are allowed"
    return ""


def last_days(rows: Iterable[tuple[Place, str]], day: str, days: int) -> dict[Place, str]:
    """Return for each place the last date of a document that counts on `day`; `rows` are places and dates."""
    found: dict[Place, str] = {}
    for place, at in rows:
        if not why_stale(at, day, days):
            found[place] = max(at, found.get(place, at))
    return found


def why_superseded(at: str, last: str | None) -> str:
    """Say why a document dated `at` does not count beside one of `last` from the same place; "" when it does."""
    return "" if last is None or at == last else f"the same institution states it anew on {last}"


def _place(row: DeclaredHolding) -> tuple[str, ...]:
    return row.kind, row.asset, row.institution, row.purpose


def _basis(pack: Pack, chain: str, row: Holding) -> Basis:
    """A figure rests on a node's word when its amount does, or when only a node can say who controls the account.

    Where control was shown by a text without a date, it rests on what the exchange says and nothing better.
    """
    contract = row.asset.partition("/erc20:")[2]
    unlisted = bool(contract) and pack.tables.token(chain, contract) is None
    control = scheme(row.control.scheme)
    if control is not None and not control.dated:
        return Basis.DECLARED
    return Basis.NODE if unlisted or control is None or control.needs_node else row.basis


def _key(name: str) -> str:
    """One spelling for EVM names, whose checksum capitals carry no meaning; others are case-sensitive."""
    return name.lower() if name.startswith("eip155:") else name
