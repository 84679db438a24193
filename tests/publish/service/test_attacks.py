"""What an adversary tried: settings that let anybody in, and clients that wait behind an answer they do not take."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
import uvicorn
from uvicorn.server import ServerState

from por.errors import PorError
from por.publish.service import worker
from por.publish.service.config import load_config
from por.publish.service.measures import Board
from por.publish.service.protocol import MAX_HEAD, Bounds, Guarded
from por.publish.service.shelf import Book, arrange
from por.publish.service.supervisor import MAX_SLOTS, Supervisor
from por.publish.service.worker import open_all
from tests.publish.service.world import BY_HEADER, config

BY_PROXY = '[auth.header]\nname = "X-Account-Id"\n'


class _Transport:
    """A client that takes nothing: what is written stays."""

    def __init__(self) -> None:
        self.written, self.aborted, self.closed = b"", False, False

    def get_extra_info(self, name: str) -> None: ...

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.aborted or self.closed

    def pause_reading(self) -> None: ...

    def get_write_buffer_size(self) -> int:
        return len(self.written)


def connection(bounds: Bounds) -> Guarded:
    """A connection whose answers are under way for ever."""
    loop = MagicMock()
    loop.create_task = lambda running: running.close() or MagicMock()

    async def answer(scope: Any, receive: Any, send: Any) -> None: ...

    made = Guarded(uvicorn.Config(answer, ws="none"), ServerState(), {}, loop, bounds=bounds)
    made.connection_made(_Transport())  # type: ignore[arg-type]
    return made


@pytest.fixture
def bounds() -> Bounds:
    row = Board(1).row(0)
    return Bounds(connections=2, request_seconds=10, answer_seconds=10, idle_seconds=10, row=row)


REQUEST = b"GET /proof HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_head_without_end_behind_an_answer_that_is_not_taken(bounds: Bounds) -> None:
    found = connection(bounds)
    found.data_received(REQUEST)
    found.data_received(b"GET /proof HTTP/1.1\r\nX-A: ")
    for _ in range(MAX_HEAD // 1024):
        assert not found.transport.aborted  # type: ignore[attr-defined]
        found.data_received(b"a" * 1024)
    assert found.transport.aborted and not found.transport.written  # type: ignore[attr-defined]


def test_who_does_not_take_an_answer_makes_room(bounds: Bounds) -> None:
    first, second = connection(bounds), connection(bounds)
    for found in (first, second):
        found.data_received(REQUEST)
    third = connection(bounds)
    assert third.transport.written.startswith(b"HTTP/1.1 503"), "both are being worked for"  # type: ignore[attr-defined]
    bounds.open.discard(third)
    second.pause_writing()
    fourth = connection(bounds)
    assert not fourth.transport.written  # type: ignore[attr-defined]
    assert (first.transport.aborted, second.transport.aborted) == (False, True)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("listen", "code"),
    [
        ('proxies = ["10.0.0.1"]\nwatch = "unix:watch.sock"\n', "listen-address"),
        ('proxies = ["0.0.0.0/0"]\n', "auth-spoofable"),
        ('proxies = ["10.0.0.1", "::/0"]\n', "auth-spoofable"),
    ],
)
def test_settings_that_would_let_anybody_name_an_account(tmp_path: Path, listen: str, code: str) -> None:
    text = f'[proofs]\nfiles = ["x"]\n[listen]\n{listen}{BY_PROXY}'
    (tmp_path / "proofs.toml").write_text(text)
    with pytest.raises(PorError) as found:
        load_config(tmp_path / "proofs.toml")
    assert found.value.code == code


@pytest.mark.parametrize("secret", ["-----BEGIN PUBLIC KEY-----\n" + "A" * 64, '{"kty":"OKP","x":"' + "A" * 64 + '"}'])
def test_a_public_key_is_no_secret(folder: Path, secret: str) -> None:
    text = '[auth.token]\nissuer = "a"\naudience = "b"\nalgorithms = ["HS256"]\nsecret_file = "login.pem"\n'
    (folder / "login.pem").write_text(secret)
    with pytest.raises(PorError) as found:
        open_all(load_config(config(folder, text)))
    assert found.value.code == "auth-key"


def test_two_trees_of_one_snapshot_are_not_one_statement(folder: Path) -> None:
    opened = open_all(load_config(config(folder)))
    book = opened.shelf.books[8]
    manifest = book.proofs.manifest
    changed: Any = SimpleNamespace(statement=book.proofs.statement, manifest=replace(manifest, account_id_kind="other"))
    with pytest.raises(PorError) as found:
        arrange([book, Book(path=book.path, mark=book.mark, proofs=changed)])
    assert found.value.code == "proofs-mixed"
    opened.shelf.close()


def test_reloads_that_do_not_end_the_service(folder: Path) -> None:
    """Processes that are still ending take all rows of figures: the next reload waits."""
    told: list[str] = []
    service = Supervisor(config(folder, BY_HEADER), tell=lambda event, **facts: told.append(event))
    service._leaving = dict.fromkeys(range(MAX_SLOTS - 1))  # type: ignore[assignment]
    service._renew()
    assert told == ["reload-refused"] and not service._workers


def test_no_memory_for_a_process_loses_no_handle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    before = len(list(Path("/proc/self/fd").iterdir()))
    unused: Any = None
    for _ in range(3):
        with pytest.raises(OSError):
            worker.fork(unused, unused, slot=0, tell=unused, close=unused)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
