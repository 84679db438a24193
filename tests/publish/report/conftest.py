"""The report in a browser."""

from __future__ import annotations

from tests.web.conftest import browser, opening

__all__ = ["browser", "opening"]
