"""Columns under other names, classes, and wide tables: what comes out is what a plain ledger would have said."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from por.errors import InputError, UsageError
from por.liabilities.ledger_options import LedgerOptions, parse_columns
from por.snapshot import AssetSettings
from tests.liabilities.ledgers import snapshot, write_csv
from tests.liabilities.reading import build, rows

CLASSES = snapshot(
    BTC=AssetSettings(decimals=8), BTC_lent=AssetSettings(decimals=8), JPY=AssetSettings(decimals=0),
    **{"BTC:pending-withdrawal": AssetSettings(decimals=8)},
)  # fmt: skip


def text(tmp_path, content, name="ledger.csv"):
    path = tmp_path / name
    path.write_text(content)
    return path


def parquet(tmp_path, columns):
    pq.write_table(pa.table(columns), tmp_path / "ledger.parquet")
    return tmp_path / "ledger.parquet"


def test_columns_under_other_names_and_columns_left_out(tmp_path):
    path = text(tmp_path, "Updated,bal,user id,ccy\nnow,5,a,BTC\nthen,7,b,JPY\n")
    names = {"account_id": "user id", "asset": "ccy", "amount": "bal", "ignored": ("Updated",)}
    assert rows(path, **names) == [("a", "BTC", "5"), ("b", "JPY", "7")]


@pytest.mark.parametrize(
    "names",
    [
        {"account_id": "amount", "asset": "account_id", "amount": "asset"},
        {"account_id": "asset", "asset": "amount", "amount": "account_id"},
    ],
)
def test_names_that_change_places(tmp_path, names):
    path = text(tmp_path, "account_id,asset,amount\n1,1,1\n")
    header = {names[role]: value for role, value in (("account_id", "a"), ("asset", "BTC"), ("amount", "5"))}
    line = ",".join(header[name] for name in ("account_id", "asset", "amount"))
    assert rows(text(tmp_path, f"account_id,asset,amount\n{line}\n"), **names) == [("a", "BTC", "5")]
    assert path


@pytest.mark.parametrize(
    "name", ['quo"te', "it's", "a b", "select", "row", "kind", "code", "cells", "{x}", "\u53e3\u5ea7"]
)
def test_any_name_a_column_may_have(tmp_path, name):
    quoted = '"' + name.replace('"', '""') + '"'
    path = text(tmp_path, f"{quoted},asset,amount\na,BTC,5\n")
    assert rows(path, account_id=name) == [("a", "BTC", "5")]
    assert rows(text(tmp_path, f"{quoted},BTC,JPY\na,5,\n"), account_id=name, layout="wide") == [("a", "BTC", "5")]
    path = parquet(tmp_path, {"account_id": ["a"], "BTC": [5], name: ["lent"]})
    assert rows(path, class_column=name, layout="wide") == [("a", "BTC:lent", "5")]
    assert rows(path, ignored=(name,), layout="wide") == [("a", "BTC", "5")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"account_id": "login"}, "no column login and an unknown column 'account_id'"),
        ({"ignored": ("note",)}, "no column note"),
        ({"class_column": "kind"}, "no column kind"),
        ({"amount": "AMOUNT"}, "no column AMOUNT and an unknown column 'amount'"),
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path, options, words):
    with pytest.raises(InputError) as error:
        rows(text(tmp_path, "account_id,asset,amount\na,BTC,5\n"), **options)
    assert (error.value.code, words in error.value.message) == ("ledger-columns", True), error.value.message


@pytest.mark.parametrize(
    "options",
    [
        {"asset": "account_id"},
        {"ignored": ("amount",)},
        {"class_column": "asset"},
        {"ignored": ("x", "X")},
        {"account_id": ""},
        {"layout": "wide", "asset": "ccy"},
    ],
)
def test_options_that_contradict_each_other(options):
    with pytest.raises(UsageError) as error:
        LedgerOptions(**options)
    assert error.value.code == "ledger-options"


def test_column_options_are_role_and_name():
    assert parse_columns(["account_id=a=b", "amount=c"]) == {"account_id": "a=b", "amount": "c"}
    for wrong in (["login"], ["class=x"], ["amount=a", "amount=b"]):
        with pytest.raises(UsageError):
            parse_columns(wrong)


def test_a_class_becomes_the_suffix_of_its_asset(tmp_path):
    path = text(
        tmp_path,
        "account_id,asset,kind,amount\na,BTC,spot,1\na,BTC,lent,2\nb,BTC,pending withdrawal,4\nb,JPY,spot,8\n",
    )
    assert [(who, asset) for who, asset, _ in rows(path, class_column="kind")] == [
        ("a", "BTC"),
        ("a", "BTC:lent"),
        ("b", "BTC:pending-withdrawal"),
        ("b", "JPY"),
    ]
    manifest = build(path, of=CLASSES, class_column="kind")
    assert {row.asset: row.total for row in manifest.assets} == {
        "BTC": 1,
        "BTC:lent": 2,
        "BTC:pending-withdrawal": 4,
        "JPY": 8,
    }


@pytest.mark.parametrize("kind", ["Spot", "LENT", "lent2", "", "x" * 25, "lent:", "spot\u00e9", "a_b", "a\tb"])
def test_a_class_of_another_form_is_an_error_that_names_the_row(tmp_path, kind):
    path = write_csv(
        tmp_path / "ledger.csv",
        [("a", "BTC", "spot", 1), ("secret", "BTC", kind, 2), ("c", "BTC", "spot", 3), ("d", "BTC", kind, 3)],
        header=("account_id", "asset", "kind", "amount"),
    )
    with pytest.raises(InputError) as error:
        build(path, class_column="kind")
    assert error.value.code == "class-malformed"
    assert error.value.message.startswith(f"{path}: row 2: the class is not spot")
    assert "class-malformed: 2 rows: 2, 4" in error.value.message
    assert "secret" not in error.value.message


def test_a_class_beside_a_code_that_has_one_is_refused(tmp_path):
    path = text(tmp_path, "account_id,asset,kind,amount\na,BTC:lent,spot,1\n")
    with pytest.raises(InputError) as error:
        build(path, class_column="kind")
    assert error.value.code == "class-malformed"


def test_a_class_that_the_snapshot_does_not_have_is_told_with_its_row(tmp_path):
    path = text(tmp_path, "account_id,asset,kind,amount\na,BTC,spot,1\na,BTC,staked,1\n")
    with pytest.raises(InputError) as error:
        build(path, class_column="kind")
    assert (error.value.code, "row 2" in error.value.message) == ("asset-unknown", True)


def test_a_wide_table_is_its_filled_cells(tmp_path):
    path = text(tmp_path, "account_id,BTC,JPY,BTC:lent\na,5,,7\nb,,0,\nc,,,\n")
    assert rows(path, layout="wide") == [("a", "BTC", "5"), ("a", "BTC:lent", "7"), ("b", "JPY", "0")]
    long = write_csv(tmp_path / "long.csv", [("a", "BTC", 5), ("a", "BTC:lent", 7), ("b", "JPY", 0)])
    assert build(path, layout="wide") == build(long)


def test_a_zero_in_a_wide_table_is_a_balance_and_an_empty_cell_is_none(tmp_path):
    """As docs/spec/ledger.md has it."""
    path = text(tmp_path, 'account_id,BTC,JPY\na,0,\nb,5,""\nc,,0\nd,,\n')
    found = {row.asset: (row.count, row.total) for row in build(path, layout="wide").assets}
    assert (found["BTC"], found["JPY"], found["BTC:lent"]) == ((2, 5), (1, 0), (0, 0))
    control = tmp_path / "control.csv"
    control.write_text("asset,rows,sum\nBTC,2,5\nJPY,1,0\n")
    build(path, layout="wide", control_totals=control)
    nulls = parquet(
        tmp_path, {"account_id": ["a", "b", "c", "d"], "BTC": [0, 5, None, None], "JPY": [None, None, 0, None]}
    )
    assert build(nulls, layout="wide") == build(path, layout="wide")


def test_a_wide_table_of_many_types_keeps_every_digit(tmp_path):
    columns = {
        "account_id": ["a", "b"],
        "BTC": pa.array([Decimal("21000000.00000001"), None], pa.decimal128(38, 8)),
        "ETH": pa.array([Decimal("99999999999999999999.999999999999999999"), Decimal("1E-18")], pa.decimal128(38, 18)),
        "JPY": pa.array([2**63 - 1, None], pa.int64()),
        "BTC:lent": pa.array([None, "0.5"], pa.string()),
    }
    manifest = build(parquet(tmp_path, columns), of=snapshot("decimal"), layout="wide")
    assert {row.asset: (row.count, row.total) for row in manifest.assets} == {
        "BTC": (1, 2100000000000001),
        "BTC:lent": (1, 50000000),
        "ETH": (2, 10**38 - 1 + 1),
        "JPY": (1, 2**63 - 1),
    }


def test_whole_decimals_are_base_units_in_wide_tables_too(tmp_path):
    columns = {"account_id": ["a"], "BTC": pa.array([Decimal("7.00")], pa.decimal128(20, 2))}
    assert build(parquet(tmp_path, columns), layout="wide").assets[0].total == 7
    columns = {"account_id": ["a"], "BTC": pa.array([Decimal("7.50")], pa.decimal128(20, 2))}
    with pytest.raises(InputError) as error:
        build(parquet(tmp_path, columns), layout="wide")
    assert error.value.code == "amount-malformed"


def test_classes_in_wide_tables(tmp_path):
    path = text(tmp_path, "account_id,kind,BTC,JPY\na,spot,1,2\na,lent,3,\nb,pending withdrawal,4,\n")
    found = build(path, of=CLASSES, layout="wide", class_column="kind")
    assert {row.asset: row.total for row in found.assets} == {
        "BTC": 1,
        "BTC:lent": 3,
        "BTC:pending-withdrawal": 4,
        "JPY": 2,
    }
    with pytest.raises(InputError) as error:
        build(text(tmp_path, "account_id,kind,BTC,JPY\na,spot,1,2\na,Lent,3,4\n"), layout="wide", class_column="kind")
    assert error.value.code == "class-malformed"
    assert "class-malformed: 2 rows: 2 (BTC), 2 (JPY)" in error.value.message


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ({"account_id": ["a"], "BTC": [1], "note": ["x"]}, "ledger-columns", "the snapshot has no asset 'note'"),
        ({"account_id": ["a"], "BTC": [1], "DOGE": [1]}, "ledger-columns", "the snapshot has no asset 'DOGE'"),
        ({"account_id": ["a"]}, "ledger-columns", "no column of an asset"),
        ({"login": ["a"], "BTC": [1]}, "ledger-columns", "no column account_id"),
        ({"account_id": ["a"], "BTC": [1.0]}, "amount-float", "column BTC holds floating-point numbers"),
        ({"account_id": ["a"], "BTC": [1], "JPY": [True]}, "column-type", "column JPY is boolean"),
        ({"account_id": [1], "BTC": [1]}, "column-type", "column account_id is bigint"),
    ],
)
def test_what_is_no_wide_table(tmp_path, columns, code, words):
    with pytest.raises(InputError) as error:
        build(parquet(tmp_path, columns), layout="wide")
    assert (error.value.code, words in error.value.message) == (code, True), error.value.message


def test_a_wide_table_of_many_rows_keeps_its_order(tmp_path):
    many = [(f"user-{number}", number, "" if number % 3 else number, 1) for number in range(150_000)]
    path = write_csv(tmp_path / "wide.csv", many, header=("account_id", "BTC", "JPY", "BTC:lent"))
    found = [int(row[0].removeprefix("user-")) for row in rows(path, layout="wide")]
    assert found == sorted(found) and len(found) == 350_000
