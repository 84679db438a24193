"""Options that say how a ledger is to be read; build, proofs of all accounts and the auditor's rebuild share them."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from por.cli import options, terminal
from por.errors import PorError, UsageError

if TYPE_CHECKING:
    from por.liabilities.ledger_options import LedgerOptions

_OPTIONS: tuple[Callable[[options.F], options.F], ...] = (
    click.option(
        "--layout",
        type=click.Choice(["long", "wide"]),
        default="long",
        show_default=True,
        help="long: a row for each balance; wide: a column for each asset.",
    ),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="ROLE=NAME",
        help="The ledger's name for account_id, asset or amount.",
    ),
    click.option("--class-column", metavar="NAME", help="Column with the kind of a balance: spot, lent, margin, ..."),
    click.option("--ignore-column", "ignored", multiple=True, metavar="NAME", help="A column that is not read."),
    click.option(
        "--negative",
        type=click.Choice(["refuse", "exclude"]),
        default="refuse",
        show_default=True,
        help="Negative amounts are an error, or are left out and reported; debt never lowers a liability.",
    ),
    click.option(
        "--sum-duplicates", is_flag=True, help="Add up several rows of one account and asset instead of refusing."
    ),
    options.path_option("--control-totals", help="Rows and sums of each asset that must agree: CSV or TOML."),
    click.option(
        "--postgres-query", metavar="FILE|SQL", help="A SELECT whose answer is the ledger, read in one snapshot."
    ),
    options.path_option("--postgres-uri-file", help="File with the connection URI; else POR_POSTGRES_URI or libpq's."),
)
_NAMES = ("layout", "columns", "class_column", "ignored", "negative", "sum_duplicates", "control_totals")


def ledger_options(function: options.F) -> options.F:
    """Add the options that say how a ledger is to be read; the command gets them as one `reading`, and `threads`."""

    @functools.wraps(function)
    def wrapped(*args: Any, **given: Any) -> Any:
        query, uri_file = given.pop("postgres_query"), given.pop("postgres_uri_file")
        reading = _reading({name: given.pop(name) for name in _NAMES}, query, uri_file)
        return function(*args, reading=reading, **given)

    found = cast(options.F, wrapped)
    for add in reversed(_OPTIONS):
        found = add(found)
    return click.option("--threads", type=click.IntRange(min=0), default=0, help="Threads; 0 takes all cores.")(found)


def _reading(given: dict[str, Any], query: str | None, uri_file: Path | None) -> LedgerOptions:
    from por.liabilities.ledger_options import LedgerOptions, parse_columns

    if query is None and uri_file is not None:
        raise UsageError(
            "--postgres-uri-file without a query", code="ledger-options", hint="give --postgres-query FILE or SQL"
        )
    postgres = None
    if query is not None:
        from por.liabilities.sources.postgres import postgres_query

        postgres = postgres_query(query, uri_file=uri_file, environment=os.environ)
    return LedgerOptions(**parse_columns(given.pop("columns")), **given, postgres=postgres)  # type: ignore[arg-type]


def memory_option(function: options.F) -> options.F:
    """Add --memory; the command gets `memory`, in bytes or None."""

    @functools.wraps(function)
    def wrapped(*args: Any, memory: str | None, **given: Any) -> Any:
        from por.liabilities.memory import parse_size

        return function(*args, memory=None if memory is None else parse_size(memory), **given)

    return click.option(
        "--memory",
        metavar="SIZE",
        help="Bound for a ledger, such as 4GB; more goes out to disk. Default: half of what is free.",
    )(cast(options.F, wrapped))


@contextmanager
def reading_progress(ledger: Sequence[Any], reading: LedgerOptions) -> Iterator[Callable[[int], None] | None]:
    """Show rows, rows per second and the time left while the block runs; None where no terminal would show it."""
    if not sys.stderr.isatty():
        yield None  # looking at each batch in Python costs time for nothing
        return
    from por.liabilities.ledger import expected_rows

    total = None
    with suppress(PorError):  # the reading itself tells what is wrong
        total = expected_rows(ledger, options=reading)
    with terminal.progress("reading the ledger", unit="rows", total=total) as progress:
        yield progress
