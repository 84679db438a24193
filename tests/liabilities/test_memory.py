"""A bound on memory: how it is written, that it changes nothing, and that a killed build leaves nothing for long."""

import subprocess
import sys
import time

import pytest

from por import files
from por.errors import InputError, UsageError
from por.liabilities.memory import SMALLEST, default_memory, parse_size, share_out
from por.snapshot import AssetSettings
from tests.liabilities.ledgers import snapshot, write_csv
from tests.liabilities.test_build import build, tree_of

TAIL = {f"COIN{number}": AssetSettings(decimals=8) for number in range(148)}
ASSETS = {"BTC": AssetSettings(decimals=8), "BTC_lent": AssetSettings(decimals=8, pieces=3, split_above=900)} | TAIL
CODES = [code.replace("_", ":") for code in ASSETS]


def long_tail(count):
    """Half of the rows in BTC, a quarter in its class, the rest over 148 other assets."""
    return [
        (
            f"user-{number}@example.jp",
            CODES[0] if number % 2 else CODES[1] if number % 4 else CODES[number // 4 % 150],
            number,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4 * 10**9),
        ("4 GiB", 4 << 30),
        ("1.5G", 1_500_000_000),
        ("512mb", 512_000_000),
        ("1TiB", 1 << 40),
        ("300000000", 300_000_000),
        ("0.25GiB", 1 << 28),
    ],
)
def test_sizes_as_people_write_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "4XB", "-4GB", "4,5GB", "four", "GB", "1e9", "4 G B", "0", "255MiB", "9" * 16])
def test_sizes_that_are_none_or_too_small(text):
    with pytest.raises(UsageError) as error:
        parse_size(text)
    assert error.value.code == "memory-size"
    assert error.value.hint


def test_the_default_is_a_part_of_what_is_free_and_the_shares_stay_within_a_bound():
    assert default_memory() >= SMALLEST
    for bound in (SMALLEST, 1 << 30, 4 * 10**9, 1 << 36):
        shares = share_out(bound)
        assert min(shares.kernel, shares.duckdb) >= 32 << 20
        assert shares.kernel + shares.duckdb < bound


def test_150_assets_with_a_long_tail_give_the_same_bytes_whatever_the_memory(tmp_path):
    ledger = write_csv(tmp_path / "ledger.csv", long_tail(30_000))
    of = snapshot(**ASSETS)
    made = []
    for memory in (None, 2**28, 10_000_000, 1):  # below what the command line takes, so that rows do go out
        build(ledger, out=tmp_path / "out", of=of, memory=memory)
        made.append(tree_of(tmp_path / "out"))
    assert all(each == made[0] for each in made)
    assert len(made[0]) == 151
    again = build(ledger, of=of, memory=1)  # an auditor's
    assert again.to_bytes() == made[0]["liabilities.json"]


def test_faults_are_told_before_anything_is_written(tmp_path):
    rows = [
        *long_tail(2000),
        ("user-1@example.jp", "BTC", 5),
        ("x y", "BTC", 1),
        ("new", "DOGE", 1),
        ("newer", "BTC", -1),
    ]
    path = write_csv(tmp_path / "ledger.csv", rows)
    with pytest.raises(InputError) as error:
        build(path, out=tmp_path / "out", of=snapshot(**ASSETS), memory=1)
    text = error.value.message
    assert error.value.code == "row-repeated"
    for words in (
        "row 2001",
        "row 2",
        "account-id-malformed",
        "asset-unknown",
        "DOGE",
        "amount-negative",
        "3 more faults",
    ):
        assert words in text, text
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.csv"]


KILLED = """
import sys
from pathlib import Path
from tests.liabilities.test_build import build
build(Path(sys.argv[1]), out=Path(sys.argv[2]), memory=1, progress=print)
"""


def test_the_next_build_removes_what_a_killed_one_has_left(tmp_path):
    big = tmp_path / "big.csv"
    big.write_text("account_id,asset,amount\n" + "".join(f"user-{number},BTC,1\n" for number in range(600_000)))
    small = write_csv(tmp_path / "small.csv")
    child = subprocess.Popen([sys.executable, "-c", KILLED, big, tmp_path / "out"], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (left := list(tmp_path.glob(".out.*"))) and time.monotonic() < deadline:
            time.sleep(0.005)
        # while it lives, its folder is its own
        build(small, out=tmp_path / "out")
        assert left[0].exists() or child.poll() is not None
    finally:
        child.kill()
        child.wait()
    (tmp_path / ".out.backup").mkdir()  # somebody else's
    build(small, out=tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.backup", "big.csv", "out", "small.csv"]


def test_a_folder_in_work_is_left_alone_and_a_left_one_is_swept(tmp_path):
    with files.new_folder(tmp_path / "out") as first:
        (first / "mine").write_text("1")
        with files.new_folder(tmp_path / "out") as second:
            assert first.exists() and first != second
            (second / "mine").write_text("2")
        assert (tmp_path / "out/mine").read_text() == "2"
    assert (tmp_path / "out/mine").read_text() == "1"
    left = tmp_path / ".out.abc.unfinished"
    left.mkdir()
    (left / "BTC.tree").write_bytes(b"half")
    outside = tmp_path / "precious"
    outside.mkdir()
    (tmp_path / ".out.link.unfinished").symlink_to(outside)
    with files.new_folder(tmp_path / "out"):
        pass
    assert not left.exists()
    assert outside.exists()
