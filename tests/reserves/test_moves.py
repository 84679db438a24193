"""Money borrowed for the day shows when the same holdings are read on other days."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.chain import CHAIN, LocalChain, address_of, key
from por.reserves.chains import Wish, open_chain
from por.reserves.moves import DAY, Move, read_others, say, to_bytes
from por.reserves.tables import ReserveTables
from tests.evm import AS_OF, HEADER, QUICK, Exchange, needs_anvil, snapshot

pytestmark = needs_anvil

STEADY, BORROWED = (address_of(key(name)) for name in ("steady", "borrowed"))
ETHER = f"{CHAIN}/slip44:60"
WISHES = [Wish(account=f"{CHAIN}:{name}", assets=(ETHER,)) for name in (STEADY, BORROWED)]


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with LocalChain(start=AS_OF - 2 * DAY) as found:
        bank = found.accounts[0]
        found.next_time(AS_OF - DAY - 5)
        found.send(bank, to=STEADY, value=1000)
        found.next_time(AS_OF - 10)
        found.send(bank, to=STEADY, value=10)
        found.next_time(AS_OF - 5)
        found.send(bank, to=BORROWED, value=500)
        # given back: the balance itself is taken, from the newest block on, since the borrower has no key here
        found.mine(at=AS_OF + 2)
        found.call("anvil_setBalance", BORROWED, hex(0))
        found.mine(at=AS_OF + 5)
        found.mine(at=AS_OF + DAY - 5)
        found.mine(at=AS_OF + DAY + 5, blocks=4)
        yield found


def test_what_was_there_for_the_day_only_is_listed(chain: LocalChain) -> None:
    node = open_chain(CHAIN, chain.url, QUICK)
    now = node.read(replace(node.pin(AS_OF), header=None), WISHES, ReserveTables())
    before, after, *rest = read_others(node, now, WISHES, as_of=AS_OF, also=(1,))
    assert not rest and (before.days, after.days) == (-1, 1)
    for row in (before, after):
        assert row.moves == (Move(account=f"{CHAIN}:{BORROWED}", asset=ETHER, then=0, at=500),)
    assert before.totals == {ETHER: (1000, 1510)}
    assert after.totals == {ETHER: (1010, 1510)}
    assert before.block is not None and before.block.time == AS_OF - DAY - 5
    assert f"1 days before: {CHAIN}:{BORROWED} had 0 of {ETHER}, 500 at the snapshot" in say([before])[0]


def test_days_that_cannot_be_read_are_told(chain: LocalChain) -> None:
    node = open_chain(CHAIN, chain.url, QUICK)
    now = node.read(replace(node.pin(AS_OF), header=None), WISHES, ReserveTables())
    young, early = read_others(node, now, WISHES, as_of=AS_OF, also=(30,))
    assert "the chain began" in young.missing and "not after" in early.missing
    assert [row.block for row in (young, early)] == [None, None]
    assert all("not read" in text for text in say([young, early]))


def test_check_writes_them(ex: Exchange, tmp_path: Path) -> None:
    from por.reserves.check import check_reserves

    notices: list[str] = []
    check_reserves(
        wallets=ex.wallets,
        control=ex.control,
        snapshot=snapshot(),
        nodes=ex.nodes,
        tables=ex.tables,
        out=tmp_path / "out",
        also=(1, 1),
        limits=QUICK,
        notice=notices.append,
    )
    path = tmp_path / "out" / "moves.json"
    assert path.stat().st_mode & 0o777 == 0o600
    found = json.loads(path.read_bytes())
    assert [row["days"] for row in found["readings"]] == [-1, 1]
    assert all(row["missing"] for row in found["readings"])
    assert sum("not read" in text for text in notices) == 2


def test_the_page_shows_what_is_written() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "spec" / "moves.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)
    shown, made = json.loads(example), json.loads(to_bytes(HEADER.id, []))
    assert shown.keys() == made.keys()
    assert (shown["format"], shown["large_percent"]) == (made["format"], made["large_percent"])
