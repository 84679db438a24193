"""Signers in roles, from the key file that people write to what an auditor and a customer are told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Ran, World, good, por
from tests.tsa import Authority, authority

HEAD = """\
format = "por-keys/1"
issuer = "Example Exchange K.K."
version = {version}
from = "{since}"
until = "2028-01-01T00:00:00Z"

[thresholds]
keys = 2
preparer = 1
management = 1
"""

KEY = """
[[key]]
name = "{name}"
public = "{line}"
roles = ["{role}"]
{more}
"""

PEOPLE = {
    "keeper 1": "keys",
    "keeper 2": "keys",
    "attest": "preparer",
    "director": "management",
    "accountant": "accountant",
}
CHANGE = "2026-11-25T00:00:00Z"
STOLEN = f'revoked = {{ at = "{CHANGE}", reason = "stolen" }}'


@dataclass
class Office:
    """Where the keys are, and a copy of the first publication."""

    folder: Path
    world: World

    @property
    def publication(self) -> Path:
        return self.folder / "publication"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def secret(self, name: str) -> Path:
        return self.world.secret / "attest.pem" if name == "attest" else self.folder / f"{name}.pem"

    def write(self, version: int = 1, **more: str) -> Path:
        """keys.toml as people write it; `more` are further lines of a key by its name."""
        text = HEAD.format(version=version, since="2026-01-01T00:00:00Z" if version == 1 else CHANGE)
        for name, role in PEOPLE.items():
            shown = good("keys", "show", self.secret(name).with_suffix(".pub"), "--name", "people", "--json").document
            text += KEY.format(name=name, line=shown["verifier_key"], role=role, more=more.get(name, ""))
        path = self.folder / "keys.toml"
        path.write_text(text)
        return path

    def sign(self, version: int = 1, **more: str) -> Ran:
        good("keys", "sign", self.write(version, **more), "--key", self.secret("keeper 1"), "-o", self.keys)
        return good("countersign", self.keys / f"{version}.keys.json", "--key", self.secret("keeper 2"))

    def countersign(self, *names: str) -> None:
        for name in names:
            good("countersign", self.publication, "--key", self.secret(name))

    def audit(self, *words: object, code: int) -> dict[str, tuple[str, str]]:
        ran = por("audit", self.publication, *(words or ("--key", self.keys)), "--json")
        assert ran.code == code, ran.out + ran.err
        return {row["id"]: (row["outcome"], row["detail"]) for row in ran.document["checks"]}

    def verify(self, *words: object, code: int) -> Ran:
        account = ("--account-id-file", self.world.account_file)
        ran = por("verify", self.world.proof, "--statement", self.publication, *account, *words)
        assert ran.code == code, ran.out + ran.err
        return ran


@pytest.fixture
def office(world: World, tmp_path: Path) -> Office:
    shutil.copytree(world.publication, tmp_path / "publication")
    for name in PEOPLE.keys() - {"attest"}:
        algorithm = "p256" if name in ("director", "accountant") else "ed25519"
        words = ("--name", "example.jp/people", "--no-passphrase", "--algorithm", algorithm)
        good("keys", "new", tmp_path / f"{name}.pem", *words)
    return Office(folder=tmp_path, world=world)


@pytest.fixture(scope="module")
def tsa() -> Iterator[Authority]:
    with authority() as found:
        yield found


def test_a_statement_needs_its_roles(office: Office) -> None:
    office.sign()
    found = office.audit(code=1)
    assert (
        found["signature"][0] == "does-not-hold" and "0 of the 1 keys that the role management" in found["signature"][1]
    )
    assert office.verify("--key", office.keys, code=1).err.startswith("error: statement: signed by 0 of the 1")
    office.countersign("director", "accountant")
    found = office.audit(code=0)
    assert found["signature-roles"][1].startswith("management 1 of 1, preparer 1 of 1, by version 1 of the key file")
    assert "(director)" in found["signature"][1] and "(accountant)" in found["signature"][1]
    assert found["log-inclusion"][0] == found["files"][0] == "holds"
    told = office.verify("--key", office.keys, code=0).out
    assert "(director), in your key file as management." in told and "(attest), in your key file as preparer." in told
    assert office.audit("--key", office.world.key, code=0)["signature-others"][1].startswith("2 more")


def test_an_auditors_own_file_needs_nobodys_signature(office: Office) -> None:
    """Roles are the verifier's word: here the accountant's counts for management, whatever the exchange says."""
    office.countersign("accountant")
    mine = office.write()
    mine.write_text(
        mine.read_text().replace('roles = ["accountant"]', 'roles = ["management"]').replace("keys = 2\n", "")
    )
    assert office.audit("--key", mine, code=0)["signature-roles"][0] == "holds"


def test_from_the_first_key_file_to_todays(office: Office, tmp_path: Path) -> None:
    office.sign()
    shutil.copy(office.keys / "1.keys.json", tmp_path / "mine.json")
    office.countersign("director")
    office.sign(2, director='until = "2026-11-24T00:00:00Z"')
    pinned = ("--key", tmp_path / "mine.json", "--key", office.keys)
    assert "keys as of version 2" in office.audit(*pinned, code=0)["signature-roles"][1]
    office.verify(*pinned, code=0)
    good("log", "verify", office.world.shop.folder / "log", *pinned)
    shown = good("keys", "show", office.keys)
    assert "version 2" in shown.out and "until 2026-11-24T00:00:00Z" in shown.out
    # whoever follows a chain that does not begin with the pinned file is told so
    other = json.loads((office.keys / "1.keys.json").read_text())
    other["signatures"] = other["signatures"][:1]
    (tmp_path / "mine.json").write_text(json.dumps(other, separators=(",", ":"), sort_keys=True))
    assert "keyfile-threshold" in por("verify", office.world.proof, "--json", *pinned).out


def test_an_expired_key(office: Office) -> None:
    office.sign(director='until = "2026-11-19T00:00:00Z"')
    office.countersign("director")
    found = office.audit(code=1)
    assert "valid until 2026-11-19T00:00:00Z" in found["signature"][1]


def test_a_stolen_key(office: Office, tsa: Authority) -> None:
    """The thief's statement and the honest one look alike; only what an authority stamped in time tells them apart."""
    office.sign()
    office.countersign("director")
    good("timestamp", office.publication, "--tsa", tsa.url, "--tsa-ca", tsa.root)
    found = office.audit(code=0)
    assert found["timestamps"][0] == "not-covered" and "2 there" in found["timestamps"][1]
    office.sign(2, attest=STOLEN)
    assert "you brought no authority" in office.audit(code=5)["signature"][1]
    known = ("--key", office.keys, "--tsa-ca", tsa.root)
    found = office.audit(*known, code=0)
    assert found["timestamps"] == ("holds", found["timestamps"][1]) and found["signature-roles"][0] == "holds"
    assert found["log-key-revoked"][0] == "not-covered"
    office.verify(*known, code=0)
    office.verify("--key", office.keys, code=1)

    shutil.rmtree(office.publication / "timestamps")
    found = office.audit(*known, code=1)
    assert (
        found["signature"][0] == "does-not-hold" and "no timestamp shows that it signed before" in found["signature"][1]
    )
    office.verify(*known, code=1)

    tsa.moment = "2026-11-25 00:00:00"
    good("timestamp", office.publication, "--tsa", tsa.url, "--tsa-ca", tsa.root)
    found = office.audit(*known, code=1)
    assert found["timestamps"][0] == "holds" and "the timestamp is of 2026-11-25T00:00:01Z" in found["signature"][1]
    tsa.moment = "2026-11-21 00:00:00"


def test_timestamps_are_files_of_the_publication_and_others_are_not(office: Office, tsa: Authority) -> None:
    good("timestamp", office.publication, "--tsa", tsa.url)
    assert office.audit("--key", office.world.key, code=0)["files"][0] == "holds"
    (token,) = (office.publication / "timestamps").iterdir()
    shutil.copy(token, token.with_name("0" * 64 + "-1.tsr"))
    assert "is not a file of this publication" in office.audit("--key", office.world.key, code=1)["files"][1]
    token.with_name("0" * 64 + "-1.tsr").unlink()
    token.write_bytes(b"x")
    assert office.audit("--key", office.world.key, code=1)["timestamps"][0] == "does-not-hold"
    with authority() as other:
        token.unlink()
        good("timestamp", office.publication, "--tsa", other.url)
        found = office.audit("--key", office.world.key, "--tsa-ca", tsa.root, code=1)
        assert found["timestamps"][0] == "does-not-hold"


def test_a_person_can_look_at_all_of_it(office: Office, tsa: Authority) -> None:
    office.sign(director='until = "2026-11-19T00:00:00Z"')
    shown = good("inspect", office.keys / "1.keys.json").out
    assert "key file" in shown and "valid until 2026-11-19T00:00:00Z" in shown and "threshold preparer" in shown
    good("timestamp", office.publication, "--tsa", tsa.url)
    (token,) = (office.publication / "timestamps").iterdir()
    assert "2026-11-21T00:00:01Z" in good("inspect", token).out
    for ran in (good("inspect", office.keys / "1.keys.json"), good("inspect", token)):
        assert "nothing was checked" in ran.out


def test_a_statement_is_signed_and_countersigned_once(office: Office) -> None:
    office.countersign("director")
    before = (office.publication / "attestation.json").read_bytes()
    assert "had signed it already" in good("countersign", office.publication, "--key", office.secret("director")).out
    digest = good("audit", office.publication, "--key", office.world.key, "--json").document["statement"]["digest"]
    ran = good("countersign", office.publication, "--key", office.secret("attest"), "--statement", digest, "--json")
    assert ran.document["added"] is False and len(ran.document["signed_by"]) == 2
    assert (office.publication / "attestation.json").read_bytes() == before


def test_a_customers_check_stays_light(office: Office) -> None:
    """Following a chain of key files needs neither pydantic nor rich, nor what timestamps are read with."""
    office.sign()
    office.sign(2)
    office.countersign("director")
    words = ["verify", office.world.proof, "--statement", office.publication, "--key", office.keys]
    words += ["--account-id-file", office.world.account_file]
    code = (
        "import sys; from por.cli.main import main; code = main(sys.argv[1:]);"
        "heavy = {'pydantic', 'rich', 'web3', 'duckdb', 'rfc3161_client', 'pkcs11', 'securesystemslib'};"
        "print(sorted(heavy & set(sys.modules))); sys.exit(code)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
