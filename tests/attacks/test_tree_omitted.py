"""Row 26: customers left out. No other's proof shows it; they themselves do, and a rebuild; the rest is chance."""

import pytest

from por.errors import ClaimError
from por.liabilities.build import build_liabilities
from por.liabilities.keys import snapshot_key
from por.liabilities.prove import prove
from por.snapshot import AssetSettings
from tests.conftest import por
from tests.liabilities.ledgers import HEADER, MASTER_KEY, snapshot, write_csv

ROWS = [(f"user-{number}", "BTC", 1000 + number) for number in range(200)]
OMITTED = {"user-17", "user-100"}
OF = snapshot(BTC=AssetSettings(decimals=8))
KEY = snapshot_key(MASTER_KEY, HEADER.id)


@pytest.fixture(scope="module")
def cheat(tmp_path_factory):
    """What an exchange publishes that left two customers out."""
    folder = tmp_path_factory.mktemp("omitted")
    ledger = write_csv(folder / "ledger.csv", [row for row in ROWS if row[0] not in OMITTED])
    return folder / "out", build_liabilities(ledger=[ledger], snapshot=OF, snapshot_key=KEY, out=folder / "out")


def test_everybody_else_is_satisfied(cheat):
    folder, _ = cheat
    for who, _, _ in ROWS[::13]:
        assert who in OMITTED or prove(folder, account_id=who, master_key=MASTER_KEY)


def test_who_was_left_out_has_no_proof(cheat):
    for who in OMITTED:
        with pytest.raises(ClaimError) as error:
            prove(cheat[0], account_id=who, master_key=MASTER_KEY)
        assert error.value.code == "account-not-found"


def test_a_rebuild_from_the_whole_ledger_finds_it(cheat, tmp_path):
    whole = build_liabilities(
        ledger=[write_csv(tmp_path / "ledger.csv", ROWS)], snapshot=OF, snapshot_key=KEY, out=None
    )
    assert whole.assets != cheat[1].assets
    assert whole.assets[0].total - cheat[1].assets[0].total == 1017 + 1100


def test_the_chance_is_told_with_its_caveat(cheat):
    ran = por("liabilities", "privacy", cheat[0], "--checking", "5", "--omitted", "2")
    assert "0.9025" in ran.out, "(1 - 0.05)^2"
    assert "a cheat picks accounts that sleep" in ran.out
