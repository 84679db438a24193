"""A nightly job of its own for each test: inputs of the small exchange, own keys, own log."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.demo.exchange import SECOND
from fixtures.chain import sign_text
from tests.conftest import Ran, World, good, por

CONFIG = """\
[inputs]
ledger = ["ledger.csv"]
snapshot = "snapshot.toml"
wallets = "wallets.csv"
control = "control"
prices = "prices.csv"
declared = "declared.toml"
policy = "demo"

[keys]
master = "secret/master.key"
attestation = "secret/attest.pem"
attestation_passphrase_file = "secret/passphrase"

[nodes]
"eip155:31337" = "@secret/node.url"

[output]
work = "work"
log = "log"
publication = "publications/{sequence}"

[schedule]
as_of = "15:00Z"

[report]
log_file = "run.log"
metrics_file = "por.prom"
"""

PASSPHRASE = "correct horse battery staple"


@dataclass(frozen=True)
class Night:
    """The job's folder. Its statement is for sequence 2 as of the second day, where a shortfall shows."""

    folder: Path
    world: World

    @property
    def config(self) -> Path:
        return self.folder / "por.toml"

    def run(self, *words: object) -> Ran:
        return por("run", self.config, *words)

    def publication(self, sequence: int = 2) -> Path:
        return self.folder / "publications" / str(sequence)

    @property
    def key(self) -> Path:
        return self.folder / "secret/attest.pub"

    def written(self) -> dict[str, bytes]:
        """Everything a run leaves that must be the same however it was disturbed."""
        found = {}
        for top in ("publications", "log/checkpoint", "log/log.json", "work/liabilities", "work/reserves"):
            path = self.folder / top
            for file in [path] if path.is_file() else sorted(path.rglob("*")):
                if file.is_file():
                    found[str(file.relative_to(self.folder))] = file.read_bytes()
        return found


@pytest.fixture(scope="session")
def night_inputs(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inputs of a night, with challenges that serve any snapshot, since its sequence is not known beforehand."""
    folder, shop = tmp_path_factory.mktemp("night"), world.shop
    for name in ("snapshot.toml", "wallets.csv", "prices.csv", "declared.toml"):
        shutil.copy(shop.folder / name, folder / name)
    shutil.copy(world.ledger, folder / "ledger.csv")
    (folder / "por.toml").write_text(CONFIG)
    (folder / "secret").mkdir()
    (folder / "secret/passphrase").write_text(PASSPHRASE + "\n")
    (folder / "secret/node.url").write_text(shop.chain.url + "/?key-0123456789-in-the-path\n")
    good("keys", "new", folder / "secret/attest.pem", "--name", "n", "--passphrase-file", folder / "secret/passphrase")
    good("keys", "new", folder / "secret/master.key", "--master", "--no-passphrase")
    good(
        *("wallets", "challenge", folder / "wallets.csv", "--snapshot", folder / "snapshot.toml", "--any-snapshot"),
        *("--node", shop.node, "--issued", SECOND.replace("15:00:00", "15:03:00"), "-o", folder / "challenges"),
    )
    for address, signer in (
        (shop.addresses.hot, shop.hot),
        (shop.addresses.cold, shop.owner),
        (shop.addresses.guarantee, shop.cold_own),
    ):
        (path,) = (folder / "challenges").glob(f"*{address}.txt")
        path.with_suffix(".sig").write_text(sign_text(signer, path.read_text()))
    good(
        *("wallets", "import", folder / "wallets.csv", "--signatures", folder / "challenges"),
        *("-o", folder / "control"),
    )
    return folder


@pytest.fixture
def night(world: World, night_inputs: Path, tmp_path: Path) -> Night:
    """A fresh folder with these inputs."""
    shutil.copytree(night_inputs, tmp_path / "night")
    return Night(folder=tmp_path / "night", world=world)
