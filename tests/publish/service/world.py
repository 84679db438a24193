"""Proofs of two statements, a service that runs as people run it, and a client that sends any bytes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from por.liabilities.build import build_liabilities
from por.liabilities.keys import snapshot_key
from por.liabilities.prove import prove
from por.liabilities.prove_all import prove_all
from tests.liabilities.ledgers import HEADER, MASTER_KEY, snapshot, write_csv

PROGRAM = "from por.cli.main import entry; entry()"
PEOPLE = [f"user-{number}@example.jp" for number in range(60)]
ALICE, BOB = PEOPLE[0], PEOPLE[1]
ISSUER, AUDIENCE = "https://login.example", "por-proofs"
SECRET = "s3cret-of-the-proxy-that-is-long-enough-to-be-one"
BY_HEADER = """
[auth.header]
name = "X-Account-Id"
secret_header = "X-Proxy-Secret"
secret_file = "proxy.secret"
"""
BY_TOKEN = f"""
[auth.token]
issuer = "{ISSUER}"
audience = "{AUDIENCE}"
algorithms = ["EdDSA"]
keys = "login.jwks.json"
"""
LOOSE = "customer_per_minute = 0\naddress_per_minute = 0\n"
"""Limits that no test meets by chance."""


@dataclass(frozen=True)
class Statements:
    """Folders of liabilities and files of all proofs, by sequence. In the second one user-59 has nothing."""

    folder: Path

    def file(self, sequence: int) -> Path:
        return self.folder / f"{sequence}.proofs"

    def proof(self, sequence: int, account: str) -> bytes:
        return prove(self.folder / f"out{sequence}", account_id=account, master_key=MASTER_KEY)


def make_statements(folder: Path, sequences: tuple[int, ...] = (7, 8), *, issuer: str = HEADER.issuer) -> Statements:
    for sequence in sequences:
        people = PEOPLE if sequence == 7 else PEOPLE[:-1]
        rows = [(who, "BTC", sequence * 100 + at) for at, who in enumerate(people)]
        ledger = write_csv(folder / f"{sequence}.csv", rows)
        made = replace(snapshot(), header=replace(HEADER, sequence=sequence, issuer=issuer))
        key = snapshot_key(MASTER_KEY, made.header.id)
        build_liabilities(ledger=[ledger], snapshot=made, snapshot_key=key, out=folder / f"out{sequence}")
        prove_all(folder / f"out{sequence}", where=[ledger], master_key=MASTER_KEY, out=folder / f"{sequence}.proofs")
    return Statements(folder)


@dataclass
class Reply:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        found: str = json.loads(self.body)["error"]["code"]
        return found


@dataclass
class Service:
    """A service that listens on `port`; `output` is all that it has written."""

    process: subprocess.Popen[bytes]
    folder: Path
    at: list[str]
    output: bytearray = field(default_factory=bytearray)

    @property
    def port(self) -> int:
        return int(self.at[0].rpartition(":")[2])

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in bytes(self.output).splitlines()]

    def wait_for(self, event: str, count: int = 1, seconds: float = 30.0) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [row for row in self.events if row["event"] == event]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.05)
        raise AssertionError(f"no {event}: {bytes(self.output)!r}")

    def connect(self) -> socket.socket:
        if self.at[0].startswith("unix:"):
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            made.connect(self.at[0][5:])
        else:
            made = socket.create_connection(("127.0.0.1", self.port))
        made.settimeout(30)
        return made

    def send(self, data: bytes) -> list[Reply]:
        """Send bytes on a connection of their own and return all answers until it is closed or 30 seconds pass."""
        with self.connect() as found:
            found.sendall(data)
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_WR)
            return list(replies(read_all(found)))

    def get(self, path: str = "/proof", headers: Mapping[str, str] | None = None, **more: Any) -> Reply:
        lines = [f"{more.get('method', 'GET')} {path} HTTP/1.1", "Host: proofs.example", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return self.send("\r\n".join([*lines, "", ""]).encode("utf-8"))[0]

    def as_customer(self, account: str, path: str = "/proof", **more: str) -> Reply:
        return self.get(path, {"X-Account-Id": account, "X-Proxy-Secret": SECRET, **more})

    def figures(self) -> dict[str, float]:
        with socket.create_connection(("127.0.0.1", int(self.at[1].rpartition(":")[2]))) as found:
            found.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            text = next(replies(read_all(found))).body.decode()
        rows = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in rows}

    def refused(self, reason: str) -> float:
        return self.figures()[f'por_proofs_refused_total{{reason="{reason}"}}']

    def workers(self) -> list[int]:
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [int(word) for word in listed.stdout.split()]


def read_all(found: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := found.recv(1 << 16):
            data += part
    return data


_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n", re.S)


def replies(data: bytes) -> Iterator[Reply]:
    """Split what came back; an answer to HEAD has no body and comes last."""
    while data:
        head = _HEAD.match(data)
        assert head is not None, data[:200]
        headers = {}
        for line in head[2].split(b"\r\n"):
            name, _, value = line.partition(b": ")
            headers[name.decode()] = value.decode()
        length = int(headers["content-length"])
        yield Reply(int(head[1]), headers, data[head.end() :][:length])
        data = data[head.end() + length :]


def config(
    folder: Path, text: str = BY_HEADER, *, files: str = "*.proofs", listen: str = "", limits: str = LOOSE
) -> Path:
    """Write proofs.toml and the secret into a folder of a test's own."""
    (folder / "proxy.secret").write_text(SECRET + "\n")
    if "address" not in listen:
        listen += 'address = "127.0.0.1:0"\n'
    (folder / "proofs.toml").write_text(
        f'[proofs]\nfiles = ["{files}"]\nlook_seconds = 1\n[listen]\nwatch = "127.0.0.1:0"\n{listen}\n'
        f"{text}\n[limits]\n{limits}"
    )
    return folder / "proofs.toml"


@contextlib.contextmanager
def running(path: Path) -> Iterator[Service]:
    """Run the service in a process of its own, and end it by its pid."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "proofs", "serve", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "POR_TRACEBACK": "1"},
    )
    service = Service(process, path.parent, [])

    def gather() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            service.output.extend(line)

    gathering = threading.Thread(target=gather, daemon=True)
    gathering.start()
    try:
        service.at = service.wait_for("listening", seconds=60)["at"]
        yield service
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(60)
        gathering.join(10)
    assert process.returncode == 0, bytes(service.output)
