"""How much memory a build may take: what a person asked for, or a part of what this machine has free."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from por.errors import UsageError

SMALLEST = 256 << 20
"""Below this the interpreter, DuckDB and the batches on their way take most of it."""

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
_SIZE = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,3}))? ?([KMGT]I?)?B?", re.IGNORECASE)

_UNKNOWN = 2 << 30
"""Taken for what is free where the system does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How a bound is shared out, in bytes: the kernel's rows, and what DuckDB may hold of the ledger's files."""

    kernel: int
    duckdb: int


def parse_size(text: str) -> int:
    """Read `4GB`, `512 MiB` or `1.5G` as bytes; UsageError for anything else or for less than SMALLEST."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no amount of memory", code="memory-size", hint="write it as 4GB or 512MB")
    whole, fraction, unit = found.groups()
    scale = _UNITS[(unit or "").upper()]
    size = int(whole) * scale + int((fraction or "").ljust(3, "0") or "0") * scale // 1000
    if size < SMALLEST:
        raise UsageError(
            f"{text} of memory is not enough", code="memory-size", hint=f"give at least {SMALLEST >> 20} MiB"
        )
    return size


def default_memory() -> int:
    """Return half of the memory that is free now, within the limit of the container if there is one."""
    return max(min(_free(), _container()) // 2, SMALLEST)


def share_out(memory: int) -> Shares:
    """Share a bound out; the rest is left to the interpreter and to the batches on their way (some 150 MB)."""
    duckdb = max(64 << 20, min(memory // 8, 1 << 30))
    return Shares(kernel=max(memory - duckdb - (160 << 20), memory // 8), duckdb=duckdb)


def _free() -> int:
    found = re.search(r"^MemAvailable:\s+([0-9]+) kB", _text("/proc/meminfo"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else _UNKNOWN


def _container() -> int:
    """Return what the control group leaves; a very large number without one."""
    limit, used = (_text(f"/sys/fs/cgroup/memory.{name}").strip() for name in ("max", "current"))
    return max(int(limit) - int(used), 0) if limit.isdecimal() and used.isdecimal() else 1 << 62


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
