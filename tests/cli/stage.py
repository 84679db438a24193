"""Where a transcript is played: a folder, the exchange's files as variables, and preparations by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from por.errors import PorError
from tests.conftest import World

HERE = Path(__file__).parent


@dataclass(kw_only=True)
class Stage:
    """What a preparation may use: `folder` is the working folder; `stack` closes what it opens."""

    world: World
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    variables: dict[str, str] = field(default_factory=dict)


Preparation = Callable[..., None]
"""Takes the stage and the words of its line; sets a variable by writing to `stage.variables`."""

PREPARATIONS: dict[str, Preparation] = {}


def preparation(name: str) -> Callable[[Preparation], Preparation]:
    """Make a function callable from transcripts as `setup NAME WORDS...`."""

    def register(function: Preparation) -> Preparation:
        assert name not in PREPARATIONS, name
        PREPARATIONS[name] = function
        return function

    return register


def load_preparations() -> None:
    """Import every file of tests/cli/preparations."""
    for path in sorted((HERE / "preparations").glob("*.py")):
        importlib.import_module(f"tests.cli.preparations.{path.stem}")


def variables(world: World, folder: Path) -> dict[str, str]:
    """The names that transcripts use. The world is everybody's: commands that write get copies."""
    shop = world.shop.folder
    named: dict[str, object] = {
        "WORK": folder,
        "WORLD": world.folder,
        "SHOP": shop,
        "PUBLICATION": world.publication,
        "SHORTFALL": world.shortfall,
        "PROOF": world.proof,
        "KEY": world.key,
        "ATTEST": world.secret / "attest.pem",
        "MASTER": world.secret / "master.key",
        "SNAPSHOT": world.folder / "first.toml",
        "SNAPSHOT_KEY": world.folder / "key",
        "SECOND": shop / "snapshot.toml",
        "LEDGER": world.ledger,
        "STORE": world.store,
        "RESERVES": world.reserves,
        "WALLETS": shop / "wallets.csv",
        "CONTROL": shop / "control",
        "CHALLENGES": shop / "challenges",
        "DECLARED": shop / "declared.toml",
        "PRICES": shop / "prices.csv",
        "LOG": shop / "log",
        "NODE": world.shop.node,
        "URL": world.shop.chain.url,
        "ACCOUNT": world.account,
        "ACCOUNT_FILE": world.account_file,
        "HOT": world.shop.addresses.hot,
        "COLD": world.shop.addresses.cold,
        "GUARANTEE": world.shop.addresses.guarantee,
    }
    return {name: str(value) for name, value in named.items()}


@contextmanager
def raised() -> Iterator[set[str]]:
    """Collect the codes of all errors that are made: audit and verify turn some into lines of their answer."""
    codes: set[str] = set()
    original = PorError.__init__

    def note(self: PorError, message: str, *, code: str, hint: str = "") -> None:
        codes.add(code)
        original(self, message, code=code, hint=hint)

    setattr(PorError, "__init__", note)  # noqa: B010
    try:
        yield codes
    finally:
        setattr(PorError, "__init__", original)  # noqa: B010


def play(stage: Stage, words: list[str]) -> None:
    """Run one preparation."""
    name, *rest = words
    arguments: list[Any] = rest
    PREPARATIONS[name](stage, *arguments)
