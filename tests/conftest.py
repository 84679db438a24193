"""A small exchange that has published twice, made once for all tests that look at publications."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.demo import customers
from examples.demo.exchange import FIRST, GENESIS, SECOND, Exchange, unix
from fixtures.chain import LocalChain
from por.cli.main import main
from tests.browser import browser, opening

__all__ = ["browser", "opening"]

ACCOUNTS = 300

# `por verify` speaks the locale's language; the tests read English wherever they run.
os.environ["LANGUAGE"] = "en"


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def por(*words: object) -> Ran:
    """Run `por` in this process, as its console script does."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(word) for word in words])
    return Ran(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class World:
    """Where the exchange's files are. `account` has a balance in several assets."""

    folder: Path
    shop: Exchange
    account: str

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.csv"

    @property
    def publication(self) -> Path:
        return self.folder / "publication"

    @property
    def shortfall(self) -> Path:
        return self.folder / "shortfall"

    @property
    def key(self) -> Path:
        return self.secret / "attest.pub"

    @property
    def secret(self) -> Path:
        return self.shop.folder / "secret"

    @property
    def store(self) -> Path:
        return self.folder / "liabilities"

    @property
    def reserves(self) -> Path:
        return self.folder / "reserves"

    @property
    def proof(self) -> Path:
        return self.folder / "proof.json"

    @property
    def account_file(self) -> Path:
        return self.folder / "account.txt"


def good(*words: object, code: int = 0) -> Ran:
    """Run a command that must end with `code`."""
    ran = por(*words)
    assert ran.code == code, f"{words}: {ran.code}\n{ran.out}\n{ran.err}"
    return ran


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An exchange with one statement that holds and one, the day after, that states a shortfall."""
    folder = tmp_path_factory.mktemp("world")
    totals = customers.write_ledger(folder / "ledger.csv", accounts=ACCOUNTS)
    with LocalChain(start=unix(GENESIS)) as chain:
        shop = Exchange(folder=folder / "exchange", chain=chain, totals=totals)
        made = World(folder=folder, shop=shop, account=richest(folder / "ledger.csv"))
        made.secret.mkdir()
        shop.fund()
        publish_first(made)
        publish_shortfall(made)
        yield made


def richest(ledger: Path) -> str:
    """The account with balances in the most assets, so that its proof has much to be changed."""
    accounts = [line.split(",")[0] for line in ledger.read_text().splitlines()[1:]]
    return max(accounts, key=accounts.count)


def publish_first(world: World) -> None:
    """Go through every command of the first statement."""
    shop, run = world.shop, good
    shop.write_inputs(as_of=FIRST, sequence=1, publication="../shortfall")
    run("keys", "new", world.secret / "attest.pem", "--name", "example.jp/reserves", "--no-passphrase")
    run("keys", "new", world.secret / "master.key", "--master", "--no-passphrase")
    snapshot, master = shop.folder / "snapshot.toml", world.secret / "master.key"
    (world.folder / "first.toml").write_text(snapshot.read_text())
    run("liabilities", "build", world.ledger, "--snapshot", snapshot, "--master-key", master, "-o", world.store)
    shop.prove_control(lambda *words: run(*words) and None, as_of=FIRST)
    shop.pass_cut_off(as_of=FIRST)
    run(
        *(
            "reserves",
            "check",
            shop.folder / "wallets.csv",
            "--control",
            shop.folder / "control",
            "--snapshot",
            snapshot,
        ),
        *("--node", shop.node, "--declared", shop.folder / "declared.toml", "-o", world.reserves),
    )
    run(
        *("attest", "--liabilities", world.store, "--reserves", world.reserves, "--policy", "demo"),
        *("--prices", shop.folder / "prices.csv", "--key", world.secret / "attest.pem", "--log", shop.folder / "log"),
        *("-o", world.publication),
    )
    run(
        *("liabilities", "prove", world.store, world.account, "--master-key", master),
        *("--attestation", world.publication, "-o", world.proof),
    )
    world.account_file.write_text(world.account + "\n")
    run(
        "keys",
        "snapshot",
        "--master-key",
        master,
        "--snapshot",
        snapshot,
        "--no-passphrase",
        "-o",
        world.folder / "key",
    )


def publish_shortfall(world: World) -> None:
    """Lose tokens, and publish the next sequence with `por run`."""
    shop = world.shop
    shop.lose_tokens(shop.usdc, shop.totals["USDC"] // 50)
    shop.write_inputs(as_of=SECOND, sequence=2, publication="../shortfall")
    shop.prove_control(lambda *words: good(*words) and None, as_of=SECOND)
    shop.pass_cut_off(as_of=SECOND)
    good("run", shop.folder / "por.toml", code=1)
