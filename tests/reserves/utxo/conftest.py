"""The node and the exchange on it, started when a test first asks for them."""

from __future__ import annotations

import pytest

from tests.litecoin import LiteExchange, lite_exchange


@pytest.fixture(scope="session")
def lx() -> LiteExchange:
    return lite_exchange()
