"""The in-toto Statement that is signed, as far as a customer's check needs it (docs/spec/statement.md).

`head` reads what a customer's proof is checked against and what the statement admits, strictly and without pydantic,
so that `por verify` starts fast. `por.attestation.build` makes a statement; what it takes from the published files an
auditor makes again and compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from por import canonical
from por.attestation.position import Position
from por.errors import InputError
from por.header import Header, check_text, is_line, parse_time
from por.liabilities.manifest import AssetLiabilities, parse_assets
from por.liabilities.verify import AssetRoot
from por.outcomes import Outcome, combine

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://w3id.org/por/attestation/v1"

ANNEX = "annex.json"
"""The one subject that is named by digest and not published."""

REPORT = "report.html"
"""The page that is rendered from the statement's predicate and named in its subjects."""

SUBJECTS = (ANNEX, "declared.toml", "liabilities.json", "policy.toml", "prices.csv", REPORT, "reserves.json")
"""What may be a subject, by its path in the publication."""

REQUIRED_SUBJECTS = frozenset({"liabilities.json", "policy.toml", "prices.csv", "reserves.json"})

PREDICATE_KEYS = frozenset(
    {
        "account_id_kind",
        "assets",
        "chains",
        "change",
        "declared",
        "issued",
        "liabilities",
        "limitations",
        "log",
        "policy",
        "previous",
        "prices",
        "replaces",
        "snapshot",
        "snapshot_id",
        "software",
        "solvency",
        "verdict",
    }
)

_HINT = "the file is damaged or of another version; compare it with docs/spec/statement.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHead:
    """One rule's result in short: what it is called, what asks for it, how it came out, and the two sides as shown."""

    id: str
    title: str
    reference: str
    outcome: Outcome
    left: str
    relation: str
    right: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another statement of the same log: its sequence and identity; `reason` where this one replaces it."""

    sequence: int
    digest: str
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the predicate's `previous` (without a reason) or `replaces` (with one)."""
        row: dict[str, Any] = {"sequence": self.sequence, "digest": self.digest}
        return row if self.reason is None else {**row, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A statement as a customer's check reads it. `digest` is its identity; `verdict` one outcome for all rules.

    `gaps` and `limitations` are sentences of the statement itself; `subjects` maps names to hex SHA-256; `predicate`
    is the whole predicate as decoded, of which only what stands in the other fields has been checked. `software` is the
    version of the program that made it.
    """

    digest: str
    header: Header
    account_id_kind: str
    verdict: Outcome
    assets: tuple[AssetLiabilities, ...]
    rules: tuple[RuleHead, ...]
    gaps: tuple[str, ...]
    limitations: tuple[str, ...]
    previous: Reference | None
    replaces: Reference | None
    log: Position
    software: str
    issued: str | None
    subjects: Mapping[str, str]
    predicate: Mapping[str, Any]

    @property
    def snapshot_id(self) -> bytes:
        """The 32-byte id of the snapshot, which was compared with the one in the statement."""
        return self.header.id

    @property
    def roots(self) -> dict[str, AssetRoot]:
        """What inclusion proofs are checked against, by asset code."""
        return {row.asset: row.root_view() for row in self.assets}

    @property
    def failed(self) -> tuple[RuleHead, ...]:
        """The rules that the statement itself says do not hold."""
        return tuple(rule for rule in self.rules if rule.outcome is Outcome.DOES_NOT_HOLD)


def head(payload: bytes, *, where: str) -> Head:
    """Read a statement's payload strictly (RFC 8785 bytes, no other keys or types); raise InputError.

    It says nothing of signatures: verify the envelope first.
    """
    statement = _keys(canonical.decode(payload, where=where), {"_type", "subject", "predicateType", "predicate"}, where)
    if statement["_type"] != STATEMENT_TYPE or statement["predicateType"] != PREDICATE_TYPE:
        raise InputError(
            f"{where}: not a statement of the type {PREDICATE_TYPE}",
            code="statement-type",
            hint="this program reads version 1; a newer one may be needed",
        )
    predicate = _keys(statement["predicate"], PREDICATE_KEYS, f"{where}: predicate")
    header = Header.parse(predicate["snapshot"], where=f"{where}: snapshot")
    if canonical.parse_hex(predicate["snapshot_id"], 32, where=f"{where}: snapshot_id") != header.id:
        raise InputError(f"{where}: snapshot_id is not that of its snapshot", code="snapshot-id-mismatch", hint=_HINT)
    solvency = predicate["solvency"]
    if not isinstance(solvency, dict) or not isinstance(solvency.get("rules"), list):
        raise _malformed(f"{where}: solvency has no rules")
    rules = tuple(_rule(row, where=f"{where}: rules[{i}]") for i, row in enumerate(solvency["rules"]))
    verdict = _verdict(predicate["verdict"], where=f"{where}: verdict")
    if verdict is not overall(rule.outcome for rule in rules):
        raise _malformed(f"{where}: the verdict is not that of its rules")
    if not _has_texts(predicate["policy"], ("id", "version", "sha256")):
        raise _malformed(f"{where}: policy is not named by id, version and sha256")
    if not isinstance(predicate["change"], type(None) if predicate["previous"] is None else dict):
        raise _malformed(f"{where}: change is there exactly when there is a statement before")
    issued = predicate["issued"]
    if issued is not None:
        parse_time(issued, where=f"{where}: issued")
    return Head(
        digest=canonical.digest(payload),
        header=header,
        account_id_kind=check_text(predicate["account_id_kind"], where=f"{where}: account_id_kind"),
        verdict=verdict,
        assets=parse_assets(predicate["liabilities"], where=f"{where}: liabilities"),
        rules=rules,
        gaps=_sentences(solvency.get("gaps"), where=f"{where}: gaps"),
        limitations=_sentences(predicate["limitations"], where=f"{where}: limitations"),
        previous=_previous(predicate["previous"], header=header, where=f"{where}: previous"),
        replaces=_replaces(predicate["replaces"], header=header, where=f"{where}: replaces"),
        log=_position(predicate, where=where),
        software=_software(predicate["software"], where=f"{where}: software"),
        issued=issued,
        subjects=_subjects(statement["subject"], where=f"{where}: subject"),
        predicate=predicate,
    )


def overall(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the verdict over rules' outcomes: rules that all covered nothing decide nothing."""
    found = combine(outcomes)
    return Outcome.UNDECIDED if found is Outcome.NOT_COVERED else found


def _subjects(rows: object, *, where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, value in enumerate(rows if isinstance(rows, list) else []):
        place = f"{where}[{index}]"
        row = _keys(value, {"name", "digest"}, place)
        digest = _keys(row["digest"], {"sha256"}, f"{place}.digest")
        if row["name"] not in SUBJECTS or row["name"] in found:
            raise _malformed(f"{place}: an unknown or repeated name")
        found[row["name"]] = canonical.parse_hex(digest["sha256"], 32, where=f"{place}.digest.sha256").hex()
    if not found.keys() >= REQUIRED_SUBJECTS or list(found) != sorted(found):
        raise _malformed(f"{where}: not the files of a publication, sorted by name")
    return found


def _verdict(value: object, *, where: str) -> Outcome:
    for outcome in (Outcome.HOLDS, Outcome.DOES_NOT_HOLD, Outcome.UNDECIDED):
        if value == outcome:
            return outcome
    raise _malformed(f"{where}: not a verdict")


def _rule(value: object, *, where: str) -> RuleHead:
    names = ("id", "title", "reference", "left", "relation", "right", "unit", "outcome")
    if not isinstance(value, dict) or not _has_texts(value, names):
        raise _malformed(f"{where}: not a rule's result")
    if not all(is_line(value[name]) for name in names):
        raise _malformed(f"{where}: a text of several lines, or with control characters")
    if value["outcome"] not in tuple(Outcome):
        raise _malformed(f"{where}: not an outcome")
    _check_steps(value, where=where)
    return RuleHead(**{**{name: value[name] for name in names}, "outcome": Outcome(value["outcome"])})


def _check_steps(rule: dict[str, Any], *, where: str) -> None:
    """Refuse a rule's result whose lines or steps `por rules explain` could not show; InputError."""
    lines, names = rule.get("lines"), ("label", "left", "right", "unit", "outcome")
    if not isinstance(lines, list) or not all(_has_texts(line, names) for line in lines):
        raise _malformed(f"{where}: lines are not label, left, right, unit and outcome")
    if not isinstance(rule.get("basis"), str | None):
        raise _malformed(f"{where}: not a basis")
    _sentences(rule.get("steps"), where=f"{where}: steps")


def _has_texts(value: object, names: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _previous(value: object, *, header: Header, where: str) -> Reference | None:
    if value is None:
        return None
    row = _keys(value, {"sequence", "digest"}, where)
    return _reference(row, None, header=header, where=where)


def _replaces(value: object, *, header: Header, where: str) -> Reference | None:
    if value is None:
        return None
    row = _keys(value, {"sequence", "digest", "reason"}, where)
    return _reference(row, check_text(row["reason"], where=f"{where}.reason"), header=header, where=where)


def _reference(row: dict[str, Any], reason: str | None, *, header: Header, where: str) -> Reference:
    if type(row["sequence"]) is not int or not 0 <= row["sequence"] < header.sequence:
        raise _malformed(f"{where}.sequence: not an earlier statement's")
    digest = canonical.parse_hex(row["digest"], 32, where=f"{where}.digest").hex()
    return Reference(sequence=row["sequence"], digest=digest, reason=reason)


def _position(predicate: dict[str, Any], *, where: str) -> Position:
    position = Position.parse(predicate["log"], where=f"{where}: log")
    if (position.index == 0) != (predicate["previous"] is None):
        raise _malformed(f"{where}: previous and the index in the log do not go together")
    return position


def _software(value: object, *, where: str) -> str:
    row = _keys(value, {"name", "version"}, where)
    check_text(row["name"], where=f"{where}.name")
    return check_text(row["version"], where=f"{where}.version")


def _sentences(value: object, *, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and is_line(item) for item in value):
        raise _malformed(f"{where}: not a list of sentences")
    return tuple(value)


def _keys(value: object, wanted: set[str] | frozenset[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(f"{where}: not an object")
    if value.keys() != wanted:
        wrong = sorted(wanted.symmetric_difference(value))[0]
        raise _malformed(f"{where}: {'unknown' if wrong in value else 'missing'} key {wrong[:60]!r}")
    return value


def _malformed(message: str) -> InputError:
    return InputError(message, code="statement-malformed", hint=_HINT)
