"""Ledgers read for tests: their rows, and the manifest of a build that writes nothing unless told to."""

import pyarrow as pa

from por.liabilities import ledger
from por.liabilities.build import build_liabilities
from por.liabilities.ledger_options import LedgerOptions
from tests.liabilities.ledgers import SNAPSHOT_KEY, snapshot


def rows(*where, **options):
    """All rows of a ledger as tuples, in their order."""
    found = []
    for part in ledger.read(where, options=LedgerOptions(**options)):
        found += part.feed(
            lambda stream: [
                tuple(row.values()) for batch in pa.RecordBatchReader.from_stream(stream) for row in batch.to_pylist()
            ]
        )
    return found


def build(*where, out=None, of=None, threads=0, progress=None, **options):
    """The manifest of a ledger."""
    return build_liabilities(
        ledger=where,
        snapshot=of or snapshot(),
        snapshot_key=SNAPSHOT_KEY,
        out=out,
        options=LedgerOptions(**options),
        threads=threads,
        progress=progress,
    )
