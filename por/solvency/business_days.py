"""Business days of a country: the day by which a failed test must be cured.

Holidays come from the library `holidays`, banks' own holidays with the public ones: in Japan also 31 December to
3 January. It takes a fifth of a second to load, so it is loaded only when a test has failed.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from por.errors import InputError

_CODE = re.compile(r"[A-Z]{2}", re.ASCII)
_SHIPPED = frozenset({"AE", "HK", "JP"})
"""Calendars of packs shipped with the program, known to be there: reading a pack need not load the library."""

_KINDS = frozenset({"public", "bank"})
"""Kinds of holiday on which no bank works; others (half days, schools, customs) are business days."""

_LONGEST = 366
"""Calendar days looked at for one business day; a calendar without a working day in a year is none."""


def check_calendar(code: str, *, where: str) -> str:
    """Return `code` when it is a country (ISO 3166-1, two capitals) whose holidays are known; InputError otherwise."""
    if code in _SHIPPED:
        return code
    if _CODE.fullmatch(code):
        import holidays

        if code in holidays.list_supported_countries(include_aliases=False):
            return code
    raise InputError(
        f"{where}: no business calendar of {code[:20]!r} is known",
        code="pack-calendar",
        hint='write a country of the library `holidays` in two capitals, such as "JP", or take calendar out',
    )


def business_day_after(day: str, days: int, *, calendar: str) -> str | None:
    """Return the `days`-th business day after `day` (both `YYYY-MM-DD`); `day` itself is not counted.

    `calendar` is one that `check_calendar` let pass. Of 0 days it is `day` itself; None where no holidays are known.
    """
    closed = _calendar(calendar)
    found = date.fromisoformat(day)
    first, last = closed.start_year, closed.end_year
    for _ in range(days):
        for _ in range(_LONGEST):
            found += timedelta(days=1)
            if found.weekday() not in closed.weekend and found not in closed:
                break
        if not first <= found.year <= last:
            return None
    return found.isoformat()


def _calendar(code: str) -> Any:
    import holidays

    kinds = _KINDS.intersection(holidays.country_holidays(code).supported_categories)
    return holidays.country_holidays(code, categories=tuple(sorted(kinds)))
