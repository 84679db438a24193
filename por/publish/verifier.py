"""The customer's verifier (web/) as one self-contained HTML file, with the exchange's own key in it.

Scripts and styles go in word for word, each allowed by its digest alone: what is in the file runs, and nothing else.
Such a file works from a disk without a network. The folder web/ needs none of this: it can be served as it is.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Sequence
from pathlib import Path

from por.errors import InputError, UsageError
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


def verifier_page(*, key: str = "", issuer: str = "", key_files: Sequence[bytes] = ()) -> bytes:
    """Return the page as one HTML file. `key` is a verifier line or a PEM text, `issuer` the name that people know.

    Instead of a key it takes the signed versions of a key file, the oldest of which the page then trusts. Without
    either it asks for a key. InputError when the key or a version is none that it could read, ClaimError when the
    versions do not follow from each other, UsageError for both at once.
    """
    if key and key_files:
        raise UsageError("bare keys and key files do not go together", code="keys-mixed", hint="give one or the other")
    if key:
        _check_key(key)
    if key_files:
        _check_key_files(key_files)
    versions = f"[{','.join(data.decode('utf-8') for data in key_files)}]" if key_files else ""
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
    for name, text in (("por-key", key), ("por-key-files", versions), ("por-issuer", issuer)):
        page = page.replace(f'<meta name="{name}" content="">', f'<meta name="{name}" content="{html.escape(text)}">')
    return page.encode("utf-8")


def _check_key(text: str) -> None:
    from por.attestation.keys import parse_public

    parse_public(text.encode("utf-8"), where="key")


def _check_key_files(versions: Sequence[bytes]) -> None:
    from por.attestation.keychain import Given, follow, pinned_of
    from por.attestation.keyfile import parse_signed

    parsed = [(f"version {number}", *parse_signed(data, where="key file")) for number, data in enumerate(versions, 1)]
    given = [Given(where=where, file=file, envelope=envelope) for where, envelope, file in parsed]
    pinned = pinned_of(given)
    follow(pinned, (row for row in given if row is not pinned))
