"""Every vector of fixtures/, on both verifiers; and the generator makes the very files that are checked in."""

import json
from pathlib import Path

import pytest

from fixtures import generate
from tests.liabilities import verifiers

FIXTURES = Path(__file__).parents[2] / "fixtures"
VECTORS = {path.stem: json.loads(path.read_text()) for path in sorted((FIXTURES / "vectors").glob("*.json"))}


@pytest.mark.parametrize("verify", verifiers.VERIFIERS, ids=lambda verify: verify.__name__)
@pytest.mark.parametrize("name", VECTORS)
def test_vector(verify, name):
    vector = VECTORS[name]
    result = verify(verifiers.text_of(vector, "proof"), verifiers.text_of(vector, "statement"), vector["account_id"])
    if vector["expect"] == "ok":
        assert result == {asset: int(amount) for asset, amount in vector["found"].items()}
    else:
        assert result == vector["expect"]


def test_generator_reproduces_the_files(tmp_path):
    generate.main(tmp_path)
    for folder in ("vectors", "trees"):
        made = {path.name: path.read_text() for path in (tmp_path / folder).iterdir()}
        kept = {path.name: path.read_text() for path in (FIXTURES / folder).iterdir()}
        assert made == kept


def test_every_failure_code_has_a_vector():
    codes = {vector["expect"] for vector in VECTORS.values()}
    assert codes == {
        "ok", "json-malformed", "json-not-canonical", "statement-malformed", "statement-asset-repeated",
        "statement-asset-order", "asset-malformed", "hex-malformed", "amount-not-canonical", "amount-too-large",
        "account-id-malformed", "proof-malformed", "proof-format", "snapshot-mismatch", "asset-repeated", "asset-order",
        "asset-unknown", "index-out-of-range", "path-length", "index-repeated", "sum-overflow", "pieces-count",
        "root-mismatch", "total-mismatch",
    }  # fmt: skip
