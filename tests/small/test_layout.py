"""The layout shows the architecture: short files, documented rooms, no traces of a machine."""

from __future__ import annotations

import re
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST, MEDIAN = 400, 150


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in tracked("*.py", "*.rs")}
    assert not {path: length for path, length in lengths.items() if length > LONGEST}
    assert statistics.median(lengths.values()) < MEDIAN


def test_every_room_says_what_it_is() -> None:
    for path in tracked("por/**/__init__.py"):
        assert path.read_text().startswith('"""'), path


def test_every_attack_on_trees_is_listed_and_every_listed_test_is_there() -> None:
    folder = ROOT / "tests" / "attacks"
    listed = set(re.findall(r"((?:\.\./[\w/]+/)?test_\w+\.py)", (folder / "README.md").read_text()))
    assert not {name for name in listed if not (folder / name).is_file()}
    assert {path.name for path in tracked("tests/attacks/test_tree_*.py")} <= listed
    rows = {int(row) for row in re.findall(r"^\| ([0-9]+) \|", (folder / "README.md").read_text(), re.M)}
    assert {*range(1, 11), 12, 13, 14, 16, 24, 26, 29, 37, 38} <= rows
