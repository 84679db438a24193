"""`por rules`: what a policy pack asks, and how a statement answered it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError


@click.group()
def rules() -> None:
    """List the rules that a policy pack runs."""


policy_option = click.option(
    "--policy", default="japan", show_default=True, metavar="PACK", help="A shipped pack's id, or a file."
)


@rules.command(name="list")
@policy_option
@options.common
def list_rules(policy: str) -> Result:
    """List the rules of a pack with their legal references and dates in force."""
    pack = options.load_policy(policy)
    rows = [
        (rule.id, rule.title, rule.reference, f"{rule.period.first} to {rule.period.last or '...'}")
        for rule in pack.rules
    ]

    def tell() -> None:
        terminal.say(f"{pack.title} (pack {pack.id}, version {pack.version}, sha256 {pack.sha256})")
        terminal.table(("rule", "asks", "reference", "in force"), rows)

    listed = [
        {
            "id": rule.id,
            "title": rule.title,
            "reference": rule.reference,
            "from": rule.period.first,
            "to": rule.period.last,
            "days_to_cure": rule.days_to_cure,
        }
        for rule in pack.rules
    ]
    fields = {"policy": {"id": pack.id, "version": pack.version, "sha256": pack.sha256}, "rules": listed}
    return Result(outcome="done", show=tell, fields=fields)


@rules.command()
@click.argument("rule", metavar="RULE")
@options.in_path("publication", required=False, metavar="[PUBLICATION]")
@policy_option
@options.common
def explain(rule: str, publication: Path | None, policy: str) -> Result:
    """Show one rule: what asks for it and, with a PUBLICATION, how its number came about, step by step."""
    pack = options.load_policy(policy)
    settings = [row for row in pack.rules if row.id == rule]
    if not settings:
        known = ", ".join(pack.rule_ids())
        raise UsageError(f"the pack {pack.id} has no rule {rule}", code="rule-unknown", hint=f"it has {known}")
    stated = _stated(rule, publication) if publication is not None else None

    def tell() -> None:
        for row in settings:
            terminal.say(f"{row.id}: {row.title}")
            terminal.say(f"asked for by  {row.reference}")
            terminal.say(f"in force      {row.period.first} to {row.period.last or '...'}")
            if row.days_to_cure is not None:
                terminal.say(f"to be cured   within {row.days_to_cure} business days")
            if row.note:
                terminal.say(row.note)
        if stated is not None:
            terminal.say()
            terminal.say(f"stated: {stated['outcome']} (basis {stated['basis'] or 'none'})")
            terminal.say(f"{stated['left']} {stated['relation']} {stated['right']} {stated['unit']}")
            lines = [
                (line["label"], line["left"], line["right"], line["unit"], line["outcome"]) for line in stated["lines"]
            ]
            if lines:
                terminal.table(("of", "left", "right", "unit", "outcome"), lines, right=("left", "right"))
            for number, step in enumerate(stated["steps"], 1):
                terminal.say(f"{number:3}. {step}")

    fields = {"rule": rule, "references": [row.reference for row in settings], "stated": stated}
    return Result(outcome="done", show=tell, fields=fields)


def _stated(rule: str, publication: Path) -> dict[str, Any]:
    from por.audit.case import open_statement
    from por.audit.publication import open_publication

    _, statement = open_statement(open_publication(publication))
    for row in statement.predicate["solvency"]["rules"]:
        if row["id"] == rule:
            return dict(row)
    raise UsageError(
        f"the statement has no result for {rule}", code="rule-unknown", hint="the pack it was judged by lacks this rule"
    )
