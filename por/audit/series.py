"""Publications of one log, each verified and together free of contradictions, before anybody is shown them as a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from por import canonical
from por.attestation import note
from por.attestation.envelope import Envelope
from por.attestation.log import reopen_log
from por.attestation.statement import Head
from por.attestation.tiles import public_files
from por.attestation.timestamps import tokens_of
from por.attestation.trust import Trust
from por.audit.case import Case, Request, open_documents, open_statement
from por.audit.change import misquoted
from por.audit.equivocation import Side, compare_sides, of_statement
from por.audit.files import check_files
from por.audit.history import signed_head
from por.audit.logfolder import check_log_folder
from por.audit.publication import open_publication
from por.audit.report import check_report
from por.audit.signatures import judge
from por.audit.statement import check_reserves, check_table
from por.errors import ClaimError, PorError, TrustError, UsageError
from por.outcomes import Outcome
from por.publish.site.values import File, Gap, Issue, PublicLog

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verified:
    place: Path
    envelope: Envelope
    issue: Issue
    checkpoint: Side


def verify_series(
    places: Sequence[Path], *, trust: Trust, authorities: Sequence[Certificate] = ()
) -> tuple[Issue, ...]:
    """Verify publications (folders or .zip files of them) by the keys that were brought; oldest first.

    Of each: signatures and roles, every file by its signed digest and no other, the published tables against the
    signed ones, its place in the log. Of all: one log, each statement once, no two that contradict each other
    (EquivocationError, with its evidence). Not judged again are evidence and rules: that is an audit. The error of one
    publication begins with its place.
    """
    request = Request(keys=trust, authorities=authorities)
    found = sorted((_verify(place, request) for place in places), key=lambda row: row.issue.sequence)
    _check_together(found, trust)
    return tuple(row.issue for row in found)


def gaps_of(issues: Sequence[Issue], *, size: int | None = None) -> tuple[Gap, ...]:
    """Return which entries of the log the issues lack; of a log whose size is unknown, none after the last."""
    gaps, at, after = [], 0, None
    for issue in issues:
        index = issue.statement.log.index
        if index > at:
            gaps.append(Gap(count=index - at, after=after, before=issue.sequence))
        at, after = index + 1, issue.sequence
    if size is not None and size > at:
        gaps.append(Gap(count=size - at, after=after, before=None))
    return tuple(gaps)


def verify_log(folder: Path, issues: Sequence[Issue], *, trust: Trust) -> PublicLog:
    """Verify a log's folder and that these statements are its entries, and return its public files.

    Raises what `check_log_folder` raises; ClaimError when it is not the log of these statements.
    """
    for _ in check_log_folder(folder, keys=trust):
        pass
    with reopen_log(folder) as log:
        entries = [log.entry(index) for index in range(log.size)]
        files = dict(public_files(folder, entries))
        signed = note.parse_note(files["checkpoint"], where="public/checkpoint")
        head = note.parse_checkpoint(signed, where="public/checkpoint")
        newest = issues[-1].statement
        keys = trust.log_keys(newest.log, time=newest.header.time)
        note.verify_note(signed, name=log.origin, keys=keys, where="public/checkpoint")
        for issue in issues:
            index = issue.statement.log.index
            if index >= head.size or canonical.digest(entries[index]) != issue.statement.digest:
                raise ClaimError(
                    f"{folder}: statement {issue.sequence} is not entry {index} of this log's newest signed head",
                    code="log-another",
                    hint="give the folder of the log in which these statements were entered",
                )
        if head.origin != log.origin or head.root != log.head(head.size).root:
            raise ClaimError(
                f"{folder}: the public checkpoint is not a root of its entries",
                code="log-checkpoint",
                hint="entries were changed or removed: keep the folder as evidence",
            )
    return PublicLog(size=head.size, files=files)


def _verify(place: Path, request: Request) -> _Verified:
    with _named(place):
        publication = open_publication(place)
        envelope, statement = open_statement(publication)
        signers = judge(publication, envelope, statement, request)
        documents = open_documents(publication)
        case = Case(
            publication=publication,
            envelope=envelope,
            statement=statement,
            request=request,
            documents=documents,
            pack=None,
        )
        of_files = (
            check_files(case),
            check_table(case, documents),
            check_reserves(case, documents),
            check_report(case),
        )
        for check in chain.from_iterable(of_files):
            if check.outcome is Outcome.DOES_NOT_HOLD:
                raise ClaimError(
                    f"{check.id}: {check.detail}",
                    code="publication-differs",
                    hint="nothing goes out but what was signed: `por audit` lists what else is wrong with it",
                )
        tokens_of(publication.files, envelope)
        if not request.trust.knows_log(statement.log):
            raise TrustError(
                f"the log was begun with key {statement.log.key[:16]}..., which you did not bring",
                code="key-missing",
                hint="give the first key of the log too: --key",
            )
        checkpoint = signed_head(publication, request.trust, envelope, statement)
    issue = Issue(
        statement=statement,
        signers=tuple(row.key for row in signers if row.fault is None),
        files=_files(publication.files),
        load=_loader(place, _files(publication.files)),
    )
    return _Verified(place=place, envelope=envelope, issue=issue, checkpoint=checkpoint)


@contextmanager
def _named(place: Path) -> Iterator[None]:
    try:
        yield
    except PorError as error:
        if not error.message.startswith(str(place)):
            error.message = f"{place}: {error.message}"
        raise


def _files(found: Mapping[str, bytes]) -> tuple[File, ...]:
    return tuple(File(name=name, size=len(data), sha256=canonical.digest(data)) for name, data in sorted(found.items()))


def _loader(place: Path, files: tuple[File, ...]) -> Callable[[], Mapping[str, bytes]]:
    def load() -> Mapping[str, bytes]:
        found = open_publication(place).files
        if _files(found) != files:
            raise ClaimError(
                f"{place}: it was changed while it was being read",
                code="publication-changed",
                hint="let nothing write into a publication, and run the same command again",
            )
        return found

    return load


def _check_together(rows: Sequence[_Verified], trust: Trust) -> None:
    """Refuse statements of several logs, one twice, and whatever contradicts something else."""
    logs = {(row.issue.statement.log.origin, row.issue.statement.log.key) for row in rows}
    if len(logs) > 1:
        told = ", ".join(f"{origin} begun with key {key[:16]}..." for origin, key in sorted(logs))
        raise UsageError(
            f"these publications are of {len(logs)} logs: {told}",
            code="series-logs",
            hint="one site shows one log: make a site of each",
        )
    places: dict[str, Path] = {}
    for row in rows:
        digest = row.issue.statement.digest
        if digest in places:
            raise UsageError(
                f"{places[digest]} and {row.place} are the same statement, {row.issue.sequence}",
                code="series-twice",
                hint="give each once; the one with more signatures and timestamps, when they differ",
            )
        places[digest] = row.place
    for one, other in _suspects(
        side for row in rows for side in (of_statement(row.envelope, row.issue.statement, trust=trust), row.checkpoint)
    ):
        _compare(one, other)
    for before, row in pairwise(rows):
        _check_quote(row, before.issue.statement)


def _compare(one: Side, other: Side) -> None:
    compare_sides((one, other))
    said = [(one.entries, other.entries), (one.roots, other.roots), (one.names, other.names)]
    if any(mine[at] != yours[at] for mine, yours in said for at in mine.keys() & yours.keys()):
        # no evidence against anybody where a key was revoked since, and no history to show either
        raise ClaimError(
            f"statements {one.number} and {other.number} say different things of one log",
            code="history-rewritten",
            hint="show only those of the log as it is; keep the others as evidence",
        )


def _check_quote(row: _Verified, before: Head) -> None:
    statement = row.issue.statement
    wrong = misquoted(statement, before) if statement.log.index == before.log.index + 1 else None
    if wrong is not None:
        raise ClaimError(
            f"{row.place}: {wrong}",
            code="publication-differs",
            hint="a statement must repeat what the one before it said: `por audit --previous`",
        )


def _suspects(sides: Iterable[Side]) -> Iterator[tuple[Side, Side]]:
    """Yield the pairs that may contradict each other, in one pass: same entry, same size, neighbours in sequence."""
    known: dict[tuple[str, int], tuple[object, Side]] = {}
    last: Side | None = None
    for side in sides:
        said: dict[tuple[str, int], object] = {("entry", index): digest for index, digest in side.entries.items()}
        said |= {("root", size): root for size, root in side.roots.items()}
        said |= {("sequence", sequence): digest for sequence, digest in side.names.items()}
        for key, value in said.items():
            before = known.setdefault(key, (value, side))
            if before[0] != value:
                yield before[1], side
        if side.sequence is not None:
            if last is not None:
                yield last, side
            last = side
