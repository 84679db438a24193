"""The page on a loopback server, and an exchange with keys and key files of its own."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from por.publish.verifier import web_folder
from tests.browser import Quiet
from tests.web.differential.small import Small


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The page's own folder on a loopback server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(web_folder())))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def small() -> Small:
    """The fixtures' exchange with keys and key files of its own."""
    return Small()
