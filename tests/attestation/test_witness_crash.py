"""Killed at any line, a witness has forgotten nothing that it said: what was answered is on the disk."""

from __future__ import annotations

import http.client
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import por.files
from por.attestation import note, private, witness
from tests.witness import NAME, Tree, make, running


def _kept(folder: Path, origin: str) -> int:
    """Return the size that a witness would say it cosigned; a half-written state is an error."""
    with witness.open_witness(folder, signer=private.load_private(folder / witness.KEY), clock=time.time) as found:
        answer = found.add_checkpoint(Tree(origin=origin, signer=SIGNER).request(0))
        return int(answer.body) if answer.status == 409 else 0


SIGNER = private.generate()
FILES = {str(witness.__file__), str(por.files.__file__)}


def _answer_and_die(folder: Path, body: bytes, line: int) -> tuple[bool, bytes]:
    """Answer in a child that dies before its n-th line; return whether it died, and what it answered until then."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        count = 0

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal count
            if frame.f_code.co_filename not in FILES:
                return None
            if event == "line":
                count += 1
                if count == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        try:
            signer = private.load_private(folder / witness.KEY)
            with witness.open_witness(folder, signer=signer, clock=time.time) as found:
                sys.settrace(trace)
                answer = found.add_checkpoint(body)
                sys.settrace(None)
                os.write(write, f"{answer.status} {answer.body}".encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    return os.WIFSIGNALED(os.waitpid(child, 0)[1]), told


def test_killed_at_every_line(tmp_path: Path) -> None:
    before = Tree(origin="example.com/one", signer=SIGNER).grown(5)
    after, fork = before.grown(9), before.grown(9, "other")
    make(tmp_path / "w", before)
    assert _answer_and_die(tmp_path / "w", before.request(0), 0)[1].startswith(b"200 ")
    (state,) = (tmp_path / "w/state").iterdir()
    old = state.read_bytes()
    seen, line, died = set(), 0, True
    while died:
        line += 1
        state.write_bytes(old)
        died, told = _answer_and_die(tmp_path / "w", after.request(5), line)
        kept = _kept(tmp_path / "w", before.origin)
        seen.add(kept)
        assert died == (told == b""), "it dies before it answers"
        assert kept in (5, 9) and (kept == 9 or died), line
        _, again = _answer_and_die(tmp_path / "w", fork.request(5), 0)
        assert again.startswith(b"200 " if kept == 5 else b"409 9"), line
    assert seen == {5, 9} and line > 40
    assert [path.name for path in (tmp_path / "w/state").iterdir()] == [state.name], "nothing half-written is left"


def test_nothing_is_signed_when_the_state_cannot_be_written(tmp_path: Path) -> None:
    tree = Tree(origin="example.com/one", signer=SIGNER).grown(2)
    make(tmp_path / "w", tree)
    with running(tmp_path / "w") as server:
        (tmp_path / "w/state").rename(tmp_path / "w/elsewhere")
        status, body, _ = server.send(tree.request(0))
        assert status == 500 and NAME not in body
        (tmp_path / "w/elsewhere").rename(tmp_path / "w/state")
        assert server.send(tree.request(0))[0] == 200
        (state,) = (tmp_path / "w/state").iterdir()
        state.write_bytes(b"damaged")
        assert server.send(tree.grown(3).request(2))[0] == 500


def test_a_killed_server_has_what_it_answered(tmp_path: Path) -> None:
    tree = Tree(origin="example.com/one", signer=SIGNER)
    make(tmp_path / "w", tree)
    told = 0
    for round in range(4):
        with running(tmp_path / "w") as server:
            status, body, _ = server.send(tree.request(0))
            known = int(body) if status == 409 else 0
            assert known >= told, "it has forgotten what it cosigned"
            threading.Timer(0.02 + 0.03 * round, server.process.kill).start()
            try:
                while True:
                    status, _, _ = server.send(tree.grown(known + 1).request(known))
                    assert status == 200
                    told = known = known + 1
            except (OSError, http.client.HTTPException):
                pass
    (state,) = (tmp_path / "w/state").glob("[0-9a-f]*")
    head = note.parse_checkpoint(note.parse_note(state.read_bytes(), where="s"), where="s")
    assert head.size >= told
