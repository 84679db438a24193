"""The rule book at work: a pack, what is owed, what is held, what is declared and prices in; a verdict out.

Pure: no clock, files or network. A shortfall or a missing figure is an outcome with a sentence, never an exception;
only inputs that do not belong together are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from por.errors import InputError, PorError, UsageError
from por.liabilities.manifest import Manifest
from por.outcomes import Outcome
from por.reserves.annex import Annex
from por.reserves.declared import Declared
from por.reserves.issues import Issue
from por.reserves.report import Report
from por.solvency import holdings
from por.solvency.beside import encumbrances, ratios, staked
from por.solvency.business_days import business_day_after
from por.solvency.case import Case
from por.solvency.figures import yen_down, yen_up
from por.solvency.issues import outstanding
from por.solvency.positions import positions, priced, value
from por.solvency.prices import Prices
from por.solvency.pricing import price_all
from por.solvency.reserve import measure
from por.solvency.rules import find_rule
from por.solvency.rules.base import Rule, aside, needs_annex, without_annex
from por.solvency.settings import Pack, RuleSettings
from por.solvency.storage import stored, with_storage
from por.solvency.verdict import AssetPosition, RuleResult, Verdict, YenFigures


def judge(
    *,
    pack: Pack,
    manifest: Manifest,
    report: Report,
    declared: Declared | None,
    prices: Prices,
    annex: Annex | None = None,
) -> Verdict:
    """Judge one snapshot; the same inputs give the same verdict, value for value.

    Without the annex, which must be the report's own (`verify_annex`), rules that need it are `not-covered`.

    Raises InputError when the report is of another snapshot than the manifest, or its declared holdings are not
    those of `declared`, or a rule of the pack is not installed.
    """
    _belong_together(manifest, report, declared)
    as_of = manifest.header.time
    day = pack.day(as_of)
    on_chain, gaps = holdings.on_chain(pack, report)
    stated, more = holdings.declared(pack, report.declared, day)
    gaps += more
    if annex is not None:
        on_chain = with_storage(on_chain, annex)
    bare, more = positions(pack, manifest.assets, [*on_chain, *stated])
    quoted = price_all(pack, prices, as_of)
    usable = quoted.yen
    gaps += [*more, *quoted.gaps]
    found = tuple(priced(position, usable.get(position.asset)) for position in bare)
    reserve = measure(pack, day=day, declared=declared, holdings=report.declared, custody=_custody(found, usable))
    issued = tuple(
        outstanding(pack, issue, report=report, counted=on_chain, prices=usable, day=day, taken=_taken(declared, issue))
        for issue in (() if declared is None else declared.issues)
    )
    gaps += [*(gap for coin in issued for gap in coin.gaps), *encumbrances(manifest, declared)]
    gaps += staked(report, declared)
    case = Case(
        pack=pack,
        day=day,
        positions=found,
        prices=usable,
        reserve=reserve,
        declared=declared,
        annex=annex,
        storage=None if annex is None else stored(found, [*on_chain, *stated]),
        issued=issued,
    )
    return Verdict(
        pack_id=pack.id,
        pack_version=pack.version,
        day=day,
        rules=tuple(_result(id, case) for id in pack.rule_ids()),
        assets=found,
        reserve=None if reserve is None else reserve.figures(),
        prices=quoted.figures,
        issues=tuple(coin.figures() for coin in issued),
        beside=ratios(pack, declared),
        yen=_yen(found, usable, Fraction(0) if reserve is None else reserve.held),
        gaps=(*gaps, *(() if reserve is None else reserve.gaps), *pack.limitations),
    )


def _belong_together(manifest: Manifest, report: Report, declared: Declared | None) -> None:
    if report.snapshot_id != manifest.header.id:
        raise InputError(
            "reserves.json is of another snapshot than liabilities.json",
            code="snapshot-differs",
            hint="run `por reserves check` again with the snapshot.toml of the liabilities",
        )
    if declared is not None and sorted(map(repr, declared.holdings)) != sorted(map(repr, report.declared)):
        raise InputError(
            "reserves.json does not carry the holdings of the declared.toml beside it",
            code="declared-differs",
            hint="run `por reserves check` again with this declared.toml",
        )


def _result(id: str, case: Case) -> RuleResult:
    settings = case.pack.rule(id, case.day)
    if settings is None:
        stated = next(rule for rule in case.pack.rules if rule.id == id)
        return aside(stated, Outcome.NOT_COVERED, f"not in force on {case.day} under this policy pack")
    rule = find_rule(id)
    if rule is None:
        raise InputError(
            f"the rule {id} of the policy pack {case.pack.id} is not installed",
            code="pack-rule-unknown",
            hint="install the package that offers it",
        )
    if case.annex is None and needs_annex(rule):
        return without_annex(settings)
    return dated(_judged(rule, case, settings), case.pack, case.day)


def _judged(rule: Rule, case: Case, settings: RuleSettings) -> RuleResult:
    """Let a rule judge; UsageError when somebody else's breaks, or gives a result that is not its own."""
    try:
        found = rule.judge(case, settings)
    except PorError:
        raise
    except Exception as error:  # somebody else's code may raise anything
        what = f"{type(error).__name__}: {error}"
    else:
        if isinstance(found, RuleResult) and found.id == settings.id:
            return found
        what = "its result is not its own"
    raise UsageError(
        f"the rule {settings.id} cannot judge this snapshot: {what}",
        code="rule-broken",
        hint="mend or remove the package that offers it",
    )


def _taken(declared: Declared | None, issue: Issue) -> frozenset[str]:
    """Return the documents that stand for a declared holding or behind another issue: one paper secures one thing."""
    if declared is None:
        return frozenset()
    others = (row.document for other in declared.issues if other is not issue for row in other.assets)
    return frozenset((*(row.document for row in declared.holdings), *others))


def dated(result: RuleResult, pack: Pack, day: str) -> RuleResult:
    """Give a failed rule the date by which its business days to cure it are over."""
    if result.outcome is not Outcome.DOES_NOT_HOLD or result.days_to_cure is None or pack.calendar is None:
        return result
    return replace(result, cure_by=business_day_after(day, result.days_to_cure, calendar=pack.calendar))


def _custody(rows: tuple[AssetPosition, ...], prices: Mapping[str, Fraction]) -> Fraction | None:
    """Yen of all that is owed, or None when a price is missing."""
    total = Fraction(0)
    for row in rows:
        if row.liabilities and row.asset not in prices:
            return None
        if row.liabilities:
            total += value(row.liabilities, row.decimals, prices[row.asset])
    return total


def _yen(rows: tuple[AssetPosition, ...], prices: Mapping[str, Fraction], reserve: Fraction) -> YenFigures:
    owed, covered = Fraction(0), Fraction(0)
    for row in rows:
        if row.asset in prices:
            owed += value(row.liabilities, row.decimals, prices[row.asset])
            covered += value(row.covered, row.decimals, prices[row.asset])
    return YenFigures(
        owed=yen_up(owed),
        covered=yen_down(covered),
        reserve=yen_down(reserve),
        unpriced=tuple(row.asset for row in rows if row.liabilities and row.asset not in prices),
    )
