"""Write docs/errors.md: every error that the program can give, read off the code.

Run `.venv/bin/python -m scripts.errors` after an error was added or mended; a test insists that the page is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from por.cli import exits
from scripts.error_sites import Site, sites
from scripts.kernel_errors import kernel_sites

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "errors.md"

EXITS = {
    exits.DOES_NOT_HOLD: "checked, and it does not hold",
    exits.USAGE: "the request cannot be served as it was made",
    exits.MALFORMED: "a file or a value is malformed",
    exits.UNDECIDED: "a source or a resource is out of reach",
    exits.TRUST_MISSING: "trust material is missing or cannot be opened",
    exits.BUG: "a fault of ours",
    exits.INTERRUPTED: "interrupted",
}

HEAD = """# Errors

Every error that `por` can give, made from the code by `scripts/errors.py`. An error is told as `error: message` and
`hint: what to do` on stderr; with `--json` its `code` stands in the one document on stdout. `{…}` is what depends on
the case. `por verify` and `por audit` tell some of these as the detail of a check, with the same exit code. A
transcript in `tests/cli/transcripts/` shows each as it looks, but for those that `tests/cli/unreached.toml` explains.
"""


def exit_of(site: Site) -> int:
    """Return the exit code of an error; the two that have no kind are told by por.cli.main itself."""
    if site.code == "interrupted":
        return exits.INTERRUPTED
    return exits.BY_KIND.get(site.kind, exits.BUG)


@cache
def table() -> dict[tuple[int, str], list[Site]]:
    """Return all errors by exit code and code."""
    found: dict[tuple[int, str], list[Site]] = {}
    for site in (*sites(ROOT), *kernel_sites(ROOT)):
        found.setdefault((exit_of(site), site.code), []).append(site)
    # What the package says of a fault itself goes before what the kernel says of the same.
    return {
        key: [site for site in rows if not site.kernel] or rows
        for key, rows in sorted(found.items(), key=lambda row: row[0])
    }


def page() -> str:
    """Return the page."""
    text = [HEAD]
    rows = table()
    for code, meaning in EXITS.items():
        text += [f"## Exit {code}: {meaning}\n", "| code | what it says | what to do |", "|---|---|---|"]
        text += [
            f"| `{slug}` | {_cell(site.message for site in found)} | {_cell(site.hint for site in found)} |"
            for (exit, slug), found in rows.items()
            if exit == code
        ]
        text.append("")
    return "\n".join(text).rstrip("\n") + "\n"


def _cell(texts: Iterable[str]) -> str:
    shown = dict.fromkeys(text for text in texts if text)
    return "<br>".join(text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;") for text in shown)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")
