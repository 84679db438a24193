"""Killed in any state of the disk, the log and the publication are the old or the new, and a rerun ends the same.

The product has no hooks for this: a forked child counts the lines it executes in the files that write, and kills
itself with SIGKILL before the one that is asked for. One such line is tried for every state that the disk goes
through.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pymerkle.backends.sqlite as pymerkle_sqlite
import pytest

import por.files
from por.attestation import envelope, log, logproof, publication, statement, tiles
from por.errors import SourceError
from tests.attestation import samples, tilereader
from tests.attestation.samples import Exchange, contents

WRITERS = frozenset(str(module.__file__) for module in (por.files, log, publication, tiles, pymerkle_sqlite))


def _trace(seen: Callable[[], None]) -> Callable[[FrameType, str, Any], Any]:
    """Report each line that is executed in the writers."""

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_filename not in WRITERS:
            return None
        if event == "line":
            seen()
        return trace

    return trace


def _disk(root: Path) -> frozenset[tuple[str, int, int]]:
    """Tell one state of the disk from another."""
    found = set()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            status = os.lstat(os.path.join(folder, name))  # noqa: PTH118  thousands of times
            found.add((name, status.st_mode, status.st_size if name in files else 0))
    return frozenset(found)


def _moments(exchange: Exchange) -> list[int]:
    """Run to the end and return the lines, by number, before which the disk had just changed, and the last line."""
    moments, states, count = [], [_disk(exchange.root)], 0

    def seen() -> None:
        nonlocal count
        count += 1
        now = _disk(exchange.root)
        if now != states[-1]:
            states.append(now)
            moments.append(count)

    sys.settrace(_trace(seen))
    try:
        exchange.attest()
    finally:
        sys.settrace(None)
    return [*moments, count]


def _run_and_die(exchange: Exchange, moment: int) -> int:
    """Attest in a child that dies before a line; return the signal that ended it, or 0."""
    child = os.fork()
    if child == 0:
        count = 0

        def seen() -> None:
            nonlocal count
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.settrace(_trace(seen))
            exchange.attest()
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def _check_whole(exchange: Exchange) -> None:
    files = contents(exchange.out)
    signed = envelope.parse(files["attestation.json"], where="a")
    keys = [exchange.signer.public]
    envelope.verify_envelope(signed, keys, where="a")
    head = statement.head(signed.payload, where="a")
    logproof.verify_place(position=head.log, payload=signed.payload, files=files, keys=keys)


def _state(exchange: Exchange) -> dict[str, dict[str, bytes]]:
    """What must be the same in the end; sqlite's own file may differ in pages that hold nothing."""
    with log.open_log(exchange.log, origin=None, default="unused", key=exchange.signer.public.keyid) as opened:
        entries = {str(index): opened.entry(index) for index in range(opened.size)}
    kept = {name: data for name, data in contents(exchange.log).items() if name in ("checkpoint", "log.json")}
    public = contents(exchange.log / tiles.PUBLIC)
    return {"publication": contents(exchange.out), "entries": entries, "log": kept, "public": public}


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: what a killed program leaves does not depend on the disk's speed."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK):
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            yield Path(folder)
    else:
        yield tmp_path


@pytest.mark.parametrize("first", [True, False], ids=["first-statement", "next-statement"])
def test_killed_anywhere_it_ends_the_same(first: bool, fast: Path) -> None:
    start, work = fast / "start", fast / "work"
    exchange = samples.exchange(start)
    if not first:
        exchange.attest()
        exchange = exchange.next()
    shutil.copytree(start, work)
    exchange = samples.Exchange(root=work, signer=exchange.signer, sequence=exchange.sequence)
    old = contents(exchange.out)
    moments = _moments(exchange)
    expected = _state(exchange)
    assert expected["publication"] != old
    assert len(expected["entries"]) == (1 if first else 2)
    assert len(moments) > 40
    for moment in moments:
        shutil.rmtree(work)
        shutil.copytree(start, work)
        assert _run_and_die(exchange, moment) == signal.SIGKILL, moment
        now = contents(exchange.out)
        assert now in (old, expected["publication"]), moment
        if now:
            _check_whole(exchange)
        if (exchange.log / tiles.PUBLIC / "checkpoint").exists():
            tilereader.verify(exchange.log / tiles.PUBLIC)
        exchange.attest()
        assert _state(exchange) == expected, moment


@pytest.mark.parametrize("limit", [0, 10, 100, 3000, 9000, 13000])
def test_no_room_on_the_disk(limit: int, fast: Path) -> None:
    """Files that cannot grow past a limit: an error of ours, the old publication stays, and a rerun mends it."""
    exchange = samples.exchange(fast)
    exchange.attest()
    exchange, old = exchange.next(), contents(exchange.out)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            exchange.attest()
        except SourceError:
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert contents(exchange.out) == old
    assert exchange.attest().index == 1
    _check_whole(exchange)
