"""What a site is made of, verified before it comes here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from por.attestation.keys import PublicKey
from por.attestation.statement import Head
from por.errors import InputError
from por.outcomes import Outcome
from por.publish.report.figures import Asset, asset
from por.publish.report.reading import Place

PUBLISHED = re.compile(
    r"(?:attestation|liabilities|reserves)\.json|(?:policy|declared)\.toml|prices\.csv|report\.html"
    r"|evidence/[0-9a-f]{64}|log/(?:checkpoint|inclusion\.json|consistency\.json)|timestamps/[0-9a-f]{64}-[0-9]\.tsr",
    re.ASCII,
)
"""Every name that a publication's file may have. Proofs, annexes and stores have none of them, so none can go out."""

LOGGED = re.compile(
    r"checkpoint|statement/[0-9]{1,9}\.json|tile/(?:[0-9]{1,2}|entries)/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[0-9]{1,3})?",
    re.ASCII,
)
"""The same for the log's files (docs/spec/tiles.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it was when it was verified: its name in the publication, bytes, and hex SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One publication. `signers` are the keys that count; `load` reads its files again, and raises when they changed.

    So a history of any length is shown with one publication at a time in memory.
    """

    statement: Head
    signers: tuple[PublicKey, ...]
    files: tuple[File, ...]
    load: Callable[[], Mapping[str, bytes]]

    @property
    def sequence(self) -> int:
        """The statement's number."""
        return self.statement.header.sequence

    @property
    def short(self) -> tuple[Asset, ...]:
        """The assets of which less is held than is owed, whatever its tests say; none of figures that are none."""
        try:
            rows = Place(self.statement.predicate["solvency"], "solvency")["assets"].rows()
            return tuple(row for row in map(asset, rows) if row.short)
        except InputError:
            return ()

    @property
    def outcome(self) -> Outcome:
        """The verdict, as a mark shows it: a shortfall is one also where no test asks for it."""
        return Outcome.DOES_NOT_HOLD if self.short else self.statement.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """`count` statements of the log that are not on the site, between these sequences; None at an end."""

    count: int
    after: int | None
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLog:
    """The log's public files by their path below its prefix; `size` is that of its newest signed head."""

    size: int
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Issues of one log from the oldest to the newest, at least one; `url` ends in a slash, empty when unknown.

    `key_files` are the signed versions of the exchange's key file, by name.
    """

    issues: tuple[Issue, ...]
    gaps: tuple[Gap, ...]
    log: PublicLog | None = None
    key_files: Mapping[str, bytes] = field(default_factory=dict)
    url: str = ""

    @property
    def newest(self) -> Issue:
        """The last statement."""
        return self.issues[-1]

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """The keys that signed what is here, those of the newest statement first, each once."""
        found = {key.keyid: key for issue in reversed(self.issues) for key in issue.signers}
        return tuple(found.values())
