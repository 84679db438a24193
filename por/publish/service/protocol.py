"""HTTP/1.1 for people who mean ill: uvicorn's, with bounds on time, size and number that it leaves to a proxy.

When all places are taken, the connection that has waited longest for its own client makes room, so that clients who
send slowly, or nothing, keep nobody out.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from por.publish.service import answers
from por.publish.service.measures import Row

MAX_HEAD = 24 << 10
"""Bytes of a request's line and headers: a token of 8 KiB and the cookies of a large site."""

MAX_AHEAD = 100
"""Requests that may wait behind the one that is answered (pipelining); browsers and proxies send none ahead."""

_FOLDED = re.compile(rb"\n[ \t]")
"""A header that goes on in the next line (obs-fold): RFC 9112 lets a server refuse it, and programs differ on it."""

IDLE, READING, ANSWERING = range(3)


@dataclass(slots=True, kw_only=True)
class Bounds:
    """Seconds and numbers for one process; `row` counts what is cut off."""

    connections: int
    request_seconds: float
    answer_seconds: float
    idle_seconds: float
    row: Row
    open: set[Guarded] = field(default_factory=set)

    def sweep(self) -> None:
        """End connections whose time is up; called once a second or so."""
        now = time.monotonic()
        for connection in list(self.open):
            connection.judge(now)
        self.row.connections(len(self.open))

    def make_room(self) -> bool:
        """End the connection that has waited longest for its client; False when all are being worked for."""
        waiting = [connection for connection in self.open if connection.waits]
        if not waiting:
            return False
        min(waiting, key=lambda connection: connection.since).cut("limit-connections")
        return True


class Guarded(HttpToolsProtocol):
    """One connection. `phase` is what it does since the moment `since`: waits, receives a request, or answers."""

    def __init__(self, *args: Any, bounds: Bounds, **named: Any) -> None:
        super().__init__(*args, **named)
        self._bounds = bounds
        self.phase = IDLE
        self.since = 0.0
        self._served = self._ending = self._over = self._told_all = False
        self._head = 0
        self._tail = b""

    @property
    def waits(self) -> bool:
        """Whether it waits for its client: to ask, or to take an answer."""
        return self.phase != ANSWERING or self.flow.write_paused

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or say that there is no room."""
        super().connection_made(transport)
        self.since = time.monotonic()
        if len(self._bounds.open) >= self._bounds.connections and not self._bounds.make_room():
            self._bounds.row.refused("limit-connections")
            self._end(503, "limit-connections")
        self._bounds.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._bounds.open.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, within the bounds."""
        if self._over:
            return
        if self.phase == IDLE:
            self.phase, self.since, self._head = READING, time.monotonic(), 0
        self._head += len(data)
        joined = self._tail + data
        self._tail = data[-1:]
        if _FOLDED.search(joined):
            self._refuse(400, "request-malformed")
        elif self._head > MAX_HEAD and b"\r\n\r\n" not in joined[:MAX_HEAD]:
            # behind an answer that the client does not take nothing can be said
            self._refuse(431, "request-large") if self.phase == READING else self.cut("request-large")
        else:
            super().data_received(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client has said all that it will say: answer what is left, then end."""
        self._told_all = True
        return self.phase == ANSWERING and not self._over

    def send_400_response(self, msg: str) -> None:
        """Say that a request is none."""
        self._refuse(400, "request-malformed")

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        if self._over:
            return
        self.phase, self.since, self._head, self._served = ANSWERING, time.monotonic(), 0, True
        super().on_headers_complete()
        if len(self.pipeline) > MAX_AHEAD:
            self.cut("request-pipelined")
        if self._ending:
            self.cycle.keep_alive = False

    def on_response_complete(self) -> None:
        """Wait for the next request, or go on with one that is here already."""
        self.phase, self.since = ANSWERING if self.pipeline else IDLE, time.monotonic()
        super().on_response_complete()
        if self.pipeline and not self.transport.is_closing():
            self.flow.pause_reading()  # uvicorn would read on, however many wait already
        if self._told_all and self.phase == IDLE:
            self.transport.close()

    def shutdown(self) -> None:
        """End soon: after the answer that is under way, or after one more request that may be on its way already."""
        self._ending = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False

    def judge(self, now: float) -> None:
        """End the connection when its time is up."""
        waited, bounds = now - self.since, self._bounds
        if self.phase == READING and waited > bounds.request_seconds:
            self.cut("request-slow")
        elif self.phase == ANSWERING and waited > bounds.answer_seconds:
            self.cut("answer-slow")
        elif self.phase == IDLE and self.transport.get_write_buffer_size():
            if waited > bounds.answer_seconds:
                self.cut("answer-slow")
        elif self.phase == IDLE and waited > self._patience():
            self.cut("request-slow" if not self._served else None)

    def _patience(self) -> float:
        if self._ending:
            return 1.0
        return self._bounds.idle_seconds if self._served else self._bounds.request_seconds

    def cut(self, reason: str | None) -> None:
        """End the connection at once; without a reason it ends in peace."""
        if reason is not None:
            self._bounds.row.refused(reason)
        self._bounds.open.discard(self)
        self._over = True
        if reason is None:
            self.transport.close()
        else:
            self.transport.abort()

    def _refuse(self, status: int, reason: str) -> None:
        self._bounds.row.refused(reason)
        self._bounds.row.answered(status, 0.0)
        self._end(status, reason)

    def _end(self, status: int, reason: str) -> None:
        self._over = True
        self.since = time.monotonic()
        self.transport.write(answers.raw(answers.refusal(status, reason, close=True)))
        self.transport.close()
