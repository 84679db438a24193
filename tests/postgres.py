"""A PostgreSQL of the tests' own: on a socket in a folder of its own, ended by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def programs() -> Path | None:
    """Where initdb and postgres are; Debian keeps them out of PATH."""
    found = [Path(path).parent for path in (shutil.which("postgres"),) if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Server:
    """A running server; `uri` connects as its superuser over the socket, `remote` with a password over the loopback."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder, self.process = folder, process
        self.uri = f"postgresql:///postgres?host={folder}&user=postgres"

    def connect(self) -> Any:
        """A connection that commits each statement."""
        from adbc_driver_postgresql import dbapi

        return dbapi.connect(self.uri, autocommit=True)

    def run(self, *statements: str) -> None:
        """Carry out statements, each committed."""
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def started() -> Iterator[Server]:
    """Make and start a server; PostgreSQL refuses to run as root, so then it runs as the user postgres."""
    binaries = programs()
    assert binaries is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="por-pg."))  # short: a socket's path has at most 107 bytes
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    try:
        data = folder / "data"
        subprocess.run(
            [*as_user, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=20")
        words = [word for setting in settings for word in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*as_user, binaries / "postgres", "-D", data, *words], stdout=log, stderr=log, cwd=folder
            )
        try:
            await_socket(folder, process)
            yield Server(folder, process)
        finally:
            end(data, process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def await_socket(folder: Path, process: subprocess.Popen[bytes]) -> None:
    from adbc_driver_postgresql import dbapi

    for _ in range(300):
        assert process.poll() is None, (folder / "log").read_text()
        try:
            dbapi.connect(f"postgresql:///postgres?host={folder}&user=postgres").close()
        except dbapi.Error:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("PostgreSQL did not start: " + (folder / "log").read_text())


def end(data: Path, process: subprocess.Popen[bytes]) -> None:
    """Ask the postmaster itself to stop at once; runuser is only its parent."""
    try:
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    except (FileNotFoundError, ProcessLookupError):
        process.terminate()
    process.wait(timeout=20)
