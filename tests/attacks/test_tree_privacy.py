"""Leaves that can be guessed, and customers that can be followed from snapshot to snapshot or from asset to asset."""

import hashlib
import itertools
import json
from dataclasses import replace

import pytest

from por.liabilities.build import build_liabilities
from por.liabilities.keys import asset_key, snapshot_key
from por.liabilities.prove import prove
from por.liabilities.verify import hash_leaf
from por.snapshot import AssetSettings
from tests.liabilities.ledgers import HEADER, MASTER_KEY, snapshot, write_csv

PEOPLE = [f"user-{number}@example.jp" for number in range(64)]
ROWS = [(who, asset, 1000 + number) for number, who in enumerate(PEOPLE) for asset in ("BTC", "ETH")]


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    """Two snapshots of the very same balances under one master key."""
    folder = tmp_path_factory.mktemp("snapshots")
    ledger = write_csv(folder / "ledger.csv", ROWS)
    made = []
    for sequence in (7, 8):
        of = replace(snapshot(), header=replace(HEADER, sequence=sequence))
        key = snapshot_key(MASTER_KEY, of.header.id)
        build_liabilities(ledger=[ledger], snapshot=of, snapshot_key=key, out=folder / str(sequence))
        made.append((folder / str(sequence), key))
    return made


def proofs(folder):
    return {who: json.loads(prove(folder, account_id=who, master_key=MASTER_KEY)) for who in PEOPLE}


def entry(proof, asset):
    return next(entry for entry in proof["entries"] if entry["asset"] == asset)["pieces"][0]


def test_a_dictionary_of_all_ids_and_balances_does_not_open_a_neighbours_leaf(snapshots):
    folder, key = snapshots[0]
    made = proofs(folder)
    mine = entry(made[PEOPLE[0]], "BTC")
    by_index = {entry(proof, "BTC")["index"]: who for who, proof in made.items()}
    neighbour = by_index[mine["index"] ^ 1]
    target = bytes.fromhex(mine["path"][0]["hash"])
    known_nonces = [bytes(16), bytes.fromhex(mine["nonce"]), hashlib.sha256(key).digest()[:16]]
    for who in PEOPLE:
        for amount in range(1000, 1064):
            plain = amount.to_bytes(16, "big") + who.encode()
            assert target not in (hashlib.sha256(plain).digest(), hashlib.sha256(b"\x00" + plain).digest())
            assert target not in [hash_leaf(nonce, amount, who.encode()) for nonce in known_nonces]
    secret = bytes.fromhex(entry(made[neighbour], "BTC")["nonce"])
    amount = int(mine["path"][0]["sum"])
    assert hash_leaf(secret, amount, neighbour.encode()) == target


def test_no_field_but_a_sum_joins_two_snapshots(snapshots):
    (first, _), (second, _) = snapshots
    seen, again = proofs(first), proofs(second)

    def fields(made, asset):
        for proof in made.values():
            piece = entry(proof, asset)
            yield piece["nonce"]
            yield from (step["hash"] for step in piece["path"])

    for asset in ("BTC", "ETH"):
        assert set(fields(seen, asset)).isdisjoint(fields(again, asset))
    order = [entry(seen[who], "BTC")["index"] for who in PEOPLE]
    later = [entry(again[who], "BTC")["index"] for who in PEOPLE]
    assert sum(a == b for a, b in zip(order, later, strict=True)) < 12


def test_no_field_joins_two_assets_of_one_customer(snapshots):
    made = proofs(snapshots[0][0])
    assert not {entry(p, "BTC")["nonce"] for p in made.values()} & {entry(p, "ETH")["nonce"] for p in made.values()}
    order = [[entry(made[who], asset)["index"] for who in PEOPLE] for asset in ("BTC", "ETH")]
    assert sum(a == b for a, b in zip(*order, strict=True)) < 12


def test_the_order_of_leaves_says_nothing_of_balances_or_ids(snapshots):
    made = proofs(snapshots[0][0])
    places = [entry(made[who], "BTC")["index"] for who in PEOPLE]
    assert places != sorted(places) and places != sorted(places, reverse=True)
    rising = sum(a < b for a, b in itertools.pairwise(places))
    assert 16 < rising < 48


def test_an_auditors_key_opens_one_snapshot(snapshots):
    (_, first), (_, second) = snapshots
    assert first != second
    assert asset_key(first, "BTC") != asset_key(second, "BTC") != asset_key(second, "ETH")


def test_the_manifest_holds_no_id_no_nonce_and_no_balance(snapshots):
    folder, _ = snapshots[0]
    text = (folder / "liabilities.json").read_text()
    for who, proof in proofs(folder).items():
        assert who not in text
        assert entry(proof, "BTC")["nonce"] not in text
        assert f'"{entry(proof, "BTC")["amount"]}"' not in text


def test_splitting_hides_a_large_balance_from_its_neighbours(tmp_path):
    of = snapshot(BTC=AssetSettings(decimals=8, pieces=8, split_above=10_000))
    rows = [("whale", "BTC", 10**15), *((who, "BTC", 5) for who in PEOPLE)]
    key = snapshot_key(MASTER_KEY, HEADER.id)
    build_liabilities(ledger=[write_csv(tmp_path / "l.csv", rows)], snapshot=of, snapshot_key=key, out=tmp_path / "o")
    seen = {
        step["sum"]
        for who in PEOPLE
        for step in entry(json.loads(prove(tmp_path / "o", account_id=who, master_key=MASTER_KEY)), "BTC")["path"][:1]
    }
    assert str(10**15) not in seen
