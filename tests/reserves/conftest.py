"""The chain and the exchange on it, started when a test first asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evm import Exchange, exchange, vectors_folder


@pytest.fixture(scope="session")
def ex() -> Exchange:
    return exchange()


@pytest.fixture(scope="session")
def proofs() -> Path:
    return vectors_folder() / "ethereum-proofs"
