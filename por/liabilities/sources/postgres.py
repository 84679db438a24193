"""PostgreSQL: the answer to one query, read in one REPEATABLE READ READ ONLY transaction through ADBC.

Numbers of the type numeric become text on the server, exactly; binary floats are refused. The connection's URI is a
secret and appears nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from por import files
from por.errors import InputError, PorError, SourceError, UsageError
from por.liabilities.ledger_options import PostgresQuery

if TYPE_CHECKING:
    import duckdb

    from por.liabilities.sources import Checker

URI_VARIABLE = "POR_POSTGRES_URI"
LIBPQ_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")
"""With one of these set, libpq knows where to connect on its own."""

MAX_QUERY = 1 << 20
_BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SETTINGS = "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
_VIEW = "postgres_rows"
_ASK_PSQL = "run it with psql to see why; what the server says may name customers, so it is not repeated here"


def postgres_query(
    given: str, *, uri_file: Path | None, environment: Mapping[str, str], base: Path | None = None
) -> PostgresQuery:
    """Return the query in the file `given` or in `given` itself, with the URI from a file or the environment.

    What has a blank in it and names no file is SQL; files are looked for in `base`. Raises UsageError, InputError,
    SourceError.
    """
    path = Path(given) if base is None else base / given
    is_file = not re.search(r"\s", given.strip()) or path.is_file()
    sql = files.read_text(path, limit=MAX_QUERY) if is_file else given
    sql = sql.strip().rstrip(";").strip()
    if not sql:
        raise InputError(f"{given}: no query", code="postgres-query", hint="write one SELECT")
    if uri_file is not None:
        uri = files.read_text(uri_file, limit=4096).strip()
    else:
        uri = environment.get(URI_VARIABLE, "")
        if not uri and any(environment.get(name) for name in LIBPQ_VARIABLES):
            uri = "postgresql://"
    if not re.match(r"postgres(ql)?://", uri):
        raise UsageError(
            "no connection URI for PostgreSQL",
            code="postgres-uri",
            hint=f"give --postgres-uri-file FILE, or set {URI_VARIABLE}, or libpq's PGHOST or PGSERVICE",
        )
    return PostgresQuery(sql=sql, uri=uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSource:
    """One query's answer. Its rows come once: without ORDER BY a server may give them in another order again."""

    query: PostgresQuery
    rereadable = False

    @property
    def label(self) -> str:
        """What it is."""
        return "postgresql"

    def table(self, connection: duckdb.DuckDBPyConnection, stack: ExitStack) -> str:
        """Connect, begin, and have the query answered; InputError for a wrong query, SourceError for no server."""
        try:
            from adbc_driver_postgresql import dbapi
        except ImportError:
            raise UsageError(
                "reading PostgreSQL needs adbc-driver-postgresql, which is not installed",
                code="extra-missing",
                hint="pip install 'por[exchange]'",
            ) from None
        try:
            server = stack.enter_context(closing(dbapi.connect(self.query.uri, autocommit=False)))
            cursor = stack.enter_context(closing(server.cursor()))
            cursor.execute(_BEGIN)
            cursor.execute(_SETTINGS)
            if cursor.fetchall() != [("repeatable read", "on")]:
                raise self._no_snapshot()
            inner = f"({self.query.sql}\n) AS ledger"  # the line ends in case the query ends in a comment
            cursor.execute(f"SELECT * FROM {inner} LIMIT 0")
            asked = cursor.fetch_record_batch()
            schema = asked.schema
            asked.close()
            columns = ", ".join(_column(field) for field in schema)
            cursor.execute(f"SELECT {columns} FROM {inner}")
            reader = stack.enter_context(closing(cursor.fetch_record_batch()))
        except dbapi.Error as error:
            raise self._failed(error) from None
        names = [name.casefold() for name in schema.names]
        if len(set(names)) != len(names):
            raise InputError(
                f"{self.label}: a column stands twice in the query",
                code="ledger-columns",
                hint="give each column of the SELECT a name of its own with AS",
            )
        connection.register(_VIEW, reader)
        stack.callback(connection.unregister, _VIEW)
        return _VIEW

    def rows(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """Return None: counting would cost the server as much as answering."""
        return None

    def unchanged(self) -> None:
        """Do nothing: the transaction sees one snapshot."""

    def whole(self) -> Checker | None:
        """Return None: the protocol says where the answer ends."""
        return None

    def explain(self, text: str) -> PorError:
        """Say that the answer stopped, without what the server quotes."""
        refused = re.search(r"cannot execute [A-Za-z_() ]{1,60} in a read-only transaction", text)
        if refused:
            return self._refused(refused.group())
        if "PGRES_FATAL_ERROR]: ERROR:" in text:
            return SourceError(f"{self.label}: the query failed on a row", code="postgres-failed", hint=_ASK_PSQL)
        return SourceError(
            f"{self.label}: the answer ended before its last row",
            code="postgres-unreachable",
            hint="run it again; a standby server may cancel long queries (max_standby_streaming_delay)",
        )

    def _failed(self, error: Any) -> PorError:
        state = getattr(error, "sqlstate", None)
        if state is None:
            kind = "authentication failed" if "authentication" in str(error) else "no connection"
            return SourceError(
                f"{self.label}: {kind}",
                code="postgres-unreachable",
                hint=f"try the URI with psql; it comes from --postgres-uri-file, {URI_VARIABLE} or libpq's variables",
            )
        if state.startswith("42") or state == "25006":  # of the query's text, which holds no customer's data
            said = re.search(r"ERROR:\s+([^\n]{1,200})", str(error))
            return self._refused(f"{said.group(1) if said else 'the query is refused'} (SQLSTATE {state})")
        return SourceError(f"{self.label}: the query failed (SQLSTATE {state})", code="postgres-failed", hint=_ASK_PSQL)

    def _refused(self, said: str) -> PorError:
        return InputError(
            f"{self.label}: {said}", code="postgres-query", hint="the query is one SELECT, and it runs read-only"
        )

    def _no_snapshot(self) -> PorError:
        return SourceError(
            f"{self.label}: the server did not begin a read-only snapshot",
            code="postgres-snapshot",
            hint="connect to the server itself, not through a pooler that rewrites transactions",
        )


def _column(field: Any) -> str:
    """Write one column of the outer SELECT: numeric and its like as text, what text can hold as text."""
    name = '"' + field.name.replace('"', '""') + '"'
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if kind == "numeric":
        return f"trim_scale({name})::text AS {name}"
    if kind == "money":  # arrives as an integer of its smallest unit, and how small that is is the server's setting
        raise InputError(
            f"postgresql: column {field.name} is money",
            code="column-type",
            hint="cast it to numeric in the query, or leave it out",
        )
    return f"{name}::text AS {name}" if kind in ("uuid", "bpchar", "citext", "name") else name
