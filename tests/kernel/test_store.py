"""Stores: found without being built again, useless with another key, and damage never makes a wrong proof."""

import random
import time

import por_kernel
import pytest

from tests.kernel.common import KEY, build, table

COUNT = 70_000
"""More leaves than a store keeps in one bucket."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("stores")
    ids = [f"user-{number}" for number in range(COUNT)]
    build(table(ids, ["BTC"] * COUNT, [str(number) for number in range(COUNT)]), folder=made)
    return made


def refused(call):
    with pytest.raises(por_kernel.KernelError) as caught:
        call()
    return caught.value.code


def test_what_a_store_says_of_itself(folder):
    store = por_kernel.Store(str(folder / "BTC.tree"))
    assert (store.asset, store.count, store.total) == ("BTC", COUNT, COUNT * (COUNT - 1) // 2)
    assert len(store.root) == 32
    assert (folder / "BTC.tree").stat().st_size < 72 * COUNT


def test_accounts_are_found_and_strangers_are_not(folder):
    store = por_kernel.Store(folder / "BTC.tree")
    for number in random.Random(1).sample(range(COUNT), 300):
        (piece,) = store.prove(KEY, f"user-{number}")
        assert piece["amount"] == number
        assert len(piece["path"]) <= 17 and len(piece["nonce"]) == 16
    assert all(store.prove(KEY, f"stranger-{number}") is None for number in range(300))
    empty = por_kernel.Store(folder / "JPY.tree")
    assert (empty.count, empty.prove(KEY, "user-1")) == (0, None)


def test_a_proof_takes_less_than_a_millisecond_with_opening(folder):
    took = []
    for number in range(50):
        start = time.perf_counter()
        por_kernel.Store(folder / "BTC.tree").prove(KEY, f"user-{number}")
        took.append(time.perf_counter() - start)
    assert min(took) < 0.001


def test_other_keys_and_ids_that_cannot_be(folder):
    store = por_kernel.Store(folder / "BTC.tree")
    assert refused(lambda: store.prove(bytes(32), "user-1")) == "key-mismatch"
    assert refused(lambda: store.prove(b"short", "user-1")) == "key-malformed"
    for account_id in ("", "a b", "\u212b", "\ud800", "x" * 256):
        assert refused(lambda account_id=account_id: store.prove(KEY, account_id)) == "account-id-malformed"


def test_files_that_are_no_store(folder, tmp_path):
    assert refused(lambda: por_kernel.Store(tmp_path / "none")) == "file-missing"
    assert refused(lambda: por_kernel.Store(tmp_path)) in ("file-unreachable", "store-damaged")
    whole = (folder / "BTC.tree").read_bytes()
    other = tmp_path / "other.tree"
    for data in (
        b"",
        b"\x00" * 500,
        b"account_id,asset,amount\n" * 40,
        whole[:-1],
        whole[: len(whole) // 2],
        whole + b"\x00",
    ):
        other.write_bytes(data)
        assert refused(lambda: por_kernel.Store(other)) == "store-damaged"
    other.write_bytes(whole[:8] + b"\x00\x00\x00\x02" + whole[12:])
    assert refused(lambda: por_kernel.Store(other)) == "store-version"


def test_damage_gives_an_error_or_the_right_proof(folder, tmp_path):
    whole = bytearray((folder / "BTC.tree").read_bytes())
    numbers = random.Random(2).sample(range(COUNT), 40)
    good = por_kernel.Store(folder / "BTC.tree")
    wanted = [good.prove(KEY, f"user-{number}") for number in numbers]
    seen = set()
    for place in range(0, len(whole), len(whole) // 60):
        changed = whole.copy()
        for at in range(place, min(place + 30_000, len(whole))):
            changed[at] ^= 0x55
        (tmp_path / "changed").write_bytes(changed)
        try:
            store = por_kernel.Store(tmp_path / "changed")
        except por_kernel.KernelError as error:
            seen.add(error.code)
            continue
        for number, proof in zip(numbers, wanted, strict=True):
            try:
                assert store.prove(KEY, f"user-{number}") == proof
                seen.add("right")
            except por_kernel.KernelError as error:
                seen.add(error.code)
    assert seen == {"right", "store-damaged"}
