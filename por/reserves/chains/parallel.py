"""Doing several things at once, a bounded number at a time, with the results in order."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2
"""Results that may wait for each worker: what is in memory grows with the workers, never with the items."""


def in_order(work: Callable[[T], R], items: Iterable[T], *, workers: int) -> Iterator[R]:
    """Yield `work(item)` for each item, in order, with `workers` of them at once; the first error ends it.

    The threads are daemons: what a node still keeps waiting does not hold up the end of the program.
    """
    if workers <= 1:
        yield from map(work, items)
        return
    inbox: queue.SimpleQueue[tuple[T, Future[R]] | None] = queue.SimpleQueue()
    stop = threading.Event()

    def run() -> None:
        while (job := inbox.get()) is not None:
            item, future = job
            if stop.is_set():
                continue
            try:
                future.set_result(work(item))
            except BaseException as error:  # handed to whoever waits for this item
                future.set_exception(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            future: Future[R] = Future()
            waiting.append(future)
            inbox.put((item, future))
            if len(waiting) >= workers * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        stop.set()
        for _ in threads:
            inbox.put(None)
