"""Somebody else's package, built and installed as its own, adds a rule and a pack; nothing of ours is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from por.solvency.pack import shipped
from tests.conftest import World

SOURCE = Path(__file__).parent / "third_party"
PROGRAM = "from por.cli.main import entry; entry()"
RULE = """
[[rules]]
id = "even-spread"
title = "No coin is more than a share of all"
reference = "house rules of an auditor, 3"
from = "2020-01-01"
parameters = {{ limit = "{limit}" }}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the package is installed: by pip, from its source, without a network."""
    folder = tmp_path_factory.mktemp("third-party")
    copied = folder / "source"
    subprocess.run(["cp", "-r", SOURCE, copied], check=True)
    made = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"),
            *("--no-build-isolation", "--no-deps", "--target", folder / "site", copied),
        ],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    yield folder / "site"


def pack(folder: Path, limit: str = "0.9") -> Path:
    """The demonstration's pack with one rule more, as the auditor's own file."""
    path = folder / "own.toml"
    text = shipped("demo").data.decode().replace('id = "demo"', 'id = "own"', 1)
    head, first, rest = text.partition("\n[[formulas]]")
    path.write_text(head + RULE.format(limit=limit) + first + rest)
    return path


def por(*words: object, site: Path | None) -> tuple[int, Any]:
    """Run the program in a process of its own, with the package on its path or without."""
    path = os.pathsep.join(str(place) for place in (site, Path.cwd()) if place is not None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *(str(word) for word in words), "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    return done.returncode, json.loads(done.stdout)


def test_without_the_package_the_pack_is_refused_by_name(tmp_path: Path) -> None:
    code, said = por("rules", "list", "--policy", pack(tmp_path), site=None)
    assert code == 3 and said["error"]["code"] == "pack-rule-unknown"
    assert "even-spread" in said["error"]["message"]


def test_with_the_package_the_rule_is_listed_and_its_settings_are_checked(site: Path, tmp_path: Path) -> None:
    code, said = por("rules", "list", "--policy", pack(tmp_path), site=site)
    assert code == 0 and "even-spread" in [row["id"] for row in said["rules"]]
    code, said = por("rules", "list", "--policy", pack(tmp_path, limit="much"), site=site)
    assert code == 3 and "even-spread" in said["error"]["message"]


def test_an_auditor_judges_by_the_added_rule(world: World, site: Path, tmp_path: Path) -> None:
    # The demonstration's customers are owed mostly ETH: more than half of all, less than all of it.
    for limit, outcome in (("0.999", "holds"), ("0.5", "does-not-hold")):
        audit = ("audit", world.publication, "--key", world.key, "--policy", pack(tmp_path, limit))
        code, said = por(*audit, site=site)
        checks = {row["id"]: row for row in said["checks"]}
        assert checks["rule:even-spread"]["outcome"] == outcome
        assert code == (0 if outcome == "holds" else 1)
        # Ours are judged by our own code: the impostor of the package would have raised.
        assert checks["rule:segregation"]["outcome"] == "holds"


def test_scenarios_are_judged_by_it_too(world: World, site: Path, tmp_path: Path) -> None:
    own = pack(tmp_path, "0.85")
    code, said = por("stress", world.publication, "prices-doubled", "--policy", own, site=site)
    (row,) = said["scenarios"]
    assert code == 0 and "even-spread" in [rule["id"] for rule in row["rules"]]


def test_the_package_brought_nothing_but_its_own_files(site: Path) -> None:
    (record,) = site.glob("por_even_spread-*.dist-info/RECORD")
    names = [line.split(",")[0] for line in record.read_text().splitlines()]
    assert names and all(name.startswith("por_even_spread") for name in names)
    assert not (site / "por").exists()
    assert resources.files("por.solvency").joinpath("rules", "segregation.py").is_file()
