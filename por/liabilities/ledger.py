"""Ledgers as Arrow streams of (account_id, asset, amount): files, object stores, PostgreSQL and Arrow objects.

Nothing is guessed, nothing is sampled, and nothing is downloaded that runs. Rows keep their order, so that a fault can
be named by its row. Where rows lie is `por.liabilities.sources`; what they mean is `por.liabilities.ledger_shape`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from por.errors import InputError, PorError, UsageError
from por.liabilities.ledger_faults import RowPlace
from por.liabilities.ledger_feed import feed, reading
from por.liabilities.ledger_options import ROLES, LedgerOptions
from por.liabilities.ledger_shape import Shape, shape
from por.liabilities.ledger_tap import Seen, Tap
from por.liabilities.sources import Source
from por.liabilities.sources.arrow import ArrowSource
from por.liabilities.sources.files import file_source
from por.liabilities.sources.places import expand
from por.liabilities.sources.postgres import PostgresSource

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

COLUMNS = ROLES

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
    "temp_directory": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One source of a ledger; `stream` has `__arrow_c_stream__` with the three columns in the order of COLUMNS.

    `row_by_row` is false where a row of the source can be several of the stream, or none.
    """

    source: Source
    stream: Any
    seen: Seen
    row_by_row: bool = True

    @property
    def label(self) -> str:
        """How errors name it."""
        return self.source.label

    def feed(self, ingest: Callable[[Any], T]) -> T:
        """Hand the stream to `ingest` and return what it returns.

        Raises InputError or SourceError when the rows cannot be read on, are damaged, or changed meanwhile; what
        `ingest` raises of its own passes. A whole number that it returns is taken for the rows it has read.
        """
        found = feed(self.source, self.stream, ingest, row_by_row=self.row_by_row)
        if isinstance(found, int) and not isinstance(self.stream, Tap):
            self.seen.rows += found
        return found


@dataclass(slots=True, kw_only=True)
class Ledger:
    """An open ledger: go through `parts` once, feeding each to its end before the next. `seen` is what went by."""

    sources: Sequence[Source]
    options: LedgerOptions
    assets: Collection[str] | None
    progress: Callable[[int], None] | None
    connection: duckdb.DuckDBPyConnection
    stack: ExitStack
    seen: Seen = field(default_factory=Seen)
    _begun: list[tuple[int, Source, Shape]] = field(default_factory=list)

    def parts(self) -> Iterator[Part]:
        """Open the sources one after the other; raise InputError that names the source and what is wrong with it."""
        for source in self.sources:
            shaped = _open(source, self.connection, self.stack, self.options, self.assets)
            self._begun.append((self.seen.rows, source, shaped))
            stream: Any = self.connection.sql(shaped.select)
            if self.options.class_column is not None or self.progress is not None:
                stream = Tap(stream, seen=self.seen, progress=self.progress)
            yield Part(source=source, stream=stream, seen=self.seen, row_by_row=shaped.cells is None)

    def locate(self, rows: Sequence[int]) -> Mapping[int, RowPlace]:
        """Return where rows of the whole ledger (from 1) stand in its sources; wide files are read again for that."""
        found: dict[int, RowPlace] = {}
        ends = [start for start, _, _ in self._begun[1:]]
        for (start, source, shaped), end in zip(self._begun, [*ends, None], strict=True):
            mine = [row for row in rows if row > start and (end is None or row <= end)]
            unit = "row" if shaped.cells is None else "filled cell"
            places = {row: RowPlace(label=source.label, row=row - start, unit=unit) for row in mine}
            if mine and shaped.cells is not None and source.rereadable:
                with suppress(PorError):  # the fault is what matters, also where its file cannot be read again
                    places |= _cells(source, self.options, self.assets, {row - start: row for row in mine})
            found |= places
        return found


@contextmanager
def open_ledger(
    where: Sequence[Any],
    *,
    options: LedgerOptions | None = None,
    assets: Collection[str] | None = None,
    progress: Callable[[int], None] | None = None,
    memory: int | None = None,
) -> Iterator[Ledger]:
    """Open a ledger: paths, folders, patterns, store URLs (text with ://) or objects with `__arrow_c_stream__`.

    `assets` are the snapshot's codes, for the columns of a wide table; `progress` gets the rows read so far after each
    batch, for consumers that do not tell it themselves; `memory` bounds DuckDB's buffers, in bytes. Raises UsageError,
    InputError or SourceError that names the place.
    """
    options = options or LedgerOptions()
    sources = _sources(where, options)
    with ExitStack() as stack:
        connection = stack.enter_context(_connect(memory))
        yield Ledger(
            sources=sources, options=options, assets=assets, progress=progress, connection=connection, stack=stack
        )


def read(where: Sequence[Any], *, options: LedgerOptions | None = None) -> Iterator[Part]:
    """Go through the parts of a ledger; the same as `open_ledger` for who needs nothing but the rows."""
    with open_ledger(where, options=options) as ledger:
        yield from ledger.parts()


def expected_rows(where: Sequence[Any], *, options: LedgerOptions | None = None) -> int | None:
    """Return about how many rows there will be, as far as Parquet or the length of a CSV tells without reading it."""
    options = options or LedgerOptions()
    if options.layout == "wide":
        return None
    total = 0
    with _connect() as connection:
        for source in _sources(where, options):
            with reading(source):
                rows = source.rows(connection)
            if rows is None:
                return None
            total += rows
    return total


def _sources(where: Sequence[Any], options: LedgerOptions) -> list[Source]:
    if options.postgres is not None:
        if where:
            raise UsageError(
                "a ledger comes from files or from PostgreSQL, not from both",
                code="ledger-options",
                hint="files and a database hardly are of one moment; give one of them",
            )
        return [PostgresSource(query=options.postgres)]
    if not where:
        raise UsageError(
            "no ledger", code="ledger-missing", hint="name its files, or give --postgres-query for a database"
        )
    found: list[Source] = []
    seen = set[str]()
    for number, one in enumerate(where, 1):
        if hasattr(one, "__arrow_c_stream__"):
            found.append(ArrowSource(object=one, number=number))
            continue
        for place in expand(one):
            if place.identity in seen:
                raise InputError(
                    f"{place.label}: named twice", code="ledger-repeated", hint="its rows would count twice"
                )
            seen.add(place.identity)
            found.append(file_source(place))
    return found


def _open(
    source: Source,
    connection: duckdb.DuckDBPyConnection,
    stack: ExitStack,
    options: LedgerOptions,
    assets: Collection[str] | None,
) -> Shape:
    with reading(source):
        table = source.table(connection, stack)
        rows = connection.sql(f"SELECT * FROM {table}")
        types = dict(zip(rows.columns, map(str, rows.types), strict=True))
    return shape(table, types, options=options, assets=assets, label=source.label)


def _cells(
    source: Source, options: LedgerOptions, assets: Collection[str] | None, wanted: Mapping[int, int]
) -> dict[int, RowPlace]:
    """Read a wide source again to find the cells of rows: `wanted` maps a row of the source to one of the ledger."""
    with ExitStack() as stack, reading(source):
        connection = stack.enter_context(_connect())
        shaped = _open(source, connection, stack, options, assets)
        numbers = ", ".join(map(str, wanted))
        query = (
            f"SELECT number, row, code FROM (SELECT row_number() OVER () AS number, row, code FROM ({shaped.cells})) "
            f"WHERE number IN ({numbers})"
        )
        found = connection.execute(query).fetchall()
    return {wanted[number]: RowPlace(label=source.label, row=row, column=code) for number, row, code in found}


@contextmanager
def _connect(memory: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    bound = {} if memory is None else {"memory_limit": f"{memory}B"}
    connection = _duckdb().connect(":memory:", config=_SETTINGS | bound)
    try:
        connection.execute("SET enable_progress_bar = false")  # it would draw over whatever we print
        yield connection
    finally:
        connection.close()


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise UsageError(
            "reading a ledger needs DuckDB, which is not installed",
            code="extra-missing",
            hint="pip install 'por[exchange]'",
        ) from None
    return duckdb
