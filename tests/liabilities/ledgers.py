"""Ledgers for tests: rows into CSV and Parquet files, and the snapshot they belong to."""

import csv
from pathlib import Path

from por.liabilities.keys import snapshot_key
from por.snapshot import AssetSettings, Header, Snapshot

MASTER_KEY = bytes(range(32))
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of="2026-11-20T15:00:00Z", sequence=7)
SNAPSHOT_KEY = snapshot_key(MASTER_KEY, HEADER.id)

ROWS = [
    ("alice@example.jp", "BTC", 150000000),
    ("alice@example.jp", "JPY", 1200000),
    ("bob@example.jp", "BTC", 1),
    ("carol@example.jp", "BTC:lent", 2**64),
    ("dave@example.jp", "BTC", 0),
]


def snapshot(amounts="base-units", **assets):
    """A snapshot of BTC, BTC:lent, ETH (nobody has any) and JPY, or of the assets given."""
    of = {name.replace("_", ":"): settings for name, settings in assets.items()} or {
        "BTC": AssetSettings(decimals=8),
        "BTC:lent": AssetSettings(decimals=8),
        "ETH": AssetSettings(decimals=18),
        "JPY": AssetSettings(decimals=0),
    }
    return Snapshot(header=HEADER, amounts=amounts, account_id_kind="login e-mail", assets=dict(sorted(of.items())))


def write_csv(path: Path, rows=ROWS, header=("account_id", "asset", "amount")) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows=ROWS, amount=None, names=("account_id", "asset", "amount")) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    arrays = [
        pa.array(columns[0], pa.string()),
        pa.array(columns[1], pa.string()),
        pa.array(columns[2], amount or pa.decimal128(38, 0)),
    ]
    pq.write_table(pa.table(dict(zip(names, arrays, strict=True))), path)
    return path
