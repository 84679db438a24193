"""Every way in which a ledger may hold its amounts gives the same tree; what loses money is refused."""

from decimal import Decimal

import pyarrow as pa
import pytest

from por.errors import InputError
from por.liabilities.build import build_liabilities
from tests.liabilities.ledgers import SNAPSHOT_KEY, snapshot, write_csv, write_parquet

ROWS = [("alice", "BTC", 100), ("bob", "BTC", 27), ("carol", "JPY", 0)]


def build(path, amounts="base-units", **options):
    return build_liabilities(ledger=[path], snapshot=snapshot(amounts), snapshot_key=SNAPSHOT_KEY, out=None, **options)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return build(write_csv(tmp_path_factory.mktemp("csv") / "ledger.csv", ROWS))


@pytest.mark.parametrize(
    "kind",
    [
        pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
        pa.decimal128(3, 0), pa.decimal128(9, 0), pa.decimal128(18, 0), pa.decimal128(38, 0),
    ],
    ids=str,
)  # fmt: skip
def test_whole_numbers_of_every_width(tmp_path, expected, kind):
    assert build(write_parquet(tmp_path / "ledger.parquet", ROWS, kind)) == expected


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_text(tmp_path, expected, kind):
    rows = [(account_id, asset, str(amount)) for account_id, asset, amount in ROWS]
    assert build(write_parquet(tmp_path / "ledger.parquet", rows, kind)) == expected


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.decimal128(38, 0), pa.string()], ids=str)
def test_a_negative_amount_in_every_kind(tmp_path, kind):
    amount = "-7" if kind == pa.string() else -7
    ok = "5" if kind == pa.string() else 5
    path = write_parquet(tmp_path / "ledger.parquet", [("alice", "BTC", ok), ("bob", "BTC", amount)], kind)
    with pytest.raises(InputError) as error:
        build(path)
    assert (error.value.code, "row 2" in error.value.message) == ("amount-negative", True)
    assert build(path, negative="exclude").assets[0].excluded_amount == 7


def test_decimals_of_more_than_38_digits_are_never_read_as_floats(tmp_path):
    path = write_parquet(tmp_path / "ledger.parquet", [("alice", "BTC", Decimal(10**40 + 1))], pa.decimal256(50, 0))
    with pytest.raises(InputError) as error:
        build(path)
    assert error.value.code in ("amount-float", "column-type", "ledger-unreadable")


@pytest.mark.parametrize("value", [2**53 + 1, 2**63 - 1])
def test_large_integers_keep_every_digit(tmp_path, value):
    path = write_parquet(tmp_path / "ledger.parquet", [("alice", "BTC", value)], pa.int64())
    assert build(path).assets[0].total == value


def test_the_largest_decimal_and_the_largest_amount_of_all(tmp_path):
    path = write_parquet(tmp_path / "ledger.parquet", [("alice", "BTC", 10**38 - 1)], pa.decimal128(38, 0))
    assert build(path).assets[0].total == 10**38 - 1
    assert build(write_csv(tmp_path / "l.csv", [("alice", "BTC", 2**128 - 1)])).assets[0].total == 2**128 - 1


def test_an_empty_cell_is_no_zero(tmp_path):
    path = write_parquet(tmp_path / "ledger.parquet", [("alice", "BTC", 1), ("bob", "BTC", None)], pa.int64())
    with pytest.raises(InputError) as error:
        build(path)
    assert (error.value.code, "row 2" in error.value.message) == ("amount-null", True)


@pytest.mark.parametrize("text", ["0.5", "1", "1.0", "0.00000001", "21000000.00000000"])
def test_decimal_text_and_decimal_columns_agree(tmp_path, text):
    by_text = build(write_csv(tmp_path / "a.csv", [("alice", "BTC", text)]), "decimal")
    column = write_parquet(tmp_path / "a.parquet", [("alice", "BTC", Decimal(text))], pa.decimal128(38, 12))
    assert build(column, "decimal") == by_text
    assert by_text.assets[0].total == int(Decimal(text) * 10**8)


@pytest.mark.parametrize("text", [".5", "5.", "1e3", "0x1", "1,5", " 1", "1 ", "+1", "\u0661", "inf", "--1"])
def test_decimal_text_is_read_strictly(tmp_path, text):
    with pytest.raises(InputError) as error:
        build(write_csv(tmp_path / "a.csv", [("alice", "BTC", text)]), "decimal")
    assert error.value.code == "amount-malformed"


def test_leading_zeros_in_a_ledger(tmp_path):
    """007 could be an identifier in the wrong column: canonical digits or nothing."""
    with pytest.raises(InputError) as error:
        build(write_csv(tmp_path / "a.csv", [("alice", "BTC", "007")]))
    assert error.value.code == "amount-malformed"
