"""The snapshot header that every key, tree, challenge and statement is bound to, and the times and texts in it.

Kept apart from snapshot.toml's reader so that a customer's check need not wait for pydantic.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from por import canonical
from por.errors import InputError

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_MAX_TEXT = 200


def parse_time(text: object, *, where: str) -> int:
    """Read `YYYY-MM-DDThh:mm:ssZ` into Unix seconds; anything else is an InputError."""
    if isinstance(text, str) and _TIME.fullmatch(text):
        try:
            return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
        except ValueError:
            pass
    raise InputError(
        f"{where}: {text!r} is not a time",
        code="time-malformed",
        hint="write it as 2026-11-20T15:00:00Z, in UTC",
    )


def show_time(seconds: int) -> str:
    """Write Unix seconds as `YYYY-MM-DDThh:mm:ssZ`."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def check_text(text: object, *, where: str) -> str:
    """Return text of 1 to 200 characters without control, format or line separator characters and outer blanks."""
    good = isinstance(text, str) and 1 <= len(text) <= _MAX_TEXT and text == text.strip()
    if not good or not is_line(str(text)):
        raise InputError(
            f"{where}: not a plain line of 1 to {_MAX_TEXT} characters",
            code="text-malformed",
            hint="remove control characters and outer blanks",
        )
    return str(text)


def is_line(text: str) -> bool:
    """Tell whether text is one line without control and format characters, so that shown it is nothing but itself."""
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") or is_late_format(c) for c in text)


def is_late_format(char: str) -> bool:
    """Tell whether a character became a format character by and by (Unicode 12 to 15), for all verifiers alike."""
    return "\U00013430" <= char <= "\U0001343f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Issuer, scope, as-of time (text, UTC) and sequence: what `snapshot_id` is the hash of."""

    issuer: str
    scope: str
    as_of: str
    sequence: int

    @classmethod
    def parse(cls, value: object, *, where: str) -> Header:
        """Check a JSON or TOML object of exactly these four keys; raise InputError."""
        if not isinstance(value, Mapping) or set(value) != {"issuer", "scope", "as_of", "sequence"}:
            raise InputError(
                f"{where}: a header has issuer, scope, as_of and sequence",
                code="header-malformed",
                hint="give exactly these four keys",
            )
        sequence = value["sequence"]
        if type(sequence) is not int or not 0 <= sequence < canonical.INTEGER_LIMIT:
            raise InputError(
                f"{where}.sequence: not a whole number of 0 or more",
                code="header-malformed",
                hint="count statements 1, 2, 3, ...",
            )
        parse_time(value["as_of"], where=f"{where}.as_of")
        return cls(
            issuer=check_text(value["issuer"], where=f"{where}.issuer"),
            scope=check_text(value["scope"], where=f"{where}.scope"),
            as_of=value["as_of"],
            sequence=sequence,
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON object whose JCS bytes are hashed."""
        return {"issuer": self.issuer, "scope": self.scope, "as_of": self.as_of, "sequence": self.sequence}

    @property
    def time(self) -> int:
        """The as-of time in Unix seconds."""
        return parse_time(self.as_of, where="as_of")

    @property
    def id(self) -> bytes:
        """The 32-byte snapshot_id: SHA-256("por/1 snapshot" || 0x00 || JCS(header))."""
        return hashlib.sha256(b"por/1 snapshot\x00" + canonical.encode(self.document())).digest()
