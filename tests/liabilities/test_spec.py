"""The examples of docs/spec are checked: what a page shows is what the code reads and the reference tree makes."""

import csv
import json
import re
from pathlib import Path

from fixtures.exchange import MASTER_KEY, SNAPSHOT_ID, SNAPSHOT_KEY
from por import canonical
from por.liabilities.manifest import Manifest
from por.liabilities.verify import verify_proof
from tests.liabilities import reference

SPEC = Path(__file__).parents[2] / "docs" / "spec"
BALANCES = {"alice@example.jp": 150000000, "bob@example.jp": 70, "carol@example.jp": 0}
KEY = reference.asset_key(SNAPSHOT_KEY, "BTC")
LEAVES = reference.leaves(KEY, BALANCES)


def block(page, language):
    return re.search(rf"^```{language}\n(.*?)^```", (SPEC / page).read_text(), re.S | re.M).group(1)


def manifest():
    return Manifest.from_bytes(canonical.encode(json.loads(block("manifest.md", "json"))), where="manifest.md")


def test_the_manifest_is_that_of_the_three_balances():
    assert [row.document() for row in manifest().assets] == [
        reference.row("BTC", LEAVES),
        reference.row("JPY", [], decimals=0),
    ]


def test_the_proof_holds_under_the_manifest():
    proof = json.loads(block("proof.md", "json"))
    read = manifest()
    roots = {row.asset: row.root_view() for row in read.assets}
    found = verify_proof(proof, snapshot_id=read.header.id, roots=roots, account_id="alice@example.jp")
    assert [(entry.asset, entry.amount) for entry in found] == [("BTC", 150000000)]


def test_the_keys_are_derived_as_the_page_says():
    page = (SPEC / "keys.md").read_text()
    alice = next(leaf for leaf in LEAVES if leaf.account_id == "alice@example.jp")
    for value in (MASTER_KEY, SNAPSHOT_ID, SNAPSHOT_KEY, KEY, alice.nonce, alice.place):
        assert value.hex() in page


def test_the_drawing_of_the_tree_shows_its_hashes():
    page = (SPEC / "tree.md").read_text()
    inner = reference.join(*(reference.Node(leaf.hash, leaf.amount) for leaf in LEAVES[:2]))
    for digest in (reference.root(LEAVES).hash, inner.hash):
        assert f"{digest.hex()[:8]}…{digest.hex()[-4:]}" in page
    for leaf in LEAVES:
        assert f"{leaf.hash.hex()[:8]}…" in page


def test_the_ledger_is_one(tmp_path):
    from por.liabilities import ledger

    path = tmp_path / "ledger.csv"
    path.write_text(block("ledger.md", "csv"))
    rows = [row for part in ledger.read([path]) for row in part.stream.fetchall()]
    assert rows == [tuple(row) for row in csv.reader(path.read_text().splitlines()[1:])]


def test_every_page_is_listed_and_every_failure_code_is_named():
    listed = set(re.findall(r"\]\((\S+\.md)\)", (SPEC / "README.md").read_text()))
    assert {"ledger.md", "keys.md", "tree.md", "manifest.md", "proof.md"} <= listed
    assert listed <= {page.name for page in SPEC.glob("*.md")}
    text = (SPEC / "proof.md").read_text() + (SPEC / "manifest.md").read_text()
    vectors = SPEC.parents[1] / "fixtures" / "vectors"
    codes = {json.loads(path.read_text())["expect"] for path in vectors.glob("*.json")} - {"ok"}
    assert {code for code in codes if f"`{code}`" not in text} == set()
