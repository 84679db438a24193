"""A ledger into the kernel: every part fed, all faults told together with their places, control totals compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from por.errors import InputError
from por.liabilities import kernel
from por.liabilities.ledger import Ledger
from por.liabilities.ledger_control import Total, check_control, load_control
from por.liabilities.ledger_faults import Fault, RowPlace, report
from por.snapshot import Snapshot

HINTS = {
    "asset-unknown": "add a table [assets.CODE] for it to snapshot.toml, or correct the code in the ledger",
    "account-id-malformed": "export ids of that form, such as customer numbers or logins",
    "account-id-null": "give the row its account; a row without one belongs to nobody",
    "asset-null": "give the row its asset",
    "amount-null": "every row has an amount; write 0 for none",
    "amount-negative": "mend the row, or leave debts out and report them with --negative exclude",
    "amount-too-fine": "amounts are exact and never rounded; check the asset's decimals",
    "amount-too-large": "amounts stay below 2^128",
    "row-repeated": "one row per account and asset; add them up with --sum-duplicates",
    "sum-overflow": "sums stay below 2^128; check the amounts and the decimals",
}
"""What to do about each fault of a ledger's rows: the kernel gives a hint for the first of them alone."""

_AMOUNTS = {
    "base-units": 'write whole base units such as 120, or say amounts = "decimal" in snapshot.toml',
    "decimal": "write it as 1234.5, without separators or an exponent",
}
_ROW = re.compile(r"\brow ([0-9]+)\b")


class Ingest:
    """Feeds a ledger to a build and tells what is wrong with its rows.

    `feed`, then whatever the kernel does under `explained`.
    """

    def __init__(self, *, ledger: Ledger, snapshot: Snapshot) -> None:
        path = ledger.options.control_totals
        self._ledger = ledger
        self._snapshot = snapshot
        self._stated = None if path is None else load_control(path, snapshot=snapshot)
        self._hints = HINTS | {"amount-malformed": _AMOUNTS[snapshot.amounts]}

    @property
    def names(self) -> str:
        """The ledger's name in an error that is of no single row."""
        return ", ".join(source.label for source in self._ledger.sources)

    def feed(self, build: Any, progress: Callable[[int], None] | None = None, *, scratch: str | None = None) -> None:
        """Feed every part to the kernel's build and settle it; nothing is written yet.

        `scratch` is where rows go that do not fit into memory, for what is wrong with that disk. `progress` gets the
        rows read so far, some times a second and after each part. Raises LedgerFaults for all that is wrong with rows,
        InputError for no rows or other control totals.
        """
        for part in self._ledger.parts():
            with self.explained(part.label, written=scratch):
                part.feed(lambda stream: build.ingest(stream, progress))
            if progress is not None:
                progress(self._ledger.seen.rows)
        if self._ledger.seen.rows == 0:
            raise InputError(
                f"{self.names}: no rows", code="ledger-empty", hint="is this the right file? a ledger has rows"
            )
        with self.explained(written=scratch):
            tallies = build.settle()
            faults = self._ledger.seen.faults()
            if faults:
                raise report(faults, locate=self._ledger.locate, names=self.names)
        self.check_totals(tallies)

    @contextmanager
    def explained(self, place: str | None = None, *, written: str | None = None) -> Iterator[None]:
        """Turn a KernelError inside the block into LedgerFaults with the rows' places, or into another PorError.

        Errors of the disk name `written`, when it is given.
        """
        por_kernel = kernel.load()
        with kernel.explained(place or self.names, hints=self._hints, written=written):
            try:
                yield
            except por_kernel.KernelError as error:
                if not error.faults:
                    raise
                found = [self._fault(error, *kind) for kind in error.faults]
                raise report(
                    [*found, *self._ledger.seen.faults()], locate=self._ledger.locate, names=self.names
                ) from None

    def check_totals(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Compare the kernel's tallies of each asset with the control totals, if there are any; InputError."""
        path = self._ledger.options.control_totals
        if self._stated is None or path is None:
            return
        found = {
            row["asset"]: Total(rows=row["rows"] + row["excluded_rows"], sum=row["total"] - row["excluded_amount"])
            for row in rows
        }
        check_control(self._stated, found, path=path, snapshot=self._snapshot)

    def _fault(self, error: Any, code: str, count: int, rows: Sequence[int], message: str) -> Fault:
        hint = self._hints.get(code, error.hint if code == error.code else "")
        return Fault(code=code, count=count, rows=tuple(rows), message=self._with_places(message), hint=hint)

    def _with_places(self, message: str) -> str:
        """Other rows that a message names, such as the earlier one of a repeated pair, are the kernel's numbers too."""
        rows = [int(row) for row in _ROW.findall(message)]
        places = self._ledger.locate(rows) if rows else {}

        def show(found: re.Match[str]) -> str:
            place: RowPlace | None = places.get(int(found.group(1)))
            if place is None:
                return found.group()
            return f"{place}" if len(self._ledger.sources) == 1 else f"{place} of {place.label}"

        return _ROW.sub(show, message)
