"""A run over ledgers of other kinds than one CSV file: the trees of the same rows, known again or read again."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from por.liabilities.manifest import Manifest
from tests import postgres
from tests.conftest import good
from tests.pipeline.conftest import Night

LINE = 'ledger = ["ledger.csv"]\n'


def told(night: Night, inputs: str, liabilities: str = "") -> None:
    text = night.config.read_text()
    assert LINE in text
    night.config.write_text(text.replace(LINE, inputs + "\n") + f"\n[liabilities]\n{liabilities}\n")


def built(folder: Path) -> Manifest:
    return Manifest.from_bytes((folder / "liabilities.json").read_bytes(), where="liabilities.json")


def by_command(night: Night, *words: object) -> Manifest:
    """What the command makes of the ledger as it was given."""
    out = night.folder / "by-command"
    good(
        *("liabilities", "build", night.folder / "ledger.csv", "--snapshot", night.folder / "snapshot.toml"),
        *("--master-key", night.folder / "secret/master.key", "-o", out, *words),
    )
    return built(out)


def ran(night: Night, *words: object) -> list[bool]:
    found = night.run(*words, "--json")
    assert found.code == 1, found.out + found.err
    return [step["ran"] for step in found.document.get("steps", [])]


def rows(night: Night) -> list[dict[str, str]]:
    with (night.folder / "ledger.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_of_packed_files_with_control_totals_and_other_splitting(night: Night) -> None:
    lines = (night.folder / "ledger.csv").read_text().splitlines(keepends=True)
    (night.folder / "parts/2026-11").mkdir(parents=True)
    for number in range(3):
        part = night.folder / f"parts/2026-11/part-{number}.csv.gz"
        part.write_bytes(gzip.compress("".join([lines[0], *lines[1 + number :: 3]]).encode(), mtime=0))
    figures: dict[str, list[int]] = {}
    for row in rows(night):
        found = figures.setdefault(row["asset"], [0, 0])
        found[0], found[1] = found[0] + 1, found[1] + int(row["amount"])
    (night.folder / "control.csv").write_text(
        "asset,rows,sum\n" + "".join(f"{asset},{count},{total}\n" for asset, (count, total) in figures.items())
    )
    told(
        night,
        'ledger = ["parts"]\ncontrol_totals = "control.csv"',
        'pieces = { ETH = 4 }\nsplit_above = { ETH = "1000" }\nmemory = "300MB"\nthreads = 1',
    )
    checked = night.run("--check", "--json").document["checks"]
    assert next(row for row in checked if row["id"] == "ledger")["outcome"] == "holds"
    assert ran(night) == [True, True, True]
    wanted = by_command(night, "--pieces", "ETH=4", "--split-above", "ETH=1000")
    assert built(night.folder / "work/liabilities") == built(night.publication()) == wanted
    assert ran(night) == [False, False, False]
    audited = good(
        *("audit", night.publication(), "--key", night.key, "--ledger", night.folder / "parts", "--json"),
        *("--snapshot", night.folder / "snapshot.toml", "--snapshot-key", snapshot_key(night)),
        code=1,
    )
    rebuilt = next(row for row in audited.document["checks"] if row["id"] == "liabilities-rebuilt")
    assert rebuilt["outcome"] == "holds", "an auditor takes the splitting that was signed"
    (night.folder / "control.csv").write_text("asset,rows,sum\n")
    assert night.run("--json").document["error"]["code"] == "control-totals-differ"
    checked = night.run("--check", "--json").document["checks"]
    assert next(row for row in checked if row["id"] == "ledger")["outcome"] == "does-not-hold"


def snapshot_key(night: Night) -> Path:
    path = night.folder / "secret/snapshot.key"
    good(
        *("keys", "snapshot", "--master-key", night.folder / "secret/master.key", "--no-passphrase"),
        *("--snapshot", night.folder / "snapshot.toml", "-o", path),
    )
    return path


def test_a_wide_table_with_names_of_its_own(night: Night) -> None:
    accounts: dict[str, dict[str, str]] = {}
    for row in rows(night):
        found = accounts.setdefault(row["account_id"], {"login": row["account_id"], "name": "x"})
        found[row["asset"]] = row["amount"]
    assets = sorted({row["asset"] for row in rows(night)})
    with (night.folder / "wide.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["login", "name", *assets], restval="")
        writer.writeheader()
        writer.writerows(accounts.values())
    told(
        night,
        'ledger = ["*ide.csv"]',
        'layout = "wide"\ncolumn = { account_id = "login" }\nignore_column = ["name"]',
    )
    assert night.run("--draft").code == 1
    assert built(night.folder / "work/liabilities") == by_command(night)


def test_a_column_of_classes_and_rows_that_are_added_up(night: Night) -> None:
    with (night.folder / "kinds.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["account_id", "asset", "kind", "amount"])
        for row in rows(night):
            base, _, kind = row["asset"].partition(":")
            writer.writerow([row["account_id"], base, kind or "spot", row["amount"]])
            writer.writerow([row["account_id"], base, kind or "spot", "0"])
    told(night, 'ledger = ["kinds.csv"]', 'class_column = "kind"\nsum_duplicates = true')
    assert night.run("--draft").code == 1
    assert built(night.folder / "work/liabilities") == by_command(night)


@pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL is not installed (Debian: postgresql)")
def test_a_database_is_asked_again_until_the_statement_is_out(night: Night) -> None:
    values = ", ".join(f"('{row['account_id']}', '{row['asset']}', {row['amount']})" for row in rows(night))
    with postgres.started() as server:
        server.run(
            "CREATE TABLE ledger (account_id text, asset text, amount numeric)",
            f"INSERT INTO ledger VALUES {values}",
        )
        (night.folder / "ledger.sql").write_text("SELECT account_id, asset, amount FROM ledger -- as it stands\n")
        (night.folder / "secret/uri").write_text(server.uri + "\n")
        told(night, 'postgres_query = "ledger.sql"\npostgres_uri_file = "secret/uri"')
        ledger = next(row for row in night.run("--check", "--json").document["checks"] if row["id"] == "ledger")
        assert ledger["outcome"] == "holds" and "read again by each run" in ledger["detail"]
        assert night.run("--draft").code == 1
        assert built(night.folder / "work/liabilities") == by_command(night)
        assert ran(night) == [True, False, True], "between draft and signature balances could have moved"
        before = night.written()
        server.run("INSERT INTO ledger VALUES ('late@example.jp', 'JPY', 1)")
        assert ran(night) == [False, False, False], "the trees of a statement that is out stay, with its proofs"
        assert night.written() == before
        (night.folder / "ledger.sql").write_text("SELECT account_id, asset, amount FROM ledger\n")
        assert night.run("--json").document["error"]["code"] == "sequence-taken", "another query is another input"
        correction = night.run("--replaces", "2", "--reason", "an account was missing", "--json")
        assert correction.code == 1, correction.err
        assert built(night.publication(3)) != built(night.publication())
    secret = str(server.folder).encode()
    for path in night.folder.rglob("*"):
        assert not path.is_file() or path.parent.name == "secret" or secret not in path.read_bytes(), path
