"""Rows that another program of ours holds: any object with `__arrow_c_stream__` (pyarrow, Polars, DuckDB, ADBC)."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from por.errors import InputError, PorError, UsageError

if TYPE_CHECKING:
    import duckdb

    from por.liabilities.sources import Checker


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrowSource:
    """An Arrow object. A table can be read again; a reader's rows come once."""

    object: Any
    number: int

    @property
    def label(self) -> str:
        """Which of the given objects it is."""
        return f"arrow rows {self.number}"

    @property
    def rereadable(self) -> bool:
        """Whether it holds its rows."""
        return hasattr(self.object, "num_rows") or hasattr(self.object, "__len__")

    def table(self, connection: duckdb.DuckDBPyConnection, stack: ExitStack) -> str:
        """Register the object under a name."""
        name = f"arrow_rows_{self.number}"
        try:
            import pyarrow
        except ImportError:
            raise UsageError(
                "reading Arrow rows needs pyarrow, which is not installed",
                code="extra-missing",
                hint="pip install 'por[exchange]'",
            ) from None
        try:
            given = self.object
            if not isinstance(given, pyarrow.Table | pyarrow.RecordBatchReader):
                given = pyarrow.table(given) if self.rereadable else pyarrow.RecordBatchReader.from_stream(given)
        except (TypeError, ValueError, pyarrow.ArrowException) as error:
            raise self.explain(str(error)) from None
        names = [name.casefold() for name in given.schema.names]
        if len(set(names)) != len(names):
            raise InputError(
                f"{self.label}: a column stands twice", code="ledger-columns", hint="give each column a name of its own"
            )
        connection.register(name, given)
        stack.callback(connection.unregister, name)
        return name

    def rows(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """Return the rows of a table."""
        if hasattr(self.object, "num_rows"):
            return int(self.object.num_rows)
        return len(self.object) if hasattr(self.object, "__len__") else None

    def unchanged(self) -> None:
        """Do nothing: Arrow data does not change."""

    def whole(self) -> Checker | None:
        """Return None: there are no bytes to check."""
        return None

    def explain(self, text: str) -> PorError | KeyboardInterrupt:
        """Say that the rows could not be read, without what stands in them."""
        if re.search(r"\nKeyboardInterrupt\s*$", text):
            return KeyboardInterrupt()
        return InputError(
            f"{self.label}: cannot be read as Arrow rows",
            code="ledger-unreadable",
            hint="give text, integer or decimal columns that DuckDB can read (decimals of up to 38 digits)",
        )
