"""The ledger of a run: what por.toml says of it, and what it is known again by.

The keys of `[liabilities]` are the options of `por liabilities build`.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from por import canonical, documents
from por.errors import InputError, UsageError
from por.files import digest_file
from por.liabilities.ledger_options import LedgerOptions
from por.liabilities.memory import parse_size
from por.liabilities.sources.places import expand, is_url, is_wild
from por.liabilities.sources.postgres import postgres_query
from por.liabilities.splitting import Splitting, parse_splitting, split_as
from por.snapshot import Snapshot

MAX_THREADS = 256
"""As many as the kernel takes."""


class ColumnTable(documents.Document):
    """The ledger's own names of its columns."""

    account_id: str = "account_id"
    asset: str = "asset"
    amount: str = "amount"


class LiabilitiesTable(documents.Document):
    """[liabilities]: how the ledger is read and how the trees over it are built."""

    layout: Literal["long", "wide"] = "long"
    column: ColumnTable = ColumnTable()
    class_column: str | None = None
    ignore_column: documents.Rows[str] = Field(default_factory=list)
    negative: Literal["refuse", "exclude"] = "refuse"
    sum_duplicates: bool = False
    pieces: dict[str, int] = Field(default_factory=dict)
    split_above: dict[str, str] = Field(default_factory=dict)
    memory: str | None = None
    threads: Annotated[int, Field(ge=0, le=MAX_THREADS)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPlan:
    """Where a run's ledger lies, and how it is read and built.

    `where` has paths made absolute, patterns and URLs; `query` takes their place: SQL, or the name of its file within
    `base`. `environment` may say where the database is, and hold its password.
    """

    base: Path
    where: tuple[str | Path, ...]
    options: LedgerOptions
    splitting: Splitting
    memory: int | None
    threads: int
    query: str | None
    uri_file: Path | None
    environment: Mapping[str, str] = field(repr=False)

    def reading(self) -> LedgerOptions:
        """Return the options with the query, its file and URI read now; UsageError, InputError or SourceError."""
        if self.query is None:
            return self.options
        found = postgres_query(self.query, uri_file=self.uri_file, environment=self.environment, base=self.base)
        return replace(self.options, postgres=found)

    def split(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with balances split as por.toml says; InputError."""
        try:
            return split_as(snapshot, self.splitting)
        except UsageError as error:
            raise _refused("por.toml", error) from None

    def identity(self) -> dict[str, str | None]:
        """Return what the ledger and all that decides what is built of it are known by, each under a name.

        A file's value is its digest, in folders and patterns too; an object's in a store the ETag that the store gives
        for its content. None is what nothing tells apart: an object without an ETag, the answer to a query. Memory and
        threads are not in it: they change nothing. Raises InputError or SourceError when a file cannot be read.
        """
        reading = self.reading()
        shape = [
            *(reading.layout, reading.account_id, reading.asset, reading.amount, reading.class_column),
            *(sorted(reading.ignored), reading.negative, reading.sum_duplicates),
        ]
        found: dict[str, str | None] = {"options": canonical.digest(canonical.encode(shape))}
        if reading.control_totals is not None:
            found["control_totals"] = digest_file(reading.control_totals)
        if reading.postgres is not None:
            found["query"] = canonical.digest(reading.postgres.sql.encode("utf-8"))
            found["answer"] = None
        places = [place for one in self.where for place in expand(one)]
        return found | {f"ledger {number} {place.label}": place.digest() for number, place in enumerate(places)}


def plan_ledger(
    table: LiabilitiesTable,
    *,
    ledger: Sequence[str],
    query: str | None,
    uri_file: str | None,
    control_totals: str | None,
    base: Path,
    where: str,
    environment: Mapping[str, str],
) -> LedgerPlan:
    """Judge what por.toml says of the ledger, without opening anything; InputError names what does not fit."""
    if bool(ledger) == (query is not None):
        what = "both ledger and postgres_query" if ledger else "neither ledger nor postgres_query"
        raise InputError(
            f"{where}: inputs: {what}",
            code="config-ledger",
            hint='say where the ledger is: ledger = ["ledger.csv"], or postgres_query = "ledger.sql"',
        )
    if uri_file is not None and query is None:
        raise InputError(
            f"{where}: inputs: postgres_uri_file without postgres_query",
            code="config-ledger",
            hint="drop it, or ask a database instead of reading files",
        )
    try:
        options = LedgerOptions(
            layout=table.layout,
            account_id=table.column.account_id,
            asset=table.column.asset,
            amount=table.column.amount,
            class_column=table.class_column,
            ignored=tuple(table.ignore_column),
            negative=table.negative,
            sum_duplicates=table.sum_duplicates,
            control_totals=base / control_totals if control_totals else None,
        )
        splitting = parse_splitting(
            [f"{asset}={count}" for asset, count in table.pieces.items()],
            [f"{asset}={units}" for asset, units in table.split_above.items()],
        )
        memory = None if table.memory is None else parse_size(table.memory)
    except UsageError as error:
        raise _refused(where, error) from None
    return LedgerPlan(
        base=base,
        where=tuple(_place(base, name) for name in ledger),
        options=options,
        splitting=splitting,
        memory=memory,
        threads=table.threads,
        query=query,
        uri_file=base / uri_file if uri_file else None,
        environment=environment,
    )


def _place(base: Path, name: str) -> str | Path:
    if is_url(name):
        return name
    path = base / name
    # A pattern's folder is no pattern, whatever it is called.
    return Path(glob.escape(str(base))) / name if is_wild(name) and not path.exists() else path


def _refused(where: str, error: UsageError) -> InputError:
    return InputError(f"{where}: liabilities: {error.message}", code="config-liabilities", hint=error.hint)
