"""c2sp.org/tlog-witness against a real server: what is cosigned, what is refused with which status, and the fork."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from por.attestation import note, private
from por.attestation.cosignature import Witness, verify_cosignatures
from por.audit.evidence import check_evidence_file
from tests.attestation import model
from tests.conftest import por
from tests.witness import Running, Tree, make, running


@pytest.fixture
def trees() -> list[Tree]:
    return [Tree(origin="example.com/one").grown(5), Tree(origin="example.com/two").grown(3)]


@pytest.fixture
def watcher(tmp_path: Path, trees: list[Tree]) -> Iterator[tuple[Witness, Running]]:
    witness = make(tmp_path / "w", *trees)
    with running(tmp_path / "w") as found:
        yield witness, found


def check(witness: Witness, tree: Tree, answer: tuple[int, str, str]) -> None:
    status, body, _ = answer
    assert status == 200, answer
    whole = note.parse_note(tree.head().to_bytes() + body.encode(), where="answer")
    assert [row.witness for row in verify_cosignatures(whole, [witness], where="answer")] == [witness]


def test_two_logs_grow(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    witness, server = watcher
    one, two = trees
    check(witness, one, server.send(one.request(0)))
    check(witness, two, server.send(two.request(0)))
    for size in (6, 7, 8, 20):
        longer = one.grown(size)
        check(witness, longer, server.send(longer.request(len(one.entries))))
        one = longer
    check(witness, one, server.send(one.request(20)))
    check(witness, two, server.send(two.request(3)))
    assert server.send(one.request(0)) == (409, "20\n", "text/x.tlog.size")
    assert server.end() == 0


def test_it_remembers(tmp_path: Path, trees: list[Tree]) -> None:
    witness, one = make(tmp_path / "w", *trees), trees[0]
    with running(tmp_path / "w") as server:
        check(witness, one, server.send(one.request(0)))
        server.end()
    with running(tmp_path / "w") as server:
        assert server.send(one.request(0))[:2] == (409, "5\n")
        check(witness, one.grown(9), server.send(one.grown(9).request(5)))


def test_a_fork_is_refused_and_kept_as_evidence(
    tmp_path: Path, watcher: tuple[Witness, Running], trees: list[Tree]
) -> None:
    witness, server = watcher
    one = trees[0].grown(8)
    check(witness, one, server.send(one.request(0)))
    fork = trees[0].grown(8, "other")
    for old in (8, 5, 0):
        assert server.send(fork.request(old)) == (409, "8\n", "text/x.tlog.size")
    assert server.send(fork.grown(12).request(8))[0] == 422
    assert server.send(trees[0].request(5))[:2] == (409, "8\n"), "a shorter one"
    assert server.send(trees[0].request(8))[0] == 400
    (path,) = (tmp_path / "w/evidence").iterdir()
    found = list(check_evidence_file(path.read_bytes(), keys=[one.signer.public]))
    assert [row.id for row in found] == ["side:1", "side:2", "contradiction"]
    sides = [side["checkpoint"] for side in json.loads(path.read_bytes())["sides"]]
    assert [note.parse_note(side.encode(), where="e").text for side in sides] == [one.head().text, fork.head().text]
    check(witness, one.grown(9), server.send(one.grown(9).request(8)))


def test_evidence_has_the_lines_of_the_log_alone(
    tmp_path: Path, watcher: tuple[Witness, Running], trees: list[Tree]
) -> None:
    """A false line of another key of the exchange, sent along, does not spoil it for who knows that key too."""
    witness, server = watcher
    check(witness, trees[0], server.send(trees[0].request(0)))
    other, fork = private.generate(), Tree(origin="example.com/one", signer=trees[0].signer).grown(5, "other").head()
    false = note.NoteSignature(name="example.com/one", id=other.public.note_id("example.com/one"), sig=bytes(64))
    sent = replace(fork, signatures=(*fork.signatures, false))
    assert server.send(b"old 5\n\n" + sent.to_bytes())[0] == 409
    (path,) = (tmp_path / "w/evidence").iterdir()
    found = check_evidence_file(path.read_bytes(), keys=[trees[0].signer.public, other.public])
    assert [row.id for row in found] == ["side:1", "side:2", "contradiction"]


def test_who_may_ask(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    witness, server = watcher
    one, two = trees
    assert server.send(Tree(origin="example.com/three").grown(2).request(0))[0] == 404
    assert server.send(replace(one, signer=private.generate()).request(0))[0] == 403
    assert server.send(replace(one, signer=two.signer).request(0))[0] == 403
    head = one.head()
    forged = replace(head.signatures[0], sig=bytes(64))
    body = b"old 0\n\n" + replace(head, signatures=(forged,)).to_bytes()
    assert server.send(body)[0] == 403
    stranger = replace(one, signer=private.generate()).head().signatures
    check(witness, one, server.send(b"old 0\n\n" + replace(head, signatures=(*stranger, *head.signatures)).to_bytes()))


def proofs(tree: Tree) -> list[bytes]:
    good = tree.request(5)
    lines = good.split(b"\n")
    swapped = [lines[0], lines[2], lines[1], *lines[3:]]
    return [
        b"\n".join(swapped),
        b"\n".join([lines[0], *lines[2:]]),
        b"\n".join([lines[0], lines[1], *lines[1:]]),
        b"old 5\n\n" + tree.head().to_bytes(),
    ]


def test_proofs_that_do_not_hold(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    witness, server = watcher
    longer = trees[0].grown(12)
    hashed = longer.request(5).split(b"\n")[1]
    assert server.send(b"old 0\n" + hashed + b"\n\n" + longer.head().to_bytes())[0] == 422, "empty from zero"
    check(witness, trees[0], server.send(trees[0].request(0)))
    assert model.consistency(5, longer.entries)
    for body in proofs(longer):
        assert server.send(body)[0] == 422
    same = trees[0].request(5).replace(b"old 5\n", b"old 5\n" + hashed + b"\n")
    assert server.send(same)[0] == 422
    check(witness, longer, server.send(longer.request(5)))


def test_malformed_requests(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    _, server = watcher
    good = trees[0].request(0)
    hashed = b"A" * 43 + b"=\n"
    bad = [
        b"",
        b"old 0\n\n",
        good[:-1],
        good[1:],
        good.replace(b"old 0", b"old 00"),
        good.replace(b"old 0", b"old -1"),
        good.replace(b"old 0", b"old  0"),
        good.replace(b"old 0", b"old 0 "),
        good.replace(b"old 0\n", b""),
        good.replace(b"old 0\n", b"old 0\r\n"),
        good.replace(b"old 0\n\n", b"old 0\n"),
        good.replace(b"old 0\n", b"old 6\n"),
        good.replace(b"old 0\n", b"old 0\n" + hashed * 64),
        good.replace(b"old 0\n", b"old 0\nAAAA\n"),
        good.replace(b"old 0\n", b"old 0\n!\n"),
        good.replace(b"old 0\n", b"old 0\n\xff\n"),
        good.replace(b"\n5\n", b"\n05\n"),
        good + b"x\n",
        good + b"\xe2\x80\x94 a b\n",
    ]
    for body in bad:
        assert server.send(body)[0] == 400, body
    assert server.send(good)[0] == 200


def test_other_paths_and_methods(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    _, server = watcher
    assert server.send(trees[0].request(0), path="/other")[0] == 404
    assert server.send(b"", method="GET")[0] == 405
    assert server.send(b"", method="GET", path="/")[0] == 404
    assert server.send(b"x" * (300 << 10))[0] == 413


def test_a_connection_is_kept(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    witness, server = watcher
    with server.connect() as connection:
        for tree in trees:
            connection.request("POST", "/add-checkpoint", tree.request(0))
            answer = connection.getresponse()
            check(witness, tree, (answer.status, answer.read().decode(), ""))


def test_without_a_length_and_beyond_the_places(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    _witness, server = watcher
    parts = urlsplit(server.url)
    place = (str(parts.hostname), int(parts.port or 0))
    with socket.create_connection(place, timeout=30) as raw:
        raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 411 ")
    held = [socket.create_connection(place, timeout=30) for _ in range(64)]
    try:
        with socket.create_connection(place, timeout=30) as one_more:
            assert one_more.recv(1) == b""
    finally:
        for raw in held:
            raw.close()


def test_many_at_once_cosign_one_history(watcher: tuple[Witness, Running], trees: list[Tree]) -> None:
    """Of forks that race from one size, one is cosigned."""
    _, server = watcher
    one = trees[0]
    assert server.send(one.request(0))[0] == 200
    forks = [one.grown(7, mark) for mark in "abcdefgh"]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda tree: server.send(tree.request(5))[0], forks))
    assert sorted(found) == [200] + [409] * 7


def test_one_process_at_a_time(tmp_path: Path, watcher: tuple[Witness, Running]) -> None:
    ran = por("witness", "serve", tmp_path / "w", "--port", "0")
    assert ran.code == 4 and "another process serves this witness" in ran.err


def test_a_log_may_have_two_keys(tmp_path: Path) -> None:
    old = Tree(origin="example.com/one").grown(2)
    new = replace(old.grown(4), signer=private.generate())
    witness = make(tmp_path / "w", old)
    with (tmp_path / "w/logs.txt").open("a") as file:
        file.write(f"\n# its successor\n{new.line}\n")
    with running(tmp_path / "w") as server:
        check(witness, old, server.send(old.request(0)))
        check(witness, new, server.send(new.request(2)))
