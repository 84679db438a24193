"""The kernel against the reference tree: random ledgers, every proof, and the trees of fixtures/."""

import json
import tempfile
from pathlib import Path

import por_kernel
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from por import canonical
from tests.liabilities import reference, verifiers

TREES = sorted((Path(__file__).parents[2] / "fixtures" / "trees").glob("*.json"))
KEY = bytes(range(32))
SNAPSHOT_ID = bytes(range(100, 132))
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A thousand small stores are flushed to disk in the random test; where there is a disk in memory, to that."""
NEIGHBOURS = [power + step for power in (64, 128, 256, 512, 1024) for step in (-1, 0, 1)]


def table(rows):
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    names = ("account_id", "asset", "amount")
    return pa.table(
        {name: pa.array(map(str, column), pa.string()) for name, column in zip(names, columns, strict=True)}
    )


def build(rows, assets, folder, *, key=KEY, batches=1, **options):
    """`assets`: code to (pieces, split_above); the rows reach the kernel in several streams and batches."""
    made = por_kernel.Build(
        snapshot_key=key,
        assets=[(code, 8, *split) for code, split in assets.items()],
        amounts="base-units",
        **options,
    )
    size = -(-len(rows) // batches) or 1
    taken = sum(made.ingest(table(rows[start : start + size])) for start in range(0, len(rows), size))
    assert taken == len(rows)
    return {row["asset"]: row for row in made.finish(None if folder is None else str(folder))}


def kernel_entry(folder, asset, account_id, key=KEY):
    pieces = por_kernel.Store(str(folder / f"{asset.replace(':', '_')}.tree")).prove(key, account_id)
    return pieces and {
        "asset": asset,
        "pieces": [
            {
                "amount": str(piece["amount"]),
                "nonce": piece["nonce"].hex(),
                "index": piece["index"],
                "path": [{"hash": digest.hex(), "sum": str(total)} for digest, total in piece["path"]],
            }
            for piece in pieces
        ],
    }


def compare(rows, assets, folder, **options):
    """Roots, counts, totals and all proofs of all accounts are the reference's, and both verifiers accept them."""
    built = build(rows, assets, folder, **options)
    assert list(built) == sorted(assets)
    of = {code: {} for code in assets}
    for account_id, asset, amount in rows:
        of[asset][account_id] = amount
    signed = []
    leaves = {}
    for code, (pieces, above) in sorted(assets.items()):
        leaves[code] = reference.leaves(reference.asset_key(KEY, code), of[code], pieces, above)
        signed.append(reference.row(code, leaves[code], 8, pieces, above))
        row = built[code]
        assert (row["count"], str(row["total"]), row["root"].hex()) == tuple(
            signed[-1][field] for field in ("count", "total", "root")
        )
    statement = canonical.encode({"snapshot_id": SNAPSHOT_ID.hex(), "assets": signed})
    for account_id in {row[0] for row in rows}:
        entries = []
        for code in sorted(assets):
            entry = kernel_entry(folder, code, account_id)
            assert entry == reference.entry(code, leaves[code], account_id)
            entries += [entry] if entry else []
        proof = {"format": "por-proof/1", "snapshot_id": SNAPSHOT_ID.hex(), "entries": entries}
        for check in verifiers.VERIFIERS:
            found = check(canonical.encode(proof), statement, account_id)
            assert found == {code: of[code][account_id] for code in of if account_id in of[code]}


@pytest.mark.parametrize("count", range(71))
def test_counts_to_70_with_every_proof(count, tmp_path):
    rows = [(f"user-{number}", "BTC", number * 7919 % 5003) for number in range(count)]
    compare(rows, {"BTC": (1, 0)}, tmp_path, batches=1 + count % 3)


@pytest.mark.parametrize("count", NEIGHBOURS)
def test_powers_of_two_and_their_neighbours(count, tmp_path):
    rows = [(f"user-{number}", "BTC", 2**number % 10**9) for number in range(count)]
    built = build(rows, {"BTC": (1, 0)}, tmp_path, batches=3)["BTC"]
    leaves = reference.leaves(reference.asset_key(KEY, "BTC"), {row[0]: row[2] for row in rows})
    top = reference.root(leaves)
    assert (built["count"], built["total"], built["root"]) == (count, top.sum, top.hash)
    for index in {0, 1, count // 2, count - 2, count - 1}:
        who = leaves[index].account_id
        assert kernel_entry(tmp_path, "BTC", who) == reference.entry("BTC", leaves, who)


ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=255)
money = st.one_of(st.integers(0, 3), st.integers(0, 2**40), st.integers(0, 2**120))
codes = st.sampled_from(["BTC", "BTC:lent", "BTC:margin", "ETH", "0X.A-B", "USDC"])
splits = st.one_of(st.just((1, 0)), st.tuples(st.integers(2, 5), money))


@st.composite
def ledgers(draw):
    assets = draw(st.dictionaries(codes, splits, min_size=1, max_size=3))
    keys = draw(st.sets(st.tuples(ids, st.sampled_from(sorted(assets))), max_size=9))
    rows = [(account_id, asset, draw(money)) for account_id, asset in sorted(keys)]
    return draw(st.permutations(rows)), assets


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledgers(), st.integers(1, 4), st.integers(0, 3))
def test_random_ledgers_with_every_proof(ledger, batches, threads):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        compare(*ledger, Path(folder), batches=batches, threads=threads)


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 150), st.integers(0, 2**32), splits, st.integers(1, 5), st.integers(0, 3))
def test_random_roots(count, seed, split, batches, threads):
    rows = [(f"{seed:x}-{number}", "BTC", (seed * (number + 1)) % 2**40) for number in range(count)]
    split = (min(split[0], 3), split[1])
    built = build(rows, {"BTC": split}, None, batches=batches, threads=threads)["BTC"]
    leaves = reference.leaves(reference.asset_key(KEY, "BTC"), {row[0]: row[2] for row in rows}, *split)
    top = reference.root(leaves)
    assert (built["count"], built["total"], built["root"]) == (len(leaves), top.sum, top.hash)


@pytest.mark.parametrize("path", TREES, ids=lambda path: path.stem)
def test_trees_of_the_fixtures(path, tmp_path):
    tree = json.loads(path.read_text())
    rows = [(account_id, tree["asset"], int(amount)) for account_id, amount in tree["balances"].items()]
    split = (tree["pieces"], int(tree["split_above"]))
    key = bytes.fromhex(tree["snapshot_key"])
    row = build(rows, {tree["asset"]: split}, tmp_path, key=key)[tree["asset"]]
    assert (row["count"], str(row["total"]), row["root"].hex()) == (tree["count"], tree["total"], tree["root"])
    shown = [leaf for who in tree["balances"] for leaf in kernel_entry(tmp_path, tree["asset"], who, key)["pieces"]]
    by_index = {leaf["index"]: leaf for leaf in shown}
    assert [(by_index[i]["amount"], by_index[i]["nonce"]) for i in range(tree["count"])] == [
        (leaf["amount"], leaf["nonce"]) for leaf in tree["leaves"]
    ]
