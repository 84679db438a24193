"""From ledger files to manifest and store, and every fault of a ledger told with its place and its mend."""

import os
import resource
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest

from por.errors import InputError, PorError, TrustError
from por.liabilities.build import build_liabilities
from por.liabilities.manifest import Manifest
from por.snapshot import AssetSettings
from tests.liabilities import reference
from tests.liabilities.ledgers import ROWS, SNAPSHOT_KEY, snapshot, write_csv, write_parquet


def build(*paths, out=None, of=None, **options):
    return build_liabilities(ledger=paths, snapshot=of or snapshot(), snapshot_key=SNAPSHOT_KEY, out=out, **options)


def tree_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_manifest_is_the_references_and_lists_assets_that_nobody_has(tmp_path):
    manifest = build(write_csv(tmp_path / "ledger.csv"), out=tmp_path / "out")
    assert [row.asset for row in manifest.assets] == ["BTC", "BTC:lent", "ETH", "JPY"]
    for row in manifest.assets:
        balances = {who: amount for who, asset, amount in ROWS if asset == row.asset}
        top = reference.root(reference.leaves(reference.asset_key(SNAPSHOT_KEY, row.asset), balances))
        assert (row.count, row.total, row.root) == (len(balances), top.sum, top.hash)
    assert Manifest.from_bytes((tmp_path / "out/liabilities.json").read_bytes(), where="x") == manifest


def test_the_folder_holds_manifest_and_store_and_is_for_the_owner_alone(tmp_path):
    build(write_csv(tmp_path / "ledger.csv"), out=tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"liabilities.json", "BTC.tree", "BTC_lent.tree", "ETH.tree", "JPY.tree"}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_csv_parquet_several_files_and_any_order_give_the_same_bytes(tmp_path):
    shuffled = [ROWS[2], ROWS[4], ROWS[0], ROWS[3], ROWS[1]]
    ledgers = [
        [write_csv(tmp_path / "a.csv")],
        [write_parquet(tmp_path / "a.parquet")],
        [write_parquet(tmp_path / "t.parquet", [(a, b, str(c)) for a, b, c in ROWS], pa.string())],
        [write_csv(tmp_path / "b.csv", shuffled)],
        [write_csv(tmp_path / "c.csv", ROWS[:2]), write_parquet(tmp_path / "c.parquet", ROWS[2:])],
    ]
    made = []
    for number, ledger in enumerate(ledgers):
        build(*ledger, out=tmp_path / f"out{number}", threads=number % 3)
        made.append(tree_of(tmp_path / f"out{number}"))
    assert all(folder == made[0] for folder in made)


def test_an_auditors_rebuild_writes_nothing(tmp_path):
    ledger = write_csv(tmp_path / "ledger.csv")
    before = sorted(tmp_path.rglob("*"))
    assert build(ledger) == build(ledger, out=tmp_path / "out")
    assert sorted(path for path in tmp_path.rglob("*") if "out" not in path.parts) == before


def test_splitting_is_the_statements(tmp_path):
    of = snapshot(BTC=AssetSettings(decimals=8, pieces=4, split_above=1000))
    rows = [("whale", "BTC", 10**12), ("edge", "BTC", 1000), ("above", "BTC", 1001)]
    row = build(write_csv(tmp_path / "ledger.csv", rows), of=of).assets[0]
    leaves = reference.leaves(reference.asset_key(SNAPSHOT_KEY, "BTC"), {a: c for a, _, c in rows}, 4, 1000)
    assert (row.count, row.root) == (9, reference.root(leaves).hash)
    assert (row.pieces, row.split_above) == (4, 1000)


def test_decimal_amounts_are_exact(tmp_path):
    rows = [("a", "BTC", "1.5"), ("b", "BTC", "0.00000001"), ("c", "BTC", "2"), ("d", "JPY", "7")]
    manifest = build(write_csv(tmp_path / "ledger.csv", rows), of=snapshot("decimal"))
    assert {row.asset: row.total for row in manifest.assets} == {
        "BTC": 350000001,
        "BTC:lent": 0,
        "ETH": 0,
        "JPY": 7,
    }


def test_excluded_debts_are_counted_and_lower_nothing(tmp_path):
    rows = [("a", "BTC", 500), ("b", "BTC", -100), ("c", "BTC", -1), ("b", "JPY", 10**9)]
    manifest = build(write_csv(tmp_path / "ledger.csv", rows), negative="exclude")
    btc, _, _, jpy = manifest.assets
    assert (btc.total, btc.count, btc.excluded_rows, btc.excluded_amount) == (500, 1, 2, 101)
    assert (jpy.total, jpy.excluded_rows) == (10**9, 0)


def test_duplicates_are_summed_when_asked_after_negatives_were_judged(tmp_path):
    rows = [("a", "BTC", 500), ("a", "BTC", 7), ("a", "BTC", -100)]
    ledger = write_csv(tmp_path / "ledger.csv", rows)
    btc = build(ledger, negative="exclude", sum_duplicates=True).assets[0]
    assert (btc.total, btc.count, btc.excluded_rows, btc.excluded_amount) == (507, 1, 1, 100)
    with pytest.raises(InputError) as error:
        build(ledger, sum_duplicates=True)
    assert error.value.code == "amount-negative"


def test_progress_hears_of_every_file(tmp_path):
    heard = []
    build(write_csv(tmp_path / "a.csv", ROWS[:2]), write_csv(tmp_path / "b.csv", ROWS[2:]), progress=heard.append)
    assert heard == [2, 5]


FAULTS = [
    ([("a", "BTC", 1), ("b", "BTC", -5)], "amount-negative", "row 2"),
    ([("a", "BTC", 1), ("b", "BTC", 2), ("a", "BTC", 3)], "row-repeated", "row"),
    ([("a", "BTC", 1), ("b", "DOGE", 5)], "asset-unknown", "row 2"),
    ([("a", "BTC", 1), ("b", "btc", 5)], "asset-unknown", "row 2"),
    ([("x" * 256, "BTC", 1)], "account-id-malformed", "row 1"),
    ([("a", "BTC", 1), ("a b", "BTC", 1)], "account-id-malformed", "row 2"),
    ([("a ", "BTC", 1)], "account-id-malformed", "row 1"),
    ([("\u00e5sa", "BTC", 1)], "account-id-malformed", "row 1"),
    ([("a\nb", "BTC", 1)], "account-id-malformed", "row 1"),
    ([("a", "BTC", "1.5")], "amount-malformed", "row 1"),
    ([("a", "BTC", "1e3")], "amount-malformed", "row 1"),
    ([("a", "BTC", "1,000")], "amount-malformed", "row 1"),
    ([("a", "BTC", " 1")], "amount-malformed", "row 1"),
    ([("a", "BTC", "+1")], "amount-malformed", "row 1"),
    ([("a", "BTC", "nan")], "amount-malformed", "row 1"),
    ([("a", "BTC", 2**128)], "amount-too-large", "row 1"),
    ([("a", "BTC", 2**128 - 1), ("b", "BTC", 1)], "sum-overflow", "BTC"),
    ([("a", "BTC", "")], "amount-null", "row 1"),
    ([("", "BTC", 1)], "account-id-null", "row 1"),
    ([("a", "", 1)], "asset-null", "row 1"),
    ([], "ledger-empty", "no rows"),
]


@pytest.mark.parametrize(
    ("rows", "code", "words"), FAULTS, ids=[f"{code}-{i}" for i, (_, code, _) in enumerate(FAULTS)]
)
def test_faults_name_file_row_and_mend_and_leave_the_earlier_folder_as_it_was(tmp_path, rows, code, words):
    out = tmp_path / "out"
    build(write_csv(tmp_path / "good.csv"), out=out)
    before = tree_of(out)
    path = write_csv(tmp_path / "ledger.csv", rows)
    with pytest.raises(InputError) as error:
        build(path, out=out)
    assert (error.value.code, words in error.value.message) == (code, True), error.value.message
    assert error.value.message.startswith(f"{path}: ")
    assert error.value.hint
    assert tree_of(out) == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["good.csv", "ledger.csv", "out"]


def test_a_repeated_row_names_the_rows(tmp_path):
    rows = [("a", "BTC", 1), ("b", "BTC", 2), ("c", "BTC", 3), ("b", "BTC", 4)]
    with pytest.raises(InputError) as error:
        build(write_csv(tmp_path / "ledger.csv", rows))
    assert "2" in error.value.message and "4" in error.value.message
    assert "sum" in error.value.hint


def test_a_repeated_row_is_found_across_files(tmp_path):
    first = write_csv(tmp_path / "a.csv", [("a", "BTC", 1), ("b", "BTC", 2)])
    second = write_csv(tmp_path / "b.csv", [("c", "BTC", 1), ("b", "BTC", 2)])
    with pytest.raises(InputError) as error:
        build(first, second)
    assert error.value.code == "row-repeated"
    assert error.value.message == f"{second}: row 2: the account and asset of row 2 of {first} again"


def test_too_many_decimals_are_not_rounded(tmp_path):
    with pytest.raises(InputError) as error:
        build(write_csv(tmp_path / "ledger.csv", [("a", "BTC", "0.000000001")]), of=snapshot("decimal"))
    assert error.value.code == "amount-too-fine"


def test_a_decimal_column_with_a_scale_is_no_base_units(tmp_path):
    from decimal import Decimal

    path = write_parquet(tmp_path / "a.parquet", [("a", "BTC", Decimal("1.50"))], pa.decimal128(20, 2))
    with pytest.raises(InputError):
        build(path)
    assert build(path, of=snapshot("decimal")).assets[0].total == 150000000


@pytest.mark.parametrize("place", ["middle", "end"])
def test_a_damaged_parquet_file_is_refused(tmp_path, place):
    rows = [(f"user-{number}@example.jp", "BTC", number) for number in range(20_000)]
    path = write_parquet(tmp_path / "a.parquet", rows)
    data = bytearray(path.read_bytes())
    if place == "middle":
        data[20:20_000] = bytes(19_980)
    else:
        del data[-200:]
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        build(path, out=tmp_path / "out")
    assert error.value.code in ("ledger-unreadable", "ledger-malformed")
    assert not (tmp_path / "out").exists()


def test_a_broken_csv_line_far_into_the_file_is_named(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", [(f"user-{number}", "BTC", number) for number in range(100_000)])
    path.write_text(path.read_text() + "secret@example.jp,BTC\n")
    with pytest.raises(InputError) as error:
        build(path)
    assert error.value.code == "ledger-malformed"
    assert "line 100002: not three fields" in error.value.message
    assert "secret" not in error.value.message


def test_a_key_of_a_wrong_length_is_trust_material(tmp_path):
    with pytest.raises(TrustError) as error:
        build_liabilities(ledger=[write_csv(tmp_path / "a.csv")], snapshot=snapshot(), snapshot_key=b"short", out=None)
    assert error.value.code == "key-malformed"


def test_a_folder_with_other_files_is_never_replaced(tmp_path):
    out = tmp_path / "home"
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    with pytest.raises(InputError) as error:
        build(write_csv(tmp_path / "ledger.csv"), out=out)
    assert error.value.code == "folder-not-ours"
    assert (out / "letter.txt").read_text() == "dear"


FULL_DISK = """
    import resource, sys
    from pathlib import Path
    from por.errors import SourceError
    from tests.liabilities.test_build import build
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
    import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        build(Path(sys.argv[1]), out=Path(sys.argv[2]))
    except SourceError as error:
        print(error.code, error.hint)
"""


def test_a_link_as_the_target_stays_a_link(tmp_path):
    """The folder behind it is replaced, and nothing unfinished is left beside it."""
    ledger, real, link = write_csv(tmp_path / "ledger.csv"), tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    for _ in range(2):
        manifest = build(ledger, out=link)
        assert Manifest.from_bytes((real / "liabilities.json").read_bytes(), where="built") == manifest
    assert link.is_symlink() and sorted(entry.name for entry in tmp_path.iterdir()) == ["ledger.csv", "link", "real"]


@pytest.mark.parametrize("limit", [0, 10_000])
def test_a_file_that_cannot_grow_leaves_the_earlier_folder_as_it_was(tmp_path, limit):
    out = tmp_path / "out"
    build(write_csv(tmp_path / "good.csv"), out=out)
    before = tree_of(out)
    rows = [(f"user-{number}", "BTC", number) for number in range(5_000)]
    path = write_csv(tmp_path / "ledger.csv", rows)
    program = textwrap.dedent(FULL_DISK.format(limit=limit))
    done = subprocess.run([sys.executable, "-c", program, path, out], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("disk-full "), done.stderr
    assert tree_of(out) == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["good.csv", "ledger.csv", "out"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("memory", [None, 1 << 20])
def test_a_full_disk_leaves_the_earlier_folder_as_it_was(tmp_path, memory):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("cannot mount a small disk here")
    try:
        build(write_csv(tmp_path / "good.csv"), out=disk / "out")
        before = tree_of(disk / "out")
        rows = [(f"user-{number}", "BTC", number) for number in range(20_000)]
        with pytest.raises(PorError) as error:
            build(write_csv(tmp_path / "ledger.csv", rows), out=disk / "out", memory=memory)
        assert (error.value.kind, error.value.code) == ("source", "disk-full")
        assert error.value.message.startswith(str(disk / "out")), "not the ledger's disk"
        assert tree_of(disk / "out") == before
        assert [entry.name for entry in Path(disk).iterdir()] == ["out"]
    finally:
        subprocess.run(["umount", disk], check=True)
