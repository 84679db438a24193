"""HTTP to nodes and indexers of the Bitcoin family. Amounts in JSON are read as exact decimals, never as floats."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from por.errors import SourceError, UsageError
from por.reserves.chains import Limits
from por.reserves.chains.transport import LATER, Asked, Fault, bounded_session, garbage, status_fault

Question = tuple[str, list[Any]]

_WARMING_UP = -28
"""Bitcoin Core's error code while it starts (RPC_IN_WARMUP)."""

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)
_LACKS = "is it a full, unpruned node (or indexer) of this chain? use another one with --node"
FAULTY = "the node is faulty; use another one with --node"


class Refused(SourceError):
    """The node understood and refused; `number` is its JSON-RPC error code."""

    number = 0


class Client:
    """One HTTP endpoint, asked within limits; its URL is kept out of every message."""

    def __init__(self, *, chain: str, url: str, limits: Limits) -> None:
        self._asked = Asked(chain=chain, url=url, limits=limits)
        self._url, self._limits = url.rstrip("/"), limits
        self.host = self._asked.host
        try:
            self._session = bounded_session(limits)
        except ImportError:
            raise UsageError(
                "reading a chain needs requests, which is not installed",
                code="extra-missing",
                hint="pip install 'por[exchange]', or 'por[node]' to check only",
            ) from None

    def wrong(self, what: str, *, code: str, hint: str) -> SourceError:
        """Make a SourceError that names this endpoint."""
        return self._asked.wrong(what, code=code, hint=hint)

    def ask(self, method: str, params: list[Any], *, timeout: float | None = None) -> Any:
        """Return one JSON-RPC answer; Refused (a SourceError) when the node refuses."""
        limits = self._limits if timeout is None else replace(self._limits, timeout=timeout)
        body = {"jsonrpc": "1.0", "id": 0, "method": method, "params": params}
        return self._asked.insist(lambda: self._result(method, self._post(body, limits), 0))

    def ask_all(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers in order, asked in batches."""
        found: list[Any] = []
        for start in range(0, len(questions), self._limits.batch):
            part = questions[start : start + self._limits.batch]
            found += self._asked.insist(lambda part=part: self._batch(part))  # type: ignore[misc]
        return found

    def get(self, path: str) -> str | None:
        """Return the text at a path below the endpoint; None where there is none (status 404)."""
        return self._asked.insist(lambda: self._get(path))

    def get_json(self, path: str) -> Any:
        """Return the JSON at a path; SourceError when there is none."""
        text = self.get(path)
        if text is None:
            raise self.wrong(f"it has no {path.partition('/')[0]} of that name", code="node-null", hint=_LACKS)
        try:
            return _loads(text.encode())
        except Fault as fault:
            raise self.wrong(fault.text, code=fault.code, hint=fault.hint) from None

    def _batch(self, part: Sequence[Question]) -> list[Any]:
        body = [{"jsonrpc": "1.0", "id": n, "method": name, "params": given} for n, (name, given) in enumerate(part)]
        answers = self._post(body, self._limits)
        if not isinstance(answers, list) or len(answers) != len(part):
            raise garbage("a batch was not answered in full")
        return [self._result(name, row, n) for n, ((name, _), row) in enumerate(zip(part, answers, strict=True))]

    def _result(self, method: str, answer: Any, number: int) -> Any:
        if not isinstance(answer, dict) or answer.get("id") != number or isinstance(answer.get("id"), bool):
            raise garbage("the answer is not the one to the question")
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        code = error.get("code") if isinstance(error, dict) else None
        words = self._asked.clean(error.get("message") if isinstance(error, dict) else error)
        if code == _WARMING_UP or "in progress" in words:
            raise Fault("node-busy", f"refused {method} for now: {words}", hint=LATER)
        refused = Refused(f"{self._asked.who}: refused {method}: {words}", code="node-refused", hint=_LACKS)
        refused.number = code if isinstance(code, int) else 0
        raise refused

    def _post(self, body: Any, limits: Limits) -> Any:
        session = self._session if limits is self._limits else bounded_session(limits)
        data = json.dumps(body).encode()

        def send() -> Any:
            return session.post(
                self._url,
                data=data,
                headers={"Content-Type": "application/json"},
                timeout=limits.timeout,
                allow_redirects=False,
            )

        response = self._asked.send(send, timeout=limits.timeout)
        # a node gives refusals the statuses 400 to 500, with an answer in the body that says which
        if response.status_code != 200 and not response.content.lstrip()[:1] == b"{":
            raise status_fault(response)
        return _loads(response.content)

    def _get(self, path: str) -> str | None:
        def send() -> Any:
            return self._session.get(f"{self._url}/{path}", timeout=self._limits.timeout, allow_redirects=False)

        response = self._asked.send(send)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise status_fault(response)
        try:
            text: str = response.content.decode("utf-8")
        except UnicodeDecodeError:
            raise garbage("the answer is not text") from None
        return text.strip()

    def a_hash(self, value: object, what: str) -> str:
        """Return a hash of 64 lower-case hex digits; SourceError otherwise."""
        if isinstance(value, str) and _HASH.fullmatch(value):
            return value
        raise self.wrong(f"{what} is not a hash", code="node-garbage", hint=FAULTY)

    def some_bytes(self, value: object, what: str) -> bytes:
        """Return bytes written as hex; SourceError otherwise."""
        if isinstance(value, str) and _HEX.fullmatch(value):
            return bytes.fromhex(value)
        raise self.wrong(f"{what} is not hex", code="node-garbage", hint=FAULTY)

    def a_number(self, value: object, what: str) -> int:
        """Return a whole number from 0 to 2^53; SourceError otherwise."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53:
            return value
        raise self.wrong(f"{what} is not a number", code="node-garbage", hint=FAULTY)


def _loads(data: bytes) -> Any:
    def constant(text: str) -> Any:
        raise ValueError(text)

    try:
        return json.loads(data, parse_float=Decimal, parse_constant=constant)
    except (ValueError, RecursionError):
        raise garbage("the answer is not JSON") from None
