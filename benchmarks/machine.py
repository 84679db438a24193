"""What this machine can do at best: SHA-256 over long buffers, as openssl does it, for figures to be compared with."""

import hashlib
import os
import platform
import threading
import time


def sha256_rate(seconds: float = 0.5, threads: int = 1) -> float:
    """Compressions a second over long messages (so that Python's overhead does not count), on so many threads."""
    data, done = bytes(1 << 20), [0] * threads
    start = time.perf_counter()

    def work(number: int) -> None:
        while time.perf_counter() - start < seconds:
            hashlib.sha256(data).digest()  # gives the interpreter's lock back meanwhile
            done[number] += len(data) // 64

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(done) / (time.perf_counter() - start)


def cores() -> int:
    return len(os.sched_getaffinity(0))


def describe() -> dict[str, object]:
    return {
        "cores": cores(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "sha256_compressions_per_second": round(sha256_rate()),
    }


class Alongside:
    """The rate of all cores just before and just after something is timed: the machine may be shared."""

    def __enter__(self) -> "Alongside":
        self._before = sha256_rate(threads=cores())
        return self

    def __exit__(self, *error: object) -> None:
        self.rate = (self._before + sha256_rate(threads=cores())) / 2
