"""A site of the exchange's two statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import World, good


@pytest.fixture(scope="session")
def site(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `por publish` makes it; for reading only."""
    out = tmp_path_factory.mktemp("published") / "site"
    good(*order(world, out))
    return out


def order(world: World, out: Path, *more: object) -> list[object]:
    """Return the words of the command."""
    log = world.shop.folder / "log"
    return ["publish", world.publication, world.shortfall, "-o", out, "--key", world.key, "--log", log, *more]
