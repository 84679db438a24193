from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.publish.service import world


@pytest.fixture(scope="session")
def statements(tmp_path_factory: pytest.TempPathFactory) -> world.Statements:
    return world.make_statements(tmp_path_factory.mktemp("statements"))


@pytest.fixture
def folder(tmp_path: Path, statements: world.Statements) -> Path:
    """A folder of the test's own with both files of proofs."""
    for sequence in (7, 8):
        shutil.copy(statements.file(sequence), tmp_path / f"{sequence}.proofs")
    return tmp_path


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, statements: world.Statements) -> Iterator[world.Service]:
    """A service behind a proxy that names the account and shows a secret; limits that nobody meets."""
    folder = tmp_path_factory.mktemp("service")
    for sequence in (7, 8):
        os.link(statements.file(sequence), folder / f"{sequence}.proofs")
    with world.running(world.config(folder)) as found:
        yield found
