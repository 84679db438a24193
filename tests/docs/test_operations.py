"""What docs/operations.md tells people to type, set and watch is there."""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from por.cli import exits
from por.cli.main import cli
from por.documents import read
from por.pipeline import metrics
from por.pipeline.config import ConfigDocument
from tests.conftest import por

PAGE = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.S | re.M)
PROSE = re.sub(r"^```.*?^```$", "", PAGE, flags=re.S | re.M)


def typed() -> list[str]:
    """Every `por` command of the page, from its blocks and its prose."""
    lines = [line for _, block in BLOCKS for line in block.splitlines()]
    lines += [" ".join(found.split()) for found in re.findall(r"`(por [^`]+)`", PROSE)]
    return [found[1] for line in lines if (found := re.search(r"(?:^|[ =/])(por [a-z].*?)(?: >>.*)?$", line))]


def test_commands_are_found() -> None:
    words = {line.split()[1] for line in typed()}
    assert {"init", "keys", "wallets", "run", "audit", "log"} <= words and len(typed()) > 12


@pytest.mark.parametrize("line", typed())
def test_a_command_is_there_with_its_options(line: str) -> None:
    command: click.Command = cli
    context, words = click.Context(cli), shlex.split(line)[1:]
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    known = {name for option in command.params for name in option.opts}
    assert {word for word in words if word.startswith("-")} <= known, line


def test_the_configuration_is_one() -> None:
    text = "\n".join(block for kind, block in BLOCKS if kind == "toml")  # the first, and what one adds to it
    shown = tomllib.loads(text)
    inputs = dict.fromkeys(("snapshot", "wallets", "control", "prices", "policy"), "x")
    read(ConfigDocument, {"inputs": {"ledger": ["x"], **inputs}, **shown}, where="operations.md")


def test_the_service_tries_again_only_what_may_pass() -> None:
    service, timer = (block for kind, block in BLOCKS if kind == "ini")
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(service)
    stops = {int(code) for code in parser["Service"]["RestartPreventExitStatus"].split()}
    codes = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert stops == codes - {exits.HOLDS, exits.UNDECIDED}
    assert "[Timer]" in timer and "UTC" in timer


def test_metrics_are_those_that_are_written() -> None:
    named = set(re.findall(r"`(por_[a-z_]+)", PAGE))
    assert len(named) >= 6 and named <= set(metrics._HELP)


def test_every_exit_code_of_a_run_is_told() -> None:
    told = {int(code) for row in re.findall(r"^\| ([0-9, ]+) \|", PAGE, re.M) for code in row.split(",")}
    assert told == {0, 1, 2, 3, 4, 5, 70}


def test_the_folder_is_the_one_that_init_lays_out(tmp_path: Path) -> None:
    assert por("init", tmp_path / "por").code == 0
    for name in ("secret", "snapshot.toml", "wallets.csv", "por.toml", "prices.csv", "declared.toml"):
        assert f"`{name}" in PAGE and (tmp_path / "por" / name).exists()
