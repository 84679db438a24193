"""Figures of all worker processes, in the Prometheus text format; there is no id, address or path among them.

Each process counts in a row of its own in memory that all share, so nothing is locked and whichever process is asked
tells the sum. A row outlives its process: counters only grow.
"""

from __future__ import annotations

import mmap
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping

STATUSES = (200, 400, 401, 403, 404, 405, 429, 431, 500, 503)
REASONS = (
    "request-malformed", "request-body", "request-query", "request-upgrade", "request-large", "request-slow",
    "request-pipelined",
    "header-missing", "header-repeated", "header-lookalike", "header-malformed",
    "proxy-unknown", "proxy-secret", "client-address",
    "token-missing", "token-malformed", "token-algorithm", "token-header", "token-key", "token-signature",
    "token-type", "token-issuer", "token-audience", "token-times", "token-expired", "token-early", "token-long",
    "token-account",
    "limit-customer", "limit-address", "limit-connections",
    "answer-slow", "no-balance", "no-statement", "no-file", "file-damaged", "bug",
)  # fmt: skip
BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)

_COUNTERS = tuple(f'por_proofs_requests_total{{status="{status}"}}' for status in STATUSES) + tuple(
    f'por_proofs_refused_total{{reason="{reason}"}}' for reason in REASONS
)
_PLACES = {name: place for place, name in enumerate(_COUNTERS)}
_BUCKET = len(_COUNTERS)
_MICROSECONDS = _BUCKET + len(BUCKETS) + 1
_CONNECTIONS = _MICROSECONDS + 1
_COUNT = _CONNECTIONS + 1

_HELP = {
    "por_proofs_requests_total": ("counter", "Requests answered, by HTTP status."),
    "por_proofs_refused_total": ("counter", "Requests and connections refused, by reason."),
    "por_proofs_seconds": ("histogram", "Seconds from a whole request to its answer."),
    "por_proofs_connections": ("gauge", "Open connections."),
    "por_proofs_workers": ("gauge", "Worker processes that run."),
    "por_proofs_workers_lost_total": ("counter", "Worker processes that ended unasked."),
    "por_proofs_start_timestamp_seconds": ("gauge", "When the service was started."),
    "por_proofs_sequence": ("gauge", "Sequence of the newest statement that proofs are handed out of; 0 for none."),
    "por_proofs_files": ("gauge", "Files of all proofs that are open."),
    "por_proofs_faulty": ("gauge", "1 when a file of proofs or of keys cannot be taken and older ones are used."),
}


class Board:
    """The rows of `slots` processes; made before they are forked. The last row is the parent's."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._cells = memoryview(mmap.mmap(-1, 8 * _COUNT * (slots + 1))).cast("Q")
        self._started = int(time.time())

    def row(self, slot: int) -> Row:
        """Return the row of a process."""
        return Row(self._cells[slot * _COUNT : (slot + 1) * _COUNT])

    def count_workers(self, *, running: int, lost: int) -> None:
        """Say how many processes run and how many ended unasked; the parent's to call."""
        start = self.slots * _COUNT
        self._cells[start], self._cells[start + 1] = running, lost

    def text(self, facts: Mapping[str, int]) -> str:
        """Return all figures; `facts` are gauges that the process asked knows."""
        sums = [sum(self._cells[slot * _COUNT + at] for slot in range(self.slots)) for at in range(_COUNT)]
        start = self.slots * _COUNT
        lines = [f"{name} {sums[place]}" for name, place in _PLACES.items()]
        lines += self._histogram(sums)
        lines.append(f"por_proofs_connections {sums[_CONNECTIONS]}")
        lines.append(f"por_proofs_workers {self._cells[start]}")
        lines.append(f"por_proofs_workers_lost_total {self._cells[start + 1]}")
        lines.append(f"por_proofs_start_timestamp_seconds {self._started}")
        lines += [f"por_proofs_{name} {value}" for name, value in facts.items()]
        return "".join(_with_help(lines))

    @staticmethod
    def _histogram(sums: list[int]) -> list[str]:
        lines, total = [], 0
        for place, bound in enumerate((*map(str, BUCKETS), "+Inf")):
            total += sums[_BUCKET + place]
            lines.append(f'por_proofs_seconds_bucket{{le="{bound}"}} {total}')
        return [*lines, f"por_proofs_seconds_sum {sums[_MICROSECONDS] / 1e6:.6f}", f"por_proofs_seconds_count {total}"]


def _with_help(lines: list[str]) -> Iterator[str]:
    told = set()
    for line in lines:
        name = line.partition(" ")[0].partition("{")[0]
        family = name if name in _HELP else name.rpartition("_")[0]
        if family not in told:
            told.add(family)
            kind, text = _HELP[family]
            yield f"# HELP {family} {text}\n# TYPE {family} {kind}\n"
        yield line + "\n"


class Row:
    """One process's figures."""

    def __init__(self, cells: memoryview) -> None:
        self._cells = cells

    def answered(self, status: int, seconds: float) -> None:
        """Count an answer."""
        self._cells[_PLACES[f'por_proofs_requests_total{{status="{status}"}}']] += 1
        self._cells[_BUCKET + bisect_left(BUCKETS, seconds)] += 1
        self._cells[_MICROSECONDS] += int(seconds * 1e6)

    def refused(self, reason: str) -> None:
        """Count a refusal."""
        self._cells[_PLACES[f'por_proofs_refused_total{{reason="{reason}"}}']] += 1

    def connections(self, count: int) -> None:
        """Say how many connections are open."""
        self._cells[_CONNECTIONS] = count
