"""A real browser (Debian's Chromium), one for a whole process of tests, and what a page asked the network for."""

from __future__ import annotations

import http.server
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.web.differential.small import Case


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Hands out files and says nothing."""

    def log_message(self, *words: object) -> None:
        return


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path is not None, "no Chromium: scripts/setup.sh installs Debian's"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@dataclass
class Opened:
    """A page with everything that went wrong or over the network in it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fill(self, proof: bytes, account: str, key: str | None) -> None:
        """Fill the form and check; waits for the answer."""
        self.page.set_input_files("#file", {"name": "proof.json", "mimeType": "application/json", "buffer": proof})
        self.page.fill("#account", account)
        if key is not None:
            self.page.fill("#key", key)
        self.check()

    def give(self, case: Case) -> None:
        """Choose all files of a case at once, as dropping them together does, and check."""
        files = [("proof.json", case.proof), *case.keys]
        if case.statement is not None:
            files.append(("attestation.json", case.statement))
        payload = [{"name": name, "mimeType": "", "buffer": data} for name, data in files]
        self.page.set_input_files("#file", payload)
        self.page.wait_for_selector(f"#given li:nth-child({len(files)})")
        self.page.fill("#account", case.account)
        self.check()

    def check(self) -> None:
        self.page.evaluate("document.getElementById('result').replaceChildren()")
        self.page.click("#check")
        self.page.wait_for_selector("#result #result-title", timeout=120_000)

    @property
    def answer(self) -> str:
        return self.page.inner_text("#result")


@pytest.fixture
def opening(browser: Browser) -> Iterator[Any]:
    """A function that opens a URL in a browser of its own: opening(url, width=, locale=, scheme=) -> Opened."""
    contexts = []

    def open_(
        url: str | Path, *, width: int = 800, locale: str = "en-GB", scheme: Any = "light", **more: Any
    ) -> Opened:
        target = url.as_uri() if isinstance(url, Path) else url
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale=locale, color_scheme=scheme, **more
        )
        contexts.append(context)
        found = Opened(page=context.new_page())
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.on("pageerror", lambda error: found.faults.append(str(error)))
        found.page.on("console", lambda line: found.faults.append(line.text) if line.type == "error" else None)
        found.page.goto(target)
        return found

    yield open_
    for context in contexts:
        context.close()
