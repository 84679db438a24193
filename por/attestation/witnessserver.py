"""Serves a witness over HTTP on the loopback address, for logs of this machine or a proxy (C2SP tlog-witness)."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from por.attestation.witness import Answer, Witness
from por.errors import PorError, SourceError

ADDRESS = "127.0.0.1"
"""The only one it binds: what faces the world, with TLS and limits of its own, is a proxy."""

PATH = "/add-checkpoint"

MAX_BODY = 256 << 10
"""Bytes of a request: 63 hashes, and a checkpoint with sixteen post-quantum signatures, stay below."""

MAX_CONNECTIONS = 64
IDLE, LIFETIME = 10, 60
"""How many connections are served at once; seconds until one that says nothing, or that talks on, is closed."""


class Server(ThreadingHTTPServer):
    """A witness's server. Connections beyond the limit are closed at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, witness: Witness, port: int) -> None:
        """Listen on `port` of the loopback address, 0 for any that is free; SourceError when it is taken."""
        self.witness = witness
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        try:
            super().__init__((ADDRESS, port), _Handler)
        except (OSError, OverflowError) as error:
            raise SourceError(
                f"{ADDRESS}:{port}: {(getattr(error, 'strerror', None) or str(error)).lower()}",
                code="witness-port",
                hint="end what listens there, or take another port: --port",
            ) from None

    @property
    def url(self) -> str:
        """The submission prefix."""
        return f"http://{ADDRESS}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, if there is a place."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection until it ends or its time is up."""
        timer = threading.Timer(LIFETIME, _cut, [request])
        timer.daemon = True
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that break; the program's own faults are answered with 500."""


def _cut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "por", ""
    timeout = IDLE
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer add-checkpoint."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit() and len(length) < 10):
            self._refuse(411, "a Content-Length is needed\n")
        elif int(length) > MAX_BODY:
            self._refuse(413, f"more than {MAX_BODY} bytes\n")
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                self._send(self._answer(body))

    def do_GET(self) -> None:
        """There is nothing to get."""
        self._refuse(405 if self.path == PATH else 404, f"POST {PATH}\n")

    def _answer(self, body: bytes) -> Answer:
        if self.path != PATH:
            return Answer(status=404, body=f"POST {PATH}\n")
        try:
            return self.server.witness.add_checkpoint(body)
        except PorError as error:
            self.log_error("%s: %s", error.code, error.message)
            return Answer(status=500, body="the witness cannot write or read its state; nothing was signed\n")

    def _refuse(self, status: int, body: str) -> None:
        self.close_connection = True
        self._send(Answer(status=status, body=body))

    def _send(self, answer: Answer) -> None:
        data = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of requests: what was cosigned stands in the folder."""
