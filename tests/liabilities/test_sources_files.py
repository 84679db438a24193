"""Ledgers in compressed files, folders and patterns; what is cut off or damaged never passes for less money."""

import gzip
import os
import random

import pyarrow as pa
import pytest

from por.errors import InputError, SourceError
from por.liabilities import ledger
from tests.liabilities.ledgers import ROWS, write_csv, write_parquet
from tests.liabilities.reading import build, rows

HEAD = b"account_id,asset,amount\n"
MANY = random.Random(5)
LINES = [b"user-%d@example.jp,BTC,%d\n" % (number, MANY.randrange(10**12)) for number in range(20_000)]
TEXT = HEAD + b"".join(LINES)
TOTAL = sum(int(line.rsplit(b",", 1)[1]) for line in LINES)


def zstd(data):
    return pa.compress(data, codec="zstd", asbytes=True)


PACK = {"gz": gzip.compress, "zst": zstd}


def packed(tmp_path, ending, data, name="ledger"):
    path = tmp_path / f"{name}.csv.{ending}"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("ending", PACK)
def test_a_compressed_ledger_is_the_plain_one(tmp_path, ending):
    plain = tmp_path / "ledger.csv"
    plain.write_bytes(TEXT)
    path = packed(tmp_path, ending, PACK[ending](TEXT))
    assert rows(path) == rows(plain)
    assert build(path) == build(plain)


@pytest.mark.parametrize("ending", PACK)
def test_compression_is_told_by_the_bytes_not_by_the_name(tmp_path, ending):
    path = tmp_path / "ledger.csv"
    path.write_bytes(PACK[ending](TEXT))
    assert build(path).assets[0].total == TOTAL


@pytest.mark.parametrize("ending", PACK)
def test_what_was_compressed_in_pieces_is_read_to_its_end(tmp_path, ending):
    cut = len(TEXT) // 3 + 7
    path = packed(
        tmp_path, ending, b"".join(PACK[ending](part) for part in (TEXT[:cut], TEXT[cut : 2 * cut], TEXT[2 * cut :]))
    )
    assert build(path).assets[0].total == TOTAL


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("kept", [0.999, 0.9, 0.5, 0.01])
def test_a_file_that_is_cut_off_is_refused(tmp_path, ending, kept):
    data = PACK[ending](TEXT)
    path = packed(tmp_path, ending, data[: int(len(data) * kept)])
    with pytest.raises(InputError) as error:
        build(path, out=tmp_path / "out")
    assert error.value.code == "ledger-damaged"
    assert str(path) in error.value.message
    assert not (tmp_path / "out").exists()


def test_a_zstd_file_cut_after_a_whole_block_is_refused(tmp_path):
    """Each line a frame: DuckDB takes any number of whole blocks for the file."""
    data = zstd(TEXT)
    refused = 0
    for cut in range(len(data) - 1, len(data) - 40, -1):
        path = packed(tmp_path, "zst", data[:cut])
        with pytest.raises(InputError) as error:
            build(path)
        refused += error.value.code == "ledger-damaged"
    assert refused == 39


def test_a_wrong_checksum_is_refused_although_the_rows_can_be_read(tmp_path):
    data = bytearray(gzip.compress(TEXT))
    data[-6] ^= 1
    with pytest.raises(InputError) as error:
        build(packed(tmp_path, "gz", data))
    assert error.value.code == "ledger-damaged"


def test_stored_bytes_changed_behind_the_checksum_are_refused(tmp_path):
    """Without compression one amount can be changed and everything still unpacks."""
    data = gzip.compress(HEAD + b"alice,BTC,700\n", compresslevel=0)
    path = packed(tmp_path, "gz", data.replace(b"700", b"100"))
    with pytest.raises(InputError) as error:
        build(path)
    assert error.value.code == "ledger-damaged"


@pytest.mark.parametrize("ending", PACK)
def test_bytes_after_the_end_are_refused(tmp_path, ending):
    with pytest.raises(InputError) as error:
        build(packed(tmp_path, ending, PACK[ending](TEXT) + b"more"))
    assert error.value.code == "ledger-damaged"


@pytest.mark.parametrize("ending", PACK)
def test_a_broken_line_in_a_compressed_file_is_named(tmp_path, ending):
    with pytest.raises(InputError) as error:
        build(packed(tmp_path, ending, PACK[ending](TEXT + b"secret@example.jp,BTC\n")))
    assert (error.value.code, "line 20002: not three fields" in error.value.message) == ("ledger-malformed", True)
    assert "secret" not in error.value.message


@pytest.mark.parametrize("ending", PACK)
def test_a_compressed_picture_is_no_ledger(tmp_path, ending):
    with pytest.raises(InputError) as error:
        build(packed(tmp_path, ending, PACK[ending](b"\x89PNG\r\n\x1a\n\x00\x00")))
    assert error.value.code == "ledger-format"


def folder_of_parts(tmp_path):
    folder = tmp_path / "ledger"
    (folder / "day=1").mkdir(parents=True)
    write_parquet(folder / "day=1" / "b.snappy.parquet", ROWS[2:4])
    write_csv(folder / "a.csv", ROWS[:2])
    (folder / "c.csv.gz").write_bytes(gzip.compress(HEAD + b"dave@example.jp,BTC,0\n"))
    (folder / "_SUCCESS").write_text("")
    (folder / ".a.csv.crc").write_text("x")
    return folder


def test_a_folder_is_all_its_files_and_markers_are_not_read(tmp_path):
    folder = folder_of_parts(tmp_path)
    assert build(folder) == build(write_csv(tmp_path / "whole.csv"))
    assert [part.label for part in ledger.read([folder])] == [
        str(folder / name) for name in ("a.csv", "c.csv.gz", "day=1/b.snappy.parquet")
    ]


def test_a_strange_file_in_a_folder_is_an_error_not_left_out(tmp_path):
    folder = folder_of_parts(tmp_path)
    (folder / "ledger.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError) as error:
        build(folder)
    assert (error.value.code, "ledger.xlsx" in error.value.message) == ("ledger-folder", True)


def test_a_pattern_is_the_files_that_match(tmp_path):
    folder = folder_of_parts(tmp_path)
    assert len(rows(str(folder / "*.csv"))) == 2
    assert len(rows(folder / "*.csv*")) == 3
    assert len(rows(str(folder / "**" / "*.parquet"))) == 2
    with pytest.raises(InputError) as error:
        rows(folder / "*.parquet.bak")
    assert error.value.code == "file-missing"


def test_a_pattern_relative_to_where_one_stands(tmp_path, monkeypatch):
    folder_of_parts(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert len(rows("ledger/*.csv")) == 2
    assert len(rows("ledger")) == 5


def test_a_file_named_twice_would_count_twice(tmp_path):
    folder = folder_of_parts(tmp_path)
    with pytest.raises(InputError) as error:
        build(folder, folder / "*.csv", sum_duplicates=True)
    assert error.value.code == "ledger-repeated"
    (tmp_path / "link.csv").symlink_to(folder / "a.csv")
    with pytest.raises(InputError) as error:
        build(folder / "a.csv", tmp_path / "link.csv", sum_duplicates=True)
    assert error.value.code == "ledger-repeated"


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", [(f"user-{number}", "BTC", 1) for number in range(1000)])

    def grow(stream):
        with path.open("a") as file:
            file.write("late,BTC,1\n")
        return 0

    parts = ledger.read([path])
    with pytest.raises(SourceError) as error:
        next(parts).feed(grow)
    assert error.value.code == "ledger-changed"


def test_a_file_replaced_by_one_of_the_same_size_is_refused(tmp_path):
    path = write_csv(tmp_path / "ledger.csv", [("a", "BTC", 1)])
    other = write_csv(tmp_path / "other.csv", [("b", "BTC", 2)])
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    parts = ledger.read([path])
    with pytest.raises(SourceError):
        next(parts).feed(lambda stream: other.replace(path) and 0)


def test_expected_rows_are_parquets_and_about_those_of_a_csv(tmp_path):
    many = [(f"user-{number:06}", "BTC", 10**6 + number) for number in range(5_000)]
    parquet, plain = write_parquet(tmp_path / "a.parquet", many), write_csv(tmp_path / "a.csv", many)
    assert ledger.expected_rows([parquet]) == 5_000
    assert 4_900 < ledger.expected_rows([plain]) < 5_100
    assert ledger.expected_rows([packed(tmp_path, "gz", gzip.compress(TEXT)), plain]) is None
