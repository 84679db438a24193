"""What customers are answered, by a service in a process of its own."""

from __future__ import annotations

import json
import re

import pytest

from por.publish.service.answers import BY_REASON, BY_STATUS, WORDS
from por.publish.service.measures import REASONS
from tests.publish.service.world import ALICE, BOB, PEOPLE, SECRET, Service, Statements


def test_the_newest_proof_is_a_download(service: Service, statements: Statements) -> None:
    reply = service.as_customer(ALICE)
    assert (reply.status, reply.body) == (200, statements.proof(8, ALICE))
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["content-disposition"] == 'attachment; filename="proof-8.json"'
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert not {"access-control-allow-origin", "set-cookie", "server", "etag"} & reply.headers.keys()


@pytest.mark.parametrize("sequence", [7, 8])
def test_older_ones_by_sequence(service: Service, statements: Statements, sequence: int) -> None:
    reply = service.as_customer(BOB, f"/proofs/{sequence}")
    assert (reply.status, reply.body) == (200, statements.proof(sequence, BOB))


def test_the_list_names_statements_and_nobody(service: Service) -> None:
    rows = json.loads(service.as_customer(ALICE, "/proofs").body)["proofs"]
    assert [row["sequence"] for row in rows] == [8, 7]
    assert rows[0].keys() == {"sequence", "as_of", "snapshot_id", "statement"}


def test_no_balance_looks_like_no_account(service: Service) -> None:
    gone, stranger = service.as_customer(PEOPLE[-1]), service.as_customer("nobody@example.jp")
    assert gone.status == stranger.status == 404 and gone.body == stranger.body and gone.code == "no-balance"
    assert {key: value for key, value in gone.headers.items() if key != "date"} == {
        key: value for key, value in stranger.headers.items() if key != "date"
    }
    assert service.as_customer(PEOPLE[-1], "/proofs/7").status == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/proofs/9", 404, "no-statement"),
        ("/proofs/0", 404, "not-found"),
        ("/proofs/07", 404, "not-found"),
        ("/proofs/%37", 404, "not-found"),
        ("/proofs/7/", 404, "not-found"),
        ("/proofs/../proofs/7", 404, "not-found"),
        ("//proof", 404, "not-found"),
        ("/", 404, "not-found"),
        ("/metrics", 404, "not-found"),
        (f"/proof/{BOB}", 404, "not-found"),
        (f"/proof?account={BOB}", 400, "query-refused"),
        ("/proofs/7?x", 400, "query-refused"),
    ],
)
def test_other_addresses(service: Service, path: str, status: int, code: str) -> None:
    reply = service.as_customer(ALICE, path)
    assert (reply.status, reply.code) == (status, code) and BOB.encode() not in reply.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods(service: Service, method: str) -> None:
    reply = service.get("/proof", {"X-Account-Id": ALICE, "X-Proxy-Secret": SECRET}, method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


def test_head_has_the_length_and_no_body(service: Service, statements: Statements) -> None:
    with service.connect() as found:
        found.sendall(
            f"HEAD /proof HTTP/1.1\r\nHost: x\r\nX-Account-Id: {ALICE}\r\nX-Proxy-Secret: {SECRET}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        data = b""
        while part := found.recv(65536):
            data += part
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and body == b""
    assert f"content-length: {len(statements.proof(8, ALICE))}".encode() in head


def test_health_tells_what_is_published_anyway(service: Service) -> None:
    reply = service.get("/healthz")
    found = json.loads(reply.body)
    assert reply.status == 200 and (found["status"], found["sequence"]) == ("ok", 8)
    assert found.keys() == {"status", "sequence", "as_of", "snapshot_id", "statement"}


def test_figures_are_on_their_own_address_and_count(service: Service) -> None:
    before = service.figures()
    service.as_customer(ALICE)
    service.as_customer("nobody@example.jp")
    after = service.figures()
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert grown['por_proofs_requests_total{status="404"}'] == 1
    assert grown['por_proofs_refused_total{reason="no-balance"}'] == 1
    assert grown['por_proofs_requests_total{status="200"}'] >= 1  # and the question for figures itself
    assert (after["por_proofs_sequence"], after["por_proofs_files"], after["por_proofs_workers"]) == (8, 2, 2)
    assert after['por_proofs_seconds_bucket{le="+Inf"}'] == after["por_proofs_seconds_count"]


def test_many_requests_on_one_connection(service: Service, statements: Statements) -> None:
    head = f"Host: x\r\nX-Proxy-Secret: {SECRET}\r\n"
    with service.connect() as found:
        for who in (ALICE, BOB, ALICE):
            found.sendall(f"GET /proof HTTP/1.1\r\n{head}X-Account-Id: {who}\r\n\r\n".encode())
            data = b""
            wanted = statements.proof(8, who)
            while wanted not in data:
                part = found.recv(65536)
                assert part, data
                data += part


def test_pipelined_requests_keep_their_accounts(service: Service, statements: Statements) -> None:
    people = PEOPLE[:20]
    head = f"Host: x\r\nX-Proxy-Secret: {SECRET}\r\n"
    text = "".join(f"GET /proof HTTP/1.1\r\n{head}X-Account-Id: {who}\r\n\r\n" for who in people)
    found = service.send(text.encode())
    assert [reply.body for reply in found] == [statements.proof(8, who) for who in people]


def test_every_refusal_has_words_in_both_languages() -> None:
    assert {*BY_REASON.values(), *BY_STATUS.values()} == set(WORDS)
    assert set(BY_REASON) <= {*REASONS}
    for english, japanese in WORDS.values():
        assert english.isascii() and re.search(r"[ぁ-ん]", japanese)
