"""JSON-RPC of EVM nodes through web3's provider, over the bounded transport that all families share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from por.errors import SourceError, UsageError
from por.reserves.chains import Limits
from por.reserves.chains.transport import LATER, Asked, Fault, bounded_session, garbage

Question = tuple[str, list[Any]]
"""Method and parameters."""

_BUSY = (-32005, 429)
"""JSON-RPC error codes for "too many requests" (EIP-1474), worth another try."""


class Refused(SourceError):
    """The node understood and refused; `number` is its JSON-RPC error code."""

    number = 0


class Rpc:
    """A node that answers questions; safe to show, since its URL is kept out of every representation."""

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        self._node = Asked(chain=chain, url=url, limits=limits)
        self.host = self._node.host
        self._limits = limits
        provider = _web3_provider()
        # our own retries, so that waits are bounded and a refusal is not asked again
        self._provider = provider(
            url,
            request_kwargs={"timeout": limits.timeout, "allow_redirects": False},
            session=bounded_session(limits),
            exception_retry_configuration=None,
        )

    def ask(self, method: str, params: list[Any]) -> Any:
        """Return one answer that is not null; SourceError when the node does not deliver."""
        return self._node.insist(
            lambda: self._result(method, self._post(lambda: self._provider.make_request(_name(method), params)))
        )

    def ask_all(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers in order, asked in batches; SourceError when one of them is missing."""
        found: list[Any] = []
        for start in range(0, len(questions), self._limits.batch):
            found += self._node.insist(lambda part=questions[start : start + self._limits.batch]: self._batch(part))  # type: ignore[misc]
        return found

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this node."""
        return self._node.wrong(what, code=code, hint=hint)

    def _batch(self, part: Sequence[Question]) -> list[Any]:
        if len(part) == 1:
            method, params = part[0]
            return [self._result(method, self._post(lambda: self._provider.make_request(_name(method), params)))]
        answers = self._post(lambda: self._provider.make_batch_request([(_name(m), p) for m, p in part]))
        if isinstance(answers, dict):
            self._result("a batch", answers)
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

    def _post(self, request: Callable[[], Any]) -> Any:
        try:
            return self._node.send(request)
        except Fault:
            raise
        except Exception:
            # web3 raises many kinds of error on bodies that are not JSON-RPC
            raise garbage("the answer is not JSON-RPC") from None


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
