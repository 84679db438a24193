"""The ledger's options on the command line: the exchange and the auditor read one ledger in one way."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from tests.conftest import Ran, World, por


def build(world: World, folder: Path, *words: object) -> Ran:
    return por(
        *("liabilities", "build", *words, "--snapshot", world.folder / "first.toml"),
        *("--master-key", world.secret / "master.key", "-o", folder / "out", "--json"),
    )


def audit(world: World, *words: object) -> Ran:
    return por(
        *("audit", world.publication, "--key", world.key, "--snapshot", world.folder / "first.toml"),
        *("--snapshot-key", world.folder / "key", "--json", *words),
    )


def rebuilt(ran: Ran) -> str:
    return next(check["outcome"] for check in ran.document["checks"] if check["id"] == "liabilities-rebuilt")


def rows(world: World) -> list[dict[str, str]]:
    with world.ledger.open(newline="") as file:
        return list(csv.DictReader(file))


def wide(world: World, path: Path) -> Path:
    """The same ledger with a column for each asset."""
    assets = sorted({row["asset"] for row in rows(world)})
    accounts: dict[str, dict[str, str]] = {}
    for row in rows(world):
        accounts.setdefault(row["account_id"], {"login": row["account_id"]})[row["asset"]] = row["amount"]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["login", *assets], restval="")
        writer.writeheader()
        writer.writerows(accounts.values())
    return path


def test_an_auditor_rebuilds_from_a_wide_and_a_compressed_ledger(world: World, tmp_path: Path) -> None:
    table = wide(world, tmp_path / "wide.csv")
    assert rebuilt(audit(world, "--ledger", table, "--layout", "wide", "--column", "account_id=login")) == "holds"
    packed = tmp_path / "ledger.csv.gz"
    packed.write_bytes(gzip.compress(world.ledger.read_bytes()))
    assert rebuilt(audit(world, "--ledger", packed)) == "holds"
    (tmp_path / "folder").mkdir()
    packed.rename(tmp_path / "folder" / packed.name)
    assert rebuilt(audit(world, "--ledger", tmp_path / "folder")) == "holds"


def test_an_auditor_rebuilds_from_a_wide_packed_table_with_classes_within_a_bound(world: World, tmp_path: Path) -> None:
    """One line for each account and kind, a column for each coin; the auditor's options are the exchange's."""
    coins = sorted({row["asset"].partition(":")[0] for row in rows(world)})
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows(world):
        coin, _, kind = row["asset"].partition(":")
        key = (row["account_id"], kind or "spot")
        lines.setdefault(key, {"login": key[0], "wallet": key[1], "updated": "2026-11-20"})[coin] = row["amount"]
    assert len({kind for _, kind in lines}) > 1, "the example has balances of more than one kind"
    plain = tmp_path / "wide.csv"
    with plain.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["login", "wallet", *coins, "updated"], restval="")
        writer.writeheader()
        writer.writerows(lines.values())
    packed = tmp_path / "wide.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    how = ("--layout", "wide", "--column", "account_id=login", "--class-column", "wallet", "--ignore-column", "updated")
    bound = ("--memory", "256MiB", "--threads", "1")
    assert rebuilt(audit(world, "--ledger", packed, *how, *bound)) == "holds"
    cell = next(row for row in lines.values() if row.get(coins[0]))
    cell[coins[0]] = str(int(cell[coins[0]]) + 1)
    with plain.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["login", "wallet", *coins, "updated"], restval="")
        writer.writeheader()
        writer.writerows(lines.values())
    assert rebuilt(audit(world, "--ledger", plain, *how, *bound)) == "does-not-hold"
    assert audit(world, "--ledger", packed, *how, "--memory", "1MB").document["error"]["code"] == "memory-size"


def test_an_auditors_control_totals(world: World, tmp_path: Path) -> None:
    figures: dict[str, list[int]] = {}
    for row in rows(world):
        found = figures.setdefault(row["asset"], [0, 0])
        found[0], found[1] = found[0] + 1, found[1] + int(row["amount"])
    control = tmp_path / "control.csv"
    control.write_text("asset,rows,sum\n" + "".join(f"{asset},{n},{total}\n" for asset, (n, total) in figures.items()))
    assert rebuilt(audit(world, "--ledger", world.ledger, "--control-totals", control)) == "holds"
    asset, (count, total) = next(iter(figures.items()))
    control.write_text(control.read_text().replace(f"{asset},{count},{total}\n", f"{asset},{count + 1},{total}\n"))
    ran = build(world, tmp_path, world.ledger, "--control-totals", control)
    assert ran.code == 3, ran.out
    assert f"{asset}: {count} rows in the ledger, {count + 1} stated" in ran.document["error"]["message"]
    assert not (tmp_path / "out").exists()


def test_a_build_names_every_fault_and_the_document_has_them_too(world: World, tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("account_id,asset,amount\na,ETH,-1\nb,DOGE,1\nc d,ETH,1\n")
    ran = build(world, tmp_path, path)
    message = ran.document["error"]["message"]
    assert ran.code == 3
    for words in ("row 1", "amount-negative", "asset-unknown: 1 row: 2", "account-id-malformed: 1 row: 3"):
        assert words in message


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no ledger"),
        (["l.csv", "--column", "login"], "--column takes account_id=NAME"),
        (["l.csv", "--layout", "wide", "--column", "asset=ccy"], "a wide ledger has no columns asset and amount"),
        (["l.csv", "--ignore-column", "amount"], "a column is named for two things"),
        (["--postgres-uri-file", "uri"], "--postgres-uri-file without a query"),
        (["--postgres-query", "SELECT 1"], "no connection URI for PostgreSQL"),
        (["s3://key:geheim@bucket/l.csv"], "a ledger's URL has no user"),
    ],
)
def test_what_does_not_go_together_is_a_matter_of_usage(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    for name in ("POR_POSTGRES_URI", "PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    ran = build(world, tmp_path, *words)
    assert ran.code == 2, ran.out
    assert said in ran.document["error"]["message"]
    assert "geheim" not in ran.out + ran.err


def test_an_auditor_without_a_key_of_the_snapshot(world: World) -> None:
    ran = por("audit", world.publication, "--key", world.key, "--postgres-query", "SELECT 1", "--json")
    assert ran.code == 2
