"""Ledgers to time with, made by DuckDB: the same rows each time."""

from collections.abc import Mapping
from pathlib import Path

HEAD = """
[snapshot]
issuer = "Example Exchange K.K."
scope = "benchmark"
as_of = "2026-11-20T15:00:00Z"
sequence = 1
[ledger]
amounts = "base-units"
account_id_kind = "login e-mail"
"""

BIG = ("JPY", "BTC", "ETH", "XRP")
LENT = ("BTC:lent", "ETH:lent", "XRP:staked", "SOL", "DOT", "ADA")
TAIL = 140
"""4 + 6 + 140 = 150 assets; an account has one of each group, so that no row stands twice."""


def write_snapshot(folder: Path, assets: Mapping[str, int]) -> None:
    tables = "".join(f'[assets."{code}"]\ndecimals = {decimals}\n' for code, decimals in assets.items())
    (folder / "snapshot.toml").write_text(HEAD + tables)


def one_asset(folder: Path, rows: int, *, csv: bool = False) -> Path:
    """`rows` accounts that have BTC: ledger.parquet (and ledger.csv)."""
    import duckdb

    select = (
        "SELECT 'user' || lpad(range::VARCHAR, 8, '0') || '@example.jp' AS account_id, 'BTC' AS asset, "
        f"(hash(range) % 100000000000)::BIGINT AS amount FROM range({rows})"
    )
    path = folder / "ledger.parquet"
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    if csv:
        duckdb.sql(f"COPY ({select}) TO '{folder}/ledger.csv' (FORMAT csv, HEADER)")
    write_snapshot(folder, {"BTC": 8})
    return path


def long_tail(folder: Path, accounts: int) -> Path:
    """Three balances an account over 150 assets: a few with millions of holders, most with thousands, some classes."""
    import duckdb

    def pick(codes: tuple[str, ...]) -> str:
        listed = ", ".join(f"'{code}'" for code in codes)
        return f"([{listed}])[1 + (hash(account * 7 + kind) % {len(codes)})::INT]"

    tail = (
        f"'COIN' || lpad(floor({TAIL} * power((hash(account * 7 + 2) % 1000000) / 1000000.0, 6))::INT::VARCHAR, 3, '0')"
    )
    select = (
        "SELECT 'user' || lpad(account::VARCHAR, 8, '0') || '@example.jp' AS account_id, "
        f"CASE kind WHEN 0 THEN {pick(BIG)} WHEN 1 THEN {pick(LENT)} ELSE {tail} END AS asset, "
        "(hash(range) % 100000000000)::BIGINT AS amount "
        f"FROM (SELECT range, range // 3 AS account, range % 3 AS kind FROM range({3 * accounts}))"
    )
    path = folder / "tail.parquet"
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    write_snapshot(folder, dict.fromkeys((*BIG, *LENT, *(f"COIN{number:03}" for number in range(TAIL))), 8))
    return path
