"""What this machine can do at best: SHA-256 of 64-byte blocks, as hashlib does it, for figures to be compared with."""

import hashlib
import os
import platform
import time


def sha256_rate(seconds: float = 0.5) -> float:
    """Compressions a second on one core, over a long message (so that Python's overhead does not count)."""
    data = bytes(1 << 20)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        hashlib.sha256(data).digest()
        done += len(data) // 64
    return done / (time.perf_counter() - start)


def describe() -> dict[str, object]:
    return {
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "sha256_compressions_per_second": round(sha256_rate()),
    }
