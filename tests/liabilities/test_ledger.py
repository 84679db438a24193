"""What DuckDB is told to read and what is refused before the kernel sees a row."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from por.errors import InputError, SourceError
from por.liabilities import ledger
from tests.liabilities.ledgers import ROWS, write_csv, write_parquet


def rows(*paths):
    found = []
    for part in ledger.read(paths):
        for batch in pa.RecordBatchReader.from_stream(part.stream):
            assert batch.schema.names == list(ledger.COLUMNS)
            found += [tuple(row.values()) for row in batch.to_pylist()]
    return found


def text(tmp_path, data, name="ledger.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


AS_TEXT = [(account_id, asset, str(amount)) for account_id, asset, amount in ROWS]


def test_csv_cells_stay_text_and_rows_keep_their_order(tmp_path):
    assert rows(write_csv(tmp_path / "a.csv")) == AS_TEXT


def test_parquet_keeps_its_types(tmp_path):
    assert [(a, b, int(c)) for a, b, c in rows(write_parquet(tmp_path / "a.parquet"))] == ROWS


def test_several_files_follow_each_other(tmp_path):
    first = write_csv(tmp_path / "a.csv", ROWS[:2])
    assert len(rows(first, write_parquet(tmp_path / "b.parquet", ROWS[2:]))) == len(ROWS)


def test_many_rows_keep_their_order(tmp_path):
    many = [(f"user-{number}", "BTC", number) for number in range(300_000)]
    assert [row[0] for row in rows(write_csv(tmp_path / "a.csv", many))] == [row[0] for row in many]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"account_id,asset,amount\r\na,BTC,1\r\n", [("a", "BTC", "1")]),
        (b"\xef\xbb\xbfaccount_id,asset,amount\na,BTC,1\n", [("a", "BTC", "1")]),
        (b"account_id,asset,amount\na,BTC,1", [("a", "BTC", "1")]),
        (b"amount,account_id,asset\n1,a,BTC\n", [("a", "BTC", "1")]),
        (b'"account_id","asset","amount"\n"a,""b","BTC","1"\n', [('a,"b', "BTC", "1")]),
        (b"account_id,asset,amount\n#a,BTC,1\n", [("#a", "BTC", "1")]),
        (b"account_id,asset,amount\nNULL,BTC,1e3\n", [("NULL", "BTC", "1e3")]),
        (b"account_id,asset,amount\n007,BTC,0010\n", [("007", "BTC", "0010")]),
        (b"account_id,asset,amount\n2026-01-01,BTC,true\n", [("2026-01-01", "BTC", "true")]),
        (b"account_id,asset,amount\n a ,BTC, 1\n", [(" a ", "BTC", " 1")]),
        (b"account_id,asset,amount\na\\,BTC,1\n", [("a\\", "BTC", "1")]),
        (b"account_id,asset,amount\n'a',BTC,1\n", [("'a'", "BTC", "1")]),
    ],
)
def test_csv_is_rfc_4180_and_nothing_is_guessed(tmp_path, data, expected):
    assert rows(text(tmp_path, data)) == expected


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "ledger-format", "no CSV header"),
        (b"\n", "ledger-format", "no CSV header"),
        (b"account_id,asset\na,BTC\n", "ledger-columns", "no column amount"),
        (b"account_id,asset,amount,note\na,BTC,1,x\n", "ledger-columns", "an unknown column 'note'"),
        (b"account_id,asset,amount,amount\na,BTC,1,1\n", "ledger-columns", "a column stands twice"),
        (b"Account_ID,asset,amount\na,BTC,1\n", "ledger-columns", "an unknown column 'Account_ID'"),
        (b"account_id;asset;amount\na;BTC;1\n", "ledger-columns", "no column account_id"),
        (b"a@example.jp,BTC,1\n", "ledger-columns", "no column account_id"),
        (b'"account_id,asset,amount\n', "ledger-format", "no CSV header"),
        (b"\xff\xfea\x00c\x00", "ledger-format", "neither CSV nor Parquet"),
        (b"\x1f\x8b\x08", "ledger-damaged", "damaged or cut off"),
        (b"PK\x03\x04\x00\x00", "ledger-format", "neither CSV nor Parquet"),
        (b"PAR1", "ledger-unreadable", "cannot be read as Parquet"),
    ],
)
def test_what_is_no_ledger_is_refused_before_a_row_is_read(tmp_path, data, code, words):
    path = text(tmp_path, data)
    with pytest.raises(InputError) as error:
        rows(path)
    assert error.value.code == code
    assert error.value.message.startswith(str(path))
    assert words in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"secret@example.jp,BTC", "line 3: not three fields"),
        (b"secret@example.jp,BTC,1,2", "line 3: not three fields"),
        (b'"secret@example.jp,BTC,1', "line 3: a quote that does not end"),
        (b"\xe9secret@example.jp,BTC,1", "line 3: not UTF-8"),
    ],
)
def test_a_broken_line_is_named_without_what_stands_in_it(tmp_path, line, words):
    path = text(tmp_path, b"account_id,asset,amount\na,BTC,1\n" + line + b"\nb,BTC,1\n")
    parts = ledger.read([path])
    with pytest.raises(InputError) as raised:
        next(parts).feed(lambda stream: stream.fetchall())
    error = raised.value
    assert (error.code, words in error.message) == ("ledger-malformed", True), error.message
    assert "secret" not in error.message + error.hint


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_a_float_column_is_refused(tmp_path, kind):
    with pytest.raises(InputError) as error:
        rows(write_parquet(tmp_path / "a.parquet", [("a", "BTC", 1.0)], kind))
    assert error.value.code == "amount-float"
    assert "column amount holds floating-point numbers" in error.value.message


@pytest.mark.parametrize(
    ("kind", "value"),
    [(pa.bool_(), True), (pa.binary(), b"1"), (pa.timestamp("s"), 1), (pa.list_(pa.int64()), [1])],
)
def test_other_amount_columns_are_refused(tmp_path, kind, value):
    with pytest.raises(InputError) as error:
        rows(write_parquet(tmp_path / "a.parquet", [("a", "BTC", value)], kind))
    assert error.value.code == "column-type"


def test_an_account_id_column_of_numbers_is_refused(tmp_path):
    table = pa.table({"account_id": [1], "asset": ["BTC"], "amount": [1]})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="column account_id is bigint"):
        rows(tmp_path / "a.parquet")


def test_parquet_columns_are_checked(tmp_path):
    for names, words in (
        (("account_id", "asset", "balance"), "no column amount and an unknown column 'balance'"),
        (("account_id", "asset", "Amount"), "no column amount"),
    ):
        with pytest.raises(InputError, match=words):
            rows(write_parquet(tmp_path / "a.parquet", names=names))


@pytest.mark.parametrize("cut", [5, 100, 400])
def test_a_truncated_parquet_file_is_refused(tmp_path, cut):
    path = write_parquet(tmp_path / "a.parquet")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError) as error:
        rows(path)
    assert error.value.code == "ledger-unreadable"


def test_too_little_memory_is_told_as_that(tmp_path):
    path = write_csv(tmp_path / "a.csv", [(f"user-{number}", "BTC", number) for number in range(200_000)])
    with pytest.raises(SourceError) as error, ledger.open_ledger([path], memory=1 << 20) as opened:
        for part in opened.parts():
            part.feed(lambda stream: pa.RecordBatchReader.from_stream(stream).read_all())
    assert (error.value.code, "--memory" in error.value.hint) == ("memory-exhausted", True)


def test_what_a_consumer_raises_of_its_own_passes(tmp_path):
    parts = ledger.read([write_csv(tmp_path / "a.csv")])

    def full(stream):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        next(parts).feed(full)


def test_folders_named_like_columns_do_not_overrule_the_file(tmp_path):
    folder = tmp_path / "asset=ETH" / "amount=9"
    folder.mkdir(parents=True)
    assert rows(write_parquet(folder / "a.parquet"))[0][1] == "BTC"
    assert rows(write_csv(folder / "a.csv"))[0] == ("alice@example.jp", "BTC", "150000000")


def test_wildcards_and_quotes_in_a_file_name_are_taken_as_they_are(tmp_path):
    write_csv(tmp_path / "ledger1.csv", [("other", "BTC", 1)])
    for name in ("ledger?.csv", "ledger*.csv", "ledger[1].csv", "it's.csv"):
        assert rows(write_csv(tmp_path / name, [("mine", "BTC", 2)])) == [("mine", "BTC", "2")], name


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(InputError) as missing:
        rows(tmp_path / "none.csv")
    assert missing.value.code == "file-missing"
    with pytest.raises(InputError) as empty:
        rows(tmp_path)
    assert empty.value.code == "ledger-folder"
