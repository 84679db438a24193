"""Control totals: what the general ledger states must agree; all differences are told before anything is written."""

import pytest

from por.errors import InputError
from tests.liabilities.ledgers import snapshot, write_csv
from tests.liabilities.reading import build

ROWS = [("a", "BTC", 5), ("b", "BTC", 7), ("c", "BTC", 0), ("a", "JPY", 1000)]
AGREED = "asset,rows,sum\nBTC,3,12\nJPY,1,1000\n"


def stated(tmp_path, text, name="control.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def fail(*where, **options):
    with pytest.raises(InputError) as error:
        build(*where, **options)
    return error.value


def test_what_agrees_changes_nothing(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", ROWS)
    toml = '[BTC]\nrows = 3\nsum = "12"\n[JPY]\nrows = 1\nsum = "1000"\n[ETH]\nrows = 0\nsum = "0"\n'
    for control in (stated(tmp_path, AGREED), stated(tmp_path, toml, "control.toml")):
        assert build(path, control_totals=control) == build(path)


def test_every_difference_is_told_together_and_nothing_is_written(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", [*ROWS, ("d", "BTC:lent", 9)])
    control = stated(tmp_path, "asset,rows,sum\nBTC,4,12\nJPY,1,1001\nETH,2,3\n")
    error = fail(path, control_totals=control, out=tmp_path / "out")
    assert error.code == "control-totals-differ"
    assert error.message.splitlines() == [
        f"{control}: the ledger does not agree with the control totals:",
        "  BTC: 3 rows in the ledger, 4 stated",
        "  BTC:lent: 1 row in the ledger, and no line in the control totals",
        "  ETH: 0 rows in the ledger, 2 stated",
        "  ETH: a sum of 0 in the ledger, 3 stated",
        "  JPY: a sum of 1,000 in the ledger, 1,001 stated",
    ]
    assert sorted(found.name for found in tmp_path.iterdir()) == ["control.csv", "ledger.csv"]


def test_a_row_that_was_lost_and_one_that_was_changed_show(tmp_path):
    control = stated(tmp_path, AGREED)
    assert fail(write_csv(tmp_path / "l.csv", ROWS[:-1]), control_totals=control).code == "control-totals-differ"
    changed = [("a", "BTC", 4), *ROWS[1:]]
    assert fail(write_csv(tmp_path / "l.csv", changed), control_totals=control).code == "control-totals-differ"


def test_debts_count_as_the_rows_they_are(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", [*ROWS, ("d", "BTC", -2), ("e", "JPY", -5000)])
    control = stated(tmp_path, "asset,rows,sum\nBTC,4,10\nJPY,2,-4000\n")
    made = build(path, control_totals=control, negative="exclude")
    assert made.assets[0].total == 12
    assert fail(path, control_totals=stated(tmp_path, AGREED), negative="exclude").code == "control-totals-differ"


def test_duplicates_and_pieces_leave_the_rows_as_they_are(tmp_path):
    from por.snapshot import AssetSettings

    path = write_csv(tmp_path / "ledger.csv", [*ROWS, ("a", "BTC", 1)])
    of = snapshot(BTC=AssetSettings(decimals=8, pieces=4, split_above=2), JPY=AssetSettings(decimals=0))
    control = stated(tmp_path, "asset,rows,sum\nBTC,4,13\nJPY,1,1000\n")
    assert build(path, control_totals=control, sum_duplicates=True, of=of).assets[0].total == 13


def test_sums_are_written_as_the_ledgers_amounts_are(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", [("a", "BTC", "1.5"), ("b", "BTC", "0.00000001")])
    agreed = stated(tmp_path, "asset,rows,sum\nBTC,2,1.50000001\n")
    build(path, control_totals=agreed, of=snapshot("decimal"))
    differing = stated(tmp_path, "asset,rows,sum\nBTC,2,1.5\n")
    message = fail(path, control_totals=differing, of=snapshot("decimal")).message
    assert "BTC: a sum of 1.50000001 in the ledger, 1.5 stated" in message


def test_filled_cells_are_the_rows_of_a_wide_table(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("account_id,BTC,JPY\na,5,1000\nb,7,\nc,0,\n")
    build(path, layout="wide", control_totals=stated(tmp_path, AGREED))


def test_faulty_rows_are_told_before_totals(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", [*ROWS, ("d", "DOGE", 1)])
    assert fail(path, control_totals=stated(tmp_path, AGREED)).code == "asset-unknown"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "other columns"),
        ("asset,sum,rows\nBTC,12,3\n", "other columns"),
        ("asset,rows,sum\nBTC,3\n", "row 1: not three fields"),
        ("asset,rows,sum\nBTC,3,12\nBTC,3,12\n", "row 2: BTC stands twice"),
        ("asset,rows,sum\nDOGE,3,12\n", "row 1: DOGE is not in snapshot.toml"),
        ("asset,rows,sum\nBTC,-3,12\n", "row 1: rows are not a number of rows"),
        ("asset,rows,sum\nBTC,3.0,12\n", "row 1: rows are not a number of rows"),
        ("asset,rows,sum\nBTC,3,1e3\n", "row 1: sum: '1e3'"),
        ("asset,rows,sum\nBTC,3,--1\n", "row 1: sum: '-1'"),
        ("asset,rows,sum\nbtc,3,12\n", "row 1: 'btc' is not an asset code"),
        ('asset,rows,sum\n"BTC,3,12\n', "not CSV"),
    ],
)
def test_control_totals_that_are_none(tmp_path, text, words):
    error = fail(write_csv(tmp_path / "ledger.csv", ROWS), control_totals=stated(tmp_path, text))
    assert words in error.message, error.message
    assert error.hint


@pytest.mark.parametrize(
    "text", ["BTC = 3", "[BTC]\nrows = 3", '[BTC]\nrows = "3"\nsum = "1"', "[BTC]\nrows = 3\nsum = 1.5"]
)
def test_control_totals_in_toml_are_rows_and_a_sum(tmp_path, text):
    control = stated(tmp_path, text, "control.toml")
    assert fail(write_csv(tmp_path / "ledger.csv", ROWS), control_totals=control).code == "control-malformed"
