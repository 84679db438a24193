"""A ledger in PostgreSQL: a real server, its types, its snapshot, its failures, and that no secret is told."""

import threading
import time
from pathlib import Path

import pytest

from por.errors import InputError, SourceError, UsageError
from por.liabilities import ledger
from por.liabilities.ledger_options import LedgerOptions, PostgresQuery
from por.liabilities.sources.postgres import postgres_query
from tests import postgres
from tests.liabilities.ledgers import ROWS, snapshot, write_csv
from tests.liabilities.reading import build, rows

pytestmark = [
    pytest.mark.xdist_group("postgres"),
    pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed (Debian: postgresql)"),
]

ALL = "SELECT account_id, asset, amount FROM ledger ORDER BY account_id, asset"


@pytest.fixture(scope="module")
def server():
    with postgres.started() as found:
        yield found


@pytest.fixture
def table(server):
    """The table `ledger` with ROWS, made anew."""
    values = ", ".join(f"('{who}', '{asset}', {amount})" for who, asset, amount in ROWS)
    server.run(
        "DROP TABLE IF EXISTS ledger",
        "CREATE TABLE ledger (account_id text, asset varchar(40), amount numeric)",
        f"INSERT INTO ledger VALUES {values}",
    )
    return server


def asked(server, sql=ALL, **options):
    return {"postgres": PostgresQuery(sql=sql, uri=server.uri), **options}


def test_the_answer_is_the_ledger(table, tmp_path):
    assert build(**asked(table)) == build(write_csv(tmp_path / "ledger.csv"))
    assert rows(**asked(table)) == [(who, asset, str(amount)) for who, asset, amount in sorted(ROWS)]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("smallint", "7"),
        ("integer", "7"),
        ("bigint", "7"),
        ("numeric", "7"),
        ("numeric(30,8)", "7"),
        ("numeric(1000,500)", "7"),
        ("text", "7"),
        ("varchar(9)", "7"),
    ],
)
def test_every_exact_type(server, kind, written):
    sql = f"SELECT 'a' AS account_id, 'BTC' AS asset, {written}::{kind} AS amount"
    assert build(**asked(server, sql)).assets[0].total == 7


def test_numeric_keeps_every_digit(server):
    sql = "SELECT 'a' AS account_id, 'BTC' AS asset, 340282366920938463463374607431768211455::numeric AS amount"
    assert build(**asked(server, sql)).assets[0].total == 2**128 - 1
    sql = "SELECT 'a' AS account_id, 'BTC' AS asset, 0.10000001::numeric(40,20) AS amount"
    assert build(**asked(server, sql), of=snapshot("decimal")).assets[0].total == 10000001


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("1.5::float8", "amount-float"),
        ("1.5::float4", "amount-float"),
        ("1.5::money", "column-type"),
        ("true", "column-type"),
        ("now()", "column-type"),
        ("'NaN'::numeric", "amount-malformed"),
        ("'Infinity'::numeric", "amount-malformed"),
        ("1.5::numeric", "amount-malformed"),
        ("NULL::numeric", "amount-null"),
        ("-1::numeric", "amount-negative"),
    ],
)
def test_what_is_no_exact_amount_is_refused(server, amount, code):
    with pytest.raises(InputError) as error:
        build(**asked(server, f"SELECT 'a' AS account_id, 'BTC' AS asset, {amount} AS amount"))
    assert error.value.code == code
    assert error.value.message.startswith("postgresql: ")


def test_ids_of_the_databases_own_types(server):
    server.run("DROP TYPE IF EXISTS coin CASCADE", "CREATE TYPE coin AS ENUM ('BTC', 'JPY')")
    sql = (
        "SELECT '00000000-0000-0000-0000-00000000000a'::uuid AS account_id, 'BTC'::coin AS asset, 1 AS amount "
        "UNION ALL SELECT '00000000-0000-0000-0000-00000000000b', 'JPY', 2"
    )
    assert rows(**asked(server, sql)) == [
        ("00000000-0000-0000-0000-00000000000a", "BTC", 1),
        ("00000000-0000-0000-0000-00000000000b", "JPY", 2),
    ]
    with pytest.raises(InputError) as error:
        rows(**asked(server, "SELECT 7 AS account_id, 'BTC' AS asset, 1 AS amount"))
    assert error.value.code == "column-type"


def test_names_classes_and_wide_tables_as_in_files(server):
    sql = "SELECT 'a' AS login, 'BTC' AS coin, 5 AS bal, 'pending withdrawal' AS kind, now() AS updated"
    names = {"account_id": "login", "asset": "coin", "amount": "bal", "class_column": "kind", "ignored": ("updated",)}
    assert rows(**asked(server, sql, **names)) == [("a", "BTC:pending-withdrawal", 5)]
    cells = "('a', 5.00::numeric(20,2), NULL::bigint), ('b', NULL, 7)"
    sql = f'SELECT * FROM (VALUES {cells}) AS t(account_id, "BTC", "JPY")'
    assert rows(**asked(server, sql, layout="wide")) == [("a", "BTC", "5"), ("b", "JPY", "7")]


def test_changes_while_it_is_read_do_not_show(table, tmp_path):
    """Everything is changed and committed between the first look at the query and its answer."""
    seen = []
    for part in ledger.read([], options=LedgerOptions(**asked(table))):
        table.run(
            "DELETE FROM ledger WHERE account_id LIKE 'alice%'",
            "UPDATE ledger SET amount = amount + 1",
            "INSERT INTO ledger VALUES ('late@example.jp', 'BTC', 1000)",
        )
        seen += part.feed(lambda stream: stream.fetchall())
    assert seen == [(who, asset, str(amount)) for who, asset, amount in sorted(ROWS)]
    assert len(rows(**asked(table))) == len(ROWS) - 2 + 1


def change_while_waiting(server, held, changes):
    """Wait until the reader waits for the lock that `held` has, commit the changes, and let it go on."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with server.connect() as connection, connection.cursor() as cursor:
        for _ in range(400):
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                break
            time.sleep(0.02)
        else:
            raise AssertionError("the reader never came to the lock")
        for change in changes:
            cursor.execute(change)
    held.execute("SELECT pg_advisory_unlock(7)")
    assert held.fetchone() == (True,)


def test_changes_in_the_middle_of_the_answer_do_not_show(server):
    """Half way the query waits while everything is changed and committed; then its functions look again."""
    server.run(
        "DROP TABLE IF EXISTS many, rate",
        "CREATE TABLE many AS SELECT 'u' || i AS account_id, i FROM generate_series(1, 1000) AS i",
        "CREATE TABLE rate AS SELECT 3::bigint AS factor",
        "CREATE OR REPLACE FUNCTION factor(i bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$ BEGIN "
        "IF i = 500 THEN PERFORM pg_advisory_lock(7); PERFORM pg_advisory_unlock(7); END IF; "
        "RETURN (SELECT max(rate.factor) FROM rate); END $$",
    )
    changes = ["UPDATE rate SET factor = 1", "DELETE FROM many WHERE i % 2 = 0"]
    sql = "SELECT account_id, 'BTC' AS asset, i * factor(i) AS amount FROM many ORDER BY i"
    with server.connect() as connection, connection.cursor() as held:
        held.execute("SELECT pg_advisory_lock(7)")
        held.fetchall()
        other = threading.Thread(target=change_while_waiting, args=(server, held, changes))
        other.start()
        manifest = build(**asked(server, sql))
        other.join()
    assert (manifest.assets[0].count, manifest.assets[0].total) == (1000, 3 * 1000 * 1001 // 2)
    after = build(**asked(server, "SELECT account_id, 'BTC' AS asset, i AS amount FROM many"))
    assert after.assets[0].count == 500


def test_the_transaction_is_read_only(table):
    table.run(
        "CREATE OR REPLACE FUNCTION spoil() RETURNS bigint LANGUAGE sql AS 'DELETE FROM ledger; SELECT 1::bigint'"
    )
    with pytest.raises(InputError) as error:
        rows(**asked(table, "SELECT 'a' AS account_id, 'BTC' AS asset, spoil() AS amount"))
    assert (error.value.code, "read-only" in error.value.message) == ("postgres-query", True)
    assert len(rows(**asked(table))) == len(ROWS)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT nothing FROM ledger", 'column "nothing" does not exist'),
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELEC 1", "syntax error"),
        ("SELECT 1; DELETE FROM ledger", "syntax error"),
        ("DELETE FROM ledger RETURNING *", "syntax error"),
    ],
)
def test_a_wrong_query_is_told_in_the_servers_words(table, sql, said):
    with pytest.raises(InputError) as error:
        rows(**asked(table, sql))
    assert (error.value.code, said in error.value.message) == ("postgres-query", True), error.value.message
    assert len(rows(**asked(table))) == len(ROWS)


def test_what_a_failing_row_holds_is_not_told(table):
    with pytest.raises(SourceError) as error:
        rows(**asked(table, "SELECT account_id, asset, account_id::bigint AS amount FROM ledger"))
    assert (error.value.code, error.value.message) == ("postgres-failed", "postgresql: the query failed on a row")
    assert "alice" not in error.value.hint


def test_a_column_that_stands_twice(server):
    with pytest.raises(InputError) as error:
        rows(**asked(server, "SELECT 'a' AS account_id, 'BTC' AS asset, 1 AS amount, 2 AS amount"))
    assert error.value.code in ("ledger-columns", "postgres-query")


def test_a_comment_or_a_semicolon_at_the_end_does_no_harm(table, tmp_path):
    path = tmp_path / "ledger.sql"
    path.write_text(f"-- all of it\n{ALL} -- really\n;\n")
    query = postgres_query(str(path), uri_file=None, environment={"POR_POSTGRES_URI": table.uri})
    assert len(rows(postgres=query)) == len(ROWS)


@pytest.mark.parametrize(
    "uri",
    ["postgresql://user:geheim@127.0.0.1:1/x", "postgresql:///x?host=/nowhere&password=geheim"],
)
def test_a_server_out_of_reach_is_told_without_the_password(uri):
    with pytest.raises(SourceError) as error:
        rows(postgres=PostgresQuery(sql=ALL, uri=uri))
    assert (error.value.code, error.value.message) == ("postgres-unreachable", "postgresql: no connection")
    assert "geheim" not in error.value.hint + repr(PostgresQuery(sql=ALL, uri=uri))


def test_a_server_that_goes_away_while_it_is_read(server):
    sql = "SELECT 'u' || i AS account_id, 'BTC' AS asset, i AS amount FROM generate_series(1, 3000000) AS i"
    ended = []

    def end(rows):
        if not ended:
            ended.append(True)
            server.run(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    with pytest.raises(SourceError) as error:
        build(**asked(server, sql), progress=end)
    assert error.value.code == "postgres-unreachable"


def test_where_the_uri_comes_from(tmp_path):
    file = tmp_path / "uri"
    file.write_text("postgresql:///from-file\n")
    given = {"POR_POSTGRES_URI": "postgresql:///from-environment"}
    assert postgres_query("SELECT 1", uri_file=file, environment=given).uri == "postgresql:///from-file"
    assert postgres_query("SELECT 1", uri_file=None, environment=given).uri == "postgresql:///from-environment"
    assert postgres_query("SELECT 1", uri_file=None, environment={"PGSERVICE": "ledger"}).uri == "postgresql://"
    for environment in ({}, {"POR_POSTGRES_URI": "host=db password=geheim"}):
        with pytest.raises(UsageError) as error:
            postgres_query("SELECT 1", uri_file=None, environment=environment)
        assert error.value.code == "postgres-uri"
        assert "geheim" not in error.value.message


def test_a_query_is_sql_or_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my ledger.sql").write_text("SELECT 2;")
    environment = {"PGHOST": "db"}
    assert postgres_query("my ledger.sql", uri_file=None, environment=environment).sql == "SELECT 2"
    assert postgres_query("SELECT 3", uri_file=None, environment=environment).sql == "SELECT 3"
    with pytest.raises(InputError) as error:
        postgres_query("ledgre.sql", uri_file=None, environment=environment)
    assert error.value.code == "file-missing"


def test_files_and_a_database_do_not_go_together(table, tmp_path):
    with pytest.raises(UsageError) as error:
        build(write_csv(tmp_path / "ledger.csv"), **asked(table))
    assert error.value.code == "ledger-options"
    with pytest.raises(UsageError) as error:
        build()
    assert error.value.code == "ledger-missing"
