"""Where rows come from: one kind of source in each file, all seen through one port.

A source says under which SQL expression DuckDB finds its rows; what a row means is not its business but that of
`por.liabilities.ledger_shape`. Nothing here guesses types, fetches extensions or reads names of folders as columns.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from por.errors import PorError

if TYPE_CHECKING:
    import duckdb


class Checker(Protocol):
    """Goes through all bytes of a source; raises InputError where they are damaged or cut off."""

    @property
    def packed(self) -> bool:
        """Whether damage shows here first, and elsewhere looks like something else."""

    def more(self) -> bool:
        """Read a piece on; False at the end."""

    def rows(self) -> int:
        """Return the rows that were gone through, at the end."""

    def close(self) -> None:
        """Let go of the source, at any time."""


class Source(Protocol):
    """One table of rows: a file, the answer to a query, an Arrow object."""

    @property
    def label(self) -> str:
        """How errors name it; never a secret."""

    @property
    def rereadable(self) -> bool:
        """Whether reading it again gives the same rows in the same order."""

    def table(self, connection: duckdb.DuckDBPyConnection, stack: ExitStack) -> str:
        """Return what to write after FROM; what has to be closed later goes on `stack`.

        Raises InputError for what is no ledger, SourceError for what is out of reach.
        """

    def rows(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """Return how many rows are to be expected, as far as that costs nothing to know; an estimate is enough."""

    def unchanged(self) -> None:
        """Raise SourceError when what was opened is no longer what is there."""

    def whole(self) -> Checker | None:
        """Return what goes through all bytes beside DuckDB; None where nothing can be told."""

    def explain(self, text: str) -> PorError | KeyboardInterrupt:
        """Turn what a library says of a failure into an error of ours, without the cells (they hold account ids).

        A KeyboardInterrupt is one that was raised in Python code within the stream and became text on its way.
        """
