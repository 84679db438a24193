"""A build in parts, each in a process of its own: the same manifest, the same store and the same proofs."""

import multiprocessing
from pathlib import Path

import pytest

from por.errors import InputError, TrustError
from por.liabilities import partition
from por.liabilities.build import build_liabilities
from por.liabilities.prove import prove
from por.snapshot import AssetSettings
from tests.liabilities import ledgers
from tests.liabilities.ledgers import HEADER, MASTER_KEY, SNAPSHOT_KEY, write_parquet
from tests.liabilities.test_build import tree_of

COUNT = 40_000
CODES = ("BTC", "BTC:lent", "JPY", *(f"COIN{number}" for number in range(20)))


def snapshot():
    """Made anew in each process, as on another machine."""
    of = {code.replace(":", "_"): AssetSettings(decimals=8) for code in (*CODES, "ETH")}
    return ledgers.snapshot(**of | {"BTC": AssetSettings(decimals=8, pieces=2, split_above=1000)})


def rows():
    """BTC's leaves are more than one bucket of a store takes, others have a few; nobody has ETH."""
    people = [f"user-{number}@example.jp" for number in range(COUNT)]
    btc = [(who, "BTC", number * 7919) for number, who in enumerate(people)]
    tail = [(who, CODES[1 + number % 22], number) for number, who in enumerate(people) if number % 5 == 0]
    return btc + tail + [("debtor@example.jp", "JPY", -5), ("debtor@example.jp", "BTC", -7)]


def place_slice(ledger, folder, number, parts):
    import pyarrow.parquet as pq

    table = pq.read_table(ledger)
    start, end = (len(table) * at // parts for at in (number, number + 1))
    return partition.place(
        table.slice(start, end - start),
        snapshot=snapshot(),
        snapshot_key=SNAPSHOT_KEY,
        folder=folder,
        label=f"part-{number}",
        ranges=parts,
        first_row=start + 1,
        negative="exclude",
        memory=2_000_000 if number % 2 else None,
    )


def reduce_one(task):
    return partition.reduce(task, snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    ledger = write_parquet(folder / "ledger.parquet", rows())
    build_liabilities(
        ledger=[ledger], snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, out=folder / "out", negative="exclude"
    )
    return ledger, folder / "out"


@pytest.fixture(scope="module")
def processes():
    """Each task in a fresh process, two at a time; forked from a server that has imported what they need."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["por.liabilities.partition", "por_kernel", "pyarrow.parquet", __name__])
    with context.Pool(2, maxtasksperchild=1) as pool:
        yield pool


@pytest.mark.parametrize(("parts", "small"), [(1, 0), (2, 0), (7, partition.SMALL), (64, partition.SMALL)])
def test_the_same_bytes_and_proofs_from_partitions_in_processes_of_their_own(whole, processes, tmp_path, parts, small):
    ledger, out = whole
    placed = processes.starmap(place_slice, [(ledger, tmp_path, number, parts) for number in range(parts)], chunksize=1)
    assert sum(part.rows for part in placed) == len(rows())
    tasks = partition.plan(placed, folder=tmp_path, ranges=parts, small=small)
    assert len([task for task in tasks if task.asset == "BTC"]) == parts
    assert len({task.asset for task in tasks}) == len(CODES)
    pieces = processes.map(reduce_one, tasks, chunksize=4 if len(tasks) > 30 else 1)
    assert pieces == [task.out for task in tasks]
    made = partition.finish(placed, tasks, snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, out=tmp_path / "out")
    assert tree_of(tmp_path / "out") == tree_of(out)
    assert made.to_bytes() == (out / "liabilities.json").read_bytes()
    for number in (0, 5, 777, COUNT - 1):
        who = f"user-{number}@example.jp"
        proofs = {prove(folder, account_id=who, master_key=MASTER_KEY) for folder in (out, tmp_path / "out")}
        assert len(proofs) == 1


def place(tmp_path, label, table_rows, first_row=1, **options):
    import pyarrow.parquet as pq

    table = pq.read_table(write_parquet(tmp_path / f"{label}.parquet", table_rows))
    given = {"snapshot": snapshot(), "snapshot_key": SNAPSHOT_KEY, "folder": tmp_path, "ranges": 2} | options
    return partition.place(table, label=label, first_row=first_row, **given)


def test_parts_may_be_done_again(tmp_path):
    made = []
    for _ in range(2):
        placed = [place(tmp_path, "a", [("a", "BTC", 1)]), place(tmp_path, "b", [("b", "BTC", 2000)], 2)]
        tasks = partition.plan(placed, folder=tmp_path, ranges=2)
        for task in [*tasks, *tasks]:
            reduce_one(task)
        made.append(partition.finish(placed, tasks, snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, out=None))
    assert made[0] == made[1]
    assert (made[0].assets[0].asset, made[0].assets[0].count, made[0].assets[0].total) == ("BTC", 3, 2001)
    assert not list(tmp_path.glob(".*"))


def test_faults_of_a_partition_are_told_together_with_its_rows(tmp_path):
    with pytest.raises(InputError) as error:
        place(tmp_path, "a", [("a", "BTC", -1), ("b c", "DOGE", 1)], first_row=101)
    assert error.value.message == "partition a: row 101: the amount is below zero (and 2 more faults)"
    assert not list(tmp_path.glob("*.leaves"))


def test_a_row_that_stands_in_two_partitions_is_found(tmp_path):
    placed = [place(tmp_path, "a", [("a", "BTC", 1)]), place(tmp_path, "b", [("a", "BTC", 1)], 41)]
    with pytest.raises(InputError) as error:
        reduce_one(partition.plan(placed, folder=tmp_path, ranges=2)[0])
    assert (error.value.code, error.value.message.startswith("BTC: row 41: ")) == ("row-repeated", True)


def test_damage_other_keys_and_missing_parts_are_told(tmp_path):
    placed = [place(tmp_path, "a", [(f"user-{number}", "BTC", 1) for number in range(100)])]
    tasks = partition.plan(placed, folder=tmp_path, ranges=2, small=0)
    with pytest.raises(TrustError) as error:
        partition.reduce(tasks[0], snapshot=snapshot(), snapshot_key=bytes(32))
    assert error.value.code == "key-mismatch"
    for task in tasks:
        reduce_one(task)

    def fault(placed=placed, tasks=tasks):
        with pytest.raises(InputError) as error:
            partition.finish(placed, tasks, snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, out=tmp_path / "out")
        assert not (tmp_path / "out").exists()
        return error.value.code

    assert fault(tasks=tasks[:1]) == "argument-malformed"
    data = bytearray(tasks[0].out.read_bytes())
    data[len(data) // 3] ^= 1
    tasks[0].out.write_bytes(data)
    assert fault() == "file-damaged"
    tasks[0].out.unlink()
    assert fault() == "file-missing"
    leaves = Path(tasks[0].files[0])
    leaves.write_bytes(leaves.read_bytes()[:-5])
    with pytest.raises(InputError) as error:
        reduce_one(tasks[0])
    assert error.value.code == "file-damaged"


def test_a_partition_that_was_not_planned_or_not_told_is_missed(tmp_path):
    """Its leaves would be left out of what is owed, or what it has left out would be."""
    import pyarrow as pa

    def placed(label, first):
        table = pa.table({"account_id": [f"{label}-1", f"{label}-2"], "asset": ["BTC", "JPY"], "amount": [5, 6]})
        return partition.place(
            table,
            snapshot=snapshot(),
            snapshot_key=SNAPSHOT_KEY,
            folder=tmp_path,
            label=label,
            ranges=2,
            first_row=first,
        )

    both = (placed("one", 1), placed("two", 3))

    def finish(told, planned):
        tasks = partition.plan(planned, folder=tmp_path, ranges=2)
        for task in tasks:
            reduce_one(task)
        return partition.finish(told, tasks, snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, out=tmp_path / "out")

    for told, planned in ((both, both[:1]), (both[1:], both), (both, ())):
        with pytest.raises(InputError, match="leaves, and the partitions") as caught:
            finish(told, planned)
        assert caught.value.code == "argument-malformed"
    assert not (tmp_path / "out").exists()
    assert [row.count for row in finish(both, both).assets if row.count] == [2, 2]


def test_ranges_and_labels_that_cannot_be(tmp_path):
    for wrong in ({"ranges": 0}, {"ranges": 257}, {"first_row": 0}):
        with pytest.raises(InputError) as error:
            place(tmp_path, "a", [("a", "BTC", 1)], **{"first_row": 1} | wrong)
        assert error.value.code == "argument-malformed"
    with pytest.raises(InputError):
        partition.place(None, snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, folder=tmp_path, label="../x", ranges=1)


def test_the_header_is_that_of_the_snapshot():
    assert snapshot().header == HEADER
