"""Reading many balances: in parts, several at once and within limits, again after a break, with shared nodes once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from fixtures.chain import CHAIN, LocalChain, address_of, key
from por.errors import SourceError
from por.outcomes import Basis
from por.reserves.chains import Limits, Pinned, Readings, Wish, open_chain
from por.reserves.chains.parallel import in_order
from por.reserves.chains.parts import ACCOUNTS
from por.reserves.evidence.account import token_key
from por.reserves.evidence.bundle import Bundle, Shared, verify_bundle
from por.reserves.tables import ReserveTables, Token
from tests.evm import AS_OF, needs_anvil
from tests.reserves import evm_code as code
from tests.reserves.spoiled import Spoiler, send, spoiled

pytestmark = needs_anvil

COUNT = 2 * ACCOUNTS + 10
HOLDERS = tuple(address_of(key(f"many {n}")) for n in range(COUNT))
CONTRACT = address_of(key("many's token"))
ASSETS = (f"{CHAIN}/erc20:{CONTRACT}", f"{CHAIN}/slip44:60")
WISHES = tuple(Wish(account=f"{CHAIN}:{holder}", assets=ASSETS) for holder in HOLDERS)
LIMITS = Limits(timeout=20, tries=2, backoff=0.01, batch=40, concurrency=4)


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with LocalChain(start=AS_OF - 9000) as found:
        code.place(found, CONTRACT, code.token(slot=0))
        for n, holder in enumerate(HOLDERS):
            found.call("anvil_setBalance", holder, hex(10**18 + n))
            code.store(found, CONTRACT, token_key(row(found), bytes.fromhex(holder[2:])), n + 1)
        found.mine(at=AS_OF - 8000, blocks=4)
        yield found


@pytest.fixture
def node(chain: LocalChain) -> Iterator[tuple[str, Spoiler]]:
    with spoiled(chain.port) as found:
        yield found


def row(chain: LocalChain) -> Token:
    return Token(chain=CHAIN, contract=CONTRACT, code_hash=chain.code_hash(CONTRACT), slot=0)


def read(chain: LocalChain, url: str, limits: Limits = LIMITS, work: Path | None = None) -> tuple[Readings, Pinned]:
    opened = open_chain(CHAIN, url, limits)
    pinned = opened.recent()
    return opened.read(pinned, WISHES, ReserveTables(tokens=(row(chain),)), work=work), pinned


def test_every_amount_is_there_and_proven(chain: LocalChain) -> None:
    found, pinned = read(chain, chain.url)
    wanted = {(f"{CHAIN}:{holder}", ASSETS[0]): n + 1 for n, holder in enumerate(HOLDERS)}
    wanted |= {(f"{CHAIN}:{holder}", ASSETS[1]): 10**18 + n for n, holder in enumerate(HOLDERS)}
    assert {(item.account, item.asset): item.amount for item in found.rows} == wanted
    assert {item.basis for item in found.rows} == {Basis.PROVEN}
    assert pinned.header is not None
    shared = Shared()
    (name,) = found.shared
    shared.add(found.files[name], where=name)
    bundles = [Bundle.from_bytes(found.files[file], where=file) for file in found.files if file != name]
    for bundle in bundles:
        verify_bundle(bundle, pinned.header, where="test", shared=shared)
    shared.verify_used()
    # three parts of accounts and three of the token, and no trie node stands in two files
    assert len(bundles) == 6
    nodes = [keccak(node) for bundle in bundles for node in bundle.nodes]
    assert len(set(nodes)) == len(nodes)
    assert not any(node in shared for node in nodes)


def test_limits_change_nothing_but_the_requests(chain: LocalChain, node: tuple[str, Spoiler]) -> None:
    first = read(chain, node[0])[0]
    asked = len(node[1].asked)
    for limits in (Limits(batch=1000, concurrency=1), Limits(batch=7, concurrency=16)):
        again = read(chain, node[0], limits)[0]
        assert (again.rows, dict(again.files)) == (first.rows, dict(first.files))
        assert len(node[1].asked) == 2 * asked
        del node[1].asked[asked:]


def test_no_more_requests_at_once_than_the_user_allows(chain: LocalChain, node: tuple[str, Spoiler]) -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def reply(handler: BaseHTTPRequestHandler, questions: list[dict[str, Any]]) -> bool:
        nonlocal under_way, most
        assert len(questions) <= LIMITS.batch
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1
        return False

    node[1].reply = reply
    read(chain, node[0])
    assert 1 < most <= LIMITS.concurrency


def test_a_rate_is_kept(chain: LocalChain, node: tuple[str, Spoiler]) -> None:
    times: list[float] = []

    def reply(handler: BaseHTTPRequestHandler, questions: list[dict[str, Any]]) -> bool:
        times.append(time.monotonic())
        return False

    node[1].reply = reply
    limits = Limits(rate=40.0, batch=100, concurrency=8)
    read(chain, node[0], limits)
    assert (len(times) - 1) / (times[-1] - times[0]) < 40 * 1.1


def test_patience_that_a_node_asks_for_is_everybodys(chain: LocalChain, node: tuple[str, Spoiler]) -> None:
    refused, lock = list[float](), threading.Lock()
    times: list[float] = []

    def reply(handler: BaseHTTPRequestHandler, questions: list[dict[str, Any]]) -> bool:
        with lock:
            times.append(time.monotonic())
            now = len(times) >= 20 and not refused
            if now:
                refused.append(times[-1])
        if now:
            send(handler, 429, b"", Retry_After="1")
        return now

    node[1].reply = reply
    read(chain, node[0], Limits(batch=10, concurrency=4, tries=2, backoff=0.01))
    # what was under way goes through; then nobody asks until the second is over
    assert len([at for at in times if 0.2 < at - refused[0] < 0.9]) == 0
    assert max(times) - refused[0] > 0.9


def test_a_batch_that_is_too_large_is_asked_in_halves(chain: LocalChain, node: tuple[str, Spoiler]) -> None:
    sizes: list[int] = []

    def reply(handler: BaseHTTPRequestHandler, questions: list[dict[str, Any]]) -> bool:
        sizes.append(len(questions))
        if len(questions) > 15:
            if len(sizes) % 2:
                send(handler, 413, b"")
            else:
                send(handler, 200, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}}')
            return True
        return False

    node[1].reply = reply
    assert read(chain, node[0])[0].rows == read(chain, chain.url)[0].rows
    assert max(sizes) > 15


def test_a_run_that_broke_off_goes_on(chain: LocalChain, node: tuple[str, Spoiler], tmp_path: Path) -> None:
    whole = read(chain, node[0])[0]
    all_asked = len(node[1].asked)
    work = tmp_path / "work"
    node[1].asked.clear()

    def breaks(handler: BaseHTTPRequestHandler, questions: list[dict[str, Any]]) -> bool:
        late = node[1].asked.count("eth_call") > ACCOUNTS * 2
        if late:
            send(handler, 503, b"")
        return late

    node[1].reply = breaks
    with pytest.raises(SourceError) as caught:
        read(chain, node[0], work=work)
    assert caught.value.code == "node-status"
    kept = list(work.iterdir())
    assert kept and {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    node[1].reply = None
    node[1].asked.clear()
    found = read(chain, node[0], work=work)[0]
    assert (found.rows, dict(found.files), found.shared) == (whole.rows, dict(whole.files), whole.shared)
    # each part that was kept saves the questions of at least the smallest one
    assert all_asked - len(node[1].asked) >= 10 * len(kept)


def test_what_was_kept_is_not_taken_for_another_question(
    chain: LocalChain, node: tuple[str, Spoiler], tmp_path: Path
) -> None:
    """Another node, another block and another table ask anew; a damaged file is asked for again."""
    read(chain, node[0], work=tmp_path)
    kept = {path.name for path in tmp_path.iterdir()}

    def asked(url: str, **more: Any) -> int:
        node[1].asked.clear()
        read(chain, url, work=tmp_path, **more)
        return node[1].asked.count("eth_call")

    assert asked(node[0]) == 0
    assert asked(node[0] + "x") == COUNT
    for path in tmp_path.iterdir():
        if path.name in kept and path.read_bytes().startswith(b'{"amounts"'):
            path.write_bytes(path.read_bytes()[:-9])
    assert asked(node[0]) == COUNT
    chain.mine()
    assert asked(node[0]) == COUNT


def test_results_come_in_order_and_few_wait() -> None:
    started: list[int] = []

    def work(n: int) -> int:
        started.append(n)
        time.sleep(0.001 * (n % 3))
        return n

    found = in_order(work, range(200), workers=4)
    assert [next(found) for _ in range(10)] == list(range(10))
    time.sleep(0.05)
    assert max(started) < 10 + 4 * 2 + 1
    assert list(found) == list(range(10, 200))


def test_the_first_error_ends_it() -> None:
    def work(n: int) -> int:
        if n == 3:
            raise SourceError("no", code="test")
        return n

    with pytest.raises(SourceError):
        list(in_order(work, range(1000), workers=3))
