"""Reads the kernel's errors off its sources, for those parts of it that the program uses."""

from __future__ import annotations

import re
from pathlib import Path

from por.errors import InputError
from por.liabilities.kernel import CLASSES
from por.liabilities.ledger_ingest import HINTS
from scripts.error_sites import Site

UNUSED = {"error.rs", "verify.rs", "document.rs", "json.rs", "shape.rs"}
"""The kernel's verifier: the program checks proofs with por/liabilities/verify.py, and the two must agree (tests)."""

_CODE = re.compile(r'^\s*(\w+) "([a-z-]+)" "((?:[^"\\]|\\.)*)",$', re.MULTILINE)
_USE = re.compile(r'Code::(\w+)(?:\s*(?:,|=>)\s*(?:\w+,\s*)?(?:&?format!\(\s*)?"((?:[^"\\]|\\.)*)")?')


def kernel_sites(root: Path) -> list[Site]:
    """Return the kernel's errors, with the messages that stand beside a code in its sources."""
    kernel = root / "kernel"
    slugs = {name: (slug, hint) for name, slug, hint in _CODE.findall((kernel / "src/error.rs").read_text("utf-8"))}
    found = []
    for path in sorted([*(kernel / "src").glob("*.rs"), *(kernel / "py/src").glob("*.rs")]):
        if path.name in UNUSED and path.parent.parent == kernel:
            continue
        source = path.read_text("utf-8").partition("#[cfg(test)]")[0]
        for name, message in _USE.findall(source):
            slug, hint = slugs[name]
            hint = HINTS.get(slug, hint)
            kind = CLASSES.get(slug, InputError).kind
            shown = re.sub(r"\{(\w*)[^}]*\}", lambda row: "{" + (row[1] or "…") + "}", message)
            found.append(
                Site(code=slug, kind=kind, message=shown, hint=hint, place=str(path.relative_to(root)), kernel=True)
            )
    return found
