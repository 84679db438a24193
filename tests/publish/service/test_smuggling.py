"""Nobody gets another's proof by a request that two programs read differently, or by not passing the proxy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.publish.service.world import ALICE, BOB, SECRET, Service, Statements, config, running

GOOD = f"Host: x\r\nX-Proxy-Secret: {SECRET}\r\n"
ME = f"X-Account-Id: {ALICE}\r\n"
HER = f"X-Account-Id: {BOB}\r\n"


def request(lines: str, line: str = "GET /proof HTTP/1.1") -> bytes:
    return f"{line}\r\n{lines}\r\n".encode("utf-8", "surrogateescape")


REFUSED = {
    "twice": ME + HER,
    "twice, in other letters": ME + HER.lower(),
    "twice the same": ME + ME,
    "an underscore beside": ME + f"X_Account_Id: {BOB}\r\n",
    "an underscore alone": f"X_Account_Id: {BOB}\r\n",
    "another underscore": ME + f"X-Account_Id: {BOB}\r\n",
    "folded": f"X-Account-Id:\r\n {BOB}\r\n",
    "folded, of another header": f"X-Other: a\r\n {HER}",
    "folded by a tab": f"X-Account-Id: {ALICE}\r\n\t{BOB}\r\n",
    "empty": "X-Account-Id:\r\n",
    "blanks": "X-Account-Id:    \r\n",
    "two ids": f"X-Account-Id: {ALICE},{BOB} {BOB}\r\n",
    "too long": "X-Account-Id: " + "a" * 256 + "\r\n",
    "a null": f"X-Account-Id: {ALICE}\0\r\n",
    "a bare CR": f"X-Account-Id: {ALICE}\rX-Account-Id: {BOB}\r\n",
    "a bare LF": f"X-Other: a\nX-Account-Id: {BOB}\r\n",
    "a control character": f"X-Account-Id: {ALICE}\x0b\r\n",
    "not ASCII": "X-Account-Id: ユーザー\r\n",
    "not UTF-8": "X-Account-Id: \udcff\udcfe\r\n",
    "a blank before the colon": f"X-Account-Id : {BOB}\r\n",
    "a blank before the name": f" X-Account-Id: {BOB}\r\n",
    "a body": ME + "Content-Length: 5\r\n",
    "a chunked body": ME + "Transfer-Encoding: chunked\r\n",
    "both lengths": ME + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "two lengths": ME + "Content-Length: 0\r\nContent-Length: 5\r\n",
    "a strange length": ME + "Content-Length: +0\r\n",
    "a strange encoding": ME + "Transfer-Encoding: xchunked\r\n",
    "an upgrade": ME + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "a WebSocket": ME + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n",
}


@pytest.mark.parametrize("lines", REFUSED.values(), ids=REFUSED)
def test_refused_and_the_connection_is_closed(service: Service, lines: str) -> None:
    # What follows would be answered if anything of the first request were taken for a second one, or left open.
    found = service.send(request(GOOD + lines) + b"0\r\n\r\n" + request(GOOD + HER))
    assert [reply.status for reply in found] == [400], [reply.body for reply in found]
    assert found[0].headers["connection"] == "close"


@pytest.mark.parametrize(
    "line", ["GET /proof HTTP/1.2x", "GET /proof", "GET /proof HTTP/2.0", "\0\1\2", "GET /pro\x00of HTTP/1.1"]
)
def test_no_request_at_all(service: Service, line: str) -> None:
    found = service.send(request(GOOD + ME, line))
    assert found and found[0].status in (400, 404, 405) and BOB.encode() not in found[0].body


def test_an_absolute_target_chooses_nothing(service: Service, statements: Statements) -> None:
    found = service.send(request(GOOD + ME + "Connection: close\r\n", f"GET http://{BOB}/proof HTTP/1.1"))
    assert found[0].body == statements.proof(8, ALICE)


@pytest.mark.parametrize(
    "secret",
    ["", "X-Proxy-Secret: \r\n", f"X-Proxy-Secret: {SECRET}x\r\n", f"X-Proxy-Secret: {SECRET[:-1]}\r\n"],
    ids=["missing", "empty", "longer", "shorter"],
)
def test_a_direct_client_does_not_know_the_secret(service: Service, secret: str) -> None:
    reply = service.send(request(f"Host: x\r\n{secret}{HER}Connection: close\r\n"))[0]
    assert reply.status in (400, 403) and len(reply.body) < 600


def test_guessing_beside_the_right_secret(service: Service) -> None:
    two = f"Host: x\r\nX-Proxy-Secret: {SECRET}\r\nX-Proxy-Secret: {SECRET}\r\n{HER}"
    assert service.send(request(two))[0].status == 400


def test_without_an_account_nobody_is_signed_in(service: Service) -> None:
    reply = service.send(request(GOOD + "Connection: close\r\n"))[0]
    assert (reply.status, reply.code) == (401, "not-signed-in")


def test_only_named_proxies_may_ask(folder: Path) -> None:
    text = '[auth.header]\nname = "X-Account-Id"\n'
    with running(config(folder, text, listen='proxies = ["192.0.2.7", "127.0.0.2"]\n')) as service:
        reply = service.get("/proof", {"X-Account-Id": ALICE})
        assert (reply.status, reply.code) == (403, "not-for-you")
        assert service.refused("proxy-unknown") == 1
    with running(config(folder, text, listen='proxies = ["127.0.0.0/8"]\n')) as service:
        assert service.get("/proof", {"X-Account-Id": ALICE}).status == 200


def test_a_unix_socket_is_open_to_its_group_only(folder: Path, statements: Statements) -> None:
    text = '[auth.header]\nname = "X-Account-Id"\n'
    with running(config(folder, text, listen='address = "unix:proofs.sock"\n')) as service:
        path = folder / "proofs.sock"
        assert path.stat().st_mode & 0o777 == 0o660
        assert service.get("/proof", {"X-Account-Id": ALICE}).body == statements.proof(8, ALICE)
    assert not path.exists()
