"""A witness in a process of its own, as people run it, and logs for it to watch."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from por import canonical
from por.attestation import note, private
from por.attestation.cosignature import Witness, parse_witness
from por.attestation.private import FileSigner
from tests.attestation import model
from tests.conftest import good

PROGRAM = "from por.cli.main import entry; entry()"
NAME = "witness.example/w1"


@dataclass
class Tree:
    """A log of the tests' own: entries, and the slow model's roots and proofs."""

    origin: str
    entries: list[bytes] = field(default_factory=list)
    signer: FileSigner = field(default_factory=private.generate)

    @property
    def line(self) -> str:
        return self.signer.public.verifier_line(self.origin)

    def grown(self, size: int, mark: str = "") -> Tree:
        """The same log with more entries; with a mark, with other ones."""
        added = [f"{mark}{index}".encode() for index in range(len(self.entries), size)]
        return Tree(origin=self.origin, entries=[*self.entries, *added], signer=self.signer)

    def head(self) -> note.Note:
        head = note.Checkpoint(origin=self.origin, size=len(self.entries), root=model.root(self.entries))
        return note.sign_note(head.text(), name=self.origin, signers=[self.signer])

    def request(self, old: int) -> bytes:
        size = len(self.entries)
        proof = model.consistency(old, self.entries) if 0 < old < size else []
        lines = "".join(canonical.encode_base64(item) + "\n" for item in proof)
        return f"old {old}\n{lines}\n".encode() + self.head().to_bytes()


@dataclass
class Running:
    """A witness that listens."""

    url: str
    process: subprocess.Popen[str]

    def send(self, body: bytes, *, path: str = "/add-checkpoint", method: str = "POST") -> tuple[int, str, str]:
        """Return status, body and type."""
        with self.connect() as connection:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.getheader("Content-Type", "")

    @contextmanager
    def connect(self) -> Iterator[http.client.HTTPConnection]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        try:
            yield connection
        finally:
            connection.close()

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sign)
        return self.process.wait(timeout=30)


def make(folder: Path, *trees: Tree, name: str = NAME) -> Witness:
    """`por witness init`."""
    words = [word for tree in trees for word in ("--log", tree.line)]
    ran = good("witness", "init", folder, "--name", name, "--no-passphrase", *words)
    return parse_witness(ran.out.splitlines()[-1], where="init")


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """`por witness serve` until the block ends."""
    words = [sys.executable, "-c", PROGRAM, "witness", "serve", str(folder), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        try:
            yield Running(url=line.split(" listens on ")[1].split()[0], process=process)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
