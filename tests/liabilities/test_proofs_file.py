"""All proofs in one file: the same bytes as single proofs, and a damaged or hostile file never gives a wrong one."""

import base64
import hashlib
import itertools
import json
import os
import random
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pyarrow as pa
import pytest

from fixtures import exchange
from por import canonical
from por.errors import ClaimError, InputError
from por.liabilities import memory, proof_document, proofs_table
from por.liabilities import proofs_layout as layout
from por.liabilities import prove_all as prove_all_module
from por.liabilities.build import build_liabilities
from por.liabilities.keys import proofs_salt
from por.liabilities.manifest import Manifest
from por.liabilities.proofs_file import ProofsFile
from por.liabilities.prove import prove
from por.liabilities.prove_all import prove_all
from por.snapshot import AssetSettings, Header, Snapshot
from tests.liabilities import reference, verifiers
from tests.liabilities.ledgers import MASTER_KEY, SNAPSHOT_KEY, snapshot, write_csv, write_parquet

ROOT = Path(__file__).parents[2]
ASSETS = {
    "BTC": AssetSettings(decimals=8),
    "BTC_lent": AssetSettings(decimals=8),
    "ETH": AssetSettings(decimals=18, pieces=5, split_above=10**6),
    "JPY": AssetSettings(decimals=0),
    "USDC": AssetSettings(decimals=6, pieces=2),
    "XRP": AssetSettings(decimals=6),
}
PEOPLE = [f"user-{number}@example.jp" for number in range(1800)]


def balances():
    rng = random.Random(5)
    rows = [("user-0@example.jp", "XRP", 2**127)]
    for who in PEOPLE:
        for asset in rng.sample(["BTC", "ETH", "JPY", "USDC"], rng.randint(1, 3)):
            rows.append((who, asset, rng.randrange(10 ** rng.randrange(1, 12))))
    return rows


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of liabilities, its ledger and its file of all proofs: five assets, one of a single leaf, one empty."""
    folder = tmp_path_factory.mktemp("proofs")
    ledger = write_csv(folder / "ledger.csv", balances())
    build_liabilities(ledger=[ledger], snapshot=snapshot(**ASSETS), snapshot_key=SNAPSHOT_KEY, out=folder / "out")
    written = prove_all(folder / "out", where=[ledger], master_key=MASTER_KEY, out=folder / "all.proofs")
    return folder, written


def rebuilt(folder, rows, **more):
    ledger = write_csv(folder / "l.csv", rows)
    build_liabilities(
        ledger=[ledger], snapshot=snapshot(**ASSETS), snapshot_key=SNAPSHOT_KEY, out=folder / "out", **more
    )
    return ledger


def test_every_account_gets_the_bytes_of_a_single_proof(made):
    folder, written = made
    with ProofsFile(folder / "all.proofs") as proofs:
        for who in PEOPLE[::9]:
            assert proofs.proof(who) == prove(folder / "out", account_id=who, master_key=MASTER_KEY)
    assert written.accounts == len(PEOPLE)
    assert written.leaves == sum(row.count for row in read_manifest(folder).assets)
    assert layout.page_bits(written.leaves) == 2, "several pages, and lookups that cross their borders"


def read_manifest(folder):
    return Manifest.from_bytes((folder / "out" / "liabilities.json").read_bytes(), where="manifest")


def test_every_proof_holds_for_every_verifier(made):
    folder, _ = made
    manifest = read_manifest(folder)
    signed = {"snapshot_id": manifest.header.id.hex(), "assets": manifest.document()["assets"]}
    wanted = {}
    for who, asset, units in balances():
        wanted.setdefault(who, {})[asset] = units
    with ProofsFile(folder / "all.proofs") as proofs:
        for who in PEOPLE[::50]:
            for verifier in verifiers.VERIFIERS:
                assert verifier(proofs.proof(who), canonical.encode(signed), who) == wanted[who]


def test_strangers_and_malformed_ids(made):
    with ProofsFile(made[0] / "all.proofs") as proofs:
        for who in ("nobody@example.jp", "User-1@example.jp", "user-1"):
            with pytest.raises(ClaimError) as error:
                proofs.proof(who)
            assert error.value.code == "account-not-found" and who not in error.value.message
        with pytest.raises(InputError) as malformed:
            proofs.proof("user-1@example.jp ")
        assert malformed.value.code == "account-id-malformed"


def test_the_file_is_private_and_holds_no_account_id(made):
    path = made[0] / "all.proofs"
    assert path.stat().st_mode & 0o777 == 0o600
    data = path.read_bytes()
    assert b"user-" not in data and b"example.jp" not in data
    assert not any(hashlib.sha256(who.encode()).digest()[:8] in data for who in PEOPLE)
    assert [entry.name for entry in made[0].iterdir() if entry.name.startswith(".")] == []


def test_the_same_bytes_whatever_the_threads_the_order_and_the_kind_of_file(made, tmp_path, monkeypatch):
    folder, written = made
    rows = balances()
    random.Random(1).shuffle(rows)
    rows = [(who, asset, str(units)) for who, asset, units in rows]
    ledger = write_parquet(tmp_path / "shuffled.parquet", rows, amount=pa.string())
    again = prove_all(folder / "out", where=[ledger], master_key=MASTER_KEY, out=tmp_path / "again", threads=1)
    assert again == written and (tmp_path / "again").read_bytes() == (folder / "all.proofs").read_bytes()
    monkeypatch.setattr(prove_all_module, "BATCH", 100)
    monkeypatch.setattr(proofs_table, "PART", 64)
    little = {"where": [ledger], "master_key": MASTER_KEY, "memory": memory.SMALLEST}
    assert prove_all(folder / "out", out=tmp_path / "batches", **little) == written
    assert (tmp_path / "batches").read_bytes() == (folder / "all.proofs").read_bytes()


def test_the_envelope_stands_once_and_in_every_proof(made, tmp_path):
    folder, _ = made
    payload = canonical.encode({"some": "statement", "text": "x" * 5000})
    envelope = canonical.encode({"payload": base64.b64encode(payload).decode(), "payloadType": "x", "signatures": []})
    given = {"envelope": envelope, "payload_digest": canonical.digest(payload)}
    ledger = [folder / "ledger.csv"]
    written = prove_all(folder / "out", where=ledger, master_key=MASTER_KEY, out=tmp_path / "with", **given)
    assert written.size < (folder / "all.proofs").stat().st_size + 2 * len(envelope)
    with ProofsFile(tmp_path / "with") as proofs:
        for who in PEOPLE[:3]:
            assert proofs.proof(who) == prove(folder / "out", account_id=who, master_key=MASTER_KEY, **given)
    with pytest.raises(InputError) as error:
        prove_all(
            folder / "out",
            where=ledger,
            master_key=MASTER_KEY,
            out=tmp_path / "other",
            envelope=envelope,
            payload_digest="00" * 32,
        )
    assert error.value.code == "attestation-digest" and not (tmp_path / "other").exists()


def test_summed_rows_and_rows_left_out(tmp_path):
    rows = [("a", "ETH", 900_000), ("b", "BTC", 7), ("a", "ETH", 900_000), ("c", "BTC", -5), ("b", "BTC", -1)]
    ledger = rebuilt(tmp_path, rows, negative="exclude", sum_duplicates=True)
    written = prove_all(tmp_path / "out", where=[ledger], master_key=MASTER_KEY, out=tmp_path / "all")
    assert (written.accounts, written.leaves) == (2, 6)
    with ProofsFile(tmp_path / "all") as proofs:
        for who in ("a", "b"):
            assert proofs.proof(who) == prove(tmp_path / "out", account_id=who, master_key=MASTER_KEY)
        with pytest.raises(ClaimError):
            proofs.proof("c")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("a", "BTC", 1)], "BTC has 2 leaves"),
        ([("a", "BTC", 1), ("b", "BTC", 2), ("c", "BTC", 3)], "1 rows of the ledger have no leaf"),
        ([("a", "BTC", 1), ("a", "BTC", 1)], "BTC has 2 leaves"),
        ([("a", "BTC", 1), ("b", "DOGE", 2)], "'DOGE'"),
        ([("a", "BTC", 1), ("b", "JPY", 2)], "BTC has 2 leaves"),
    ],
)
def test_another_ledger_is_refused_and_nothing_is_left(tmp_path, rows, says):
    rebuilt(tmp_path, [("a", "BTC", 1), ("b", "BTC", 2)])
    other = write_csv(tmp_path / "other.csv", rows)
    with pytest.raises(InputError) as error:
        prove_all(tmp_path / "out", where=[other], master_key=MASTER_KEY, out=tmp_path / "all")
    assert error.value.code == "ledger-differs" and says in error.value.message
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["l.csv", "other.csv", "out"]


def test_a_wrong_key_and_a_damaged_store_are_refused(tmp_path):
    ledger = rebuilt(tmp_path, [("a", "BTC", 1), ("b", "BTC", 2)])
    for key, code in ((bytes(32), "key-mismatch"), (b"short", "key-length")):
        with pytest.raises(Exception) as error:
            prove_all(tmp_path / "out", where=[ledger], master_key=key, out=tmp_path / "all")
        assert error.value.code == code
    store = tmp_path / "out" / "BTC.tree"
    data = bytearray(store.read_bytes())
    data[-1] ^= 1
    store.write_bytes(data)
    with pytest.raises(InputError) as error:
        prove_all(tmp_path / "out", where=[ledger], master_key=MASTER_KEY, out=tmp_path / "all")
    assert error.value.code == "store-damaged" and not (tmp_path / "all").exists()


def small(tmp_path):
    """A file small enough for every byte of it to be spoiled: 20 people, a split asset among two, an envelope."""
    rows = [(f"p{number}", asset, 10**7 + number) for number in range(20) for asset in ("BTC", "ETH")]
    ledger = rebuilt(tmp_path, rows)
    prove_all(tmp_path / "out", where=[ledger], master_key=MASTER_KEY, out=tmp_path / "all", payload_digest="ab" * 32)
    with ProofsFile(tmp_path / "all") as proofs:
        return (tmp_path / "all").read_bytes(), {who: proofs.proof(who) for who in ("p3", "p17")}


def test_no_changed_byte_gives_a_wrong_proof_or_hides_one(tmp_path):
    data, good = small(tmp_path)
    path, refused = tmp_path / "spoiled", 0
    places = range(0, len(data), 11)
    for place in places:
        spoiled = bytearray(data)
        spoiled[place] ^= 1 << place % 8
        path.write_bytes(spoiled)
        try:
            with ProofsFile(path) as proofs:
                for who, proof in good.items():
                    assert proofs.proof(who) == proof, place
        except InputError as error:
            assert error.code in ("proofs-file-damaged", "proofs-file-unknown"), (place, error.code)
            refused += 1
    assert refused > len(places) / 2


def test_a_file_that_is_cut_short_or_continued_is_refused(tmp_path):
    data, _ = small(tmp_path)
    path = tmp_path / "cut"
    for length in [*range(0, len(data), 7), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(InputError) as error:
            ProofsFile(path)
        assert error.value.code in ("proofs-file-damaged", "proofs-file-unknown")
    for more in (b"\x00", b"x" * 64, data):
        path.write_bytes(data + more)
        with pytest.raises(InputError):
            ProofsFile(path)


def test_files_that_are_none_of_ours(tmp_path):
    for content in (b"", b"{}", b"POR-TREE" + bytes(300)):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(InputError) as error:
            ProofsFile(tmp_path / "x")
        assert error.value.code == "proofs-file-unknown" and error.value.hint
    with pytest.raises(InputError) as missing:
        ProofsFile(tmp_path / "none")
    assert missing.value.code == "file-missing"


def test_reading_needs_the_small_installation_only(made):
    """What hands out proofs has no kernel, no database and no Arrow beside it."""
    program = (
        "import sys\n"
        "for name in 'por_kernel duckdb pyarrow pydantic click rich web3'.split(): sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from por.liabilities.proofs_file import ProofsFile\n"
        f"print(len(ProofsFile(Path({str(made[0] / 'all.proofs')!r})).proof('user-7@example.jp')))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert ran.returncode == 0 and int(ran.stdout) > 1000, ran.stderr


# --- docs/spec/proofs-file.md ------------------------------------------------------------------------------------

PAGE = (ROOT / "docs/spec/proofs-file.md").read_text()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The file of the page's example."""
    folder = tmp_path_factory.mktemp("example")
    people = [("alice@example.jp", "BTC", 150000000), ("bob@example.jp", "BTC", 70), ("carol@example.jp", "BTC", 0)]
    ledger = write_csv(folder / "ledger.csv", people)
    assets = {"BTC": AssetSettings(decimals=8), "JPY": AssetSettings(decimals=0)}
    header = Header(**exchange.HEADER)
    of = Snapshot(header=header, amounts="base-units", account_id_kind="login e-mail", assets=assets)
    build_liabilities(ledger=[ledger], snapshot=of, snapshot_key=exchange.SNAPSHOT_KEY, out=folder / "out")
    prove_all(folder / "out", where=[ledger], master_key=exchange.MASTER_KEY, out=folder / "all")
    return (folder / "all").read_bytes()


def test_the_example_of_the_page_is_what_the_code_writes(example):
    shown = json.loads(re.search(r"^```json\n(.*?)^```", PAGE, re.S | re.M).group(1))
    at, length = struct.unpack_from(">QQ", example, len(example) - 64)
    directory = json.loads(zlib.decompress(example[at : at + length]))
    packed = {key: directory["index"].pop(key) for key in ("at", "digest")}  # these follow from zlib's version
    assert {**directory["index"], **packed}.keys() == shown["index"].keys()
    assert directory["index"] == {key: shown["index"][key] for key in directory["index"]}
    assert directory["trees"] == shown["trees"] and directory["format"] == shown["format"]
    for digits in re.findall(r"^(?:[0-9a-f]{6})?\s+((?:[0-9a-f]{8})(?:  [0-9a-f]{8})+)", PAGE, re.M):
        assert bytes.fromhex(digits) in example, digits
    for who in ("alice", "bob", "carol"):
        tag = layout.account_tag(bytes.fromhex(shown["index"]["salt"]), f"{who}@example.jp")
        assert f"{tag.hex()}                        tag of {who}@example.jp" in PAGE and tag in example
    assert proofs_salt(exchange.SNAPSHOT_KEY).hex() == shown["index"]["salt"]


def test_a_reader_written_from_the_page_alone_finds_the_same(made):
    """Slow and obvious: every level hashed again from the leaves, every page gone through."""
    data = (made[0] / "all.proofs").read_bytes()
    at, length, digest, end = struct.unpack(">QQ32s16s", data[-64:])
    assert hashlib.sha256(data[at : at + length]).digest() == digest and end == b"end por-proofs/1"
    directory = json.loads(zlib.decompress(data[at : at + length]))
    index, who = directory["index"], "user-23@example.jp"
    tag = hashlib.sha256(b"por/1 proofs\x00" + bytes.fromhex(index["salt"]) + who.encode()).digest()[:16]
    starts = struct.unpack_from(f">{2 ** index['bits'] + 1}Q", data, index["at"])
    rows = []
    for start, stop in itertools.pairwise(starts):
        accounts, many, packed = struct.unpack_from(">III", data, start)
        tags = [data[start + 12 + 16 * i :][:16] for i in range(accounts)]
        assert tags == sorted(set(tags))
        nonces = data[stop - 16 * many : stop]
        numbers = zlib.decompress(data[start + 12 + 16 * accounts :][:packed])
        counts = struct.unpack_from(f">{accounts}I", numbers)
        places = struct.unpack_from(f">{many}Q", numbers, 4 * accounts)
        for number, seen in enumerate(tags):
            first = sum(counts[:number])
            if seen == tag:
                rows += [(places[i], nonces[16 * i : 16 * i + 16]) for i in range(first, first + counts[number])]
    found = {}
    for place, nonce in rows:
        number, leaf = place >> 48, place & (2**48 - 1)
        row, tree = directory["liabilities"]["assets"][number], directory["trees"][number]
        leaves = [
            reference.Node(
                data[tree["at"] + 32 * i :][:32],
                int.from_bytes(data[tree["at"] + 32 * row["count"] + tree["leaf_bytes"] * i :][: tree["leaf_bytes"]]),
            )
            for i in range(row["count"])
        ]
        pieces = found.setdefault(row["asset"], [])
        path = [(node.hash.hex(), str(node.sum)) for node in siblings(leaves, leaf)]
        pieces.append((leaves[leaf].sum, nonce.hex(), leaf, path))
    with ProofsFile(made[0] / "all.proofs") as proofs:
        proof = json.loads(proofs.proof(who))
    assert found == {
        entry["asset"]: [
            (int(p["amount"]), p["nonce"], p["index"], [(step["hash"], step["sum"]) for step in p["path"]])
            for p in entry["pieces"]
        ]
        for entry in proof["entries"]
    }


def siblings(nodes, index):
    """The path of a leaf, level by level over all nodes."""
    path = []
    while len(nodes) > 1:
        if index ^ 1 < len(nodes):
            path.append(nodes[index ^ 1])
        pairs = [nodes[i : i + 2] for i in range(0, len(nodes), 2)]
        nodes, index = [reference.join(*pair) if len(pair) == 2 else pair[0] for pair in pairs], index // 2
    return path


@pytest.mark.parametrize(
    "attestation",
    [
        None,
        {"digest": "ab" * 32},
        {"digest": "ab" * 32, "envelope": {"ü€\U0001f600": '\u2028\x7f"\\\n', "a": [1, True, None]}},
    ],
    ids=["none", "digest", "envelope"],
)
def test_the_fast_way_of_writing_a_proof_gives_canonical_bytes(made, attestation):
    with ProofsFile(made[0] / "all.proofs") as proofs:
        proofs._frame = proof_document.frame(proofs.manifest, attestation)
        for who in PEOPLE[:200]:
            data = proofs.proof(who)
            found = canonical.decode(data, where="proof")  # refuses what does not encode to the same bytes
            assert found.get("attestation") == attestation
