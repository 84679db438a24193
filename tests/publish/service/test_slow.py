"""Clients that send or read slowly, or nothing, keep nobody out, and cost no memory."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.service.world import ALICE, LOOSE, SECRET, Service, Statements, config, read_all, replies, running

PLACES = 8
"""Connections of the one process."""

REQUEST = f"GET /proof HTTP/1.1\r\nHost: x\r\nX-Proxy-Secret: {SECRET}\r\nX-Account-Id: {ALICE}\r\n\r\n".encode()


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, statements: Statements) -> Iterator[Service]:
    """One process with few places and little patience."""
    folder = tmp_path_factory.mktemp("narrow")
    (folder / "8.proofs").hardlink_to(statements.file(8))
    limits = f"{LOOSE}connections = {PLACES}\nrequest_seconds = 2\nanswer_seconds = 2\nidle_seconds = 2\n"
    with running(config(folder, listen="workers = 1\n", limits=limits)) as found:
        yield found


def ended_after(found: socket.socket) -> float:
    start = time.monotonic()
    with contextlib.suppress(ConnectionResetError):
        while found.recv(1 << 16):
            pass
    return time.monotonic() - start


def test_a_request_must_arrive_in_time_however_it_drips(narrow: Service) -> None:
    with narrow.connect() as found:
        start = time.monotonic()
        with contextlib.suppress(OSError):
            for at in range(100):
                found.sendall(REQUEST[at : at + 1])
                time.sleep(0.1)
        assert 1.5 < time.monotonic() - start < 6
    assert narrow.refused("request-slow") >= 1


def test_saying_nothing_is_no_request(narrow: Service) -> None:
    with narrow.connect() as found:
        assert 1 < ended_after(found) < 6


def test_after_an_answer_the_next_request_is_waited_for_a_while(narrow: Service) -> None:
    with narrow.connect() as found:
        found.sendall(REQUEST)
        assert found.recv(1 << 16).startswith(b"HTTP/1.1 200")
        assert 1 < ended_after(found) < 6


def test_who_waits_longest_makes_room(narrow: Service, statements: Statements) -> None:
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(narrow.connect()) for _ in range(3 * PLACES)]
        for found in slow:
            with contextlib.suppress(OSError):
                found.sendall(REQUEST[:30])
        for _ in range(5):
            assert narrow.as_customer(ALICE).body == statements.proof(8, ALICE)
    assert narrow.refused("limit-connections") >= PLACES


def test_headers_without_end_are_cut_off(narrow: Service) -> None:
    with narrow.connect() as found:
        found.sendall(b"GET /proof HTTP/1.1\r\n")
        with contextlib.suppress(OSError):
            for number in range(1000):
                found.sendall(f"X-{number}: {'y' * 200}\r\n".encode())
        with contextlib.suppress(ConnectionResetError):
            assert next(replies(read_all(found))).status == 431
    assert narrow.refused("request-large") == 1


def test_one_endless_header_is_cut_off(narrow: Service) -> None:
    with narrow.connect() as found:
        with contextlib.suppress(OSError):
            found.sendall(b"GET /" + b"a" * (1 << 20))
        with contextlib.suppress(ConnectionResetError):
            assert next(replies(read_all(found))).status == 431


def test_who_does_not_read_is_cut_off(narrow: Service, statements: Statements) -> None:
    answered = 'por_proofs_requests_total{status="200"}'
    with narrow.connect() as found:
        for _ in range(1000):
            before = narrow.figures()[answered]
            try:
                found.sendall(REQUEST * 20)
            except OSError:
                break  # its time was up
            until = time.monotonic() + 1.5
            while (grown := narrow.figures()[answered] - before) < 20 and time.monotonic() < until:
                time.sleep(0.02)
            if grown < 20:
                break  # all buffers are full
        else:
            raise AssertionError("it is read without end")
        time.sleep(4)
        assert narrow.as_customer(ALICE).body == statements.proof(8, ALICE)
    assert narrow.refused("answer-slow") == 1


def test_requests_sent_far_ahead_cost_no_memory(narrow: Service, statements: Statements) -> None:
    (worker,) = narrow.workers()
    before = anonymous(worker)
    for _ in range(5):
        with narrow.connect() as found, contextlib.suppress(OSError):
            found.settimeout(1)
            for _ in range(1000):
                found.sendall(REQUEST * 50)
    assert anonymous(worker) - before < 16 << 20
    assert narrow.refused("request-pipelined") >= 1
    assert narrow.as_customer(ALICE).body == statements.proof(8, ALICE)


def anonymous(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("RssAnon:")[2].split()[0]) * 1024
