"""CSV (plain, gzip, zstd) and Parquet, told apart by their first bytes and read by DuckDB.

CSV is RFC 4180 in UTF-8 with a header, and every cell stays text; Parquet brings its own types. Nothing is sampled,
and nothing is looked up in the names of files or folders.
"""

from __future__ import annotations

import csv
import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from por.errors import InputError, PorError
from por.liabilities.sources import packed
from por.liabilities.sources.places import Place, refuse_changed, unescaped

if TYPE_CHECKING:
    import duckdb

HEAD_BYTES = 1 << 16
"""Bytes within which the header of a CSV file ends: names of 200 columns need 8,000."""

_CSV_OPTIONS = (
    "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', comment='', strict_mode=true, "
    "null_padding=false, ignore_errors=false, hive_partitioning=false, filename=false"
)
_PARQUET_OPTIONS = "hive_partitioning=false, filename=false, file_row_number=false, binary_as_string=false"
_MAGIC = {b"PAR1": "parquet", b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}

_FAULTS = (
    (r"Expected Number of Columns: (\d+) Found: \d+", "not {} fields", "a row has as many fields as the header"),
    (r"unterminated quote", "a quote that does not end", 'quote a field as "..." and a quote within as ""'),
    (r"[Ii]nvalid unicode|not utf-8|[Ii]nvalid string encoding", "not UTF-8", "save the file as UTF-8"),
    (r"Maximum line size", "a line of more than two million bytes", "is a quote left open?"),
    (r"state machine", "not RFC 4180: line ends are mixed or quotes do not fit", "end all lines alike"),
)
_NUMBERS = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """One file of a ledger, as it was when it was looked at first."""

    place: Place
    kind: Literal["parquet", "none", "gzip", "zstd"]
    head: bytes
    version: object

    rereadable = True

    @property
    def label(self) -> str:
        """The path or URL."""
        return self.place.label

    def table(self, connection: duckdb.DuckDBPyConnection, stack: ExitStack) -> str:
        """Return a call of read_csv or read_parquet; InputError for a header that is none."""
        self.place.register(connection)
        if self.kind == "parquet":
            return f"read_parquet({unescaped(self.place.name)}, {_PARQUET_OPTIONS})"
        names = ", ".join("'" + name.replace("'", "''") + "': 'VARCHAR'" for name in self._header())
        return f"read_csv({unescaped(self.place.name)}, columns={{{names}}}, {_CSV_OPTIONS}, compression='{self.kind}')"

    def rows(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """Return the rows that Parquet states, or what a plain CSV's first lines let expect."""
        if self.kind == "parquet":
            self.place.register(connection)
            query = f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({unescaped(self.place.name)})"
            found = connection.execute(query).fetchone()
            return found[0] if found else None
        lines, size = self.head.count(b"\n"), self.place.size()
        return size * lines // len(self.head) if self.kind == "none" and lines and size else None

    def unchanged(self) -> None:
        """Raise SourceError when the file is not what it was at first."""
        refuse_changed(self.place, self.version)

    def whole(self) -> packed.Checker | None:
        """Check sums and ends of what is compressed, which DuckDB does not, and count the records of all CSV."""
        return None if self.kind == "parquet" else packed.Checker(self.place, self.kind)

    def explain(self, text: str) -> PorError | KeyboardInterrupt:
        """Name the line and what is wrong with it; of what DuckDB says, nothing that a cell could hold."""
        failure = self.place.failure()
        if failure is not None:
            return failure
        line = re.search(r"CSV Error on Line: (\d+)", text)
        place = f"{self.label}: line {line.group(1)}" if line else self.label
        for pattern, what, hint in _FAULTS:
            found = re.search(pattern, text)
            if found:
                count = found.group(1) if found.groups() else ""
                return InputError(
                    f"{place}: {what.format(_NUMBERS.get(count, count))}", code="ledger-malformed", hint=hint
                )
        if re.search(r"GZIP stream|gzip stream|Data corruption|frame descriptor|ZSTD", text):
            return packed.damaged(self.label)
        first = text.strip().splitlines()[0] if text.strip() else "no reason given"
        if line or self.kind != "parquet":  # what follows may quote the line
            first = first.partition(":")[0]
        first = re.split(r"[\"'`]|\bvalue\b", first)[0].rstrip(" :")  # what follows may be a cell
        return InputError(
            f"{self.label}: cannot be read as {'Parquet' if self.kind == 'parquet' else 'CSV'} ({first[:200]})",
            code="ledger-unreadable",
            hint="is the file complete? export it again",
        )

    def _header(self) -> list[str]:
        head = self.head if self.kind == "none" else packed.first_bytes(self.place, self.kind, HEAD_BYTES)
        if b"\x00" in head:
            raise self._no_format("neither CSV nor Parquet", "unpack or export it as CSV or Parquet")
        line = head.partition(b"\n")[0]
        try:
            if line == head and len(head) >= HEAD_BYTES:
                raise csv.Error
            names = next(csv.reader([line.decode("utf-8-sig", "strict").rstrip("\r")], strict=True), [])
        except (UnicodeDecodeError, csv.Error):
            raise self._no_format("the first line is no CSV header", "start with account_id,asset,amount") from None
        if not all(names) or not names:
            raise self._no_format("the first line is no CSV header", "start with account_id,asset,amount")
        folded = [name.casefold() for name in names]
        if len(set(folded)) != len(folded):
            raise InputError(
                f"{self.label}: a column stands twice", code="ledger-columns", hint="give each column a name of its own"
            )
        return names

    def _no_format(self, what: str, hint: str) -> InputError:
        return InputError(f"{self.label}: {what}", code="ledger-format", hint=hint)


def file_source(place: Place) -> FileSource:
    """Look at a file's first bytes; raise InputError or SourceError when it cannot be read."""
    version = place.version()
    with place.open() as file:
        try:
            head = file.read(HEAD_BYTES)
        except IsADirectoryError:
            head = b"\x00"
    kinds = [kind for magic, kind in _MAGIC.items() if head.startswith(magic)]
    return FileSource(place=place, kind=kinds[0] if kinds else "none", head=head, version=version)  # type: ignore[arg-type]
