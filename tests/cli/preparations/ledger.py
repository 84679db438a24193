"""What ledgers come out of: a database, a file that somebody still writes to, a machine with hardly any memory."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from por.liabilities import memory
from por.liabilities.sources.files import FileSource
from por.liabilities.sources.postgres import LIBPQ_VARIABLES, URI_VARIABLE
from tests import postgres
from tests.cli.stage import Stage, preparation


@preparation("postgres")
def server(stage: Stage, *statements: str) -> None:
    """`setup postgres 'CREATE TABLE ...'`: a server of its own; the file uri.txt says where, as $URI does."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    found = stage.stack.enter_context(postgres.started())
    found.run(*statements)
    stage.variables["URI"] = found.uri
    (stage.folder / "uri.txt").write_text(found.uri + "\n")


@preparation("no-postgres")
def nowhere(stage: Stage) -> None:
    """`setup no-postgres`: nothing in the environment says where a database would be."""
    for name in (URI_VARIABLE, *LIBPQ_VARIABLES):
        stage.monkeypatch.delenv(name, raising=False)


@preparation("gzip")
def packed(stage: Stage, name: str) -> None:
    """`setup gzip ledger.csv`: the file as ledger.csv.gz."""
    (stage.folder / f"{name}.gz").write_bytes(gzip.compress((stage.folder / name).read_bytes(), mtime=0))


@preparation("still-written")
def still_written(stage: Stage, line: str) -> None:
    """`setup still-written 'carol,ETH,1'`: somebody adds a line to each file between its last row and the end."""
    unchanged = FileSource.unchanged

    def look(source: FileSource) -> None:
        with Path(source.place.name).open("a") as file:
            file.write(line + "\n")
        unchanged(source)

    stage.monkeypatch.setattr(FileSource, "unchanged", look)


@preparation("little-memory")
def little_memory(stage: Stage, kernel: str, duckdb: str) -> None:
    """`setup little-memory 1 1`: what a bound leaves to the kernel or the sorting, and to reading files, in MiB."""
    shares = memory.Shares(kernel=int(kernel) << 20, duckdb=int(duckdb) << 20)
    for module in ("build", "prove_all"):
        stage.monkeypatch.setattr(f"por.liabilities.{module}.share_out", lambda bound: shares)
