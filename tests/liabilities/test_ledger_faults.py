"""All faults of a ledger in one error, each with the file, row and column where it stands."""

import pyarrow as pa
import pytest

from por.errors import InputError
from por.liabilities.ledger_faults import LedgerFaults
from tests.liabilities.ledgers import write_csv, write_parquet
from tests.liabilities.reading import build


def fail(*where, **options):
    with pytest.raises(InputError) as error:
        build(*where, **options)
    return error.value


def test_every_kind_is_told_with_its_rows_and_the_rest_is_counted(tmp_path):
    rows = [(f"a{number}", "BTC", -1) for number in range(30)] + [
        ("b c", "BTC", 1),
        ("d", "DOGE", 1),
        ("e", "BTC", "1.5"),
    ]
    path = write_csv(tmp_path / "ledger.csv", [("ok", "BTC", 1), *rows])
    error = fail(path)
    assert isinstance(error, LedgerFaults)
    assert error.message.splitlines() == [
        f"{path}: row 2: the amount is below zero (and 32 more faults)",
        f"  amount-negative: 30 rows: {', '.join(map(str, range(2, 22)))} and 10 more",
        "  account-id-malformed: 1 row: 32 (the account id is not 1 to 255 printable ASCII characters without blanks)",
        '  asset-unknown: 1 row: 33 (the snapshot has no asset "DOGE")',
        "  amount-malformed: 1 row: 34 (the amount is not a plain number)",
    ]
    assert [(fault.code, fault.count) for fault in error.faults] == [
        ("amount-negative", 30),
        ("account-id-malformed", 1),
        ("asset-unknown", 1),
        ("amount-malformed", 1),
    ]
    assert len(error.hint.splitlines()) >= 3


def test_faults_of_classes_stand_beside_those_of_amounts(tmp_path):
    rows = [("a", "BTC", "Lent", 1), ("b", "BTC", "spot", -1), ("c", "BTC", "spot", 1)]
    path = write_csv(tmp_path / "ledger.csv", rows, header=("account_id", "asset", "kind", "amount"))
    error = fail(path, class_column="kind")
    assert [(fault.code, fault.rows) for fault in error.faults] == [
        ("class-malformed", (1,)),
        ("amount-negative", (2,)),
    ]


def test_rows_are_those_of_their_own_file(tmp_path):
    good = write_csv(tmp_path / "a.csv", [(f"user-{number}", "BTC", 1) for number in range(100)])
    bad = write_parquet(tmp_path / "b.parquet", [("x", "BTC", 1), ("y", "BTC", -1)], pa.int64())
    assert fail(good, bad).message == f"{bad}: row 2: the amount is below zero"


def test_a_pair_repeated_in_another_file_names_both_places(tmp_path):
    first = write_csv(tmp_path / "a.csv", [("a", "BTC", 1), ("b", "BTC", 2)])
    second = write_csv(tmp_path / "b.csv", [("c", "BTC", 1), ("d", "BTC", 2), ("b", "BTC", 3)])
    assert fail(first, second).message == f"{second}: row 3: the account and asset of row 2 of {first} again"


WIDE = "account_id,BTC,JPY,BTC:lent\na,5,,7\nb,,1.5,\nc,,,\nd,1,2,-3\n"


def test_a_cell_of_a_wide_table_is_named_by_row_and_column(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(WIDE)
    assert fail(path, layout="wide").message.splitlines() == [
        f"{path}: row 2, column JPY: the amount is not a plain number (and 1 more fault)",
        "  amount-malformed: 1 row: 2 (JPY)",
        "  amount-negative: 1 row: 4 (BTC:lent) (the amount is below zero)",
    ]


def test_a_cell_far_into_the_second_wide_file(tmp_path):
    header = ("account_id", "BTC", "JPY")
    first = write_csv(tmp_path / "a.csv", [(f"a-{n}", n, "" if n % 2 else 1) for n in range(30_000)], header)
    many = [(f"b-{n}", "" if n % 3 else n, n) for n in range(60_000)]
    many[54_321] = ("b-54321", 1, "x")
    second = write_csv(tmp_path / "b.csv", many, header)
    error = fail(first, second, layout="wide")
    assert error.message == f"{second}: row 54322, column JPY: the amount is not a plain number"


def test_a_wide_account_that_stands_twice(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("account_id,BTC,JPY\na,5,\nb,1,\na,,7\na,6,\n")
    assert (
        fail(path, layout="wide").message
        == f"{path}: row 4, column BTC: the account and asset of row 1, column BTC again"
    )


def test_rows_of_an_arrow_reader_that_is_gone_are_counted_by_cells(tmp_path):
    table = pa.table({"account_id": ["a", "b"], "BTC": [None, -1], "JPY": [1, 2]})
    assert fail(table, layout="wide").message == "arrow rows 1: row 2, column BTC: the amount is below zero"
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
    assert fail(reader, layout="wide").message == "arrow rows 1: filled cell 2: the amount is below zero"
