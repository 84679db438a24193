"""JSON-RPC of EVM nodes through web3's provider, over the bounded transport that all families share."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from por.errors import SourceError, UsageError
from por.reserves.chains import Limits
from por.reserves.chains.transport import LATER, LONGEST_WAIT, Asked, Fault, bounded_session, garbage

Question = tuple[str, list[Any]]
"""Method and parameters."""

_BUSY = (-32005, 429)
"""JSON-RPC error codes for "too many requests" (EIP-1474), worth another try."""


_TOO_LARGE = 413
"""HTTP: the request is larger than the node takes."""


class _WholeBatch(Exception):
    """The node refused a batch as a whole, not one question in it."""


class Refused(SourceError):
    """The node understood and refused; `number` is its JSON-RPC error code."""

    number = 0


@dataclass(slots=True)
class Asks:
    """How much a node was asked: HTTP requests, and questions in them."""

    requests: int = 0
    questions: int = 0


class Rpc:
    """A node that answers questions; safe to show, since its URL is kept out of every representation. `url` is secret.

    Several threads may ask at once: each request has a connection of its own, all keep to one rate, and all wait when
    the node asks for patience.
    """

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        self._node = Asked(chain=chain, url=url, limits=limits)
        self.host = self._node.host
        self.asks = Asks()
        self.url, self._limits, self._http = url, limits, _web3_provider()
        self._idle: list[Any] = []
        self._lock = threading.Lock()
        self._next = 0.0

    def ask(self, method: str, params: list[Any]) -> Any:
        """Return one answer that is not null; SourceError when the node does not deliver."""
        return self._node.insist(lambda: self._one((method, params)))

    def ask_all(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers in order, asked in batches; SourceError when one of them is missing."""
        found: list[Any] = []
        for start in range(0, len(questions), self._limits.batch):
            found += self._in_halves(questions[start : start + self._limits.batch])
        return found

    def _in_halves(self, part: Sequence[Question]) -> list[Any]:
        """Ask a batch; where the node refuses it as a whole (too many, too large), in halves."""
        try:
            return self._node.insist(lambda: self._batch(part))
        except _WholeBatch:
            half = len(part) // 2
            return self._in_halves(part[:half]) + self._in_halves(part[half:])

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this node."""
        return self._node.wrong(what, code=code, hint=hint)

    def _one(self, question: Question) -> Any:
        method, params = question
        return self._result(method, self._post(1, lambda http: http.make_request(_name(method), params)))

    def _batch(self, part: Sequence[Question]) -> list[Any]:
        if len(part) == 1:
            return [self._one(part[0])]
        batch = [(_name(method), params) for method, params in part]
        try:
            answers = self._post(len(part), lambda http: http.make_batch_request(batch))
        except Fault as fault:
            if fault.status == _TOO_LARGE:
                raise _WholeBatch from None
            raise
        if isinstance(answers, dict):
            try:
                self._result("a batch", answers)
            except Refused:
                raise _WholeBatch from None
        if not isinstance(answers, list) or not all(isinstance(row, dict) for row in answers):
            raise garbage("a batch was not answered with a list")
        # the provider numbers questions one after the other and sorts the answers by these numbers
        numbers = [row.get("id") for row in answers]
        first = numbers[0] if numbers else None
        if not isinstance(first, int) or numbers != list(range(first, first + len(part))):
            raise garbage("a batch was answered in part, or with other numbers")
        return [self._result(method, row) for (method, _), row in zip(part, answers, strict=True)]

    def _result(self, method: str, answer: Any) -> Any:
        if not isinstance(answer, dict):
            raise garbage("the answer is no JSON-RPC object")
        error = answer.get("error")
        if error is not None:
            number = error.get("code") if isinstance(error, dict) else None
            words = self._node.clean(error.get("message") if isinstance(error, dict) else error)
            if number in _BUSY:
                raise Fault("node-busy", f"refused {method} for now: {words}", hint=LATER)
            refused = Refused(f"{self._node.who}: refused {method}: {words}", code="node-refused", hint=_REFUSED)
            refused.number = number if isinstance(number, int) else 0
            raise refused
        if answer.get("result") is None:
            raise Fault("node-null", f"answered {method} with nothing", hint=_LACKS)
        return answer["result"]

    def _post(self, questions: int, request: Callable[[Any], Any]) -> Any:
        self._wait()
        with self._lock:
            self.asks.requests += 1
            self.asks.questions += questions
            http = self._idle.pop() if self._idle else self._connection()
        try:
            found = self._node.send(lambda: request(http))
        except Fault as fault:
            # the connection is not used again: a late answer on it would be taken for the next question's
            self._hold(fault.wait)
            raise
        except Exception:
            # web3 raises many kinds of error on bodies that are not JSON-RPC
            raise garbage("the answer is not JSON-RPC") from None
        with self._lock:
            self._idle.append(http)
        return found

    def _connection(self) -> Any:
        # our own retries, so that waits are bounded and a refusal is not asked again
        return self._http(
            self.url,
            request_kwargs={"timeout": self._limits.timeout, "allow_redirects": False},
            session=bounded_session(self._limits),
            exception_retry_configuration=None,
        )

    def _wait(self) -> None:
        """Wait for this request's turn: `rate` a second, and none while the node asks for patience."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + (1 / self._limits.rate if self._limits.rate else 0)
        if turn > now:
            time.sleep(turn - now)

    def _hold(self, seconds: float) -> None:
        with self._lock:
            self._next = max(self._next, time.monotonic() + min(seconds, LONGEST_WAIT))


_LACKS = "the node lacks this block or its state: use an archive node, with --node"
_REFUSED = "an archive node with eth_getProof is needed for blocks that are not recent"


def _name(method: str) -> Any:
    return method


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
