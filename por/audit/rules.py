"""Every rule judged again with the verifier's pack, and the whole statement made again from the published files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from por import canonical
from por.attestation.build import restated
from por.attestation.statement import ANNEX
from por.audit.case import Case, Documents
from por.outcomes import Basis, Check, Outcome
from por.solvency.figures import plain
from por.solvency.judge import judge
from por.solvency.settings import Pack
from por.solvency.stated import as_stated, hidden_rules
from por.solvency.verdict import RuleResult, Verdict

_BY_PACK = frozenset({"assets", "policy", "solvency", "verdict"})
"""Parts of the predicate that follow from the pack; the others are the same under any."""

_GAPS = 5
"""Gaps named in one line; more would bury the first."""


def check_rules(case: Case, documents: Documents) -> Iterator[Check]:
    """Judge again: one check for each rule, then the statement made again and compared, value for value.

    Rules that need the annex are not covered without it; what the statement says of them is told, and fails when the
    statement itself says that they do not hold. With prices of the auditor's own the rules are judged by these, and the
    published prices are compared with them.
    """
    assert case.pack is not None
    published = judge_again(case, documents)
    hidden = _only_stated(case, published)
    own = case.request.prices
    verdict = published if own is None else judge_again(case, replace(documents, prices=own))
    for rule in verdict.rules:
        yield _told_only(rule) if rule.id in hidden else _check(rule)
    if own is not None:
        yield _prices(published, verdict, case.pack)
    for ratio in verdict.beside:
        detail = f"{ratio.title}: {ratio.given}, {'; '.join(ratio.says)} ({ratio.reference})"
        yield Check(id=f"beside:{ratio.figure}", outcome=Outcome.NOT_COVERED, basis=Basis.DECLARED, detail=detail)
    left_out = [gap for gap in verdict.gaps if gap not in case.pack.limitations]
    if left_out:
        more = f" (and {len(left_out) - _GAPS} more)" if len(left_out) > _GAPS else ""
        yield Check(id="gaps", outcome=Outcome.NOT_COVERED, detail="; ".join(left_out[:_GAPS]) + more)
    yield _recomputed(case, documents, case.pack, published, hidden)


def judge_again(case: Case, documents: Documents) -> Verdict:
    """Judge by the auditor's pack, with the annex when it was brought, else with what the statement says of its rules.

    Only of a statement that names an annex is anything taken: without one, these rules are not covered for anybody.
    """
    assert case.pack is not None
    annex = case.annex()
    verdict = judge(
        pack=case.pack,
        manifest=documents.manifest,
        report=documents.report,
        declared=documents.declared,
        prices=documents.prices,
        annex=annex,
    )
    if annex is None and ANNEX in case.statement.subjects and _same_pack(case):
        return as_stated(verdict, case.pack, case.statement.predicate["solvency"])
    return verdict


def _same_pack(case: Case) -> bool:
    policy = case.statement.predicate["policy"]
    return case.pack is not None and isinstance(policy, dict) and policy.get("sha256") == case.pack.sha256


def _only_stated(case: Case, verdict: Verdict) -> frozenset[str]:
    if case.pack is None or case.annex() is not None:
        return frozenset()
    return hidden_rules(case.pack, verdict.day)


def _check(rule: RuleResult) -> Check:
    figures = f" {rule.left} {rule.relation} {rule.right} {rule.unit}" if rule.left or rule.right else ""
    cure = f"; to be cured by {rule.cure_by}" if rule.cure_by else ""
    detail = f"{rule.title}:{figures} ({rule.reference}){cure}"
    if rule.sides is not None:
        exact = rule.sides
        detail += f"; by the annex {exact.left} {exact.relation} {exact.right} {exact.unit}"
    return Check(id=f"rule:{rule.id}", outcome=rule.outcome, basis=rule.basis, detail=detail)


def _told_only(rule: RuleResult) -> Check:
    """Tell what is stated of a rule that only the annex shows: a failure that is admitted needs no proof."""
    check = replace(_check(rule), id=f"rule:{rule.id}", basis=Basis.SIGNED)
    if rule.outcome in (Outcome.DOES_NOT_HOLD, Outcome.UNDECIDED):
        return replace(check, detail=f"so stated; {check.detail}")
    if rule.outcome is Outcome.HOLDS:
        return replace(
            check, outcome=Outcome.NOT_COVERED, detail=f"stated to hold; {check.detail}; give --annex to see"
        )
    return replace(check, basis=None, detail=f"{check.detail}: {rule.steps[-1] if rule.steps else 'not judged'}")


def _prices(published: Verdict, own: Verdict, pack: Pack) -> Check:
    """Compare the prices that were used with what the auditor's quotes give, within the pack's bound on outliers."""
    ours = {row.asset: Fraction(row.yen) for row in own.prices.used}
    bound = pack.prices.outlier or Fraction(0)
    far: list[str] = []
    near: list[str] = []
    alone: list[str] = []
    for row in published.prices.used:
        if row.asset not in ours:
            alone.append(row.asset)
            continue
        off = abs(Fraction(row.yen) - ours[row.asset]) / ours[row.asset]
        shown = f"{row.asset} {row.yen} against your {plain(ours[row.asset])}"
        (near if off <= bound else far).append(shown)
    rest = f"; of your own there is none for {', '.join(alone)}" if alone else ""
    if far:
        detail = f"more than {plain(bound)} of yours away: {', '.join(far)}{rest}"
        return Check(id="prices", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.RECOMPUTED, detail=detail)
    if not near:
        return Check(id="prices", outcome=Outcome.NOT_COVERED, detail=f"nothing to compare{rest}")
    detail = f"at most {plain(bound)} of yours away: {', '.join(near)}{rest}"
    return Check(id="prices", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)


def _recomputed(case: Case, documents: Documents, pack: Pack, verdict: Verdict, hidden: frozenset[str]) -> Check:
    predicate = case.statement.predicate
    again = restated(
        manifest=documents.manifest,
        report=documents.report,
        declared=documents.declared,
        prices=documents.prices,
        pack=pack,
        verdict=verdict,
    )
    other = not _same(predicate["policy"], again["policy"])
    compared = again.keys() - _BY_PACK if other and case.request.pack is not None else again.keys()
    differing = sorted(name for name in compared if not _same(predicate[name], again[name]))
    if differing:
        detail = f"differs: {', '.join(differing)}"
        return Check(id="recomputed", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.RECOMPUTED, detail=detail)
    if other:
        detail = "judged by your own pack; what is signed was judged by another, and is the same in all else"
        return Check(id="recomputed", outcome=Outcome.NOT_COVERED, detail=detail)
    but = f", but for {', '.join(sorted(hidden))}, which need the annex" if hidden else ""
    detail = f"every figure of the statement, made again, is the same{but}"
    return Check(id="recomputed", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=detail)


def _same(one: object, other: object) -> bool:
    """Tell whether two JSON values are the same, as bytes: to Python 1 is True, to another reader it is not."""
    return canonical.encode(one) == canonical.encode(other)
