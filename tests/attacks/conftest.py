"""The chain and the exchange on it, for attacks on reserves."""

from __future__ import annotations

import pytest

from tests.evm import Exchange, exchange


@pytest.fixture(scope="session")
def ex() -> Exchange:
    return exchange()
