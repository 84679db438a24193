"""What a reader without the annex can still tell of rules about storage: whether a statement says what it may say.

Such a rule's public result follows from its outcome and one figure. An auditor takes both from the statement, makes
the result again, and compares it with the rest of the verdict; whether the outcome is true needs the annex.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from por.outcomes import Outcome
from por.solvency.judge import dated
from por.solvency.rules import find_rule
from por.solvency.rules.base import needs_annex
from por.solvency.settings import Pack
from por.solvency.verdict import RuleResult, Verdict

_FIGURE = re.compile(r"(0|[1-9][0-9]{0,5})?", re.ASCII)
"""A share in whole per cent, or nothing."""


def hidden_rules(pack: Pack, day: str) -> frozenset[str]:
    """Return the ids of the pack's rules in force on `day` that only a reader of the annex can judge."""
    ids = set()
    for id in pack.rule_ids():
        rule = find_rule(id)
        if rule is not None and needs_annex(rule) and pack.rule(id, day) is not None:
            ids.add(id)
    return frozenset(ids)


def as_stated(verdict: Verdict, pack: Pack, stated: Any) -> Verdict:
    """Return a verdict made without the annex, with the rules that need it as a statement's `solvency` gives them.

    What the statement says of them in another form than their rule does is left `not-covered`, so that the two differ.
    """
    rows = _by_id(stated)
    hidden = hidden_rules(pack, verdict.day)
    found = tuple(
        _again(row, pack, verdict.day, rows.get(row.id)) if row.id in hidden else row for row in verdict.rules
    )
    return replace(verdict, rules=found)


def _again(row: RuleResult, pack: Pack, day: str, stated: Mapping[str, Any] | None) -> RuleResult:
    rule, settings = find_rule(row.id), pack.rule(row.id, day)
    if rule is None or settings is None or stated is None or not needs_annex(rule):
        return row
    outcome, left = stated.get("outcome"), stated.get("left")
    if not isinstance(left, str) or not _FIGURE.fullmatch(left) or outcome not in set(Outcome):
        return row
    return dated(rule.public(settings, Outcome(outcome), left), pack, day)


def _by_id(stated: Any) -> dict[str, Mapping[str, Any]]:
    rows = stated.get("rules") if isinstance(stated, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return {}
    return {str(row.get("id")): row for row in rows if isinstance(row, Mapping)}
