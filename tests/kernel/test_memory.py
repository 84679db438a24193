"""Builds under a bound on memory: the same bytes, nothing left behind, and what they hear from outside."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import por_kernel
import pyarrow as pa
import pytest

from tests.kernel.common import KEY, build, refused, table

COUNT = 40_000
ASSETS = [("BTC", 8, 1, 0), ("JPY", 0, 3, 10**8)] + [(f"T{number}:lent", 8, 1, 0) for number in range(60)]
LEDGER = table(
    [f"user-{number}@example.com" for number in range(COUNT)],
    ["BTC" if number % 4 else ASSETS[number // 4 % len(ASSETS)][0] for number in range(COUNT)],
    [str(number * 1_000_003) for number in range(COUNT)],
)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return build(LEDGER, folder=folder, assets=ASSETS), files(folder)


@pytest.mark.parametrize(("memory", "threads"), [(1, 1), (200_000, 2), (3_000_000, 3), (20_000_000, 8)])
def test_the_same_bytes_whatever_the_memory(whole, tmp_path, memory, threads):
    (tmp_path / "out").mkdir()
    (tmp_path / "scratch").mkdir()
    rows = LEDGER.to_reader(max_chunksize=1000 * threads)
    made = build(
        rows, folder=tmp_path / "out", assets=ASSETS, threads=threads, memory=memory, scratch=tmp_path / "scratch"
    )
    assert (made, files(tmp_path / "out")) == whole
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("memory", [1, 500_000])
def test_rows_are_added_up_whatever_the_memory(whole, tmp_path, memory):
    ids, assets = LEDGER["account_id"], LEDGER["asset"]
    parts = [
        [str(int(amount) // 2 + half * (int(amount) % 2)) for amount in LEDGER["amount"].to_pylist()] for half in (0, 1)
    ]
    tables = [table(ids.combine_chunks(), assets.combine_chunks(), part) for part in parts]
    made = build(*tables, assets=ASSETS, sum_duplicates=True, memory=memory, scratch=tmp_path)
    assert made == whole[0]


def test_rows_do_go_out_to_files_without_names(tmp_path):
    made = por_kernel.Build(
        snapshot_key=KEY, assets=ASSETS, amounts="base-units", memory=100_000, scratch=tmp_path, threads=2
    )
    made.ingest(LEDGER)
    handles = [handle for handle in Path("/proc/self/fd").iterdir() if handle.is_symlink()]
    links = [str(handle.readlink()) for handle in handles if handle.is_symlink()]
    mine = [link for link in links if str(tmp_path) in link]
    assert mine and all(link.endswith(" (deleted)") for link in mine)
    assert list(tmp_path.iterdir()) == []


def test_faults_are_found_among_rows_that_were_written_out(tmp_path):
    again = table(["user-4@example.com", "user-8@example.com"], ["BTC", "BTC"], ["1", "-1"])
    options = {"assets": ASSETS, "memory": 100_000, "scratch": tmp_path}
    error = refused(LEDGER, again, **options)
    assert [(code, rows) for code, _, rows, _ in error.faults] == [("amount-negative", [COUNT + 2])]
    error = refused(LEDGER, table(["user-1@example.com"], ["BTC"], ["1"]), **options)
    assert [(code, rows) for code, _, rows, _ in error.faults] == [("row-repeated", [COUNT + 1])]
    assert "row 2 again" in error.message


def test_memory_and_scratch_go_together_and_a_folder_must_be_there(tmp_path):
    assert refused(memory=10).code == "argument-malformed"
    assert refused(scratch=tmp_path).code == "argument-malformed"
    assert refused(LEDGER, assets=ASSETS, memory=10, scratch=tmp_path / "none").code == "file-missing"


def test_a_disk_that_fills_up_while_rows_go_out(tmp_path):
    script = f"""
        import resource, signal, sys
        import pyarrow as pa, por_kernel
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        build = por_kernel.Build(snapshot_key=bytes(32), assets=[("BTC", 8, 1, 0)], amounts="base-units", memory=1,
                                 scratch={str(tmp_path)!r})
        names = [f"user-{{i}}" for i in range(50_000)]
        rows = pa.table({{"account_id": names, "asset": ["BTC"] * 50_000, "amount": ["1"] * 50_000}})
        try:
            build.ingest(rows.to_reader(max_chunksize=100))
        except por_kernel.KernelError as error:
            sys.exit(0 if error.code == "disk-full" else str(error))
        sys.exit("no error")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


def test_the_tally_is_there_before_anything_is_written_and_after_a_refusal():
    made = por_kernel.Build(snapshot_key=KEY, assets=[("BTC", 8, 1, 0)], amounts="base-units", negative="exclude")
    made.ingest(table(["a", "b"], ["BTC"] * 2, ["5", "-3"]))
    row = {"asset": "BTC", "rows": 1, "total": 5, "excluded_rows": 1, "excluded_amount": 3}
    assert made.tally() == [row] == made.settle() == made.tally()
    assert made.finish(None)[0]["total"] == 5
    made = por_kernel.Build(snapshot_key=KEY, assets=[("BTC", 8, 1, 0)], amounts="base-units")
    made.ingest(table(["a", "a"], ["BTC"] * 2, ["5", "3"]))
    with pytest.raises(por_kernel.KernelError):
        made.settle()
    assert made.tally()[0]["total"] == 8
    with pytest.raises(por_kernel.KernelError) as caught:
        made.finish(None)
    assert caught.value.code == "build-finished"


def test_progress_is_told_while_rows_are_read_and_trees_built():
    heard, done = [], []
    rows = pa.Table.from_batches(LEDGER.to_batches() * 50)
    made = por_kernel.Build(snapshot_key=KEY, assets=ASSETS, amounts="base-units", sum_duplicates=True)
    assert made.ingest(rows.to_reader(max_chunksize=1000), heard.append) == 50 * COUNT
    assert heard and heard == sorted(heard) and heard[-1] <= 50 * COUNT
    made.finish(None, done.append)
    assert done == sorted(done) and all(0 <= leaves <= 50 * COUNT for leaves in done)


def test_what_progress_raises_ends_the_work():
    def stop(rows):
        raise LookupError("enough")

    endless = pa.Table.from_batches(LEDGER.to_batches() * 500)
    made = por_kernel.Build(snapshot_key=KEY, assets=ASSETS, amounts="base-units")
    with pytest.raises(LookupError, match="enough"):
        made.ingest(endless, stop)


def test_ctrl_c_ends_a_build_of_trees_and_leaves_nothing(tmp_path):
    ids = pa.array([f"user-{number:07}" for number in range(1_000_000)])
    made = por_kernel.Build(snapshot_key=KEY, assets=[("BTC", 8, 1, 0)], amounts="base-units", threads=1)
    made.ingest(
        pa.table({"account_id": ids, "asset": pa.array(["BTC"] * len(ids)), "amount": pa.array(range(len(ids)))})
    )
    made.settle()
    timer = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        made.finish(tmp_path)
    assert list(tmp_path.iterdir()) == []
