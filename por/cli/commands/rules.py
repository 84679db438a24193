"""`por rules`: what a policy pack asks, and how a statement's figures came about, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from por import files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError

if TYPE_CHECKING:
    from por.solvency.settings import Pack, RuleSettings
    from por.solvency.verdict import RuleResult

_DEFAULT = "japan"


@click.group()
def rules() -> None:
    """List the rules that a policy pack runs, and explain them."""


policy_option = click.option(
    "--policy", metavar="PACK", help=f"A shipped pack's id, or a file; {_DEFAULT} when left out."
)


@rules.command(name="list")
@policy_option
@options.common
def list_rules(policy: str | None) -> Result:
    """List the rules of a pack with their legal references and dates in force."""
    pack = options.load_policy(policy or _DEFAULT)
    rows = [(rule.id, rule.title, rule.reference, _period(rule), _days(rule.days_to_cure)) for rule in pack.rules]

    def tell() -> None:
        terminal.say(f"{pack.title} (pack {pack.id}, version {pack.version}, sha256 {pack.sha256})")
        terminal.table(("rule", "asks", "reference", "in force", "cure"), rows)
        for sentence in pack.limitations:
            terminal.say(f"the pack says: {sentence}")

    fields = {
        "policy": {"id": pack.id, "version": pack.version, "sha256": pack.sha256},
        "rules": [_settings(rule) for rule in pack.rules],
        "formulas": [
            {
                "id": row.formula.id,
                "reference": row.formula.reference,
                "from": row.period.first,
                "to": row.period.last,
            }
            for row in pack.formulas
        ],
        "limitations": list(pack.limitations),
    }
    return Result(outcome="done", show=tell, fields=fields)


@rules.command()
@click.argument("rule", metavar="RULE")
@options.in_path("publication", required=False, metavar="[PUBLICATION]")
@policy_option
@options.path_option("--annex", help="annex.json, for the exact sides of rules about storage.")
@options.common
def explain(rule: str, publication: Path | None, policy: str | None, annex: Path | None) -> Result:
    """Explain one rule: what asks for it, what it reads, how it is reckoned.

    With a PUBLICATION also how its number came about, step by step, for an accountant to redo by hand. Its policy
    pack is the one inside, unless --policy is given. It is no check: `por audit` is.
    """
    found = None if publication is None else _published(publication, policy, annex)
    if found is None and annex is not None:
        raise UsageError("--annex needs a PUBLICATION", code="usage", hint="name the folder that it belongs to")
    pack = options.load_policy(policy or _DEFAULT) if found is None else found.pack
    settings = [row for row in pack.rules if row.id == rule]
    if not settings:
        known = ", ".join(pack.rule_ids())
        raise UsageError(f"the pack {pack.id} has no rule {rule}", code="rule-unknown", hint=f"it has {known}")
    stated = None if found is None else _stated(found, rule)
    again = None if found is None else next(row for row in found.again if row.id == rule)
    asks, inputs = _reads(rule)

    def tell() -> None:
        for row in settings:
            _tell_settings(row)
        if asks:
            terminal.say(f"reckoned as   {asks}")
        for sentence in inputs:
            digest = "" if found is None else found.digest(sentence)
            terminal.say(f"reads         {sentence}{digest}")
        if stated is not None and again is not None:
            _tell_stated(stated, again, pack)

    fields = {
        "rule": rule,
        "references": [row.reference for row in settings],
        "settings": [_settings(row) for row in settings],
        "asks": asks,
        "inputs": list(inputs),
        "stated": stated,
        "again": None if again is None else again.document(),
        "by_annex": None if again is None or again.sides is None else again.sides.document(),
    }
    return Result(outcome="done", show=tell, fields=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """A statement's own words, and the same rules judged again here from the published files."""

    pack: Pack
    rules: Sequence[Mapping[str, Any]]
    again: tuple[RuleResult, ...]
    subjects: Mapping[str, str]

    def digest(self, sentence: str) -> str:
        """Return the digest of the file that a sentence about inputs begins with, as the statement names it."""
        found = self.subjects.get(sentence.partition(":")[0].partition(" ")[0])
        return "" if found is None else f" (sha256 {found[:16]}...)"


def _published(publication: Path, policy: str | None, annex: Path | None) -> _Published:
    from por.audit.case import Case, Request, open_documents, open_statement
    from por.audit.publication import open_publication
    from por.audit.rules import judge_again
    from por.errors import ClaimError
    from por.solvency.pack import parse_pack

    opened = open_publication(publication)
    envelope, statement = open_statement(opened)
    pack = options.load_policy(policy) if policy else parse_pack(opened.read("policy.toml"), where="policy.toml")
    case = Case(
        publication=opened,
        envelope=envelope,
        statement=statement,
        request=Request(keys=(), annex=files.read_bytes(annex) if annex else None),
        documents=open_documents(opened),
        pack=pack,
    )
    if annex is not None and case.annex() is None:
        raise ClaimError(
            f"{annex.name}: not the annex of this statement",
            code="annex-other-report",
            hint="both come from one run of `por reserves check`",
        )
    assert case.documents is not None
    return _Published(
        pack=pack,
        rules=statement.predicate["solvency"]["rules"],
        again=judge_again(case, case.documents).rules,
        subjects=statement.subjects,
    )


def _stated(found: _Published, rule: str) -> dict[str, Any]:
    for row in found.rules:
        if row["id"] == rule:
            return dict(row)
    raise UsageError(
        f"the statement has no result for {rule}", code="rule-unknown", hint="the pack it was judged by lacks this rule"
    )


def _reads(rule: str) -> tuple[str, tuple[str, ...]]:
    from por.solvency.rules import find_rule

    found = find_rule(rule)
    return str(getattr(found, "asks", "")), tuple(map(str, getattr(found, "inputs", ())))


def _settings(rule: RuleSettings) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "reference": rule.reference,
        "from": rule.period.first,
        "to": rule.period.last,
        "days_to_cure": rule.days_to_cure,
        "parameters": dict(rule.parameters),
    }


def _period(rule: RuleSettings) -> str:
    return f"{rule.period.first} to {rule.period.last or '...'}"


def _days(number: int | None) -> str:
    return "" if number is None else f"{number} business day{'' if number == 1 else 's'}"


def _tell_settings(row: RuleSettings) -> None:
    terminal.say(f"{row.id}: {row.title}")
    terminal.say(f"asked for by  {row.reference}")
    terminal.say(f"in force      {_period(row)}")
    if row.days_to_cure is not None:
        terminal.say(f"to be cured   within {_days(row.days_to_cure)}")
    for name, value in row.parameters.items():
        terminal.say(f"with          {name} = {value}")
    if row.note:
        terminal.say(row.note)


def _tell_stated(stated: Mapping[str, Any], again: RuleResult, pack: Pack) -> None:
    terminal.say()
    terminal.say(f"stated: {stated['outcome']} (basis {stated['basis'] or 'none'})")
    if stated["left"] or stated["right"]:
        left, right = terminal.grouped(stated["left"]), terminal.grouped(stated["right"])
        terminal.say(f"{left} {stated['relation']} {right} {stated['unit']}")
    _tell_lines(stated["lines"])
    _tell_steps(stated["steps"])
    if stated.get("cure_by"):
        days = _days(again.days_to_cure)
        terminal.say(
            f"to be cured by {stated['cure_by']}: {days} after the snapshot's day, by the calendar of {pack.calendar}"
        )
    if again.sides is not None:
        exact = again.sides
        terminal.say()
        terminal.say(
            f"by the annex: {terminal.grouped(exact.left)} {exact.relation} {terminal.grouped(exact.right)}"
            f" {exact.unit}"
        )
        _tell_lines([line.document() for line in exact.lines])
        _tell_steps(exact.steps)
    terminal.say()
    same = again.document() == dict(stated)
    terminal.say(
        f"made again here from the published files, by the pack {pack.id} {pack.version}: "
        + ("the same" if same else f"OTHER THAN STATED: {again.outcome.value}, {again.left} against {again.right}")
    )
    if not same:
        _tell_steps(again.steps)


def _tell_lines(rows: Sequence[Mapping[str, Any]]) -> None:
    lines = [
        (row["label"], terminal.grouped(row["left"]), terminal.grouped(row["right"]), row["unit"], row["outcome"])
        for row in rows
    ]
    if lines:
        terminal.table(("of", "left", "right", "unit", "outcome"), lines, right=("left", "right"))


def _tell_steps(steps: Sequence[str]) -> None:
    for number, step in enumerate(steps, 1):
        terminal.say(f"{number:3}. {step}")
