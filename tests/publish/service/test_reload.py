"""New files, new configurations, lost processes and ends: nobody is turned away, nobody gets half a proof."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.service import world
from tests.publish.service.signing import ED, OTHER, token, write_jwks
from tests.publish.service.world import ALICE, BY_TOKEN, PEOPLE, PROGRAM, SECRET, Service, Statements, config, running


def wait_until(found: object, seconds: float = 20.0) -> None:
    assert callable(found)
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


@contextlib.contextmanager
def asking(service: Service, statements: Statements) -> Iterator[list[str]]:
    """Ask without pause, each time on a new connection; yields all that was wrong."""
    wrong: list[str] = []
    done = threading.Event()
    good = {statements.proof(sequence, ALICE) for sequence in (7, 8)}
    count = [0, 0]

    def ask(number: int) -> None:
        while not done.is_set():
            try:
                reply = service.as_customer(ALICE)
            except Exception as error:
                wrong.append(repr(error))
                continue
            count[number] += 1
            if reply.status != 200 or reply.body not in good:
                wrong.append(f"{reply.status} {reply.body[:80]!r}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    yield wrong
    done.set()
    for thread in threads:
        thread.join(30)
    assert min(count) > 10


def test_a_new_file_takes_its_place_under_load(tmp_path: Path, statements: Statements) -> None:
    path = tmp_path / "today.proofs"
    shutil.copy(statements.file(7), path)
    with running(config(tmp_path)) as service, asking(service, statements) as wrong:
        assert service.as_customer(PEOPLE[-1]).status == 200
        for sequence in (8, 7, 8):
            shutil.copy(statements.file(sequence), tmp_path / "new")
            (tmp_path / "new").rename(path)
            time.sleep(2.5)
        wait_until(lambda: service.as_customer(ALICE).body == statements.proof(8, ALICE))
        assert not wrong


def test_further_files_are_found_and_gone_ones_let_go(folder: Path, statements: Statements) -> None:
    (folder / "8.proofs").rename(folder / "later")
    with running(config(folder)) as service:
        assert service.as_customer(ALICE, "/proofs/8").code == "no-statement"
        (folder / "later").rename(folder / "8.proofs")
        wait_until(lambda: service.as_customer(ALICE).body == statements.proof(8, ALICE))
        (folder / "7.proofs").unlink()
        wait_until(lambda: service.as_customer(ALICE, "/proofs/7").status == 404)
        (folder / "8.proofs").unlink()
        wait_until(lambda: all(service.get("/healthz").status == 503 for _ in range(8)))  # each process looks by itself
        reply = service.as_customer(ALICE)
        assert (reply.status, reply.code) == (503, "no-file") and reply.headers["retry-after"] == "60"


def test_a_damaged_file_displaces_nothing(folder: Path, statements: Statements) -> None:
    with running(config(folder)) as service:
        (folder / "new").write_bytes(statements.file(8).read_bytes()[:-7])
        (folder / "new").rename(folder / "8.proofs")
        assert service.wait_for("file-refused")["code"] == "proofs-file-damaged"
        assert service.as_customer(ALICE).body == statements.proof(8, ALICE)
        wait_until(lambda: service.figures()["por_proofs_faulty"] == 1)
        assert b'"faulty"' in service.get("/healthz").body
        shutil.copy(statements.file(8), folder / "new")
        (folder / "new").rename(folder / "8.proofs")
        wait_until(lambda: b'"ok"' in service.get("/healthz").body)


def test_anothers_file_displaces_nothing(folder: Path, statements: Statements) -> None:
    (folder / "other").mkdir()
    other = world.make_statements(folder / "other", (8,), issuer="Other Exchange K.K.")
    with running(config(folder)) as service:
        shutil.copy(other.file(8), folder / "new")
        (folder / "new").rename(folder / "9.proofs")
        assert service.wait_for("file-refused")["code"] == "proofs-mixed"
        assert service.as_customer(ALICE).body == statements.proof(8, ALICE)


def test_new_keys_are_taken_and_faulty_ones_are_not(folder: Path) -> None:
    write_jwks(folder / "login.jwks.json", ED)
    with running(config(folder, BY_TOKEN)) as service:

        def status(key: object) -> int:
            return service.get("/proof", {"Authorization": f"Bearer {token(ALICE, key=key)}"}).status

        assert (status(ED), status(OTHER)) == (200, 401)
        (folder / "login.jwks.json").write_text("{")
        assert service.wait_for("file-refused")["code"] == "auth-key"
        assert status(ED) == 200
        write_jwks(folder / "login.jwks.json", OTHER)
        wait_until(lambda: (status(ED), status(OTHER)) == (401, 200))


def test_sighup_takes_a_new_configuration_and_drops_nobody(folder: Path, statements: Statements) -> None:
    path = config(folder)
    with running(path) as service:
        before = set(service.workers())
        with asking(service, statements) as wrong:
            for count in (1, 2):
                path.write_text(path.read_text().replace("answer_seconds = 9", "") + "answer_seconds = 9\n")
                service.process.send_signal(signal.SIGHUP)
                service.wait_for("reloaded", count)
            wait_until(lambda: len(service.workers()) == 2)
        assert not wrong and not before & set(service.workers())


def test_sighup_with_a_faulty_configuration_changes_nothing(folder: Path, statements: Statements) -> None:
    path = config(folder)
    with running(path) as service:
        before = service.workers()
        path.write_text(re.sub(r"\[auth.header\].*?\n\n", "\n", path.read_text(), flags=re.S))
        service.process.send_signal(signal.SIGHUP)
        assert service.wait_for("reload-refused")["code"] == "auth-missing"
        assert service.as_customer(ALICE).body == statements.proof(8, ALICE) and service.workers() == before


def test_a_lost_process_is_replaced(folder: Path, statements: Statements) -> None:
    with running(config(folder)) as service:
        lost, kept = service.workers()
        os.kill(lost, signal.SIGKILL)
        for _ in range(20):
            assert service.as_customer(ALICE).body == statements.proof(8, ALICE)
        assert service.wait_for("worker-lost")["status"] == -9
        wait_until(lambda: len(service.workers()) == 2 and kept in service.workers())
        wait_until(lambda: service.figures()["por_proofs_workers_lost_total"] == 1)


def test_what_is_under_way_is_answered_before_the_end(folder: Path, statements: Statements) -> None:
    head = f"GET /proof HTTP/1.1\r\nHost: x\r\nX-Proxy-Secret: {SECRET}\r\nX-Account-Id: {ALICE}\r\n".encode()
    with running(config(folder)) as service, service.connect() as begun:
        begun.sendall(head)
        time.sleep(0.3)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        begun.sendall(b"\r\n")
        reply = next(world.replies(world.read_all(begun)))
        assert reply.body == statements.proof(8, ALICE) and reply.headers["connection"] == "close"
        assert service.process.wait(20) == 0
        with pytest.raises(ConnectionRefusedError):
            service.connect()


def test_workers_do_not_outlive_their_parent(folder: Path) -> None:
    killed(config(folder))


def test_a_restart_takes_the_same_address_at_once(folder: Path) -> None:
    with running(config(folder)) as service:
        port = service.port
    with running(config(folder, listen=f'address = "127.0.0.1:{port}"\n')) as service:
        assert service.port == port and service.as_customer(ALICE).status == 200


def test_a_socket_that_was_left_behind_is_replaced(folder: Path) -> None:
    path = config(folder, '[auth.header]\nname = "X-Account-Id"\n', listen='address = "unix:proofs.sock"\n')
    killed(path)
    assert (folder / "proofs.sock").is_socket()
    with running(path) as service:
        assert service.get("/proof", {"X-Account-Id": ALICE}).status == 200


def killed(path: Path) -> None:
    """Start a service, and kill its parent: the workers end by themselves."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "proofs", "serve", str(path)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert process.stderr is not None and b"listening" in process.stderr.readline()
    workers = Service(process, path.parent, []).workers()
    assert len(workers) == 2
    process.kill()
    process.wait(10)
    process.stderr.close()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
