"""No row of a ledger is lost or counted twice silently: lines, files, folders and pipes that readers pass over."""

import gzip
import os
import random
import threading

import pytest

from por.errors import InputError, SourceError
from por.liabilities.sources.records import Records
from tests.liabilities.ledgers import ROWS, write_csv
from tests.liabilities.reading import build, rows

HEAD = b"account_id,asset,amount\n"
LINES = b"".join(b"user-%d,BTC,%d\n" % (number, number) for number in range(1000))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_last_line_that_is_longer_than_any_buffer_is_not_lost(tmp_path, pack, end):
    """DuckDB ends there without an error, as if the line were not there."""
    path = tmp_path / "ledger.csv"
    path.write_bytes(pack(HEAD + LINES + b"eve,BTC," + b"1" * (40 << 20) + end))
    with pytest.raises(InputError) as caught:
        build(path)
    assert caught.value.code == "ledger-malformed" and "two million" in caught.value.message


def test_a_wide_ledger_loses_no_long_line_either(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_bytes(b"account_id,BTC\nuser,1\neve," + b"1" * (40 << 20))
    with pytest.raises(InputError, match="two million"):
        build(path, layout="wide")


def test_rows_that_duckdb_did_not_give_are_missed(tmp_path, monkeypatch):
    path = write_csv(tmp_path / "ledger.csv")
    take = Records.take
    monkeypatch.setattr(Records, "take", lambda self, data: take(self, data and data + b"eve,BTC,1\n"))
    with pytest.raises(InputError, match=r"6 rows, of which 5 could be read") as caught:
        build(path)
    assert caught.value.code == "ledger-unreadable"


def test_records_are_counted_as_a_slow_reader_counts_them():
    """Whatever the pieces that the bytes come in: line ends outside of quotes part records, empty lines are none."""

    def slow(data):
        found, quoted, filled = 0, False, False
        for byte in data.replace(b"\r\n", b"\n"):
            quoted ^= byte == ord('"')
            if byte == ord("\n") and not quoted:
                found, filled = found + filled, False
            else:
                filled = True
        return None if quoted else found + filled

    chance = random.Random(8)
    for _ in range(3000):
        data = b"".join(chance.choice([b"a", b",", b'"', b'"', b'""', b"\n", b"\n", b"\r\n"]) for _ in range(12))
        counter, at = Records("ledger.csv"), 0
        while at < len(data):
            step = chance.randrange(1, 6)
            counter.take(data[at : at + step])
            at += step
        try:
            found = counter.count()
        except InputError:
            found = None
        assert found == slow(data), data


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_pipe_is_refused_before_it_is_opened(tmp_path, size):
    """Its first bytes tell the format and would be gone for the reader of the rows."""
    path = tmp_path / "ledger.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: _write(path, HEAD + LINES[:size]), daemon=True)
    writer.start()
    with pytest.raises(InputError) as caught:
        build(path)
    assert caught.value.code == "ledger-format" and "pipe" in caught.value.message


def _write(path, data):
    try:
        with path.open("wb") as file:
            file.write(data)
    except BrokenPipeError:
        pass


def test_folders_behind_links_are_part_of_a_folder(tmp_path):
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "ledger"
    elsewhere.mkdir()
    folder.mkdir()
    write_csv(elsewhere / "b.csv", ROWS[3:])
    write_csv(folder / "a.csv", ROWS[:3])
    (folder / "linked").symlink_to(elsewhere)
    assert rows(folder) == [(account, asset, str(amount)) for account, asset, amount in ROWS]


def test_a_folder_within_itself_is_refused(tmp_path):
    folder = tmp_path / "ledger"
    folder.mkdir()
    write_csv(folder / "a.csv")
    (folder / "again").symlink_to(folder)
    with pytest.raises(InputError, match="again: a link to a folder") as caught:
        build(folder)
    assert caught.value.code == "ledger-folder"


def test_a_folder_that_may_not_be_read_is_no_empty_one(tmp_path, monkeypatch):
    folder = tmp_path / "ledger"
    (folder / "closed").mkdir(parents=True)
    write_csv(folder / "a.csv")
    scandir = os.scandir

    def refuse(path):  # root, as whom tests often run, may read every folder
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceError, match="closed: permission denied"):
        build(folder)


def test_a_file_under_two_names_counts_once(tmp_path):
    first, folder = tmp_path / "a.csv", tmp_path / "ledger"
    write_csv(first)
    folder.mkdir()
    os.link(first, folder / "a.csv")
    os.link(first, folder / "b.csv")
    for where in ([folder], [first, folder / "b.csv"]):
        with pytest.raises(InputError) as caught:
            build(*where, sum_duplicates=True)
        assert caught.value.code == "ledger-repeated"
