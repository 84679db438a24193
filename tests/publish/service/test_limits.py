"""How often one may ask: in memory that does not grow, for all processes together."""

from __future__ import annotations

from pathlib import Path

from por.publish.service.limits import CELLS, Limiter
from tests.publish.service.signing import ED, token, write_jwks
from tests.publish.service.world import ALICE, BOB, BY_TOKEN, PEOPLE, config, running


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def limiter(per_minute: int, burst: int) -> tuple[Limiter, Clock]:
    clock = Clock()
    return Limiter(per_minute, burst, secret=b"s", clock=clock), clock


def test_a_burst_then_an_even_rate() -> None:
    found, clock = limiter(12, 3)
    assert [found.wait(b"a") for _ in range(3)] == [0, 0, 0]
    assert found.wait(b"a") == 5
    clock.now += 4
    assert found.wait(b"a") == 1
    clock.now += 1
    assert found.wait(b"a") == 0 and found.wait(b"a") == 5


def test_asking_too_often_does_not_prolong_the_wait() -> None:
    found, clock = limiter(60, 1)
    assert found.wait(b"a") == 0
    for _ in range(100):
        assert found.wait(b"a") == 1
    clock.now += 1
    assert found.wait(b"a") == 0


def test_one_customer_does_not_use_up_anothers() -> None:
    found, _ = limiter(1, 1)
    assert found.wait(b"a") == 0 and found.wait(b"a") > 0 and found.wait(b"b") == 0


def test_nobody_gets_rid_of_a_limit_by_asking_under_many_names() -> None:
    found, _ = limiter(1, 1)
    assert found.wait(b"a") == 0
    let_through = sum(found.wait(b"%d" % number) == 0 for number in range(CELLS // 2))
    assert found.wait(b"a") > 0
    assert let_through > 0.9 * (CELLS // 2), "strangers are hardly ever taken for one another"


def test_no_limit() -> None:
    found, _ = limiter(0, 1)
    assert all(found.wait(b"a") == 0 for _ in range(1000))


def test_customers_are_held_to_their_rate_over_all_processes(folder: Path) -> None:
    limits = "customer_per_minute = 1\ncustomer_burst = 3\naddress_per_minute = 0\n"
    with running(config(folder, limits=limits, listen="workers = 2\n")) as service:
        found = [service.as_customer(ALICE) for _ in range(12)]
        assert [reply.status for reply in found] == [200] * 3 + [429] * 9
        assert 0 < int(found[-1].headers["retry-after"]) <= 60 and found[-1].code == "too-many"
        assert service.as_customer(BOB).status == 200
        assert service.refused("limit-customer") == 9


def test_addresses_are_held_to_theirs_before_anything_is_checked(folder: Path) -> None:
    write_jwks(folder / "login.jwks.json", ED)
    limits = "customer_per_minute = 0\naddress_per_minute = 1\naddress_burst = 2\n"
    with running(config(folder, BY_TOKEN, limits=limits, listen='client_header = "X-Real-Ip"\n')) as service:

        def ask(address: str, signed: str = "") -> int:
            more = {"Authorization": f"Bearer {signed or token(ALICE)}"}
            return service.get("/proof", {"X-Real-Ip": address, **more}).status

        assert [ask("198.51.100.1", "a.b.c") for _ in range(4)] == [401, 401, 429, 429]
        assert ask("198.51.100.2") == 200
        assert [ask("::ffff:198.51.100.1"), ask("198.51.100.1")] == [429, 429], "one address in two spellings"
        assert [ask(f"2001:db8::{number}") for number in range(1, 4)] == [200, 200, 429], "2^64 addresses are one"
        assert [ask(value) for value in ("", "x", "1.2.3.4, 5.6.7.8", "1.2.3.4.5")] == [400] * 4
        assert service.get("/proof", {"Authorization": f"Bearer {token(ALICE)}"}).status == 400


def test_without_a_header_for_it_a_proxys_own_address_is_no_customers(folder: Path) -> None:
    limits = "customer_per_minute = 0\naddress_per_minute = 1\naddress_burst = 1\n"
    with running(config(folder, limits=limits)) as service:
        assert {service.as_customer(who).status for who in PEOPLE[:10]} == {200}
