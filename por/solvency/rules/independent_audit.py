"""Independent audit: an outside auditor has looked at the reserve assets within the months that the rule allows."""

from __future__ import annotations

from datetime import date

from por.errors import InputError
from por.outcomes import Basis, Outcome
from por.reserves.declared import check_date
from por.solvency.case import Case
from por.solvency.rules.base import aside, with_note
from por.solvency.settings import RuleSettings
from por.solvency.verdict import RuleResult

FIGURE = "last_independent_audit"
"""The key of [company] in declared.toml."""

_MOST = 120


class IndependentAudit:
    """The day of the last independent audit, as the company gives it, is no more than `months` before the snapshot's.

    This statement is no such audit. A day of the month that does not exist is taken back to its last.
    """

    id = "independent-audit"
    parameters = frozenset({"months"})
    inputs = (f"declared.toml [company]: {FIGURE}, as given",)
    asks = "the day of the last independent audit, with the months added, is not before the snapshot's day"

    def check(self, settings: RuleSettings) -> None:
        """Refuse settings that the rule cannot work with; InputError."""
        _months(settings)

    def judge(self, case: Case, settings: RuleSettings) -> RuleResult:
        """Compare days; a day that is not given, or not a day, leaves it undecided."""
        company = case.declared.company if case.declared is not None else None
        text = (company or {}).get(FIGURE, "")
        try:
            last = check_date(text, where=FIGURE)
        except InputError:
            return aside(settings, Outcome.UNDECIDED, f"declared.toml gives no {FIGURE} of the company")
        months = _months(settings)
        due = _after(last, months)
        if last > case.day:
            outcome, why = Outcome.UNDECIDED, f"{last} lies after the snapshot's day {case.day}"
        else:
            outcome = Outcome.HOLDS if due >= case.day else Outcome.DOES_NOT_HOLD
            why = f"{last} and {months} months is {due}, {'not before' if due >= case.day else 'before'} {case.day}"
        return RuleResult(
            id=settings.id,
            title=settings.title,
            reference=settings.reference,
            outcome=outcome,
            basis=Basis.DECLARED,
            left=due,
            right=case.day,
            unit="day by which the next independent audit is due",
            steps=with_note(settings, (f"last independent audit as given: {last}", why)),
            days_to_cure=settings.days_to_cure,
        )


def _months(settings: RuleSettings) -> int:
    text = settings.parameters.get("months", "")
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= _MOST:
        return int(text)
    raise InputError(
        f"{settings.id}: months is {text[:20]!r}", code="pack-malformed", hint=f'write a number from 1 to {_MOST}, "6"'
    )


def _after(day: str, months: int) -> str:
    """Return the day `months` later; the last of the month where that has no such day."""
    start = date.fromisoformat(day)
    count = start.year * 12 + start.month - 1 + months
    for back in range(4):
        try:
            return date(count // 12, count % 12 + 1, start.day - back).isoformat()
        except ValueError:
            continue
    return "9999-12-31"  # months beyond the calendar
