import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from por import canonical
from por.errors import InputError
from por.liabilities.manifest import Manifest, parse_assets
from por.snapshot import Header

VECTOR = json.loads((Path(__file__).parents[2] / "fixtures/vectors/good-all-assets.json").read_text())
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of="2026-11-20T15:00:00Z", sequence=7)
DOCUMENT = {
    "format": "por-liabilities/1",
    "snapshot": HEADER.document(),
    "snapshot_id": HEADER.id.hex(),
    "account_id_kind": "login e-mail",
    "assets": VECTOR["statement"]["assets"],
}


def read(document):
    return Manifest.from_bytes(canonical.encode(document), where="liabilities.json")


def test_the_document_is_read_and_written_back_byte_for_byte():
    manifest = read(DOCUMENT)
    assert manifest.to_bytes() == canonical.encode(DOCUMENT)
    assert manifest.header == HEADER
    assert [row.asset for row in manifest.assets] == ["BTC", "BTC:lent", "ETH", "JPY", "USDC"]
    assert manifest.assets[3].count == 0


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        (("format",), "por-liabilities/2", "format-unknown"),
        (("snapshot_id",), "00" * 32, "snapshot-id-mismatch"),
        (("snapshot", "sequence"), 8, "snapshot-id-mismatch"),
        (("snapshot", "issuer"), "Other", "snapshot-id-mismatch"),
        (("snapshot", "issuer"), " padded", "text-malformed"),
        (("snapshot", "as_of"), "2026-11-20", "time-malformed"),
        (("snapshot_id",), "00", "hex-malformed"),
        (("account_id_kind",), "", "text-malformed"),
        (("account_id_kind",), None, "statement-malformed"),
        (("assets",), [], "statement-malformed"),
        (("extra",), 1, "statement-malformed"),
        (("assets", 0, "root"), "zz" * 32, "hex-malformed"),
        (("assets", 0, "count"), 0, "statement-malformed"),
        (("assets", 3, "count"), 1, "statement-malformed"),
        (("assets", 3, "total"), "1", "statement-malformed"),
        (("assets", 0, "excluded", "amount"), "-1", "amount-not-canonical"),
    ],
)
def test_a_changed_value_is_refused_with_its_place(place, value, code):
    changed = copy.deepcopy(DOCUMENT)
    holder = changed
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = value
    with pytest.raises(InputError) as error:
        read(changed)
    assert error.value.code == code
    assert error.value.message.startswith("liabilities.json")
    assert error.value.hint


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", canonical.encode(DOCUMENT) + b"\n"])
def test_other_bytes_are_refused(data):
    with pytest.raises(InputError):
        Manifest.from_bytes(data, where="liabilities.json")


def test_rows_are_read_without_pydantic():
    program = (
        "import sys, json; from por.liabilities.manifest import parse_assets;"
        "rows = parse_assets(json.load(sys.stdin), where='assets');"
        "assert len(rows) == 5; print(*[name for name in sys.modules if name in ('pydantic', 'duckdb', 'por_kernel')])"
    )
    rows = json.dumps(VECTOR["statement"]["assets"])
    done = subprocess.run([sys.executable, "-c", program], input=rows, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_root_view_is_the_part_a_proof_is_checked_against():
    row = parse_assets(VECTOR["statement"]["assets"], where="assets")[-1]
    view = row.root_view()
    assert (view.asset, view.pieces, view.split_above, view.total) == ("USDC", 3, 1_000_000, row.total)
