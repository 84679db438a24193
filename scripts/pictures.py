"""`make pictures`: each page as people see it, phone and desk, light and dark, English and Japanese, in one sheet.

    python -m scripts.pictures DEMO OUT

DEMO is the folder of `make demo`. OUT is made anew: NAME-LANGUAGE-WIDTH-SCHEME.png, and index.html that shows them all.
"""

from __future__ import annotations

import html
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
LOCALES = {"en": "en-GB", "ja": "ja-JP"}

Act = Callable[[Page, Path], None]


def empty(page: Page, demo: Path) -> None:
    """Show the verifier as it is opened."""


def good(page: Page, demo: Path) -> None:
    """Have the customer's own proof checked."""
    check(page, demo / "proof.json", demo, "good")


def bad(page: Page, demo: Path) -> None:
    """Have the tampered proof checked."""
    check(page, demo / "tampered.json", demo, "bad")


def check(page: Page, proof: Path, demo: Path, answer: str) -> None:
    """Fill the verifier's form and wait for the answer that it should give: good or bad."""
    page.set_input_files("#file", str(proof))
    page.fill("#account", (demo / "account.txt").read_text().strip())
    page.click("#check")
    page.wait_for_selector(f"#result .{answer} #result-title")


def views(site: Path) -> list[tuple[str, dict[str, str], Act]]:
    """Return what is taken: a name, the address in each language, and what is done there first."""

    def both(path: str) -> dict[str, str]:
        place = site / path
        return {"en": place.as_uri(), "ja": place.with_name(f"{place.stem}.ja.html").as_uri()}

    verifier = (site / "verify.html").as_uri()
    found: list[tuple[str, dict[str, str], Act]] = [("site", both("index.html"), empty)]
    for folder in sorted((site / "statements").iterdir(), key=lambda item: int(item.name)):
        found.append((f"statement-{folder.name}", both(f"statements/{folder.name}/index.html"), empty))
        report = folder / "publication" / "report.html"
        if report.is_file():
            pages = {language: f"{report.as_uri()}#{language}" for language in LOCALES}
            found.append((f"report-{folder.name}", pages, empty))
    for name, act in (("verifier", empty), ("verifier-good", good), ("verifier-bad", bad)):
        found.append((name, dict.fromkeys(LOCALES, verifier), act))
    return found


def main(demo: Path, out: Path) -> None:
    """Take every picture and write the sheet."""
    site = demo / "site"
    if not (site / "index.html").is_file():
        raise SystemExit(f"{site}: no site; run `make demo` first")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        rows = [(name, take(browser, name, addresses, act, demo, out)) for name, addresses, act in views(site)]
        browser.close()
    (out / "index.html").write_text(sheet(rows), encoding="utf-8")
    count = sum(len(names) for _, names in rows)
    print(f"{count} pictures; open {(out / 'index.html').absolute().as_uri()}")


def take(browser: Browser, name: str, addresses: dict[str, str], act: Act, demo: Path, out: Path) -> list[str]:
    """Take one page in each way; a page that is wider than the screen, or complains, ends it all."""
    names = []
    for language, locale in LOCALES.items():
        for width in WIDTHS:
            for scheme in SCHEMES:
                settings: dict[str, Any] = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
                context = browser.new_context(locale=locale, **settings)
                page = context.new_page()
                faults: list[str] = []
                page.on("console", lambda line, faults=faults: faults.append(line.text))
                page.on("pageerror", lambda error, faults=faults: faults.append(str(error)))
                page.goto(addresses[language])
                act(page, demo)
                wide = page.evaluate("document.documentElement.scrollWidth")
                if faults or wide > width:
                    raise SystemExit(f"{name}, {language}, {width}, {scheme}: {wide} pixels wide; {faults}")
                names.append(f"{name}-{language}-{width}-{scheme}.png")
                page.screenshot(path=out / names[-1], full_page=True)
                context.close()
    return names


def sheet(rows: list[tuple[str, list[str]]]) -> str:
    """Return the page with all pictures, a row for each page."""
    parts = []
    for name, names in rows:
        pictures = "".join(
            f'<a href="{file}"><figure><img src="{file}" alt="{html.escape(file)}" loading="lazy">'
            f"<figcaption>{html.escape(file.removesuffix('.png'))}</figcaption></figure></a>"
            for file in names
        )
        parts.append(f"<h2>{html.escape(name)}</h2><div>{pictures}</div>")
    style = (
        "body{font:16px system-ui,sans-serif;margin:1rem;background:#888;color:#000}div{display:flex;flex-wrap:wrap;"
        "gap:1rem;align-items:start}figure{margin:0;width:16rem}img{width:100%;max-height:30rem;object-fit:cover;"
        "object-position:top}figcaption{font-size:.8rem}a{color:#000}"
    )
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Pictures</title><style>{style}</style><h1>Every page</h1>{''.join(parts)}</html>\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
