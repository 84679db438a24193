"""A proxy before the real node that passes everything on, but for what a test spoils."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Spoil = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
"""Takes one question and its honest answer, returns the answer to give."""


class Spoiler:
    """What the proxy does: change single answers, or whole HTTP replies."""

    def __init__(self) -> None:
        self.answer: Spoil | None = None
        self.reply: Callable[[BaseHTTPRequestHandler, list[dict[str, Any]]], bool] | None = None
        """Returns True when it has written a reply itself."""
        self.asked: list[str] = []
        self.release = threading.Event()


@contextmanager
def spoiled(upstream: int) -> Iterator[tuple[str, Spoiler]]:
    """Serve on a free port of loopback; yields the URL, whose path stands for a secret, and the spoiler."""
    spoiler = Spoiler()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            questions = asked if isinstance(asked, list) else [asked]
            spoiler.asked += [row["method"] for row in questions]
            if spoiler.reply is not None and spoiler.reply(self, questions):
                self.close_connection = True
                return
            connection = http.client.HTTPConnection("127.0.0.1", upstream, timeout=20)
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answers = json.loads(connection.getresponse().read())
            connection.close()
            if spoiler.answer is not None:
                rows = answers if isinstance(answers, list) else [answers]
                by_id = {row["id"]: row for row in questions}
                rows = [spoiler.answer(by_id[row["id"]], row) for row in rows]
                answers = rows if isinstance(answers, list) else rows[0]
            send(self, 200, json.dumps(answers).encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://user:s3cretpass@127.0.0.1:{server.server_port}/v3/0123456789abcdefsecret", spoiler
    finally:
        spoiler.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
