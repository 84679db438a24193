"""The service as an ASGI application: five paths, and who is asking from headers alone (docs/proofs-service.md)."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from por.errors import ClaimError, PorError
from por.header import show_time
from por.publish.service import answers
from por.publish.service.answers import Answer
from por.publish.service.config import Network
from por.publish.service.identity import Headers, Identify, Refused, single
from por.publish.service.limits import Limiter
from por.publish.service.measures import Board, Row
from por.publish.service.shelf import Book, Shelf

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Tell = Callable[..., None]
"""Takes an event's name and facts; never an id, an address or a header."""

_ONE = re.compile(r"/proofs/([1-9][0-9]{0,15})")


def nobody(event: str, **facts: Any) -> None:
    """Tell nobody."""


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything that answering needs. `watch` is the local address (host, port) at which figures are shown.

    `client_header` is the header in which a trusted proxy names the customer's address; `proxies`, when there are any,
    are the only ones that may ask.
    """

    shelf: Shelf
    identify: Identify
    customers: Limiter
    addresses: Limiter
    row: Row
    board: Board
    client_header: bytes | None = None
    proxies: tuple[Network, ...] = ()
    watch: tuple[str, int] | None = None
    tell: Tell = nobody
    faulty: Callable[[], bool] = field(default=lambda: False)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        answer = self.answer(scope)
        self.row.answered(answer.status, time.perf_counter() - started)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.pairs()})
        await send({"type": "http.response.body", "body": answer.body})

    def answer(self, scope: Mapping[str, Any]) -> Answer:
        """Return the answer to a request (an ASGI scope); never raises."""
        try:
            return self._answer(scope)
        except Refused as error:
            self.row.refused(error.reason)
            return answers.refusal(error.status, error.reason, close=error.status == 400)
        except Wait as error:
            self.row.refused(error.reason)
            return answers.refusal(429, error.reason, wait=error.seconds)
        except Exception as error:
            # Its words may hold what was asked, so the place is all that is told.
            self.row.refused("bug")
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            at = f"{place.tb_frame.f_code.co_filename.rpartition('/')[2]}:{place.tb_lineno}" if place else "?"
            self.tell("bug", kind=type(error).__name__, at=at)
            return answers.refusal(500, "bug")

    def _answer(self, scope: Mapping[str, Any]) -> Answer:
        headers: Headers = scope["headers"]
        watched = self.watch is not None and scope["server"] == self.watch
        if not watched:
            self._check_peer(scope.get("client"))
        if scope["http_version"] not in ("1.1", "1.0"):
            raise Refused(400, "request-malformed")
        _check_request(headers)
        if scope["query_string"]:
            raise Refused(400, "request-query")
        if scope["method"] not in ("GET", "HEAD"):
            return answers.refusal(405, "method", close=True)
        path = scope["raw_path"].decode("ascii", "replace")
        if path == "/healthz":
            return self.health()
        if watched:
            return self._figures() if path == "/metrics" else answers.refusal(404, "path")
        self._limit_address(scope.get("client"), headers)
        one = _ONE.fullmatch(path)
        if path not in ("/proof", "/proofs") and one is None:
            return answers.refusal(404, "path")
        account = self.identify(headers)
        if seconds := self.customers.wait(account.encode("utf-8", "surrogatepass")):
            raise Wait("limit-customer", seconds)
        if path == "/proofs":
            return self._list()
        return self._proof(account, int(one[1]) if one else None)

    # --- who may ask -----------------------------------------------------------------------------------------

    def _check_peer(self, client: tuple[str, int] | None) -> None:
        if not self.proxies or client is None:
            return
        if not any(_ip(client[0]) in network for network in self.proxies):
            raise Refused(403, "proxy-unknown")

    def _limit_address(self, client: tuple[str, int] | None, headers: Headers) -> None:
        """Hold an address to its rate: the one that the proxy names, or the peer's where no proxy stands before us."""
        if self.client_header is not None:
            named = single(headers, self.client_header, longest=64)
            try:
                address = _ip(named[0].decode("ascii")) if named else None
            except ValueError:
                address = None
            if address is None:
                raise Refused(400, "client-address")
        elif client is None or self.proxies or _ip(client[0]).is_loopback:
            return
        else:
            address = _ip(client[0])
        # Whoever has one address of version 6 has 2^64 of them.
        key = address.packed[:8] if address.version == 6 else address.packed
        if seconds := self.addresses.wait(key):
            raise Wait("limit-address", seconds)

    # --- answers ---------------------------------------------------------------------------------------------

    def _proof(self, account: str, sequence: int | None) -> Answer:
        book = self.shelf.latest if sequence is None else self.shelf.books.get(sequence)
        if not self.shelf.books:
            self.row.refused("no-file")
            return answers.refusal(503, "no-file", wait=60)
        if book is None:
            raise Refused(404, "no-statement")
        try:
            proof = book.proofs.proof(account)
        except ClaimError:
            raise Refused(404, "no-balance") from None
        except PorError as error:
            if error.code == "account-id-malformed":  # no ledger has it
                raise Refused(404, "no-balance") from None
            self.row.refused("file-damaged")
            self.tell("file-damaged", file=book.path.name, code=error.code)
            return answers.refusal(500, "file-damaged")
        name = f'attachment; filename="proof-{book.sequence}.json"'.encode("ascii")
        return Answer(
            status=200,
            body=proof,
            headers=((b"content-type", b"application/json"), (b"content-disposition", name)),
        )

    def _list(self) -> Answer:
        return answers.document(
            {"proofs": [_entry(book) for _, book in sorted(self.shelf.books.items(), reverse=True)]}
        )

    def health(self) -> Answer:
        """Say whether proofs are handed out, and of which statement; nothing that is not published anyway."""
        book = self.shelf.latest
        if book is None:
            return answers.document({"status": "no proofs"}, status=503)
        status = "faulty" if self.faulty() else "ok"
        return answers.document({"status": status, **_entry(book)})

    def _figures(self) -> Answer:
        facts = {
            "sequence": self.shelf.latest.sequence if self.shelf.latest else 0,
            "files": len(self.shelf.books),
            "faulty": int(self.faulty()),
        }
        kind = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
        return Answer(status=200, body=self.board.text(facts).encode("ascii"), headers=(kind,))


class Wait(Exception):
    """Asked too often: the next request is due in `seconds`."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


def _entry(book: Book) -> dict[str, object]:
    header = book.proofs.manifest.header
    return {
        "sequence": header.sequence,
        "as_of": show_time(header.time),
        "snapshot_id": header.id.hex(),
        "statement": book.proofs.statement,
    }


def _check_request(headers: Headers) -> None:
    """Refuse bodies, however announced, and changes of protocol: what follows could be read as another request."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0"):
            raise Refused(400, "request-body")
        if name == b"upgrade":
            raise Refused(400, "request-upgrade")


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(text.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
