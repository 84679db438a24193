"""The README's help is the program's, and its commands are run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from fixtures.chain import sign_text
from tests.conftest import World

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
BIN = Path(sys.executable).parent


def test_help_blocks_are_the_programs() -> None:
    blocks = re.findall(r"<!-- help: (.+?) -->\n```text\n(.*?)```", README, re.S)
    assert blocks
    for command, shown in blocks:
        ran = subprocess.run(
            [str(BIN / "por"), *command.split()[1:]],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "100"},
        )
        assert ran.stdout == shown, f"README: {command} is not what the program prints"


def test_the_examples_run_as_they_stand(world: World, tmp_path: Path) -> None:
    lay_out(world, tmp_path / "demo")
    (tmp_path / "node.txt").write_text(world.shop.chain.url + "\n")
    lines = [line[2:] for block in re.findall(r"```console\n(.*?)```", README, re.S) for line in block.splitlines()]
    assert len(lines) > 12
    for line in lines:
        if line.startswith("# each wallet signs"):
            sign(world, tmp_path / "mine/challenges")
            continue
        if line.startswith("por wallets challenge"):
            # The example's chain has its own clock; a reader's is now.
            line += " --issued 2026-11-21T15:05:00Z"
        expected = int(found[1]) if (found := re.search(r"# exit code (\d+)", line)) else 0
        ran = subprocess.run(
            ["bash", "-c", line],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        )
        assert ran.returncode == expected, f"{line}\n{ran.stdout}\n{ran.stderr}"


def lay_out(world: World, demo: Path) -> None:
    """Put the small exchange's files where `make demo` leaves its own."""
    demo.mkdir()
    for name, target in {
        "ledger.csv": world.ledger,
        "publication": world.publication,
        "shortfall": world.shortfall,
        "proof.json": world.proof,
        "account.txt": world.account_file,
        "attest.pub": world.key,
        "exchange": world.shop.folder,
    }.items():
        (demo / name).symlink_to(target)


def sign(world: World, folder: Path) -> None:
    shop = world.shop
    for address, signer in (
        (shop.addresses.hot, shop.hot),
        (shop.addresses.cold, shop.owner),
        (shop.addresses.guarantee, shop.cold_own),
    ):
        (path,) = folder.glob(f"*{address}.txt")
        path.with_suffix(".sig").write_text(sign_text(signer, path.read_text()))
