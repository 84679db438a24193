"""The parent of the worker processes: it opens, listens, starts them, starts them anew, and ends them.

It answers nothing itself. SIGTERM and SIGINT: requests under way are answered, then it ends. SIGHUP: the configuration
is read again and new processes take over, on the same sockets, before the old ones end; nobody is turned away. A
process that ends unasked is replaced.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from por.errors import InputError, PorError, SourceError
from por.publish.service.app import Tell
from por.publish.service.config import Address, Config, load_config
from por.publish.service.limits import Limiter
from por.publish.service.measures import Board
from por.publish.service.worker import Forked, Shared, fork, open_all

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

START_SECONDS = 60
"""How long new processes may take until they serve."""

PAUSE_SECONDS = 1.0
"""Between a process's unasked end and its replacement, so that one that cannot live does not keep the machine busy."""

SEND_BUFFER = 128 << 10
"""Bytes of answers that the kernel keeps for a connection; a proof has some thousand."""

MAX_SLOTS = 130
"""Rows of figures: 64 processes, 64 that take over from them, and room."""


class Supervisor:
    """The service as a whole. `tell` takes events; it is called in the parent and in the workers."""

    def __init__(self, path: Path, *, tell: Tell) -> None:
        self._path, self._tell = path, tell
        self._config = load_config(path)
        self._opened = open_all(self._config)
        self._workers: dict[int, Forked] = {}
        self._leaving: dict[int, Forked] = {}
        self._lost = 0

    def run(self) -> None:
        """Serve until told to end; SourceError when it cannot listen or no process comes to life."""
        with self._listening() as shared, _blocked():
            self._shared = shared
            try:
                self._start()
                addresses = [_name(found) for found in shared.sockets]
                newest = self._opened.shelf.latest
                self._tell("listening", at=addresses, newest=newest.sequence if newest else None)
                while self._once():
                    pass
            finally:
                self._end()

    # --- what happens ----------------------------------------------------------------------------------------

    def _once(self) -> bool:
        """Wait for the next signal and act on it; False when it is time to end."""
        found = signal.sigtimedwait(SIGNALS, 1.0)
        number = found.si_signo if found is not None else None
        if number in (signal.SIGTERM, signal.SIGINT):
            return False
        if number == signal.SIGHUP:
            self._renew()
        self._reap()
        return True

    def _renew(self) -> None:
        """Read the configuration again and have new processes take over; a fault leaves everything as it is."""
        try:
            config = load_config(self._path)
            opened = open_all(config)
        except PorError as error:
            self._tell("reload-refused", code=error.code, why=error.message)
            return
        if len(self._workers) + len(self._leaving) + config.listen.workers > MAX_SLOTS:
            opened.shelf.close()
            self._tell("reload-refused", code="serve-worker", why="too many processes are still ending")
            return
        if (config.address, config.watch) != (self._config.address, self._config.watch):
            self._tell("reload-keeps-address", why="another address to listen on is taken by a restart only")
        before = (self._config, self._opened, dict(self._workers))
        self._config, self._opened = config, opened
        self._shared = self._rates(self._shared.sockets, self._shared.board)
        self._leaving |= self._workers
        self._workers = {}
        try:
            self._start()
        except SourceError as error:
            for worker in self._workers.values():
                os.kill(worker.pid, signal.SIGTERM)
            self._leaving |= self._workers
            self._config, self._opened, self._workers = before
            for pid in self._workers:
                self._leaving.pop(pid, None)
            self._tell("reload-refused", code=error.code, why=error.message)
            return
        before[1].shelf.close()
        for pid in before[2]:
            os.kill(pid, signal.SIGTERM)
        self._tell("reloaded")

    def _start(self) -> None:
        """Start the processes and wait until they serve."""
        for _ in range(self._config.listen.workers):
            self._fork()
        until = time.monotonic() + START_SECONDS
        for worker in list(self._workers.values()):
            readable, _, _ = select.select([worker.ready], [], [], max(0.0, until - time.monotonic()))
            if not readable or not os.read(worker.ready, 1):
                raise SourceError(
                    "a worker process does not come to life",
                    code="serve-worker",
                    hint="POR_TRACEBACK=1 shows what keeps it; is there enough memory?",
                )
        self._count()

    def _fork(self) -> None:
        taken = {worker.slot for worker in (*self._workers.values(), *self._leaving.values())}
        slot = next(number for number in range(MAX_SLOTS) if number not in taken)
        others = [*self._workers.values(), *self._leaving.values()]

        def close() -> None:
            for other in others:
                other.close()

        made = fork(self._opened, self._shared, slot=slot, tell=self._tell, close=close)
        self._workers[made.pid] = made

    def _reap(self) -> None:
        """Take note of processes that have ended, and replace those that were not to."""
        for pid in list(self._workers) + list(self._leaving):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            if pid in self._leaving:
                self._leaving.pop(pid).close()
                continue
            gone = self._workers.pop(pid)
            gone.close()
            self._shared.board.row(gone.slot).connections(0)
            self._lost += 1
            self._tell("worker-lost", status=os.waitstatus_to_exitcode(status))
        self._count()
        while len(self._workers) < self._config.listen.workers:
            time.sleep(PAUSE_SECONDS)
            try:
                self._fork()
            except OSError as error:  # no memory or handles at the moment: those that run go on
                self._tell("worker-failed", kind=type(error).__name__)
                break
        self._count()

    def _count(self) -> None:
        self._shared.board.count_workers(running=len(self._workers) + len(self._leaving), lost=self._lost)

    def _end(self) -> None:
        """End all processes: in peace first, then not."""
        left = {**self._leaving, **self._workers}
        for pid in left:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + self._config.limits.end_seconds + 2
        while left:
            for pid in list(left):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    left.pop(pid).close()
            if left and time.monotonic() > until:
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                until = float("inf")
            if left:
                time.sleep(0.02)
        self._opened.shelf.close()
        self._tell("ended")

    # --- what is shared --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _listening(self) -> Iterator[Shared]:
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(listen(self._config.address, self._config))]
            if self._config.watch is not None:
                sockets.append(stack.enter_context(listen(self._config.watch, self._config)))
            yield self._rates(tuple(sockets), Board(MAX_SLOTS))

    def _rates(self, sockets: tuple[socket.socket, ...], board: Board) -> Shared:
        limits = self._config.limits
        key = secrets.token_bytes(32)
        watched = sockets[1].getsockname()[:2] if len(sockets) > 1 and sockets[1].family != socket.AF_UNIX else None
        return Shared(
            sockets=sockets,
            watch=watched,
            board=board,
            customers=Limiter(limits.customer_per_minute, limits.customer_burst, secret=key),
            addresses=Limiter(limits.address_per_minute, limits.address_burst, secret=key),
        )


def _name(found: socket.socket) -> str:
    name = found.getsockname()
    if found.family == socket.AF_UNIX:
        return f"unix:{name}"
    return str(Address(host=name[0], port=name[1]))


@contextlib.contextmanager
def _blocked() -> Iterator[None]:
    """Keep signals waiting until they are asked for, so that none is met at a wrong moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def listen(address: Address, config: Config) -> Iterator[socket.socket]:
    """Listen at an address; SourceError when it is taken. A Unix socket that nobody listens on is replaced."""
    found: socket.socket | None = None
    try:
        if address.path is not None:
            _refuse_lived_in(address.path)
            found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            mask = os.umask(0o777 & ~int(config.listen.socket_mode, 8))
            try:
                found.bind(str(address.path))
            finally:
                os.umask(mask)
        else:
            family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
            found = socket.socket(family, socket.SOCK_STREAM)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # asyncio sets it only on sockets that name their protocol; without it each answer waits for an ACK
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found.bind((address.host, address.port))
        # Connections inherit it; left alone, the kernel keeps megabytes for each client that does not read.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        found.listen(1)
        found.setblocking(False)
    except OSError as error:
        if found is not None:
            found.close()
        raise SourceError(
            f"{address}: {(error.strerror or str(error)).lower()}",
            code="serve-port",
            hint="end what listens there, or name another address in proofs.toml",
        ) from None
    try:
        yield found
    finally:
        found.close()
        if address.path is not None:
            address.path.unlink(missing_ok=True)


def _refuse_lived_in(path: Path) -> None:
    """Remove a socket that a process left behind; what is no socket, or is listened on, stays."""
    if not path.exists() and not path.is_symlink():
        return
    if not path.is_socket():
        raise InputError(
            f"{path}: there is something that is no socket", code="listen-address", hint="name another path"
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.settimeout(1)
        try:
            asked.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise SourceError(
        f"unix:{path}: address already in use",
        code="serve-port",
        hint="end what listens there, or name another address in proofs.toml",
    )
