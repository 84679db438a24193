"""JSON-RPC over HTTP through web3's provider, with bounds that it lacks: one deadline, one size, few and slow retries.

A node's URL often holds a secret, so no message, log line or file of ours has more of it than the host.
"""

from __future__ import annotations

import io
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from por.errors import SourceError, UsageError
from por.reserves.chains import Limits

Question = tuple[str, list[Any]]
"""Method and parameters."""

_BUSY = (-32005, 429)
"""JSON-RPC error codes for "too many requests" (EIP-1474), worth another try."""

_LONGEST_WAIT = 30.0
_CHUNK = 1 << 16
_GRACE = 1.0
"""Seconds after which a try is given up that the timeouts of socket and body did not end."""

_DEEPEST = 64
_MOST_BRACKETS = 1 << 20
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Refused(SourceError):
    """The node understood and refused; `number` is its JSON-RPC error code."""

    number = 0


class _Fault(Exception):
    """One failed try: `code` and text for the SourceError, `again` whether another try may help, and how soon."""

    def __init__(self, code: str, text: str, *, hint: str, again: bool = True, wait: float = 0.0) -> None:
        super().__init__(text)
        self.code, self.text, self.hint, self.again, self.wait = code, text, hint, again, wait


class Rpc:
    """A node that answers questions; safe to show, since its URL is kept out of every representation."""

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        self.host, self._secrets = _split(url, chain)
        self._who = f"{chain} node {self.host}"
        self._limits = limits
        provider = _web3_provider()
        # our own retries, so that waits are bounded and a refusal is not asked again
        self._provider = provider(
            url,
            request_kwargs={"timeout": limits.timeout, "allow_redirects": False},
            session=_session(limits),
            exception_retry_configuration=None,
        )

    def ask(self, method: str, params: list[Any]) -> Any:
        """Return one answer that is not null; SourceError when the node does not deliver."""
        return self._insist(
            lambda: self._result(method, self._post(lambda: self._provider.make_request(_name(method), params)))
        )

    def ask_all(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers in order, asked in batches; SourceError when one of them is missing."""
        found: list[Any] = []
        for start in range(0, len(questions), self._limits.batch):
            found += self._insist(lambda part=questions[start : start + self._limits.batch]: self._batch(part))  # type: ignore[misc]
        return found

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this node."""
        return SourceError(f"{self._who}: {what}", code=code, hint=hint)

    def _batch(self, part: Sequence[Question]) -> list[Any]:
        if len(part) == 1:
            method, params = part[0]
            return [self._result(method, self._post(lambda: self._provider.make_request(_name(method), params)))]
        answers = self._post(lambda: self._provider.make_batch_request([(_name(m), p) for m, p in part]))
        if isinstance(answers, dict):
            self._result("a batch", answers)
        if not isinstance(answers, list) or not all(isinstance(row, dict) for row in answers):
            raise _garbage("a batch was not answered with a list")
        # the provider numbers questions one after the other and sorts the answers by these numbers
        numbers = [row.get("id") for row in answers]
        first = numbers[0] if numbers else None
        if not isinstance(first, int) or numbers != list(range(first, first + len(part))):
            raise _garbage("a batch was answered in part, or with other numbers")
        return [self._result(method, row) for (method, _), row in zip(part, answers, strict=True)]

    def _result(self, method: str, answer: Any) -> Any:
        if not isinstance(answer, dict):
            raise _garbage("the answer is no JSON-RPC object")
        error = answer.get("error")
        if error is not None:
            number = error.get("code") if isinstance(error, dict) else None
            words = self._clean(error.get("message") if isinstance(error, dict) else error)
            if number in _BUSY:
                raise _Fault("node-busy", f"refused {method} for now: {words}", hint=_LATER)
            refused = Refused(f"{self._who}: refused {method}: {words}", code="node-refused", hint=_REFUSED)
            refused.number = number if isinstance(number, int) else 0
            raise refused
        if answer.get("result") is None:
            raise _Fault("node-null", f"answered {method} with nothing", hint=_LACKS)
        return answer["result"]

    def _insist(self, attempt: Callable[[], Any]) -> Any:
        for number in range(1, self._limits.tries + 1):
            try:
                return attempt()
            except _Fault as fault:
                if not fault.again or number == self._limits.tries:
                    tries = f" ({number} tries)" if number > 1 else ""
                    raise self.wrong(f"{fault.text}{tries}", code=fault.code, hint=fault.hint) from None
                time.sleep(min(max(self._limits.backoff * 2 ** (number - 1), fault.wait), _LONGEST_WAIT))
        raise AssertionError("at least one try")

    def _post(self, send: Callable[[], Any]) -> Any:
        import requests

        # no exception text is passed on: it holds the URL
        try:
            return _within(self._limits.timeout + _GRACE, send)
        except requests.HTTPError as error:
            raise _status(error.response) from None
        except requests.Timeout:
            raise _Fault("node-timeout", f"no answer within {self._limits.timeout:g} seconds", hint=_LATER) from None
        except requests.ConnectionError:
            raise _Fault("node-unreachable", "cannot be reached, or hung up", hint=_REACH) from None
        except requests.RequestException:
            raise _Fault("node-unreachable", "the request failed", hint=_REACH) from None
        except _Fault:
            raise
        except Exception:
            # web3 raises many kinds of error on bodies that are not JSON-RPC
            raise _garbage("the answer is not JSON-RPC") from None

    def _clean(self, words: object) -> str:
        text = "".join(c if c.isprintable() else " " for c in str(words))
        text = re.sub(r"[a-z]+://\S+", "…", text)
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text[:160]


_LATER = "the node is slow or busy; try again later, or use another node with --node"
_REACH = "check the address given with --node and that the node is running"
_LACKS = "the node lacks this block or its state: use an archive node, with --node"
_REFUSED = "an archive node with eth_getProof is needed for blocks that are not recent"


def _name(method: str) -> Any:
    return method


def _garbage(text: str) -> _Fault:
    return _Fault("node-garbage", text, hint="is the address given with --node that of a JSON-RPC node?")


def _status(response: Any) -> _Fault:
    status = response.status_code if response is not None else 0
    if status in (401, 403):
        return _Fault("node-denied", f"HTTP status {status}", hint="check the key in the node's address", again=False)
    if status == 429 or status >= 500:
        after = response.headers.get("Retry-After", "")
        wait = float(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0.0
        return _Fault("node-busy" if status == 429 else "node-status", f"HTTP status {status}", hint=_LATER, wait=wait)
    return _Fault("node-status", f"HTTP status {status}", hint=_REACH, again=False)


def _within(seconds: float, send: Callable[[], Any]) -> Any:
    """Run `send` with a deadline for all of it: name look-up, connection, header and body."""
    import requests

    done: list[Any] = []
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


def _web3_provider() -> Any:
    deepest = sys.getrecursionlimit()
    try:
        from web3 import HTTPProvider
    except ImportError:
        raise UsageError(
            "reading a chain needs web3, which is not installed",
            code="extra-missing",
            hint="pip install 'por[exchange]', or 'por[node]' to check only",
        ) from None
    finally:
        # a library under web3 lifts Python's limit so far that a deeply nested file would end in a crash
        sys.setrecursionlimit(deepest)
    return HTTPProvider


def _split(url: str, chain: str) -> tuple[str, tuple[str, ...]]:
    """Return the host, and the parts of the URL that must never be shown."""
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
        raise _garbage("an answer of too many brackets")


def _session(limits: Limits) -> Any:
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
                        raise _garbage(f"an answer of more than {limits.max_answer:,} bytes")
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
