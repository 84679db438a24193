"""What the machine does: full disks, other programs at work, missing libraries, an interrupting hand, our own bugs."""

from __future__ import annotations

import fcntl
import io
import resource
import socket
import sys
from typing import Any

from tests.cli.stage import Stage, preparation


@preparation("full-disk")
def full_disk(stage: Stage, size: str) -> None:
    """`setup full-disk 20000`: a limit on file sizes stands in for the disk; the same error arises in a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), hard))
    stage.stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, (soft, hard))


@preparation("rows")
def rows(stage: Stage, name: str, count: str) -> None:
    """`setup rows ledger.csv 2000`: a ledger of so many rows."""
    lines = (f"account-{number},ETH,{number}\n" for number in range(int(count)))
    (stage.folder / name).write_text("account_id,asset,amount\n" + "".join(lines))


@preparation("busy")
def busy(stage: Stage, name: str) -> None:
    """`setup busy log/lock`: another program holds this lock."""
    path = stage.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = stage.stack.enter_context(path.open("wb"))
    fcntl.flock(handle, fcntl.LOCK_EX)


@preparation("without")
def without(stage: Stage, *modules: str) -> None:
    """`setup without pymerkle`: as in the small installation, which lacks a library."""
    for name in modules:
        stage.monkeypatch.setitem(sys.modules, name, None)


@preparation("raise")
def raise_at(stage: Stage, place: str, error: str) -> None:
    """`setup raise por.snapshot.Snapshot.load KeyboardInterrupt`: what a person or a bug does at this place."""
    kinds: dict[str, type[BaseException]] = {
        "KeyboardInterrupt": KeyboardInterrupt,
        "ZeroDivisionError": ZeroDivisionError,
    }

    def fail(*arguments: Any, **named: Any) -> None:
        raise kinds[error]

    stage.monkeypatch.setattr(place, fail)


@preparation("stdin")
def stdin(stage: Stage, text: str) -> None:
    """`setup stdin 'text'`: what stands on standard input, for each command anew."""

    class Input:
        @property
        def buffer(self) -> io.BytesIO:
            return io.BytesIO(text.encode())

        def isatty(self) -> bool:
            return False

    stage.monkeypatch.setattr(sys, "stdin", Input())


@preparation("taken")
def taken(stage: Stage, name: str) -> None:
    """`setup taken proofs.toml`: another program listens at a port, which takes the place of PORT in a file."""
    listening = stage.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    path = stage.folder / name
    path.write_text(path.read_text().replace("PORT", str(listening.getsockname()[1])))
