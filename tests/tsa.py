"""A timestamping authority of the tests' own: `openssl ts` behind a server on the loopback, on any day (faketime)."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """\
[tsa]
default_tsa = t
[t]
serial = ./serial
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""

BEGUN = "2026-01-01 00:00:00"
_EXTENSIONS = """\
extendedKeyUsage=critical,timeStamping
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


class Authority:
    """`root` is its certificate; `moment` the time that it stamps (UTC); `answer` replaces what it would say."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.moment, self.asked = folder, "2026-11-21 00:00:00", 0
        self.answer: bytes | int | None = None
        self._lock = threading.Lock()
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self._openssl(
            *(*new, "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Root"), at=BEGUN
        )
        self._openssl(*new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Authority", at=BEGUN)
        (folder / "extensions").write_text(_EXTENSIONS)
        (folder / "tsa.cnf").write_text(CONFIG)
        (folder / "serial").write_text("01\n")
        self._openssl(
            *("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "3000", "-extfile", "extensions", "-out", "tsa.pem"),
            at=BEGUN,
        )

    @property
    def root(self) -> Path:
        return self.folder / "ca.pem"

    def _openssl(self, *words: str, at: str) -> None:
        subprocess.run(
            ["faketime", "-f", at, "openssl", *words],
            cwd=self.folder,
            check=True,
            capture_output=True,
            env={**os.environ, "TZ": "UTC"},
        )

    def reply(self, query: bytes) -> bytes:
        """What openssl answers to a TimeStampReq."""
        with self._lock:
            self.asked += 1
            (self.folder / "query").write_bytes(query)
            self._openssl(
                *("ts", "-reply", "-config", "tsa.cnf", "-section", "t", "-queryfile", "query", "-out", "reply"),
                at=self.moment,
            )
            return (self.folder / "reply").read_bytes()

    url = ""


@contextmanager
def authority() -> Iterator[Authority]:
    """Start one; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="por-tsa.") as folder:
        made = Authority(Path(folder))

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                status = made.answer if isinstance(made.answer, int) else 200
                data = made.reply(query) if made.answer is None else b""
                data = made.answer if isinstance(made.answer, bytes) else data
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}/tsr"
        try:
            yield made
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
