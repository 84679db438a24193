"""Rows handed over in memory: pyarrow tables, readers, dictionaries, and objects of other libraries."""

from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from por.errors import InputError
from por.liabilities import ledger
from tests.liabilities.ledgers import ROWS, snapshot, write_csv
from tests.liabilities.reading import build, rows

TABLE = pa.table(
    {
        "account_id": [who for who, _, _ in ROWS],
        "asset": pa.array([asset for _, asset, _ in ROWS]).dictionary_encode(),
        "amount": pa.array([Decimal(amount) for _, _, amount in ROWS], pa.decimal128(38, 0)),
    }
)


class Foreign:
    """What another library's frame looks like from outside."""

    def __arrow_c_stream__(self, requested_schema=None):
        return TABLE.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "given",
    [
        lambda: TABLE,
        lambda: TABLE.to_reader(max_chunksize=2),
        lambda: pa.chunked_array(TABLE.to_struct_array().chunks),
        Foreign,
        lambda: duckdb.from_arrow(TABLE),
    ],
    ids=["table", "reader", "structs", "foreign", "duckdb"],
)
def test_any_arrow_stream_is_a_ledger(tmp_path, given):
    assert build(given()) == build(write_csv(tmp_path / "ledger.csv"))


def test_several_objects_and_files_are_one_ledger(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", ROWS[:2])
    assert build(TABLE.slice(2, 2), path, TABLE.slice(4)) == build(TABLE)
    assert ledger.expected_rows([TABLE, TABLE]) == 10
    assert ledger.expected_rows([TABLE.to_reader()]) is None


def test_other_names_and_wide_tables(tmp_path):
    renamed = TABLE.rename_columns(["login", "ccy", "balance"])
    assert build(renamed, account_id="login", asset="ccy", amount="balance") == build(TABLE)
    wide = pa.table({"account_id": ["a", "b"], "BTC": [5, None], "JPY": ["7", "8"]})
    assert rows(wide, layout="wide") == [("a", "BTC", "5"), ("a", "JPY", "7"), ("b", "JPY", "8")]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (pa.table({"account_id": ["a"], "asset": ["BTC"], "amount": [1.0]}), "amount-float"),
        (pa.table({"account_id": ["a"], "asset": ["BTC"]}), "ledger-columns"),
        (pa.table([["a"], ["BTC"], [1], [1]], ["account_id", "asset", "amount", "Amount"]), "ledger-columns"),
        (pa.table({"account_id": [b"a"], "asset": ["BTC"], "amount": [1]}), "column-type"),
    ],
)
def test_what_is_no_ledger(table, code):
    with pytest.raises(InputError) as error:
        build(table)
    assert error.value.code == code
    assert error.value.message.startswith("arrow rows 1: ")


def test_a_reader_that_fails_is_told_without_what_it_says():
    def batches():
        yield from TABLE.to_batches()
        raise ValueError("secret@example.jp")

    with pytest.raises(InputError) as error:
        build(pa.RecordBatchReader.from_batches(TABLE.schema, batches()))
    assert error.value.code == "ledger-unreadable"
    assert "secret" not in error.value.message + error.value.hint


def test_decimals_of_more_than_38_digits_are_refused_not_rounded():
    wide = TABLE.set_column(2, "amount", pa.array([Decimal(10**40)] * 5, pa.decimal256(50, 0)))
    with pytest.raises(InputError):
        build(wide, of=snapshot())
