"""What por.toml says of the ledger: the options of a build, judged at once, and what a ledger is known again by."""

from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from por.errors import InputError, PorError, SourceError
from por.liabilities import ledger
from por.pipeline.config import load_config
from por.pipeline.ledger import LedgerPlan
from por.snapshot import AssetSettings
from tests.liabilities.ledgers import ROWS, snapshot, write_csv, write_parquet
from tests.liabilities.reading import rows
from tests.liabilities.test_sources_stores import Ranges

REST = """
snapshot = "snapshot.toml"
wallets = "wallets.csv"
control = "control"
prices = "prices.csv"
policy = "demo"

[keys]
master = "master.key"
attestation = "attest.pem"

[nodes]

[output]
work = "work"
log = "log"
publication = "publication"

"""


def plan(folder: Path, inputs: str, liabilities: str = "", environment: dict[str, str] | None = None) -> LedgerPlan:
    path = folder / "por.toml"
    path.write_text(f"[inputs]\n{inputs}\n{REST}[liabilities]\n{liabilities}\n")
    return load_config(path, environment=environment or {}).ledger


def read(found: LedgerPlan) -> list[tuple[Any, ...]]:
    return [row for part in ledger.read(found.where, options=found.reading()) for row in part.feed(fetch)]


def fetch(stream: Any) -> list[tuple[Any, ...]]:
    return list(stream.fetchall())


def test_files_folders_and_patterns_are_those_beside_the_file(tmp_path: Path) -> None:
    strange = tmp_path / "por[1]*"  # no pattern, whatever the folder is called
    (strange / "parts").mkdir(parents=True)
    half = len(ROWS) // 2
    write_csv(strange / "parts/a.csv", ROWS[:half])
    write_parquet(strange / "parts/b.parquet", ROWS[half:])
    whole = sorted(rows(write_csv(tmp_path / "whole.csv")))
    for named in (["parts"], ["parts/*"], ["parts/a.csv", "parts/*.parquet"], [str(strange / "parts")]):
        found = read(plan(strange, f"ledger = {named}".replace("'", '"')))
        assert sorted((who, asset, str(amount)) for who, asset, amount in found) == whole, named


def test_every_option_is_the_builds(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        'ledger = ["ledger.csv"]\ncontrol_totals = "control.csv"',
        """
        column = { account_id = "login", asset = "currency", amount = "balance" }
        class_column = "kind"
        ignore_column = ["updated", "note"]
        negative = "exclude"
        sum_duplicates = true
        pieces = { BTC = 8, JPY = 1 }
        split_above = { BTC = "1000" }
        memory = "512MiB"
        threads = 3
        """,
    )
    options = found.reading()
    assert (options.account_id, options.asset, options.amount) == ("login", "currency", "balance")
    assert (options.class_column, options.ignored) == ("kind", ("updated", "note"))
    assert (options.negative, options.sum_duplicates, options.layout) == ("exclude", True, "long")
    assert options.control_totals == tmp_path / "control.csv"
    assert (found.memory, found.threads) == (512 << 20, 3)
    before = snapshot(BTC=AssetSettings(decimals=8), JPY=AssetSettings(decimals=0, pieces=4, split_above=7))
    split = found.split(before).assets
    assert (split["BTC"].pieces, split["BTC"].split_above) == (8, 1000)
    assert (split["JPY"].pieces, split["JPY"].split_above) == (1, 0)
    assert plan(tmp_path, 'ledger = ["wide.csv"]', 'layout = "wide"').reading().layout == "wide"


@pytest.mark.parametrize(
    ("inputs", "liabilities", "code", "said"),
    [
        ("", "", "config-ledger", "neither ledger nor postgres_query"),
        ("ledger = []", "", "config-ledger", "neither ledger nor postgres_query"),
        ('ledger = ["a.csv"]\npostgres_query = "a.sql"', "", "config-ledger", "both ledger and postgres_query"),
        ('ledger = ["a.csv"]\npostgres_uri_file = "u"', "", "config-ledger", "without postgres_query"),
        ('ledger = ["a.csv"]', 'ignore_column = ["amount"]', "config-liabilities", "for two things"),
        (
            'ledger = ["a.csv"]',
            'layout = "wide"\ncolumn = { asset = "ccy" }',
            "config-liabilities",
            "a wide ledger has no columns asset and amount",
        ),
        ('ledger = ["a.csv"]', "pieces = { BTC = 1000 }", "config-liabilities", "--pieces BTC=1000"),
        ('ledger = ["a.csv"]', 'split_above = { BTC = "1.5" }', "config-liabilities", "--split-above BTC"),
        ('ledger = ["a.csv"]', 'memory = "plenty"', "config-liabilities", "no amount of memory"),
        ('ledger = ["a.csv"]', "threads = 1000", "document-malformed", "liabilities.threads"),
        ('ledger = ["a.csv"]', 'columns = ["a=b"]', "document-unknown-key", "liabilities.columns"),
        ('ledger = ["a.csv"]', 'column = { login = "a" }', "document-unknown-key", "liabilities.column.login"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_opened(
    tmp_path: Path, inputs: str, liabilities: str, code: str, said: str
) -> None:
    with pytest.raises(InputError) as error:
        plan(tmp_path, inputs, liabilities)
    assert error.value.code == code and said in error.value.message and error.value.hint
    assert error.value.message.startswith("por.toml: ")


def test_splitting_of_an_asset_that_the_snapshot_lacks(tmp_path: Path) -> None:
    found = plan(tmp_path, 'ledger = ["a.csv"]', "pieces = { DOGE = 8 }")
    with pytest.raises(InputError) as error:
        found.split(snapshot())
    assert (error.value.code, "DOGE" in error.value.message) == ("config-liabilities", True)


def test_what_is_known_again_follows_the_contents_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write_csv(tmp_path / "parts/a.csv", ROWS[:2])
    (tmp_path / "control.csv").write_text("asset,rows,sum\n")
    made = lambda: plan(tmp_path, 'ledger = ["parts"]\ncontrol_totals = "control.csv"').identity()  # noqa: E731
    first = made()
    assert None not in first.values()
    (tmp_path / "parts/_SUCCESS").write_text("no part of the ledger")
    (tmp_path / "parts/a.csv").touch()
    assert made() == first
    (tmp_path / "parts/b.csv.gz").write_bytes(gzip.compress(b"account_id,asset,amount\n"))
    second = made()
    assert second != first
    (tmp_path / "parts/a.csv").write_bytes((tmp_path / "parts/a.csv").read_bytes().replace(b"\n", b"\r\n"))
    third = made()
    assert third != second
    (tmp_path / "control.csv").write_text("asset,rows,sum\nBTC,1,1\n")
    assert made() != third
    (tmp_path / "parts/a.csv").unlink()
    (tmp_path / "parts/b.csv.gz").unlink()
    with pytest.raises(InputError) as error:
        made()
    assert error.value.code == "ledger-folder"


def test_what_is_known_again_follows_all_that_changes_the_trees_and_nothing_else(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    named = 'ledger = ["a.csv"]'
    changes = [
        'layout = "wide"',
        'column = { account_id = "login" }',
        'column = { asset = "login" }',
        'class_column = "login"',
        'ignore_column = ["login"]',
        'negative = "exclude"',
        "sum_duplicates = true",
    ]
    found = [plan(tmp_path, named, text).identity()["options"] for text in ("", *changes)]
    assert len(set(found)) == len(found)
    assert plan(tmp_path, named, 'memory = "1GB"\nthreads = 2').identity()["options"] == found[0]
    # Splitting is part of the snapshot that is built.
    assert plan(tmp_path, named, "pieces = { BTC = 8 }").identity()["options"] == found[0]


class Tagged(Ranges):
    """The store of the other tests, with an ETag."""

    def end_headers(self) -> None:
        if self.server.etag:  # type: ignore[attr-defined]
            self.send_header("ETag", self.server.etag)  # type: ignore[attr-defined]
        super().end_headers()


@pytest.fixture
def store() -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tagged) as found:
        found.objects = {"/ledger.csv": b"account_id,asset,amount\na,BTC,1\n"}  # type: ignore[attr-defined]
        found.etag = None  # type: ignore[attr-defined]
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_an_object_is_known_by_the_stores_etag_alone(tmp_path: Path, store: Any) -> None:
    url = f"http://127.0.0.1:{store.server_port}/ledger.csv"
    found = plan(tmp_path, f'ledger = ["{url}"]')
    name = f"ledger 0 {url}"
    assert rows(*found.where) == [("a", "BTC", "1")]
    assert found.identity()[name] is None
    store.etag = 'W/"weak"'
    assert found.identity()[name] is None, "a weak one is shared by contents that differ"
    store.etag = '"one"'
    first = found.identity()
    assert first[name] is not None and found.identity() == first
    store.etag = '"two"'
    assert found.identity() != first
    store.shutdown()
    store.server_close()
    with pytest.raises(SourceError) as error:
        found.identity()
    assert error.value.code == "store-unreachable"


def test_a_store_without_etags_is_read_again(tmp_path: Path) -> None:
    with fsspec.open("memory://por-plan/ledger.csv", "wb") as file:
        file.write(b"account_id,asset,amount\na,BTC,1\n")
    try:
        found = plan(tmp_path, 'ledger = ["memory://por-plan/ledger.csv"]').identity()
    finally:
        fsspec.filesystem("memory").rm("/por-plan", recursive=True)
    assert [value for name, value in found.items() if name.startswith("ledger")] == [None]


def test_a_query_stands_in_a_file_or_in_the_line_and_its_answer_is_never_known_again(tmp_path: Path) -> None:
    (tmp_path / "ledger.sql").write_text("SELECT * FROM ledger;\n")
    (tmp_path / "uri").write_text("postgresql:///x?password=geheim\n")
    from_file = plan(tmp_path, 'postgres_query = "ledger.sql"\npostgres_uri_file = "uri"')
    in_line = plan(
        tmp_path, 'postgres_query = "SELECT * FROM ledger"', environment={"POR_POSTGRES_URI": "postgresql:///x"}
    )
    queries = [found.reading().postgres for found in (from_file, in_line)]
    assert [query.sql for query in queries if query] == ["SELECT * FROM ledger"] * 2
    assert queries[0] and queries[0].uri == "postgresql:///x?password=geheim"
    assert from_file.identity() == in_line.identity()
    assert from_file.identity()["answer"] is None
    assert "geheim" not in repr(from_file.identity()) + repr(from_file)
    other = plan(tmp_path, 'postgres_query = "SELECT * FROM other"', environment={"POR_POSTGRES_URI": "postgresql:"})
    with pytest.raises(PorError) as error:
        other.identity()
    assert error.value.code == "postgres-uri"
