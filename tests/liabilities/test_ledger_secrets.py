"""What is wrong with a ledger is told without what stands in it: account ids and balances stay out of messages."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from por.errors import InputError
from tests.liabilities.reading import build


@pytest.mark.parametrize("layout", ["long", "wide"])
def test_a_row_in_place_of_the_header_is_not_repeated(tmp_path, layout):
    path = tmp_path / "ledger.csv"
    path.write_bytes(b"alice@example.jp,BTC,150000000\nbob@example.jp,BTC,70\n")
    with pytest.raises(InputError) as caught:
        build(path, layout=layout)
    assert caught.value.code == "ledger-columns" and "no column account_id" in caught.value.message
    assert not any(word in caught.value.message for word in ("alice", "150000000"))


@pytest.mark.parametrize("column", ["account_id", "asset", "amount"])
def test_bytes_that_are_no_text_in_parquet_are_not_repeated(tmp_path, column):
    offsets = pa.array([0, 9], pa.int32()).buffers()[1]
    broken = pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(b"alice\xff123")])
    table = {"account_id": pa.array(["a"]), "asset": pa.array(["BTC"]), "amount": pa.array(["1"])} | {column: broken}
    pq.write_table(pa.table(table), tmp_path / "ledger.parquet")
    with pytest.raises(InputError) as caught:
        build(tmp_path / "ledger.parquet")
    assert caught.value.code == "ledger-malformed" and "not UTF-8" in caught.value.message
    assert "alice" not in caught.value.message and "123" not in caught.value.message
