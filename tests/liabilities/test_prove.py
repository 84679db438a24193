"""Proofs out of the store: complete, verified, and never with a key or a store that does not fit."""

import base64
import shutil

import pytest

from por import canonical
from por.errors import ClaimError, InputError, TrustError
from por.liabilities.build import build_liabilities
from por.liabilities.keys import snapshot_key
from por.liabilities.prove import prove
from por.liabilities.verify import verify_proof
from tests.liabilities import verifiers
from tests.liabilities.ledgers import HEADER, MASTER_KEY, ROWS, SNAPSHOT_KEY, snapshot, write_csv


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    rows = [*ROWS, *((f"user-{number}", "BTC", number) for number in range(500))]
    ledger = write_csv(folder / "ledger.csv", rows)
    manifest = build_liabilities(ledger=[ledger], snapshot=snapshot(), snapshot_key=SNAPSHOT_KEY, out=folder / "out")
    return folder / "out", manifest


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made[0], tmp_path / "copy")


def run(folder, account_id="alice@example.jp", **more):
    return prove(folder, account_id=account_id, master_key=MASTER_KEY, **more)


def check(data, manifest, account_id):
    roots = {row.asset: row.root_view() for row in manifest.assets}
    document = canonical.decode(data, where="proof")
    found = verify_proof(document, snapshot_id=manifest.header.id, roots=roots, account_id=account_id)
    signed = {"snapshot_id": manifest.header.id.hex(), "assets": [row.document() for row in manifest.assets]}
    assert verifiers.rust(data, canonical.encode(signed), account_id) == {item.asset: item.amount for item in found}
    return {item.asset: item.amount for item in found}


def test_every_account_gets_exactly_its_rows(made):
    folder, manifest = made
    of = {}
    for account_id, asset, amount in ROWS:
        of.setdefault(account_id, {})[asset] = amount
    for account_id, balances in of.items():
        assert check(run(folder, account_id), manifest, account_id) == balances
    for number in range(0, 500, 37):
        assert check(run(folder, f"user-{number}"), manifest, f"user-{number}") == {"BTC": number}


def test_the_proof_holds_no_account_id_and_is_the_same_each_time(made):
    folder, _ = made
    data = run(folder)
    assert b"alice" not in data
    assert data == run(folder)


def test_an_account_that_is_not_there(made):
    for account_id in ("nobody@example.jp", "Alice@example.jp", "alice@example.j"):
        with pytest.raises(ClaimError) as error:
            run(made[0], account_id)
        assert error.value.code == "account-not-found"
        assert account_id not in error.value.message


def test_a_malformed_account_id(made):
    with pytest.raises(InputError) as error:
        run(made[0], "alice@example.jp ")
    assert error.value.code == "account-id-malformed"


def test_a_master_key_of_another_ledger_is_told_from_an_account_that_is_not_there(made):
    with pytest.raises(TrustError) as error:
        prove(made[0], account_id="alice@example.jp", master_key=bytes(32))
    assert error.value.code == "key-mismatch"
    assert error.value.hint
    with pytest.raises(TrustError):
        prove(made[0], account_id="alice@example.jp", master_key=b"short")


def test_a_store_of_another_snapshot_beside_the_manifest_is_refused(copy, tmp_path):
    ledger = write_csv(tmp_path / "other.csv", [("alice@example.jp", "BTC", 5)])
    key = snapshot_key(MASTER_KEY, HEADER.id)
    build_liabilities(ledger=[ledger], snapshot=snapshot(), snapshot_key=key, out=tmp_path / "other")
    shutil.copy(tmp_path / "other" / "BTC.tree", copy / "BTC.tree")
    with pytest.raises(InputError) as error:
        run(copy)
    assert error.value.code == "store-damaged"


def test_a_missing_or_truncated_store_is_refused(copy):
    (copy / "BTC_lent.tree").unlink()
    with pytest.raises(InputError) as missing:
        run(copy)
    assert "BTC_lent.tree" in missing.value.message
    shutil.copy(copy / "ETH.tree", copy / "BTC_lent.tree")
    data = (copy / "BTC.tree").read_bytes()
    for length in (0, 1, 50, len(data) // 2, len(data) - 1):
        (copy / "BTC.tree").write_bytes(data[:length])
        with pytest.raises(InputError) as error:
            run(copy)
        assert error.value.code in ("store-damaged", "store-version"), length


def test_no_flipped_byte_of_a_store_ever_gives_a_false_proof(made, copy):
    """Either the byte does not matter for this account, or the store is refused: never a proof that differs."""
    good = run(made[0])
    data = bytearray((copy / "BTC.tree").read_bytes())
    step = max(1, len(data) // 400)
    for place in range(0, len(data), step):
        data[place] ^= 0x10
        (copy / "BTC.tree").write_bytes(data)
        try:
            assert run(copy) == good, place
        except (InputError, TrustError, ClaimError) as error:
            assert error.code in ("store-damaged", "store-version", "key-mismatch"), error.code
        data[place] ^= 0x10


def test_a_missing_folder(tmp_path):
    with pytest.raises(InputError) as error:
        run(tmp_path / "none")
    assert error.value.code == "file-missing"


def test_the_envelope_is_embedded_with_the_statements_identity(made):
    payload = canonical.encode({"some": "statement"})
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": "x", "signatures": []}
    digest = canonical.digest(payload)
    data = run(made[0], envelope=canonical.encode(envelope), payload_digest=digest)
    assert canonical.decode(data, where="proof")["attestation"] == {"digest": digest, "envelope": envelope}
    assert check(data, made[1], "alice@example.jp")["BTC"] == 150000000
    only = run(made[0], payload_digest=digest)
    assert canonical.decode(only, where="proof")["attestation"] == {"digest": digest}


@pytest.mark.parametrize("envelope", [{"payload": "eyJ9"}, {"payload": "!"}, {}, []])
def test_an_envelope_of_another_statement_is_refused(made, envelope):
    with pytest.raises(InputError):
        run(made[0], envelope=canonical.encode(envelope), payload_digest="00" * 32)
