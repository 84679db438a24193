"""Who is asking: read from headers that only the exchange's sign-in or proxy can set, each exactly once.

Names of headers come in lower case, values as they were sent (bytes), as ASGI has them.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

Headers = Iterable[tuple[bytes, bytes]]

VISIBLE = re.compile(rb"[\x21-\x7e]+")
_BEARER = re.compile(rb"bearer +([A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)", re.IGNORECASE)
_TOKEN = re.compile(rb"([A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)")

MAX_TOKEN = 8192
"""Bytes of a token; those of large sign-ins have two thousand."""


class Refused(Exception):
    """A request that is not answered with a proof. `status` is HTTP's, `reason` a slug for the figures."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Identify(Protocol):
    """Finds out whose proof is asked for."""

    def __call__(self, headers: Headers) -> str:
        """Return the account id; raise Refused."""


def single(
    headers: Headers, name: bytes, *, longest: int, pattern: re.Pattern[bytes] = VISIBLE
) -> re.Match[bytes] | None:
    """Return the one value of a header as matched by `pattern`, None when it is not there.

    Refused when it stands twice, or beside one that other programs take for the same (`_` for `-`), or holds blanks,
    control characters or other than ASCII, or nothing: where two programs read a request differently, one of them is
    being deceived.
    """
    found: bytes | None = None
    dashed = name.replace(b"_", b"-")
    for key, value in headers:
        if key == name:
            if found is not None:
                raise Refused(400, "header-repeated")
            found = value
        elif key.replace(b"_", b"-") == dashed:
            raise Refused(400, "header-lookalike")
    if found is None:
        return None
    matched = pattern.fullmatch(found) if len(found) <= longest else None
    if matched is None:
        raise Refused(400, "header-malformed")
    return matched


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHeader:
    """The proxy names the account, and shows the secret where one is shared. `secret` is (header, value)."""

    name: bytes
    secret: tuple[bytes, bytes] | None

    def __call__(self, headers: Headers) -> str:
        """Return the account id; Refused when the secret is wrong or the header missing."""
        if self.secret is not None:
            shown = single(headers, self.secret[0], longest=1024)
            if shown is None or not hmac.compare_digest(shown[0], self.secret[1]):
                raise Refused(403, "proxy-secret")
        found = single(headers, self.name, longest=255)
        if found is None:
            raise Refused(401, "header-missing")
        return found[0].decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class ByToken:
    """A signed token in a header: `Authorization: Bearer TOKEN`, or the token alone in any other header."""

    name: bytes
    account: Callable[[bytes], str]

    def __call__(self, headers: Headers) -> str:
        """Return the account id of a valid token; Refused when it is missing, malformed or does not hold."""
        pattern = _BEARER if self.name == b"authorization" else _TOKEN
        found = single(headers, self.name, longest=MAX_TOKEN, pattern=pattern)
        if found is None:
            raise Refused(401, "token-missing")
        return self.account(found[1])
