"""A log's folder in which something is of another type than it should be."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from por import canonical
from tests.conftest import World, por


@pytest.fixture
def log(world: World, tmp_path: Path) -> Path:
    return Path(shutil.copytree(world.shop.folder / "log", tmp_path / "log"))


@pytest.mark.parametrize("key", [["x"], {}, None, 1])
def test_key_that_is_no_text(world: World, log: Path, key: object) -> None:
    document = json.loads((log / "log.json").read_bytes())
    (log / "log.json").write_bytes(canonical.encode(document | {"key": key}))
    assert por("log", "verify", log, "--key", world.key).code == 5


@pytest.mark.parametrize("change", ["entry = NULL", "entry = 'text'", "entry = 1000000000000", "hash = NULL"])
def test_row_that_holds_no_bytes(world: World, log: Path, change: str) -> None:
    with sqlite3.connect(log / "log.sqlite") as database:
        database.execute("DROP TRIGGER leaf_no_update")
        database.execute(f"UPDATE leaf SET {change}")
    database.close()
    ran = por("log", "verify", log, "--key", world.key)
    assert ran.code == 1, ran.err
