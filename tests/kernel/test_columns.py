"""Columns of every exact Arrow type give the same tree, inexact ones are refused, and faults name their rows."""

from decimal import Decimal

import por_kernel
import pyarrow as pa
import pytest

from tests.kernel.common import KEY, build, refused, table

IDS = ["alice@example.com", "bob@example.com", "carol", "dave"]
UNITS = [5, 0, 120, 17]
PLAIN = table(IDS, ["BTC"] * 4, [str(value) for value in UNITS])


@pytest.mark.parametrize(
    "amounts",
    [
        *(getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)),
        *(pa.decimal32(9, 0), pa.decimal64(18, 0), pa.decimal128(38, 0), pa.decimal256(76, 0), pa.decimal128(20, 3)),
        *(pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())),
    ],
    ids=str,
)
def test_amounts_of_exact_types(amounts):
    text = pa.types.is_string(amounts) or pa.types.is_large_string(amounts) or "string" in str(amounts)
    values = [str(value) for value in UNITS] if text else UNITS
    if pa.types.is_decimal(amounts):
        values = [Decimal(value) for value in UNITS]
    assert build(table(IDS, ["BTC"] * 4, pa.array(values, amounts))) == build(PLAIN)


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.uint8(), pa.large_string()),
    ],
    ids=str,
)
def test_text_of_any_layout(kind):
    ids, assets = pa.array(IDS).cast(kind), pa.array(["BTC"] * 4).cast(kind)
    assert build(table(ids, assets, [str(value) for value in UNITS])) == build(PLAIN)


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_floats_are_refused_even_where_they_are_whole(kind):
    error = refused(table(IDS, ["BTC"] * 4, pa.array([1.0, 2.0, 3.0, 4.0]).cast(kind)))
    assert error.code == "amount-float"


def test_other_types_and_missing_columns_are_named():
    assert refused(table(IDS, ["BTC"] * 4, pa.array([b"1"] * 4))).code == "column-type"
    assert refused(table(pa.array([1, 2, 3, 4]), ["BTC"] * 4, ["1"] * 4)).message.startswith("account_id: ")
    assert refused(pa.table({"account_id": IDS, "asset": IDS})).code == "column-missing"
    assert "amount" in refused(pa.table({"account_id": IDS, "asset": IDS})).message


def test_decimals_are_whole_units_and_exact():
    in_btc = {"amounts": "decimal", "assets": [("BTC", 8, 1, 0)]}
    by_text = build(table(["a", "b"], ["BTC"] * 2, ["0.00000012", "3.50"]), **in_btc)
    assert by_text["BTC"]["total"] == 12 + 350_000_000
    by_number = pa.array([Decimal("0.00000012"), Decimal("3.5")], pa.decimal128(38, 10))
    assert build(table(["a", "b"], ["BTC"] * 2, by_number), **in_btc) == by_text
    wide = pa.array([Decimal("0.00000012"), Decimal("3.5")], pa.decimal256(76, 30))
    assert build(table(["a", "b"], ["BTC"] * 2, wide), **in_btc) == by_text
    assert build(table(["a"], ["BTC"], pa.array([3])), **in_btc)["BTC"]["total"] == 300_000_000
    fine = Decimal("0.000000001")
    for amounts in (["0.000000001"], pa.array([fine]), pa.array([fine], pa.decimal256(76, 9))):
        assert refused(table(["a"], ["BTC"], amounts), **in_btc).code == "amount-too-fine"


def test_the_largest_amount_and_one_more():
    largest = 2**128 - 1
    for amounts in ([str(largest)], pa.array([Decimal(largest)], pa.decimal256(76, 0))):
        assert build(table(["a"], ["BTC"], amounts))["BTC"]["total"] == largest
    for amounts in ([str(largest + 1)], pa.array([Decimal(largest + 1)], pa.decimal256(76, 0))):
        assert refused(table(["a"], ["BTC"], amounts)).code == "amount-too-large"
    error = refused(table(["a", "b"], ["BTC"] * 2, [str(largest), "1"]))
    assert (error.code, error.row) == ("sum-overflow", None)


@pytest.mark.parametrize(
    "amount", ["", " 1", "1 ", "+1", "01", "-0", "1.0", "1e3", "0x10", "1,000", "nan", "１", "1_0"]
)
def test_amounts_that_are_no_whole_base_units(amount):
    error = refused(table(["a", "b"], ["BTC"] * 2, ["1", amount]))
    assert (error.code, error.row) == ("amount-malformed", 2)


@pytest.mark.parametrize("account_id", ["", " ", "a b", "a\n", "\x00", "é", "\u212b", "x" * 256, "\x7f"])
def test_account_ids_that_are_not_printable_ascii(account_id):
    error = refused(table(["a", account_id], ["BTC"] * 2, ["1", "1"]))
    assert (error.code, error.row) == ("account-id-malformed", 2)
    assert account_id.strip() == "" or account_id not in error.message


def test_account_ids_of_every_length_have_proofs(tmp_path):
    ids = ["~" * length for length in range(1, 256)]
    build(table(ids, ["BTC"] * 255, ["1"] * 255), folder=tmp_path)
    store = por_kernel.Store(tmp_path / "BTC.tree")
    assert all(store.prove(KEY, account_id) for account_id in ids)


def test_nothing_is_not_zero():
    empty = pa.array(["x", None], pa.string())
    assert refused(table(empty, ["BTC"] * 2, ["1"] * 2)).code == "account-id-null"
    assert refused(table(["a", "b"], pa.array(["BTC", None]), ["1"] * 2)).code == "asset-null"
    for amounts in (pa.array(["1", None]), pa.array([1, None]), pa.array([Decimal(1), None])):
        error = refused(table(["a", "b"], ["BTC"] * 2, amounts))
        assert (error.code, error.row) == ("amount-null", 2)
    keys = pa.array([0, 1], pa.int8())
    holed = pa.DictionaryArray.from_arrays(keys, pa.array(["BTC", None]))
    assert refused(table(["a", "b"], holed, ["1"] * 2)).code == "asset-null"


def test_faults_come_together_with_their_rows():
    ids = ["ok"] + [f"user-{number}" for number in range(59)]
    amounts = ["1"] + ["-1"] * 30 + ["x"] * 3 + ["1"] * 26
    assets = ["BTC"] * 40 + ["DOGE"] * 13 + ["SHIB"] * 7
    again = table(["user-5", "new"], ["BTC"] * 2, ["7", None])
    error = refused(table(ids[:1], assets[:1], amounts[:1]), table(ids, assets, amounts), again, threads=2)
    assert (error.code, error.row) == ("row-repeated", 2)  # rows go on from one stream to the next
    assert [(code, count) for code, count, _, _ in error.faults] == [
        ("row-repeated", 2),  # also of a row whose amount was at fault
        ("amount-negative", 30),
        ("amount-malformed", 3),
        ("asset-unknown", 20),
        ("amount-null", 1),
    ]
    assert error.faults[0][2] == [2, 62]
    assert error.faults[1][2] == list(range(3, 23))
    assert error.faults[3][3] == 'the snapshot has no asset "DOGE", "SHIB"'
    assert error.message == "row 2: the account and asset of row 1 again (and 55 more faults)"


def test_sums_that_are_too_large_are_told_with_the_rest():
    top = str(2**128 - 1)
    error = refused(table(["a", "b", "c"], ["BTC"] * 2 + ["JPY"], [top, "1", "x"]))
    assert [(code, rows) for code, _, rows, _ in error.faults] == [("amount-malformed", [3]), ("sum-overflow", [])]
    assert error.faults[1][3] == "BTC: a sum reaches 2^128"
    error = refused(table(["a", "b"], ["BTC"] * 2, ["-" + top, "-1"]), negative="exclude")
    assert (error.code, error.row) == ("sum-overflow", None)


def test_columns_mixed_up_do_not_put_account_ids_into_messages():
    error = refused(table(["BTC", "BTC"], ["alice@example.jp", "bob@example.jp"], ["1", "2"]))
    assert "@" not in str(error.faults)
