"""What is answered, in English and Japanese; nothing in an answer tells why exactly somebody was refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

Pair = tuple[bytes, bytes]

GUARDS: tuple[Pair, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)

WORDS: Mapping[str, tuple[str, str]] = {
    "request-malformed": (
        "The request cannot be read. Ask with GET, without a body.",
        "リクエストを読み取れません。本文のない GET で送ってください。",
    ),
    "query-refused": (
        "Nothing may stand after a question mark in the address: who you are is known from your sign-in.",
        "アドレスの「?」以降には何も書けません。どなたかはサインインで分かります。",
    ),
    "not-signed-in": (
        "Sign in again, then ask for your proof.",
        "サインインし直してから、もう一度証明をお求めください。",
    ),
    "not-for-you": (
        "This address is not asked directly. Ask for your proof on your account page.",
        "このアドレスには直接アクセスできません。アカウントのページから証明をお求めください。",
    ),
    "no-balance": (
        "There is no balance of yours in this statement, so there is nothing to prove.",
        "この声明にはあなたの残高がありません。証明するものがありません。",
    ),
    "no-statement": (
        "There are no proofs for a statement of this number here.",
        "この番号の声明の証明は、ここにはありません。",
    ),
    "not-found": ("There is nothing at this address.", "このアドレスには何もありません。"),
    "method-refused": ("Ask with GET.", "GET で送ってください。"),
    "too-many": (
        "You have asked very often. Wait a moment, then ask again.",
        "短い間に何度もお求めになりました。しばらく待ってからもう一度お試しください。",
    ),
    "request-large": ("The request's headers are too large.", "リクエストのヘッダーが大きすぎます。"),
    "failed": (
        "Something went wrong here, not with your balance. Try again later.",
        "こちらで問題が起きました。残高の問題ではありません。後でもう一度お試しください。",
    ),
    "busy": (
        "Too many people ask just now. Try again in a moment.",
        "混み合っています。少し待ってからもう一度お試しください。",
    ),
    "no-file": (
        "Proofs cannot be handed out just now. Try again later.",
        "ただいま証明をお渡しできません。後でもう一度お試しください。",
    ),
}

BY_REASON: Mapping[str, str] = {
    "request-query": "query-refused",
    "proxy-unknown": "not-for-you",
    "proxy-secret": "not-for-you",
    "header-missing": "not-signed-in",
    "limit-customer": "too-many",
    "limit-address": "too-many",
    "limit-connections": "busy",
    "no-balance": "no-balance",
    "no-statement": "no-statement",
    "no-file": "no-file",
    "file-damaged": "failed",
    "bug": "failed",
    "request-large": "request-large",
}
"""What is said for a reason; for the others, by the status."""

BY_STATUS: Mapping[int, str] = {400: "request-malformed", 401: "not-signed-in", 404: "not-found", 405: "method-refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer; `headers` are those beside length and guards."""

    status: int
    body: bytes
    headers: tuple[Pair, ...] = field(default=())
    close: bool = False

    def pairs(self) -> list[Pair]:
        """Return all headers."""
        found = [*self.headers, *GUARDS, (b"content-length", str(len(self.body)).encode("ascii"))]
        return [*found, (b"connection", b"close")] if self.close else found


JSON = (b"content-type", b"application/json; charset=utf-8")


@cache
def _body(code: str) -> bytes:
    english, japanese = WORDS[code]
    document = {"error": {"code": code, "message": {"en": english, "ja": japanese}}}
    return json.dumps(document, ensure_ascii=False).encode("utf-8") + b"\n"


def refusal(status: int, reason: str, *, wait: float = 0.0, close: bool = False) -> Answer:
    """Return the answer to a request that is refused; `wait` are the seconds until it may be asked again."""
    code = BY_REASON.get(reason) or BY_STATUS[status]
    more: tuple[Pair, ...] = ()
    if status in (429, 503):
        more = ((b"retry-after", str(max(1, -int(-wait // 1))).encode("ascii")),)
    elif status == 401:
        more = ((b"www-authenticate", b"Bearer"),)
    elif status == 405:
        more = ((b"allow", b"GET, HEAD"),)
    return Answer(status=status, body=_body(code), headers=(JSON, *more), close=close)


def raw(answer: Answer) -> bytes:
    """Return an answer as the bytes of HTTP/1.1, for connections that are ended without a request."""
    from http import HTTPStatus

    head = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}".encode("ascii")]
    return b"\r\n".join([*head, *(name + b": " + value for name, value in answer.pairs()), b"", answer.body])


def document(value: Mapping[str, object], *, status: int = 200) -> Answer:
    """Return a small JSON document."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8") + b"\n"
    return Answer(status=status, body=body, headers=(JSON,))
