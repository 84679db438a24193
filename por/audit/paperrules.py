"""The working papers of the rules: each with both sides, its lines, and the steps to redo it by hand."""

from __future__ import annotations

from collections.abc import Iterator

from por.audit.papers import Paper, paper
from por.solvency.verdict import Line, Verdict

PUBLIC, ANNEX = "public", "annex"
"""What a statement shows of a rule, and what only a reader of the annex sees."""


def rule_papers(verdict: Verdict) -> Iterator[Paper]:
    """Make the tables of rules, their lines and steps, the reserve, own stablecoins, ratios and gaps."""
    yield paper(
        "rules.csv",
        "every rule judged again: outcome, both sides, legal reference, days to cure",
        (
            *("rule", "title", "reference", "outcome", "basis", "left", "relation", "right", "unit"),
            *("days_to_cure", "cure_by", "annex_left", "annex_relation", "annex_right", "annex_unit"),
        ),
        (
            (
                *(
                    row.id,
                    row.title,
                    row.reference,
                    row.outcome,
                    row.basis,
                    row.left,
                    row.relation,
                    row.right,
                    row.unit,
                ),
                *(row.days_to_cure, row.cure_by),
                *(
                    ("", "", "", "")
                    if row.sides is None
                    else (row.sides.left, row.sides.relation, row.sides.right, row.sides.unit)
                ),
            )
            for row in verdict.rules
        ),
    )
    yield paper(
        "lines.csv",
        "the comparisons inside each rule",
        ("rule", "shown_to", "of", "left", "right", "unit", "outcome", "basis"),
        (
            (id, to, line.label, line.left, line.right, line.unit, line.outcome, line.basis)
            for id, to, line in _lines(verdict)
        ),
    )
    yield paper(
        "steps.csv",
        "how each number came about, step by step",
        ("rule", "shown_to", "step", "says"),
        _steps(verdict),
    )
    yield paper("reserve.csv", "the liability reserve, in whole yen", ("figure", "value"), _reserve(verdict))
    yield paper(
        "issues.csv",
        "stablecoins of the company's own: supply by id, what may be redeemed, its yen",
        ("asset", "type", "currency", "id", "supply", "own", "non_redeemable", "outstanding", "yen"),
        (
            (row.asset, row.type, row.currency, id, supply, row.own, row.non_redeemable, row.outstanding, row.yen)
            for row in verdict.issues
            for id, supply in row.supplies or (("", ""),)
        ),
    )
    yield paper(
        "beside.csv",
        "ratios of the company as it gives them, unverified; they judge nothing",
        ("figure", "title", "reference", "given", "says"),
        ((row.figure, row.title, row.reference, row.given, "; ".join(row.says)) for row in verdict.beside),
    )
    yield paper("gaps.csv", "what is left out, estimated, or not covered", ("gap",), ((gap,) for gap in verdict.gaps))


def _lines(verdict: Verdict) -> Iterator[tuple[str, str, Line]]:
    for row in verdict.rules:
        yield from ((row.id, PUBLIC, line) for line in row.lines)
        if row.sides is not None:
            yield from ((row.id, ANNEX, line) for line in row.sides.lines)


def _steps(verdict: Verdict) -> Iterator[tuple[object, ...]]:
    for row in verdict.rules:
        yield from ((row.id, PUBLIC, number, step) for number, step in enumerate(row.steps, 1))
        if row.sides is not None:
            yield from ((row.id, ANNEX, number, step) for number, step in enumerate(row.sides.steps, 1))


def _reserve(verdict: Verdict) -> Iterator[tuple[object, ...]]:
    if verdict.reserve is not None:
        yield from verdict.reserve.document().items()
    yield from verdict.yen.document().items()
