"""A stream looked at on its way, a batch at a time: rows counted, and which cells of a class column are no class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from por.liabilities.ledger_faults import SHOWN_ROWS, Fault
from por.liabilities.ledger_options import ROLES
from por.liabilities.ledger_shape import CLASS_FITS

_CLASS_MESSAGE = "the class is not spot, nor 1 to 24 of the letters a-z, blanks and dashes"
_CLASS_HINT = "write a class as in lent, margin or pending withdrawal; spot is the one without a suffix"


@dataclass(slots=True)
class Seen:
    """What the taps of a ledger's parts have seen together."""

    rows: int = 0
    bad_classes: int = 0
    bad_class_rows: list[int] = field(default_factory=list)

    def faults(self) -> list[Fault]:
        """Return the faults that only the ledger knows of, not the kernel."""
        if not self.bad_classes:
            return []
        rows = tuple(self.bad_class_rows)
        return [
            Fault(code="class-malformed", count=self.bad_classes, rows=rows, message=_CLASS_MESSAGE, hint=_CLASS_HINT)
        ]


class Tap:
    """Passes a stream on; has `__arrow_c_stream__` with the three columns. What was raised meanwhile is in `raised`."""

    def __init__(self, stream: Any, *, seen: Seen, progress: Callable[[int], None] | None) -> None:
        self._stream = stream
        self._seen = seen
        self._progress = progress
        self.raised: BaseException | None = None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        import pyarrow

        source = pyarrow.RecordBatchReader.from_stream(self._stream)
        schema = pyarrow.schema([source.schema.field(name) for name in ROLES])
        return pyarrow.RecordBatchReader.from_batches(schema, self._pass_on(source)).__arrow_c_stream__()

    def _pass_on(self, source: Any) -> Iterator[Any]:
        try:
            for batch in source:
                self._look(batch)
                yield batch.select(list(ROLES))
                if self._progress is not None:
                    self._progress(self._seen.rows)
        except GeneratorExit:
            raise
        except BaseException as error:  # the C stream would pass on its text alone
            self.raised = error
            raise

    def _look(self, batch: Any) -> None:
        import pyarrow.compute as pc

        seen = self._seen
        if CLASS_FITS in batch.schema.names:
            bad = pc.indices_nonzero(pc.invert(batch.column(CLASS_FITS)))
            seen.bad_classes += len(bad)
            room = SHOWN_ROWS - len(seen.bad_class_rows)
            seen.bad_class_rows += [seen.rows + 1 + row for row in bad.slice(0, room).to_pylist()]
        seen.rows += batch.num_rows
