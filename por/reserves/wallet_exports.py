"""Signatures as wallets and hardware devices give them: hex, base64, armoured text and JSON.

What each tool writes stands in docs/spec/challenge.md. Nothing is guessed about the signature itself here: the scheme
of the wallet says what it must be.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from por.errors import InputError

_ARMOUR = re.compile(
    r"-----BEGIN (?:BITCOIN|LITECOIN) SIGNED MESSAGE-----\n(?P<message>.*?)\n"
    r"-----BEGIN (?:BITCOIN |LITECOIN )?SIGNATURE-----\n(?P<rest>.*?)\n"
    r"-----END (?:BITCOIN|LITECOIN) (?:SIGNED MESSAGE|SIGNATURE)-----",
    re.DOTALL,
)
_HEX = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2})+", re.ASCII)
_SIGNATURE = ("signature", "sig")
_MESSAGE = ("message", "msg")
_HINT = "put the signature there as the wallet gives it: hex, base64, its JSON, or its armoured text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a file says: signatures as text, and what they are said to be of, where it says so.

    `parted`: the one signature was given as v, r and s, and stands here as r ‖ s ‖ v in hex with v 27 or 28.
    """

    signatures: tuple[str, ...]
    parted: bool = False
    message: str | None = None
    address: str | None = None
    script: bytes | None = None


def read_export(text: str, *, several: bool, where: str) -> Given:
    """Read what a tool wrote; `several` means a signature on each line. An empty file gives no signatures.

    Raises InputError(code="signature-export") for what is none of the forms.
    """
    stripped = text.replace("\r\n", "\n").strip()
    if not stripped:
        return Given(signatures=())
    if stripped.startswith("{"):
        return _json(stripped, where)
    if stripped.startswith("-----"):
        return _armour(stripped, where)
    found = stripped.split("\n") if several else ["".join(stripped.split())]
    return Given(signatures=_clean(found, where))


def _armour(text: str, where: str) -> Given:
    found = _ARMOUR.fullmatch(text)
    lines = [] if found is None else [line for line in found["rest"].split("\n") if line and "Version:" not in line]
    if found is None or len(lines) not in (1, 2):
        raise _unread(where, "the armoured text is cut off or of another form")
    address = lines[0].removeprefix("Address: ") if len(lines) == 2 else None
    return Given(signatures=_clean(lines[-1:], where), message=found["message"], address=address)


def _json(text: str, where: str) -> Given:
    try:
        document = json.loads(text, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        raise _unread(where, "it is no JSON, or a key stands there twice") from None
    # Trezor Connect, JSON-RPC and wallets of browsers put the answer into an envelope
    for key in ("payload", "result"):
        if isinstance(document, dict) and key in document:
            document = document[key]
    if isinstance(document, str):
        return Given(signatures=_clean([document], where))
    if not isinstance(document, dict):
        raise _unread(where, "its JSON holds no signature")
    several, parted = document.get("signatures"), None
    if isinstance(several, list) and all(isinstance(one, str) for one in several):
        signatures = several
    else:
        one = _text(document, _SIGNATURE)
        if one is None:
            parted = one = _parts(document, where)
        signatures = [] if one is None else [one]
    script = _text(document, ("script",))
    if script is not None and not _HEX.fullmatch(script):
        raise _unread(where, "its script is not hex")
    return Given(
        signatures=_clean(signatures, where),
        parted=parted is not None,
        message=_text(document, _MESSAGE),
        address=_text(document, ("address",)),
        script=None if script is None else bytes.fromhex(script.removeprefix("0x")),
    )


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _parts(document: dict[str, Any], where: str) -> str | None:
    """Join v, r and s, as Ledger's libraries give them; v may be 0 or 1, or 27 or 28."""
    if not {"v", "r", "s"} <= document.keys():
        return None
    v, r, s = (document[key] for key in ("v", "r", "s"))
    if isinstance(v, str) and re.fullmatch(r"(0x)?[0-9a-fA-F]{1,2}", v, re.ASCII):
        v = int(v, 16)
    parts = [part.removeprefix("0x").rjust(64, "0") for part in (r, s) if isinstance(part, str)]
    if v not in (0, 1, 27, 28) or len(parts) != 2 or not all(re.fullmatch(r"[0-9a-fA-F]{64}", part) for part in parts):
        raise _unread(where, "its v, r and s are none")
    return "".join(parts) + bytes([v % 27 + 27]).hex()


def as_bytes(text: str) -> bytes | None:
    """Return the bytes of hex, with or without 0x; None for another text."""
    return bytes.fromhex(text.removeprefix("0x")) if _HEX.fullmatch(text) else None


def as_message(text: str, *, parted: bool) -> str:
    """Return a compact signature as base64 with its header first; other texts as they are.

    `parted` ones (r ‖ s ‖ v in hex) were made by a compressed key; other hex has the header first already.
    """
    data = as_bytes(text)
    if data is None or len(data) != 65:
        return text
    if parted:
        data = bytes([data[64] + 4]) + data[:64]
    return base64.b64encode(data).decode("ascii")


def with_header(text: str, first: int) -> str:
    """Return a compact signature for a compressed key under BIP-137's header of an address's kind.

    Electrum, Bitcoin Core and Ledger write 31 to 34 for every address; other headers stay as they are.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text
    if len(data) != 65 or not 31 <= data[0] <= 34:
        return text
    return base64.b64encode(bytes([data[0] - 31 + first]) + data[1:]).decode("ascii")


def _text(document: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    found = [document[key] for key in keys if isinstance(document.get(key), str)]
    return found[0] if found else None


def _clean(signatures: list[str], where: str) -> tuple[str, ...]:
    found = tuple(text.strip() for text in signatures if text.strip())
    if not found:
        raise _unread(where, "there is no signature in it")
    return found


def _unread(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what}", code="signature-export", hint=_HINT)
