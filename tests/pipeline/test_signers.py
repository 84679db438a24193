"""A nightly run with a countersigner in a token and a timestamping authority, and a signing key that is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from por.attestation.envelope import parse
from tests import softhsm
from tests.conftest import good, por
from tests.pipeline.conftest import Night
from tests.softhsm import PIN
from tests.tsa import authority


@pytest.fixture(scope="module")
def token() -> softhsm.Token:
    made = softhsm.make()
    made.make_key("director", "EC:prime256v1")
    return made


def test_a_run_countersigns_and_stamps(night: Night, token: softhsm.Token) -> None:
    (night.folder / "secret/pin").write_text(f"{PIN}\n")
    with authority() as tsa:
        tsa.moment = "2026-11-22 00:00:00"
        (night.folder / "ca.pem").write_bytes(tsa.root.read_bytes())
        night.config.write_text(
            night.config.read_text()
            + f'[countersign]\nsigners = [{{ key = "{token.uri("director")}", passphrase_file = "secret/pin" }}]\n'
            + f'[timestamps]\ntsa = ["{tsa.url}"]\nca = "ca.pem"\n'
        )
        checked = night.run("--check")
        assert "countersigners" in checked.out
        tsa.answer = 503
        assert night.run().code == 4  # an authority that is out of reach leaves a publication to be finished
        tsa.answer = None
        assert night.run().code == 1  # the world's statement of that day states a shortfall
        signed = parse((night.publication() / "attestation.json").read_bytes(), where="a")
        assert len(signed.signatures) == 2
        assert len(list((night.publication() / "timestamps").iterdir())) == 2 == tsa.asked
        before = night.written()
        assert night.run().code == 1
        assert night.written() == before and tsa.asked == 2
    found = por("audit", night.publication(), "--key", night.key, "--tsa-ca", night.folder / "ca.pem", "--json")
    outcomes = {row["id"]: row["outcome"] for row in found.document["checks"]}
    assert outcomes["timestamps"] == outcomes["files"] == outcomes["signature"] == "holds"


def test_a_new_key_goes_on_with_the_log(night: Night, tmp_path: Path) -> None:
    """Rotation as it is done: the successor stands in the key file, and only then may it sign this log."""
    assert night.run().code == 1
    secret = night.folder / "secret"
    for name in ("second", "keeper"):
        good("keys", "new", secret / f"{name}.pem", "--name", name, "--no-passphrase")
    lines = {
        name: good("keys", "show", secret / f"{name}.pub", "--json").document["verifier_key"]
        for name in ("attest", "second", "keeper")
    }
    (night.folder / "keys.toml").write_text(
        'format = "por-keys/1"\nissuer = "Example"\nversion = 1\n'
        'from = "2026-01-01T00:00:00Z"\nuntil = "2030-01-01T00:00:00Z"\n[thresholds]\nkeys = 1\npreparer = 1\n'
        f'[[key]]\nname = "keeper"\npublic = "{lines["keeper"]}"\nroles = ["keys"]\n'
        f'[[key]]\nname = "first"\npublic = "{lines["attest"]}"\nroles = ["preparer"]\nuntil = "2026-11-21T15:00:00Z"\n'
        f'[[key]]\nname = "second"\npublic = "{lines["second"]}"\nroles = ["preparer"]\nsucceeds = "first"\n'
        'from = "2026-11-21T15:00:00Z"\n'
    )
    good("keys", "sign", night.folder / "keys.toml", "--key", secret / "keeper.pem", "-o", night.folder / "keys")
    text = night.config.read_text().replace("secret/attest.pem", "secret/second.pem")
    night.config.write_text(text.replace('attestation_passphrase_file = "secret/passphrase"\n', ""))
    again = ("--replaces", 2, "--reason", "signed by the new key")
    refused = night.run(*again)
    assert refused.code == 5 and "its successor" in refused.err
    night.config.write_text(night.config.read_text().replace("[keys]\n", '[keys]\nkey_file = "keys"\n'))
    assert night.run(*again).code == 1
    keys = ("--key", night.folder / "keys")
    found = por("audit", night.publication(3), *keys, "--previous", night.publication(2), "--json")
    outcomes = {row["id"]: row["outcome"] for row in found.document["checks"]}
    for name in ("signature", "signature-roles", "log-inclusion", "log-consistency", "history"):
        assert outcomes[name] == "holds", found.out
    assert "log-key" not in outcomes
    good("log", "verify", night.folder / "log", *keys)
    bare = por("audit", night.publication(3), "--key", secret / "second.pub", "--json").document["checks"]
    assert {row["id"]: row["outcome"] for row in bare}["log-key"] == "undecided"
