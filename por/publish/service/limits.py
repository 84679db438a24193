"""Rates in bounded memory that all worker processes share.

Each key (a customer, an address) has a bucket that fills up again evenly (GCRA: one moment is all there is to keep).
The moments stand in a table of fixed size, each key in one cell of every row, chosen by a keyed hash; a key is held to
the cell that says least, so that it is mistaken for another only where it meets busy ones in every row. Nothing is
ever thrown out, so nobody gets rid of a limit by asking under many names, and no key can be read from the table.

Two processes that ask at the same instant may both be let through: one request more, not a way around.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import time
from collections.abc import Callable

ROWS = 4
CELLS = 1 << 16
"""Cells of a row, 8 bytes each: 2 MiB for each kind of limit, whoever asks."""


class Limiter:
    """`per_minute` requests for each key, `burst` of them at once; 0 per minute is no limit.

    Made before the processes that share it are forked. `clock` must be one that they share, as the monotonic one is.
    """

    def __init__(
        self, per_minute: int, burst: int, *, secret: bytes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._slack = self._interval * (burst - 1)
        self._secret, self._clock = secret, clock
        self._cells = memoryview(mmap.mmap(-1, 8 * ROWS * CELLS)).cast("d") if per_minute else None

    def wait(self, key: bytes) -> float:
        """Take one request of `key` and return 0, or take none and return the seconds until the next is due."""
        if self._cells is None:
            return 0.0
        digest = hashlib.blake2b(key, digest_size=4 * ROWS, key=self._secret).digest()
        places = [row * CELLS + at % CELLS for row, at in enumerate(struct.unpack(f">{ROWS}I", digest))]
        now = self._clock()
        due: float = min(self._cells[place] for place in places)
        if due - now > self._slack:
            return due - now - self._slack
        after = max(due, now) + self._interval
        for place in places:
            if self._cells[place] < after:
                self._cells[place] = after
        return 0.0
