"""Debts netted against balances: what one customer owes must not lower what the exchange owes to anybody."""

import pytest

from por.errors import InputError
from por.liabilities.build import build_liabilities
from por.snapshot import AssetSettings
from tests.liabilities.ledgers import SNAPSHOT_KEY, snapshot, write_csv

ROWS = [("rich", "JUNK", 10**9), ("rich", "BTC", -100), ("saver", "BTC", 250)]
SNAPSHOT = snapshot(BTC=AssetSettings(decimals=8), JUNK=AssetSettings(decimals=0))


def build(tmp_path, rows, **options):
    made = build_liabilities(
        ledger=[write_csv(tmp_path / "ledger.csv", rows)],
        snapshot=SNAPSHOT,
        snapshot_key=SNAPSHOT_KEY,
        out=None,
        **options,
    )
    return {row.asset: row for row in made.assets}


def test_a_debt_is_refused_by_default(tmp_path):
    with pytest.raises(InputError) as error:
        build(tmp_path, ROWS)
    assert error.value.code == "amount-negative"
    assert "row 2" in error.value.message and "--negative exclude" in error.value.hint


def test_an_excluded_debt_stands_apart_and_lowers_nothing(tmp_path):
    rows = build(tmp_path, ROWS, negative="exclude")
    assert (rows["BTC"].total, rows["BTC"].excluded_rows, rows["BTC"].excluded_amount) == (250, 1, 100)
    assert (rows["JUNK"].total, rows["JUNK"].excluded_rows) == (10**9, 0)


def test_summing_repeated_rows_does_not_net_them(tmp_path):
    rows = [("saver", "BTC", 250), ("saver", "BTC", -250)]
    made = build(tmp_path, rows, negative="exclude", sum_duplicates=True)
    assert (made["BTC"].total, made["BTC"].excluded_amount) == (250, 250)


def test_debts_of_every_size_lower_nothing(tmp_path):
    for debt in (1, 249, 250, 2**64, 2**127, 2**128 - 1):
        rows = [("saver", "BTC", 250), ("debtor", "BTC", -debt)]
        assert build(tmp_path, rows, negative="exclude")["BTC"].total == 250
