"""Builds: the same bytes whatever the threads, batches and order; nothing half-made; refusals."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading

import por_kernel
import pyarrow as pa
import pytest

from tests.kernel.common import KEY, build, refused, table

COUNT = 3000
LEDGER = table(
    [f"user-{number}@example.com" for number in range(COUNT)],
    [("BTC", "JPY", "BTC:lent")[number % 3] for number in range(COUNT)],
    [str(number * 1_000_003) for number in range(COUNT)],
)
ASSETS = (("BTC", 8, 1, 0), ("JPY", 0, 3, 10**8), ("BTC:lent", 8, 1, 0), ("ETH", 18, 1, 0))


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_bytes_on_any_number_of_threads_and_in_any_batches(tmp_path):
    made = []
    for threads in range(1, 9):
        folder = tmp_path / str(threads)
        folder.mkdir()
        rows = LEDGER if threads % 2 else LEDGER.take(list(range(COUNT))[::-1])
        batches = rows.to_reader(max_chunksize=threads * 37)
        assets = ASSETS if threads % 2 else ASSETS[::-1]
        made.append((build(batches, folder=folder, assets=assets, threads=threads), files(folder)))
    assert all(each == made[0] for each in made)
    rows, stores = made[0]
    assert list(rows) == ["BTC", "BTC:lent", "ETH", "JPY"]
    assert set(stores) == {"BTC.tree", "BTC_lent.tree", "ETH.tree", "JPY.tree"}
    assert rows["JPY"]["count"] > COUNT // 3 and rows["ETH"]["count"] == 0
    assert build(LEDGER, assets=ASSETS) == rows


def test_streams_one_after_the_other_are_one_ledger():
    parts = [LEDGER.slice(start, 700) for start in range(0, COUNT, 700)]
    assert build(*parts, assets=ASSETS) == build(LEDGER, assets=ASSETS)


def test_stores_are_for_the_owner_alone(tmp_path):
    build(LEDGER, folder=tmp_path, assets=ASSETS)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_debts_are_left_out_and_counted_where_asked():
    ledger = table(["a", "b", "c"], ["BTC"] * 3, ["7", "-5", "-6"])
    row = build(ledger, negative="exclude")["BTC"]
    assert (row["count"], row["total"], row["excluded_rows"], row["excluded_amount"]) == (1, 7, 2, 11)
    assert refused(ledger).code == "amount-negative"


def test_repeated_rows_are_refused_or_added_up():
    ledger = table(["a", "b", "a", "a"], ["BTC", "BTC", "BTC", "JPY"], ["1", "2", "3", "4"])
    error = refused(ledger)
    assert (error.code, error.row) == ("row-repeated", 3)
    assert "row 1" in error.message
    once = table(["a", "b", "a"], ["BTC", "BTC", "JPY"], ["4", "2", "4"])
    assert build(ledger, sum_duplicates=True) == build(once)
    with_debt = table(["a", "a", "a"], ["BTC"] * 3, ["5", "-9", "2"])
    row = build(with_debt, sum_duplicates=True, negative="exclude")["BTC"]  # judged row by row, then added
    assert (row["total"], row["excluded_rows"], row["excluded_amount"]) == (7, 1, 9)
    assert refused(with_debt, sum_duplicates=True).code == "amount-negative"


def test_a_failed_build_leaves_nothing_behind_and_overwrites_nothing(tmp_path):
    doubled = table(["a", "a", "b"], ["JPY", "JPY", "BTC"], ["1", "2", "3"])
    assert refused(doubled, folder=tmp_path).code == "row-repeated"
    assert files(tmp_path) == {}
    (tmp_path / "BTC.tree").write_bytes(b"precious")
    assert refused(LEDGER, folder=tmp_path, assets=ASSETS).code == "file-unreachable"
    assert files(tmp_path) == {"BTC.tree": b"precious"}
    assert refused(LEDGER, folder=tmp_path / "none", assets=ASSETS).code == "file-missing"


def test_a_full_disk_is_told_as_such(tmp_path):
    # a limit on the size of files stands in for a disk that is full; only the child has it
    script = f"""
        import resource, signal, sys
        import pyarrow as pa, por_kernel
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        build = por_kernel.Build(snapshot_key=bytes(32), assets=[("BTC", 8, 1, 0)], amounts="base-units")
        names = [f"user-{{i}}" for i in range(500)]
        build.ingest(pa.table({{"account_id": names, "asset": ["BTC"] * 500, "amount": ["1"] * 500}}))
        try:
            build.finish({str(tmp_path)!r})
        except por_kernel.KernelError as error:
            sys.exit(0 if error.code == "disk-full" else str(error))
        sys.exit("no error")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path) == {}


def test_a_build_ends_with_finish_or_with_a_refusal():
    ended = por_kernel.Build(snapshot_key=KEY, assets=[("BTC", 8, 1, 0)], amounts="base-units")
    ended.finish(None)
    for again in (lambda: ended.finish(None), lambda: ended.ingest(LEDGER)):
        with pytest.raises(por_kernel.KernelError) as caught:
            again()
        assert caught.value.code == "build-finished"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"snapshot_key": b"short"}, "key-malformed"),
        ({"assets": [("btc", 8, 1, 0)]}, "asset-malformed"),
        ({"assets": [("BTC:" + "x" * 25, 8, 1, 0)]}, "asset-malformed"),
        ({"assets": [("BTC", 78, 1, 0)]}, "argument-malformed"),
        ({"assets": [("BTC", 8, 257, 5)]}, "argument-malformed"),
        ({"assets": [("BTC", 8, 1, 5)]}, "argument-malformed"),
        ({"assets": [("BTC", 8, 1, 0)] * 2}, "argument-malformed"),
        ({"amounts": "satoshi"}, "argument-malformed"),
        ({"negative": "net"}, "argument-malformed"),
        ({"threads": 10_000}, "argument-malformed"),
    ],
)
def test_arguments_that_make_no_sense(changed, code):
    arguments = {"snapshot_key": KEY, "assets": [("BTC", 8, 1, 0)], "amounts": "base-units"} | changed
    with pytest.raises(por_kernel.KernelError) as caught:
        por_kernel.Build(**arguments)
    assert caught.value.code == code


def test_sources_that_fail_or_are_none():
    def rows():
        yield LEDGER.to_batches()[0]
        raise OSError("the disk went away")

    error = refused(pa.RecordBatchReader.from_batches(LEDGER.schema, rows()), assets=ASSETS)
    assert error.code == "stream-failed"
    assert "the disk went away" in error.message
    assert refused([1, 2, 3]).code == "argument-malformed"


def test_ctrl_c_stops_between_batches():
    endless = pa.Table.from_batches(LEDGER.to_batches() * 20_000)  # 60 million rows that share their memory
    made = por_kernel.Build(snapshot_key=KEY, assets=list(ASSETS), amounts="base-units", sum_duplicates=True)
    timer = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
    # A shell that starts the tests in the background has its children ignore this signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            made.ingest(endless)
    finally:
        signal.signal(signal.SIGINT, before)
