"""Splitting from the command line to the customer: what a build is told, what is signed, what each verifier finds."""

import json

import pytest

from por import canonical
from por.errors import UsageError
from por.liabilities.build import build_liabilities
from por.liabilities.keys import asset_key
from por.liabilities.manifest import Manifest
from por.liabilities.prove import prove
from por.liabilities.prove_all import prove_all
from por.liabilities.splitting import parse_splitting, split_as, split_as_signed
from por.snapshot import AssetSettings
from tests.conftest import good, por
from tests.liabilities import reference, verifiers
from tests.liabilities.ledgers import MASTER_KEY, SNAPSHOT_KEY, snapshot, write_csv

BALANCES = {"whale": 2**127, "at": 1000, "above": 1001, "nothing": 0, **{f"user-{n}": 7 * n for n in range(40)}}
ROWS = [(who, asset, units) for who, units in BALANCES.items() for asset in ("BTC", "ETH", "JPY")]
OF = snapshot(
    BTC=AssetSettings(decimals=8),
    ETH=AssetSettings(decimals=18, pieces=5, split_above=1000),
    JPY=AssetSettings(decimals=0, pieces=256),
)


@pytest.fixture
def inputs(tmp_path):
    """A ledger, its snapshot.toml and a master key, as a command takes them."""
    (tmp_path / "snapshot.toml").write_text(OF.to_toml())
    (tmp_path / "master.key").write_text(MASTER_KEY.hex() + "\n")
    (tmp_path / "master.key").chmod(0o600)
    write_csv(tmp_path / "ledger.csv", ROWS)
    return tmp_path


def build(folder, *words, code=0):
    given = ("--snapshot", folder / "snapshot.toml", "--master-key", folder / "master.key", "-o", folder / "out")
    return good("liabilities", "build", folder / "ledger.csv", *given, *words, "--json", code=code)


def rules(folder):
    rows = json.loads((folder / "out" / "liabilities.json").read_text())["assets"]
    return {row["asset"]: (row["pieces"], row["split_above"], row["count"]) for row in rows}


def check(folder, who):
    """Prove and verify with every verifier; the pieces by asset."""
    manifest = Manifest.from_bytes((folder / "out/liabilities.json").read_bytes(), where="manifest")
    data = prove(folder / "out", account_id=who, master_key=MASTER_KEY)
    signed = {"snapshot_id": manifest.header.id.hex(), "assets": manifest.document()["assets"]}
    for verifier in verifiers.VERIFIERS:
        assert verifier(data, canonical.encode(signed), who) == dict.fromkeys(("BTC", "ETH", "JPY"), BALANCES[who])
    return {
        entry["asset"]: [int(piece["amount"]) for piece in entry["pieces"]] for entry in json.loads(data)["entries"]
    }


def test_balances_are_split_as_snapshot_toml_says(inputs):
    build(inputs)
    many = sum(units > 0 for units in BALANCES.values())
    assert rules(inputs) == {
        "BTC": (1, "0", len(BALANCES)),
        "ETH": (5, "1000", len(BALANCES) + 4 * 2),
        "JPY": (256, "0", len(BALANCES) + 255 * many),
    }
    for who, (eth, jpy) in {"whale": (5, 256), "at": (1, 256), "above": (5, 256), "nothing": (1, 1)}.items():
        pieces = check(inputs, who)
        assert (len(pieces["BTC"]), len(pieces["ETH"]), len(pieces["JPY"])) == (1, eth, jpy)
        key = asset_key(SNAPSHOT_KEY, "ETH")
        assert pieces["ETH"] == reference.split(key, who, BALANCES[who], 5, 1000)


def test_options_come_before_snapshot_toml_and_stand_in_the_manifest(inputs):
    build(inputs, "--pieces", "BTC=3", "--split-above", "BTC=5", "--pieces", "JPY=1", "--split-above", "ETH=7")
    found = rules(inputs)
    assert {asset: rule[:2] for asset, rule in found.items()} == {"BTC": (3, "5"), "ETH": (5, "7"), "JPY": (1, "0")}
    assert found["BTC"][2] == len(BALANCES) + 2 * sum(units > 5 for units in BALANCES.values())
    assert len(check(inputs, "whale")["BTC"]) == 3 and len(check(inputs, "whale")["JPY"]) == 1


def test_a_split_of_everybody_is_proved_into_one_file(inputs):
    build(inputs)
    prove_all(inputs / "out", where=[inputs / "ledger.csv"], master_key=MASTER_KEY, out=inputs / "all")
    for who in ("whale", "at", "above", "nothing", "user-3"):
        good("liabilities", "extract", inputs / "all", who, "-o", inputs / "one.json")
        assert (inputs / "one.json").read_bytes() == prove(inputs / "out", account_id=who, master_key=MASTER_KEY)


@pytest.mark.parametrize(
    "words",
    [
        ("--pieces", "BTC=0"),
        ("--pieces", "BTC=257"),
        ("--pieces", "BTC=-1"),
        ("--pieces", "BTC"),
        ("--pieces", "DOGE=2"),
        ("--pieces", "BTC=2", "--pieces", "BTC=3"),
        ("--split-above", "BTC=5"),
        ("--split-above", "ETH=1.5"),
        ("--split-above", "ETH=-1"),
        ("--pieces", "ETH=1", "--split-above", "ETH=5"),
    ],
)
def test_what_makes_no_sense_is_refused(inputs, words):
    ran = build(inputs, *words, code=2)
    assert ran.document["error"]["code"] == "splitting" and ran.document["error"]["hint"]
    assert not (inputs / "out").exists()


def test_an_auditor_rebuilds_what_was_signed_whatever_snapshot_toml_says():
    told = split_as(OF, parse_splitting(["BTC=3", "JPY=1"], ["BTC=5"]))
    rows = build_liabilities(ledger=[reader()], snapshot=told, snapshot_key=SNAPSHOT_KEY, out=None).assets
    assert split_as_signed(OF, rows) == told != OF
    signed = split_as_signed(OF, rows)
    again = build_liabilities(ledger=[reader()], snapshot=signed, snapshot_key=SNAPSHOT_KEY, out=None)
    assert again.assets == rows


def reader():
    """The ledger as an Arrow object."""
    import pyarrow as pa

    who, asset, units = zip(*ROWS, strict=True)
    return pa.table({"account_id": who, "asset": asset, "amount": [str(amount) for amount in units]})


def test_an_asset_that_only_the_statement_has_is_left_to_the_comparison():
    rows = build_liabilities(ledger=[reader()], snapshot=OF, snapshot_key=SNAPSHOT_KEY, out=None).assets
    less = snapshot(BTC=AssetSettings(decimals=8))
    assert list(split_as_signed(less, rows).assets) == ["BTC"]
    with pytest.raises(UsageError):
        split_as(less, {"ETH": (2, 0)})


def test_help_says_where_the_default_is():
    assert "Default: snapshot.toml" in " ".join(por("liabilities", "build", "--help").out.split())
