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
from por.solvency.prices import YEN
from por.solvency.rules import find_rule
from por.solvency.rules.base import HiddenRule, needs_annex
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

    What the statement says of them in another form than their rule does, or an outcome that what is held and priced
    rules out, is left `not-covered`, so that the two differ.
    """
    rows = _by_id(stated)
    hidden = hidden_rules(pack, verdict.day)
    found = tuple(_again(row, verdict, pack, rows.get(row.id)) if row.id in hidden else row for row in verdict.rules)
    return replace(verdict, rules=found)


def _again(row: RuleResult, verdict: Verdict, pack: Pack, stated: Mapping[str, Any] | None) -> RuleResult:
    day = verdict.day
    rule, settings = find_rule(row.id), pack.rule(row.id, day)
    if rule is None or settings is None or stated is None or not needs_annex(rule):
        return row
    outcome, left = stated.get("outcome"), stated.get("left")
    if not isinstance(left, str) or not _FIGURE.fullmatch(left) or outcome not in set(Outcome):
        return row
    if not _possible(rule, Outcome(outcome), verdict):
        return row
    return dated(rule.public(settings, Outcome(outcome), left), pack, day)


def _possible(rule: HiddenRule, outcome: Outcome, verdict: Verdict) -> bool:
    """Say whether a rule can come out so, whatever the annex holds; of a rule that does not say what it needs, True.

    It applies wherever customers' coins are there, and is undecided exactly when one that is held has no price: else a
    failure could be told as a rule that does not apply, or as a missing price.
    """
    needs_prices = getattr(rule, "needs_prices", None)
    if needs_prices is None:
        return True
    prices = {YEN, *(row.asset for row in verdict.prices.used)} if needs_prices else None
    crypto = [row for row in verdict.assets if not row.fiat]
    there = [row for row in crypto if row.covered]
    if outcome is Outcome.NOT_COVERED:
        return not there
    if outcome is Outcome.UNDECIDED:
        return prices is not None and any(row.counted and row.asset not in prices for row in crypto)
    return prices is None or all(row.asset in prices for row in there)


def _by_id(stated: Any) -> dict[str, Mapping[str, Any]]:
    rows = stated.get("rules") if isinstance(stated, Mapping) else None
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return {}
    return {str(row.get("id")): row for row in rows if isinstance(row, Mapping)}
