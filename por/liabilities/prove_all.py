"""Proofs of every account of a ledger into one file: each leaf is found and checked once, each node is stored once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from por import files
from por.liabilities import kernel, ledger, proof_document
from por.liabilities import proofs_layout as layout
from por.liabilities.build import MANIFEST_NAME, store_path
from por.liabilities.keys import proofs_salt, snapshot_key
from por.liabilities.ledger_options import LedgerOptions
from por.liabilities.manifest import Manifest
from por.liabilities.memory import default_memory, share_out
from por.liabilities.proofs_table import Table, ledger_differs
from por.liabilities.proofs_writer import Writer, fixed_column
from por.liabilities.prove import DAMAGED, open_store

BATCH = 1 << 18
"""Rows of a ledger that are placed together: enough to share out over threads, some tens of megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is in the file: `accounts`, `leaves` (pieces of balances), and its size in bytes."""

    accounts: int
    leaves: int
    size: int


def prove_all(
    folder: Path,
    *,
    where: Sequence[Any],
    options: LedgerOptions | None = None,
    master_key: bytes,
    out: Path,
    envelope: bytes | None = None,
    payload_digest: str | None = None,
    threads: int = 0,
    memory: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Written:
    """Write the proofs of all accounts of a ledger to `out` (mode 0600: it holds every balance and nonce).

    `folder` is what `build_liabilities` left of the same ledger (`where`, `options`); `envelope` and `payload_digest`
    as for `prove`. Rows go out to disk beside `out` when they do not fit into `memory` (bytes; default: half of what
    is free), and the file's bytes are the same. Every tree is hashed again up to its root and every leaf is found
    exactly once, so all proofs in the file hold. Raises InputError (`ledger-differs`, a damaged store), TrustError
    (`key-mismatch`), SourceError (memory, disk).
    """
    manifest = Manifest.from_bytes(files.read_bytes(folder / MANIFEST_NAME), where=str(folder / MANIFEST_NAME))
    attestation = None if payload_digest is None else proof_document.attestation_part(envelope, payload_digest)
    secret = snapshot_key(master_key, manifest.header.id)
    salt = proofs_salt(secret)
    bound = share_out(memory or default_memory())
    stores = [open_store(folder, row) for row in manifest.assets]
    with (
        files.new_file(out, mode=0o600) as file,
        Table(Path(file.name).parent, salt=salt, manifest=manifest, memory=bound.kernel) as table,
        ThreadPoolExecutor(1) as beside,  # reading the ledger leaves a core idle now and then
    ):
        writer = Writer(file, manifest)
        copied = beside.submit(_copy_trees, folder, manifest, stores, writer)
        placer = _Placer(folder, manifest, stores, secret, table, threads)
        codes = [row.asset for row in manifest.assets]
        with ledger.open_ledger(where, options=options, assets=codes, progress=progress, memory=bound.duckdb) as opened:
            for part in opened.parts():
                part.feed(placer.take)
        placer.end()
        copied.result()
        table.check(missing=placer.missing)
        writer.finish(table.sorted(), count=table.rows, salt=salt, attestation=attestation)
        return Written(accounts=writer.accounts, leaves=table.rows, size=writer.size)


def _copy_trees(folder: Path, manifest: Manifest, stores: Sequence[Any], writer: Writer) -> None:
    """Hash every tree again up to its root, and copy its nodes."""
    for row, store in zip(manifest.assets, stores, strict=True):
        with kernel.explained(str(store_path(folder, row.asset)), hints={"store-damaged": DAMAGED}):
            store.check(1)
            writer.add_tree(store)


class _Placer:
    """Finds the leaves of a ledger's rows, asset by asset, in batches."""

    def __init__(
        self, folder: Path, manifest: Manifest, stores: Sequence[Any], secret: bytes, table: Table, threads: int
    ) -> None:
        self._folder, self._manifest, self._stores = folder, manifest, stores
        self._secret, self._table, self._threads = secret, table, threads
        self._numbers = {row.asset: number for number, row in enumerate(manifest.assets)}
        self._waiting: list[Any] = []
        self._held = 0
        self.missing = 0

    def take(self, stream: Any) -> int:
        """Take in a stream with account_id and asset; returns its rows."""
        import pyarrow as pa

        rows = 0
        for batch in pa.RecordBatchReader.from_stream(stream):
            self._waiting.append(pa.table({name: _text(batch.column(name)) for name in ("account_id", "asset")}))
            rows += batch.num_rows
            self._held += batch.num_rows
            if self._held >= BATCH:
                self.end()
        return rows

    def end(self) -> None:
        """Place what is waiting: sorted by asset, one call of the kernel for each."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self._held:
            return
        rows = pa.concat_tables(self._waiting).combine_chunks()
        self._waiting, self._held = [], 0
        assets, people = (_encoded(rows.column(name)) for name in ("asset", "account_id"))
        order = pc.sort_indices(assets.indices)
        ids, numbers = rows.column("account_id").take(order), people.indices.take(order)
        placed, start = [], 0
        for counted in sorted(pc.value_counts(assets.indices).to_pylist(), key=lambda row: int(row["values"])):
            code, length = assets.dictionary[counted["values"]].as_py(), counted["counts"]
            if code not in self._numbers:
                raise ledger_differs(f"the ledger has the asset {code[:40]!r}, these liabilities do not")
            placed.append(self._place(self._numbers[code], ids.slice(start, length), numbers.slice(start, length)))
            start += length
        self._table.add(pa.concat_tables(placed), people.dictionary)

    def _place(self, number: int, ids: Any, people: Any) -> Any:
        """Find the leaves of accounts in one asset; a table with a row for each piece that was found."""
        import pyarrow as pa
        import pyarrow.compute as pc

        row, store = self._manifest.assets[number], self._stores[number]
        with kernel.explained(str(store_path(self._folder, row.asset)), hints={"store-damaged": DAMAGED}):
            positions, indices, _, nonces = store.place_many(
                self._secret, pa.table({"account_id": ids}), threads=self._threads
            )
        found = len(indices) // 8
        at = pa.Array.from_buffers(pa.uint32(), found, [None, pa.py_buffer(positions)])
        leaf = pa.Array.from_buffers(pa.uint64(), found, [None, pa.py_buffer(indices)])
        pieces, accounts = _pieces(at)
        self.missing += len(ids) - accounts
        return pa.table(
            {
                "person": people.take(at),
                "place": pc.add(leaf, pa.scalar(number << layout.INDEX_BITS, pa.uint64())),
                "piece": pieces,
                "nonce": fixed_column(nonces, 16).cast(pa.binary()),
            }
        )


def _encoded(column: Any) -> Any:
    """Each text once, and which of them each row has."""
    import pyarrow as pa

    encoded = column.combine_chunks().dictionary_encode()
    return encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded


def _text(column: Any) -> Any:
    import pyarrow as pa

    return column.cast(pa.string()) if column.type != pa.string() else column


def _pieces(positions: Any) -> tuple[Any, int]:
    """Number the rows of each account from 0 (they stand together), and count the accounts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = pc.run_end_encode(positions).run_ends
    starts = pa.concat_arrays([pa.array([0], ends.type), ends])[: len(ends)]
    first = pc.run_end_decode(pa.RunEndEncodedArray.from_arrays(ends, starts))
    return pc.subtract(pa.array(range(len(positions)), ends.type), first).cast(pa.uint16()), len(ends)
