"""Asking nodes over HTTP with bounds that libraries lack: one deadline, one size, few and slow retries.

A node's URL often holds a secret, so no message, log line or file of ours has more of it than the host.
"""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from por.errors import SourceError, UsageError
from por.reserves.chains import Limits

T = TypeVar("T")

LONGEST_WAIT = 30.0
_CHUNK = 1 << 16
_GRACE = 1.0
"""Seconds after which a try is given up that the timeouts of socket and body did not end."""

_DEEPEST = 64
_MOST_BRACKETS = 1 << 20
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

LATER = "the node is slow or busy; try again later, or use another node with --node"
REACH = "check the address given with --node and that the node is running"


class Fault(Exception):
    """One failed try: `code` and text for the SourceError, `again` whether another try may help, and how soon."""

    def __init__(
        self, code: str, text: str, *, hint: str, again: bool = True, wait: float = 0.0, status: int = 0
    ) -> None:
        super().__init__(text)
        self.code, self.text, self.hint, self.again, self.wait, self.status = code, text, hint, again, wait, status


class Asked:
    """Who is asked, how often and how patiently; its URL stays out of every message."""

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        self.host, self._secrets = split_url(url, chain)
        self.who = f"{chain} node {self.host}"
        self._limits = limits

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this node."""
        return SourceError(f"{self.who}: {what}", code=code, hint=hint)

    def insist(self, attempt: Callable[[], T]) -> T:
        """Try until it works or the tries are used up; a Fault that stays becomes a SourceError."""
        for number in range(1, self._limits.tries + 1):
            try:
                return attempt()
            except Fault as fault:
                if not fault.again or number == self._limits.tries:
                    tries = f" ({number} tries)" if number > 1 else ""
                    raise self.wrong(f"{fault.text}{tries}", code=fault.code, hint=fault.hint) from None
                time.sleep(min(max(self._limits.backoff * 2 ** (number - 1), fault.wait), LONGEST_WAIT))
        raise AssertionError("at least one try")

    def send(self, request: Callable[[], T], *, timeout: float | None = None) -> T:
        """Send one request within the deadline; a Fault says what went wrong, without the URL."""
        import requests

        seconds = self._limits.timeout if timeout is None else timeout
        # no exception text is passed on: it holds the URL
        try:
            return within(seconds + _GRACE, request)
        except requests.HTTPError as error:
            raise status_fault(error.response) from None
        except requests.Timeout:
            raise Fault("node-timeout", f"no answer within {seconds:g} seconds", hint=LATER) from None
        except requests.ConnectionError:
            raise Fault("node-unreachable", "cannot be reached, or hung up", hint=REACH) from None
        except requests.RequestException:
            raise Fault("node-unreachable", "the request failed", hint=REACH) from None

    def clean(self, words: object) -> str:
        """Return a node's own words for showing: printable, short, without addresses and secrets."""
        text = "".join(c if c.isprintable() else " " for c in str(words))
        text = re.sub(r"[a-z]+://\S+", "…", text)
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text[:160]


def garbage(text: str) -> Fault:
    """Make the Fault of an answer that is none."""
    return Fault("node-garbage", text, hint="is the address given with --node that of a JSON-RPC node?")


def status_fault(response: Any) -> Fault:
    """Make the Fault of an HTTP status that is no success."""
    status = response.status_code if response is not None else 0
    if status in (401, 403):
        return Fault("node-denied", f"HTTP status {status}", hint="check the key in the node's address", again=False)
    if status == 429 or status >= 500:
        wait = _patience(response.headers.get("Retry-After", ""))
        return Fault("node-busy" if status == 429 else "node-status", f"HTTP status {status}", hint=LATER, wait=wait)
    return Fault("node-status", f"HTTP status {status}", hint=REACH, again=False, status=status)


def _patience(after: str) -> float:
    """Read Retry-After (RFC 9110): seconds, or a date; 0 when it is neither."""
    if after.isascii() and after.isdigit() and len(after) < 6:
        return float(after)
    try:
        until = parsedate_to_datetime(after)
        return max(0.0, until.timestamp() - time.time()) if until.tzinfo is not None else 0.0
    except (ValueError, OverflowError):
        return 0.0


def within(seconds: float, send: Callable[[], T]) -> T:
    """Run `send` with a deadline for all of it: name look-up, connection, header and body."""
    import requests

    done: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            done.append(send())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise requests.Timeout
    return done[0]


def split_url(url: str, chain: str) -> tuple[str, tuple[str, ...]]:
    """Return the host, and the parts of the URL that must never be shown; UsageError when it is none."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port  # the port is read to see that it is one
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(
            f"what was given as the node of {chain} is not the address of one",
            code="node-url-malformed",
            hint="give http://HOST:PORT or https://HOST/PATH, or @FILE with that in it",
        )
    secret = [parts.username, parts.password, parts.query, parts.path.strip("/"), *parts.path.split("/")]
    secret += re.split(r"[&=]", parts.query)
    long = {found for text in secret if text for found in (text, unquote(text)) if len(found) >= 6}
    return host, tuple(sorted(long, key=len, reverse=True))


def _shallow(data: bytearray) -> None:
    """Refuse deep nesting before a JSON parser recurses into it; honest answers nest 6 levels."""
    brackets = data.translate(None, _NOT_BRACKETS)
    depth = 0
    for byte in brackets[:_MOST_BRACKETS]:
        depth += 1 if byte in b"[{" else -1
        if depth > _DEEPEST:
            break
    if depth > _DEEPEST or len(brackets) > _MOST_BRACKETS:
        raise garbage("an answer of too many brackets")


def bounded_session(limits: Limits) -> Any:
    """Make a requests session whose answers are read whole, within one deadline and one size."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import HTTPError

    class Bounded(HTTPAdapter):
        def send(self, *arguments: Any, **options: Any) -> requests.Response:
            deadline = time.monotonic() + limits.timeout
            response = super().send(*arguments, **{**options, "stream": True})
            data = bytearray()
            try:
                # read1 returns what has come; read and stream would wait for a whole chunk, byte by byte
                while part := response.raw.read1(_CHUNK, decode_content=True):
                    data += part
                    if len(data) > limits.max_answer:
                        raise garbage(f"an answer of more than {limits.max_answer:,} bytes")
                    # a timeout of the socket starts anew with each byte; this one does not
                    if time.monotonic() > deadline:
                        raise requests.Timeout
            except HTTPError as error:
                kind = requests.Timeout if "timed out" in str(error).lower() else requests.ConnectionError
                raise kind from None
            finally:
                # closed, never handed back: what is left of an answer would be taken for the next one's
                response.close()
            _shallow(data)
            response.raw = io.BytesIO(bytes(data))
            return response

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Bounded())
    return session
