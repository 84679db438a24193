"""Ledgers: CSV and Parquet files as Arrow streams of (account_id, asset, amount), read by DuckDB.

Nothing is guessed. CSV is RFC 4180 in UTF-8 with a header, every cell stays text, and amounts are judged by the
kernel; Parquet brings its own types. Nothing is sampled, nothing is fetched, and nothing is looked up in the names
of files or folders. Rows keep their order, so that a fault can be named by its row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from por.errors import InputError, PorError, UsageError
from por.files import explain

if TYPE_CHECKING:
    import duckdb

COLUMNS = ("account_id", "asset", "amount")

HEADER_LIMIT = 1 << 16
"""Bytes within which the header of a CSV file ends: three names need 24."""

_TEXT = {"VARCHAR", "ENUM"}
_FLOATS = {"FLOAT", "DOUBLE"}
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "DECIMAL"}

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
    "temp_directory": "",
}

_CSV_OPTIONS = (
    "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', comment='', strict_mode=true, "
    "null_padding=false, ignore_errors=false, compression='none', hive_partitioning=false, filename=false"
)
_PARQUET_OPTIONS = "hive_partitioning=false, filename=false, file_row_number=false, binary_as_string=false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a ledger; `stream` has `__arrow_c_stream__` with the three columns in the order of COLUMNS."""

    path: Path
    stream: Any

    def feed(self, ingest: Callable[[Any], int]) -> int:
        """Hand the stream to `ingest` and return what it returns; InputError when DuckDB cannot read on."""
        import duckdb

        try:
            return ingest(self.stream)
        except (duckdb.Error, RuntimeError) as error:
            hear_interrupt(str(error))
            if not isinstance(error, duckdb.Error):
                raise
            raise explain_stream(str(error), self.path) from None


def hear_interrupt(text: str) -> None:
    """Raise KeyboardInterrupt when `text` is what Ctrl-C became on its way through DuckDB or an Arrow stream."""
    if re.search(r"(?i)\binterrupt(ed)?\b|KeyboardInterrupt", text):
        raise KeyboardInterrupt


def read(paths: Sequence[Path | str]) -> Iterator[Part]:
    """Open the files of a ledger one after the other; raise InputError that names the file and what is wrong with it.

    Faults that show only while rows are read surface in `Part.feed`, or in a consumer that catches them itself and has
    `explain_stream` name them.
    """
    try:
        import duckdb
    except ImportError:
        raise UsageError(
            "reading a ledger needs DuckDB, which is not installed",
            code="extra-missing",
            hint="pip install 'por[exchange]'",
        ) from None

    connection = duckdb.connect(":memory:", config=_SETTINGS)
    connection.execute("SET enable_progress_bar = false")  # it would draw over whatever we print
    try:
        for path in map(Path, paths):
            source = _parquet(path) if _is_parquet(path) else _csv(path)
            try:
                relation = connection.sql(f"SELECT * FROM {source}")
                _check_columns(relation, path)
                yield Part(path=path, stream=relation.select(*COLUMNS))
            except (duckdb.Error, RuntimeError) as error:
                hear_interrupt(str(error))
                if not isinstance(error, duckdb.Error):
                    raise
                raise explain_stream(str(error), path) from None
    finally:
        connection.close()


def explain_stream(text: str, path: Path) -> PorError:
    """Turn what DuckDB says of `path` into an InputError, without the cells (they hold account ids)."""
    line = re.search(r"CSV Error on Line: (\d+)", text)
    place = f"{path}: line {line.group(1)}" if line else str(path)
    for pattern, what, hint in (
        (r"Expected Number of Columns: \d+ Found: \d+", "not three fields", "a row is account_id,asset,amount"),
        (r"unterminated quote", "a quote that does not end", 'quote a field as "..." and a quote within as ""'),
        (r"[Ii]nvalid unicode|not utf-8", "not UTF-8", "save the file as UTF-8"),
        (r"Maximum line size", "a line of more than two million bytes", "is a quote left open?"),
        (r"state machine", "not RFC 4180: line ends are mixed or quotes do not fit", "end all lines alike"),
    ):
        if re.search(pattern, text):
            return InputError(f"{place}: {what}", code="ledger-malformed", hint=hint)
    first = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return InputError(
        f"{path}: cannot be read as {'Parquet' if _is_parquet(path) else 'CSV'} ({first[:200]})",
        code="ledger-unreadable",
        hint="is the file complete? export it again",
    )


def _is_parquet(path: Path) -> bool:
    """Tell by the magic number; refuse what can be neither Parquet nor text."""
    head = _head(path)
    if head.startswith(b"PAR1"):
        return True
    if b"\x00" in head or head.startswith(b"\x1f\x8b"):
        raise InputError(
            f"{path}: neither CSV nor Parquet", code="ledger-format", hint="unpack or export it as CSV or Parquet"
        )
    return False


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEADER_LIMIT)
    except OSError as error:
        raise explain(error, path) from None


def _parquet(path: Path) -> str:
    return f"read_parquet({_literal(path)}, {_PARQUET_OPTIONS})"


def _csv(path: Path) -> str:
    """Name the columns from the header: all text, so that DuckDB has nothing to detect."""
    try:
        line = _head(path).partition(b"\n")[0].decode("utf-8-sig", "strict").rstrip("\r")
        names = next(csv.reader([line], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        names = None
    if not names:
        raise InputError(
            f"{path}: the first line is no CSV header", code="ledger-format", hint=f"start with {','.join(COLUMNS)}"
        )
    _check_names(names, path)
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    return f"read_csv({_literal(path)}, columns={{{columns}}}, {_CSV_OPTIONS})"


def _literal(path: Path) -> str:
    """An SQL string that stands for exactly this file: wildcards in its name are taken as they are."""
    plain = re.sub(r"[*?\[]", lambda found: f"[{found.group()}]", str(path.absolute()))
    return "'" + plain.replace("'", "''") + "'"


def _check_names(names: Sequence[str], path: Path) -> None:
    missing = [name for name in COLUMNS if name not in names]
    extra = [name for name in names if name not in COLUMNS]
    if missing or extra or len(names) != len(COLUMNS):
        faults = [f"no column {name}" for name in missing] + [f"an unknown column {name[:40]!r}" for name in extra]
        raise InputError(
            f"{path}: {' and '.join(faults) or 'a column stands twice'}",
            code="ledger-columns",
            hint=f"a ledger has exactly the columns {', '.join(COLUMNS)}, separated by commas",
        )


def _check_columns(relation: duckdb.DuckDBPyRelation, path: Path) -> None:
    _check_names(relation.columns, path)
    types = dict(zip(relation.columns, (str(kind).partition("(")[0] for kind in relation.types), strict=True))
    for name in ("account_id", "asset"):
        if types[name] not in _TEXT:
            raise _wrong_type(path, name, types[name], "store it as text")
    if types["amount"] in _FLOATS:
        raise InputError(
            f"{path}: column amount holds floating-point numbers ({types['amount'].lower()})",
            code="amount-float",
            hint="floats lose money; store amounts as integers, as decimals of up to 38 digits or as text",
        )
    if types["amount"] not in _TEXT | _WHOLE:
        raise _wrong_type(path, "amount", types["amount"], "store it as integers, decimals or text")


def _wrong_type(path: Path, name: str, kind: str, hint: str) -> InputError:
    return InputError(f"{path}: column {name} is {kind.lower()}", code="column-type", hint=hint)
