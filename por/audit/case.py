"""What an audit works on: the publication opened and parsed, and what the auditor brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from por import canonical
from por.attestation.envelope import Envelope, parse
from por.attestation.keys import PublicKey
from por.attestation.statement import ANNEX, Head, head
from por.attestation.trust import Trust
from por.audit.publication import ATTESTATION, Publication
from por.errors import PorError
from por.liabilities.ledger_options import LedgerOptions
from por.liabilities.manifest import Manifest
from por.reserves.annex import Annex, verify_annex
from por.reserves.declared import Declared, parse_declared
from por.reserves.report import Report
from por.snapshot import Snapshot
from por.solvency.prices import Prices, parse_prices
from por.solvency.settings import Pack

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """What an auditor needs to build every tree again: the ledger, its description, the key of this one snapshot.

    `memory` is a bound in bytes; `progress` gets the rows read so far.
    """

    ledger: tuple[Any, ...]
    snapshot: Snapshot
    snapshot_key: bytes
    options: LedgerOptions = field(default_factory=LedgerOptions)
    threads: int = 0
    memory: int | None = None
    progress: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the auditor brought. `keys`, or the key file, is all that is trusted; `pack` replaces the shipped rules,
    `prices` the published ones.

    `authorities` are the roots (X.509) by which timestamps are judged; `others` are other exchanges' publications, and
    `other_keys` what their signatures are judged by.
    """

    keys: Sequence[PublicKey] | Trust
    pack: Pack | None = None
    annex: bytes | None = None
    prices: Prices | None = None
    rebuild: Rebuild | None = None
    nodes: Mapping[str, str] | None = None
    blocks: Mapping[str, str] | None = None
    previous: Publication | None = None
    authorities: Sequence[Certificate] = ()
    others: Sequence[Publication] = ()
    other_keys: Sequence[PublicKey] | Trust | None = None

    @property
    def trust(self) -> Trust:
        """What signatures are judged by."""
        return Trust.of(self.keys)

    @property
    def other_trust(self) -> Trust | None:
        """What other exchanges' signatures are judged by; None when no key was given for them."""
        return None if self.other_keys is None else Trust.of(self.other_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The published files as values."""

    manifest: Manifest
    report: Report
    declared: Declared | None
    prices: Prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One audit. `documents` is None when a file could not be read, `pack` when there is none to judge by."""

    publication: Publication
    envelope: Envelope
    statement: Head
    request: Request
    documents: Documents | None
    pack: Pack | None

    def annex(self) -> Annex | None:
        """Return the annex that was brought, when it is the one that was signed and of the published holdings.

        None for any other, which `check_annex` tells: nothing is judged by it.
        """
        data = self.request.annex
        if data is None or self.documents is None or canonical.digest(data) != self.statement.subjects.get(ANNEX):
            return None
        try:
            found = Annex.from_bytes(data)
            verify_annex(found, self.documents.report)
        except PorError:
            return None
        return found


def open_statement(publication: Publication) -> tuple[Envelope, Head]:
    """Parse attestation.json strictly; InputError when it is malformed. Says nothing of signatures."""
    envelope = parse(publication.read(ATTESTATION), where=ATTESTATION)
    return envelope, head(envelope.payload, where=ATTESTATION)


def open_documents(publication: Publication) -> Documents:
    """Parse every document of the publication; InputError names the one that is malformed."""
    declared = None
    if "declared.toml" in publication.files:
        declared = parse_declared(publication.text("declared.toml"), where="declared.toml")
    return Documents(
        manifest=Manifest.from_bytes(publication.read("liabilities.json"), where="liabilities.json"),
        report=Report.from_bytes(publication.read("reserves.json"), where="reserves.json"),
        declared=declared,
        prices=parse_prices(publication.read("prices.csv"), where="prices.csv"),
    )
