"""Nothing that says who asked stands in what the service writes, counts or answers."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.publish.service.signing import ED, OTHER, token, write_jwks
from tests.publish.service.world import ALICE, BOB, BY_TOKEN, SECRET, config, running

STRANGER = "stranger-who-never-was@example.jp"


def test_no_id_token_secret_or_query_is_written(folder: Path) -> None:
    write_jwks(folder / "login.jwks.json", ED)
    signed, forged = token(ALICE), token(BOB, key=OTHER)
    with running(config(folder, BY_TOKEN)) as service:
        for value in (signed, forged, token(STRANGER), "a.b.c"):
            service.get("/proof", {"Authorization": f"Bearer {value}", "Cookie": "session=hidden"})
        service.get(f"/proof?account={BOB}&secret={SECRET}", {"Authorization": f"Bearer {signed}"})
        service.get(f"/proofs/{BOB}", {"User-Agent": "agent-of-somebody"})
        service.send(f"GET /proof HTTP/1.1\r\nX: {ALICE}\0\r\n\r\n".encode())
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("reloaded")
        seen = "".join(service.figures())
    written = bytes(service.output).decode() + seen
    parts = [part for value in (signed, forged) for part in value.split(".")]
    for text in (ALICE, BOB, STRANGER, SECRET, "hidden", "somebody", "account=", *parts):
        assert text not in written
    assert {row["event"] for row in service.events} == {"listening", "reloaded", "ended"}


def test_a_bug_tells_its_place_only(folder: Path) -> None:
    from por.publish.service.app import Service
    from por.publish.service.limits import Limiter
    from por.publish.service.measures import Board
    from por.publish.service.shelf import Shelf

    told = []

    def broken(headers: object) -> str:
        raise ZeroDivisionError(f"about {ALICE}")

    board = Board(1)
    shelf = Shelf(["*.proofs"], folder)
    shelf.load()
    made = Service(
        shelf=shelf,
        identify=broken,
        customers=Limiter(0, 1, secret=b"s"),
        addresses=Limiter(0, 1, secret=b"s"),
        row=board.row(0),
        board=board,
        tell=lambda event, **facts: told.append((event, facts)),
    )
    scope = {"method": "GET", "raw_path": b"/proof", "query_string": b"", "headers": [], "server": None, "client": None}
    answer = made.answer({**scope, "http_version": "1.1"})
    shelf.close()
    assert answer.status == 500 and ALICE.encode() not in answer.body
    ((event, facts),) = told
    assert event == "bug" and facts["kind"] == "ZeroDivisionError" and ALICE not in str(facts)
    assert facts["at"].startswith("test_secrecy.py:")


def test_a_file_that_was_damaged_after_it_was_opened_gives_no_wrong_proof(folder: Path) -> None:
    (folder / "7.proofs").unlink()
    path = folder / "8.proofs"
    with running(config(folder)) as service:
        data = bytearray(path.read_bytes())
        data[100] ^= 1  # in place, as a failing disk would
        with path.open("r+b") as file:
            file.write(data)
        found = [service.as_customer(f"user-{number}@example.jp") for number in range(59)]
        assert {reply.status for reply in found} == {200, 500}
        assert all(reply.code == "failed" for reply in found if reply.status == 500)
        assert service.wait_for("file-damaged")["code"] == "proofs-file-damaged"
