"""How a ledger is to be read: its layout, its names, and what must agree with it. One value for all who read ledgers.

The exchange that builds and the auditor who rebuilds give the same options; amounts and decimals stand in
snapshot.toml, which both have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from por.errors import UsageError

ROLES = ("account_id", "asset", "amount")
"""The columns of a long ledger, and the names that they have in what the kernel reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresQuery:
    """A query whose rows are the ledger. `uri` is libpq's connection URI; it may hold a password and is never shown."""

    sql: str
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOptions:
    """How rows become (account_id, asset, amount); raises UsageError when parts contradict each other.

    `account_id`, `asset` and `amount` are the ledger's own names for these columns. In a `wide` ledger each column that
    is not named here is an asset, and an empty cell is no balance. `class_column` names the kind of a balance, which
    becomes the suffix of its asset (`lent` of BTC is BTC:lent, `spot` is none). `ignored` columns are not read.
    `control_totals` is a file of rows and sums that must agree. `postgres` replaces the files of a ledger.
    """

    layout: Literal["long", "wide"] = "long"
    account_id: str = "account_id"
    asset: str = "asset"
    amount: str = "amount"
    class_column: str | None = None
    ignored: tuple[str, ...] = ()
    negative: Literal["refuse", "exclude"] = "refuse"
    sum_duplicates: bool = False
    control_totals: Path | None = None
    postgres: PostgresQuery | None = None

    def __post_init__(self) -> None:
        if self.layout == "wide" and (self.asset, self.amount) != ROLES[1:]:
            raise UsageError(
                "a wide ledger has no columns asset and amount",
                code="ledger-options",
                hint="name only account_id; every other column is an asset",
            )
        folded = [name.casefold() for name in self.named]
        if len(set(folded)) != len(folded) or not all(folded):
            raise UsageError(
                "a column is named for two things, or by nothing",
                code="ledger-options",
                hint="give each of account_id, asset, amount, the class and what is ignored a column of its own",
            )

    @property
    def named(self) -> tuple[str, ...]:
        """The names of the ledger's columns that these options know."""
        return (*self.needed, *self.ignored)

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of the columns that must be there."""
        roles = (self.account_id,) if self.layout == "wide" else (self.account_id, self.asset, self.amount)
        return roles if self.class_column is None else (*roles, self.class_column)


def parse_columns(values: Sequence[str]) -> dict[str, str]:
    """Read `ROLE=NAME` pairs such as account_id=login into keyword arguments of LedgerOptions; UsageError."""
    found: dict[str, str] = {}
    for value in values:
        role, sign, name = value.partition("=")
        if role not in ROLES or not sign or role in found:
            raise UsageError(
                f"--column takes {', '.join(f'{role}=NAME' for role in ROLES)}, each once",
                code="ledger-options",
                hint="for example --column account_id=login --column amount=balance",
            )
        found[role] = name
    return found
