"""One process of the service: it answers, looks for new files, and ends when it is told or its parent is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import uvicorn

from por import files
from por.errors import PorError, TrustError
from por.publish.service import tokens as signed
from por.publish.service.app import Service, Tell
from por.publish.service.config import Config
from por.publish.service.identity import VISIBLE, ByHeader, ByToken, Identify
from por.publish.service.limits import Limiter
from por.publish.service.measures import Board
from por.publish.service.protocol import Bounds, Guarded
from por.publish.service.shelf import Shelf

BACKLOG = 2048
"""Connections that may wait to be taken; the kernel's own bound (net.core.somaxconn) may be lower."""

SWEEP_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all processes share: sockets, figures and rates; made before they are forked."""

    sockets: tuple[socket.socket, ...]
    watch: tuple[str, int] | None
    board: Board
    customers: Limiter
    addresses: Limiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A configuration with its files and keys open. `tokens` is None when a header names the account."""

    config: Config
    shelf: Shelf
    identify: Identify
    tokens: signed.Tokens | None


def open_all(config: Config) -> Opened:
    """Open files and keys; PorError says what keeps the service from starting."""
    shelf = Shelf(config.proofs.files, config.base)
    tokens: signed.Tokens | None = None
    identify: Identify
    if config.token is not None:
        tokens = signed.Tokens(table=config.token, keys=signed.load_keys(config.token, config.base))
        identify = ByToken(name=config.token.header.lower().encode("ascii"), account=tokens.account)
    else:
        assert config.header is not None
        identify = ByHeader(name=config.header.name.lower().encode("ascii"), secret=_secret(config))
    shelf.load()
    return Opened(config=config, shelf=shelf, identify=identify, tokens=tokens)


def _secret(config: Config) -> tuple[bytes, bytes] | None:
    assert config.header is not None
    if config.header.secret_file is None or config.header.secret_header is None:
        return None
    path = config.base / config.header.secret_file
    secret = files.read_bytes(path, limit=4096).strip()
    if not 32 <= len(secret) <= 1024 or not VISIBLE.fullmatch(secret):
        raise TrustError(
            f"{path.name}: not 32 to 1024 characters of printable ASCII",
            code="auth-key",
            hint="make one with: openssl rand -hex 32",
        )
    return config.header.secret_header.lower().encode("ascii"), secret


class _Server(uvicorn.Server):
    """uvicorn's server; signals are the worker's own affair."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Worker:
    """Runs one process until SIGTERM, or until `parent` (a pipe's reading end) is closed."""

    def __init__(self, opened: Opened, shared: Shared, *, slot: int, parent: int, tell: Tell) -> None:
        config = opened.config
        self._opened, self._shared, self._parent, self._tell = opened, shared, parent, tell
        self._faults: tuple[str, ...] = ()
        row = shared.board.row(slot)
        self._bounds = Bounds(
            connections=max(1, config.limits.connections // config.listen.workers),
            request_seconds=config.limits.request_seconds,
            answer_seconds=config.limits.answer_seconds,
            idle_seconds=config.limits.idle_seconds,
            row=row,
        )
        named = config.listen.client_header
        self._service = Service(
            shelf=opened.shelf,
            identify=opened.identify,
            customers=shared.customers,
            addresses=shared.addresses,
            row=row,
            board=shared.board,
            client_header=named.lower().encode("ascii") if named else None,
            proxies=config.proxies,
            watch=shared.watch,
            tell=tell,
            faulty=lambda: bool(self._faults),
        )

    def run(self, ready: Callable[[], None]) -> None:
        """Serve; `ready` is called once connections are taken."""
        quiet = logging.getLogger("uvicorn.error")
        quiet.handlers, quiet.propagate = [logging.NullHandler()], False  # it would tell of requests in its own words
        warnings.simplefilter("ignore")  # of algorithms that the configuration lists
        asyncio.run(self._run(ready))

    async def _run(self, ready: Callable[[], None]) -> None:
        limits = self._opened.config.limits
        settings = uvicorn.Config(
            self._service,
            http=partial(Guarded, bounds=self._bounds),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=1,  # connections taken at once, so that the processes share them evenly; see BACKLOG
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=limits.end_seconds,
        )
        server = _Server(settings)
        loop = asyncio.get_running_loop()

        def end() -> None:
            server.should_exit = True
            loop.remove_reader(self._parent)

        loop.add_signal_handler(signal.SIGTERM, end)
        for ignored in (signal.SIGINT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)  # the parent is told, and tells
        loop.add_reader(self._parent, end)
        beside = [asyncio.create_task(self._look()), asyncio.create_task(self._sweep())]
        serving = asyncio.create_task(server.serve(sockets=list(self._shared.sockets)))
        while not (server.started or serving.done()):
            await asyncio.sleep(0.01)
        if server.started:
            for found in self._shared.sockets:
                found.listen(BACKLOG)
            ready()
        try:
            await serving
        finally:
            for task in beside:
                task.cancel()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._bounds.sweep()

    async def _look(self) -> None:
        """Look for new files of proofs and keys, and say what was found."""
        while True:
            await asyncio.sleep(self._opened.config.proofs.look_seconds)
            try:
                self.look()
            except Exception as error:  # whatever it is, keys that are withdrawn must be seen at the next look
                self._tell("bug", kind=type(error).__name__, at="look")

    def look(self) -> None:
        """Take what has changed since the last look."""
        changed = self._opened.shelf.refresh()
        latest = self._opened.shelf.latest
        if changed:
            self._tell("files-taken", files=len(self._opened.shelf.books), newest=latest.sequence if latest else None)
        faults: list[PorError] = [self._opened.shelf.fault] if self._opened.shelf.fault else []
        if self._opened.tokens is not None:
            fault = signed.refresh(self._opened.tokens, self._opened.config.base)
            faults += [fault] if fault else []
        told = tuple(f"{fault.code}: {fault.message}" for fault in faults)
        for fault, text in zip(faults, told, strict=True):
            if text not in self._faults:
                self._tell("file-refused", code=fault.code, why=fault.message)
        self._faults = told


def fork(opened: Opened, shared: Shared, *, slot: int, tell: Tell, close: Callable[[], None]) -> Forked:
    """Start a worker process; `close` lets go, in the child, of what is the parent's alone."""
    heard, ready = os.pipe()
    alive, parent = os.pipe()
    try:
        number = os.fork()
    except OSError:
        for handle in (heard, ready, alive, parent):
            os.close(handle)
        raise
    if number:
        os.close(ready)
        os.close(alive)
        return Forked(pid=number, slot=slot, ready=heard, alive=parent)
    code = 70
    try:
        os.close(heard)
        os.close(parent)
        close()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

        def say() -> None:
            os.write(ready, b"1")
            os.close(ready)

        Worker(opened, shared, slot=slot, parent=alive, tell=tell).run(say)
        code = 0
    except BaseException as error:
        tell("worker-failed", kind=type(error).__name__)
        if os.environ.get("POR_TRACEBACK"):
            import traceback

            traceback.print_exc()
    finally:
        os._exit(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forked:
    """A worker process as its parent knows it: `ready` is readable once it serves, `alive` closed ends it."""

    pid: int
    slot: int
    ready: int
    alive: int

    def close(self) -> None:
        """Let go of the pipes."""
        for handle in (self.ready, self.alive):
            with contextlib.suppress(OSError):
                os.close(handle)
