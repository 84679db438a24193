import hmac
import json
from pathlib import Path

import pytest

from por.errors import InputError, TrustError
from por.liabilities import keys

TREES = Path(__file__).parents[2] / "fixtures" / "trees"


@pytest.mark.parametrize("path", sorted(TREES.glob("*.json")), ids=lambda path: path.stem)
def test_keys_of_the_fixtures(path):
    tree = json.loads(path.read_text())
    secret = keys.snapshot_key(bytes.fromhex(tree["master_key"]), bytes.fromhex(tree["snapshot_id"]))
    assert secret.hex() == tree["snapshot_key"]
    assert keys.asset_key(secret, tree["asset"]).hex() == tree["asset_key"]


def test_hkdf_is_that_of_the_cryptography_library():
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

    master, snapshot_id = bytes(range(32)), bytes(range(32, 64))
    secret = keys.snapshot_key(master, snapshot_id)
    info = b"por/1 asset\x00BTC"
    assert keys.asset_key(secret, "BTC") == HKDFExpand(SHA256(), 32, info).derive(secret)
    assert keys.asset_key(secret, "BTC") == HKDF(SHA256(), 32, snapshot_id, info).derive(master)
    assert secret == hmac.digest(snapshot_id, master, "sha256")


def test_master_keys_are_32_bytes_and_never_the_same():
    made = {keys.new_master_key() for _ in range(16)}
    assert len(made) == 16
    assert {len(key) for key in made} == {32}


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_lengths_are_checked(length):
    with pytest.raises(TrustError, match="master key has"):
        keys.snapshot_key(bytes(length), bytes(32))
    with pytest.raises(TrustError, match="snapshot key has"):
        keys.asset_key(bytes(length), "BTC")
    with pytest.raises(InputError, match="snapshot id has 32"):
        keys.snapshot_key(bytes(32), bytes(length))
