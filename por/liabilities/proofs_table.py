"""The rows of a file of all proofs while it is made: more of them than fit into memory, sorted and checked."""

from __future__ import annotations

import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from por.errors import InputError, SourceError
from por.liabilities import proofs_layout as layout
from por.liabilities.manifest import Manifest
from por.liabilities.proofs_writer import Rows, big_endian, column_bytes

SHARE = 1 << 14
"""Rows that one of DuckDB's threads takes at a time."""

PART = 1 << 16
"""Sorted rows that are read back together."""


class Table:
    """Rows of the index: added in batches, checked to be every leaf once, and read back in order.

    DuckDB keeps them in at most `memory` bytes and puts the rest into `folder`, which the caller removes.
    """

    def __init__(self, folder: Path, *, salt: bytes, manifest: Manifest, memory: int) -> None:
        import duckdb

        self._manifest = manifest
        self._prefix = layout.tag_prefix(salt)
        config = {
            "temp_directory": str(folder),
            "preserve_insertion_order": "false",
            "memory_limit": f"{memory >> 20}MiB",
        }
        self._duckdb = duckdb.connect(":memory:", config=config)
        self._duckdb.execute("SET enable_progress_bar = false")
        self._duckdb.execute("CREATE TABLE rows (tag BLOB, place UBIGINT, piece USMALLINT, nonce BLOB)")
        self.rows = 0

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *error: object) -> None:
        self._duckdb.close()

    def add(self, batch: Any, accounts: Any) -> None:
        """Add rows of (person, place, piece, nonce); `person` is the place in `accounts`, whose tags alone are kept."""
        import pyarrow as pa

        numbers = pa.array(range(len(accounts)), batch.schema.field("person").type)
        people = pa.table({"person": numbers, "account_id": accounts})
        with _explained():
            for name, table in (("batch", batch), ("people", people)):
                shared = pa.Table.from_batches(table.to_batches(max_chunksize=SHARE), table.schema)
                self._duckdb.register(name, shared)
            self._duckdb.execute(
                "INSERT INTO rows SELECT tag, place, piece, nonce FROM batch JOIN (SELECT person, "
                "unhex(left(sha256(?::BLOB || encode(account_id)), 32)) AS tag FROM people) USING (person)",
                [self._prefix],
            )
            for name in ("batch", "people"):
                self._duckdb.unregister(name)

    def check(self, *, missing: int) -> None:
        """Every leaf of every tree stands here exactly once; rows that are there again (summed ones) are dropped."""
        wanted = sum(row.count for row in self._manifest.assets)
        if self._one("SELECT count(*) FROM rows") > wanted:
            with _explained():
                self._duckdb.execute("CREATE TABLE once AS SELECT DISTINCT * FROM rows")
                self._duckdb.execute("DROP TABLE rows")
                self._duckdb.execute("ALTER TABLE once RENAME TO rows")
        self.rows = self._one("SELECT count(*) FROM rows")
        found = self._all(
            f"SELECT place >> {layout.INDEX_BITS} AS asset, count(*), sum(hash(place)) FROM rows GROUP BY asset"
        )
        seen = {asset: (count, hashes) for asset, count, hashes in found}
        for number, row in enumerate(self._manifest.assets):
            hashes = self._one(
                f"SELECT sum(hash(((?::UBIGINT << {layout.INDEX_BITS}) + i)::UBIGINT)) FROM range(?) leaves(i)",
                number,
                row.count,
            )
            count, theirs = seen.get(number, (0, None))
            if (count, theirs) != (row.count, hashes):
                raise ledger_differs(f"{row.asset} has {row.count:,} leaves, and the ledger's rows lead to {count:,}")
        if missing > sum(row.excluded_rows for row in self._manifest.assets):
            raise ledger_differs(f"{missing:,} rows of the ledger have no leaf")

    def sorted(self) -> Iterator[Rows]:
        """Yield all rows ascending by tag, asset and piece."""
        import pyarrow as pa

        blob = pa.binary(16)
        question = f"SELECT tag, place, nonce FROM rows ORDER BY tag, place >> {layout.INDEX_BITS}, piece"
        with _explained():
            reader = self._duckdb.sql(question).to_arrow_reader(PART)
        while True:
            with _explained():
                batch = next(iter(reader), None)
            if batch is None:
                return
            places = array.array("Q", column_bytes(batch.column("place"), 8))
            tags, nonces = (column_bytes(batch.column(name).cast(blob), 16) for name in ("tag", "nonce"))
            yield Rows(tags=tags, places=big_endian(places), nonces=nonces)

    def _one(self, question: str, *given: int) -> Any:
        return self._all(question, *given)[0][0]

    def _all(self, question: str, *given: int) -> list[Any]:
        with _explained():
            return list(self._duckdb.execute(question, given).fetchall())


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what DuckDB runs out of into a SourceError; else whoever reads the ledger would take it for its fault."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        raise SourceError(
            f"the rows of the proofs cannot be sorted: {str(error).splitlines()[0][:200]}",
            code="proofs-sorting",
            hint="give more --memory, or free space on the disk of the file that is written",
        ) from None


def ledger_differs(what: str) -> InputError:
    """Return the error for a ledger that the trees were not built from."""
    return InputError(
        f"the ledger is not the one that these liabilities were built from: {what}",
        code="ledger-differs",
        hint="give the files and options of `por liabilities build`, or build the liabilities again",
    )
