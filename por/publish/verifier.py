"""The customer's verifier (web/) as one self-contained HTML file, with the exchange's own key in it.

Scripts and styles go in word for word, each allowed by its digest alone: what is in the file runs, and nothing else.
Such a file works from a disk without a network. The folder web/ needs none of this: it can be served as it is.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

from por.errors import InputError
from por.files import read_text

PACKAGED = Path(__file__).parent / "web"
"""Where the installed package has the page."""

SOURCE = Path(__file__).resolve().parents[2] / "web"
"""Where a checkout has it."""

_SCRIPT = re.compile(r'<script src="([a-z]+\.js)"></script>')
_STYLE = re.compile(r'<link rel="stylesheet" href="([a-z]+\.css)">')
_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(">)')


def web_folder() -> Path:
    """Return the folder that holds the page's files."""
    return PACKAGED if PACKAGED.is_dir() else SOURCE


def verifier_page(*, key: str = "", issuer: str = "") -> bytes:
    """Return the page as one HTML file. `key` is a verifier line or a PEM text, `issuer` the name that people know.

    Without them the page asks for a key. InputError when the key is none that it could read.
    """
    if key:
        _check_key(key)
    folder, digests = web_folder(), {"script": list[str](), "style": list[str]()}

    def inline(kind: str, name: str) -> str:
        text = read_text(folder / name)
        if f"</{kind}" in text.lower():  # it would end the element
            raise InputError(f"{name}: holds </{kind}", code="page-malformed", hint="the page's own files were changed")
        digests[kind].append(base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii"))
        return f"<{kind}>{text}</{kind}>"

    page = read_text(folder / "index.html")
    page = _STYLE.sub(lambda found: inline("style", found[1]), page)
    page = _SCRIPT.sub(lambda found: inline("script", found[1]), page)
    allowed = {kind: " ".join(f"'sha256-{digest}'" for digest in rows) for kind, rows in digests.items()}
    policy = (
        f"default-src 'none'; script-src {allowed['script']}; style-src {allowed['style']}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _POLICY.sub(lambda found: f"{found[1]}{policy}{found[2]}", page)
    for name, text in (("por-key", key), ("por-issuer", issuer or "")):
        page = page.replace(f'<meta name="{name}" content="">', f'<meta name="{name}" content="{html.escape(text)}">')
    return page.encode("utf-8")


def _check_key(text: str) -> None:
    from por.attestation.keys import parse_public

    parse_public(text.encode("utf-8"), where="key")
