"""Business days of Japan, by dates from the calendar on the wall; and what a failed rule says of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from por.errors import InputError
from por.outcomes import Outcome
from por.solvency.business_days import business_day_after, check_calendar
from tests.solvency.cases import ETH, chain, held, japan, owed, result, rule


@pytest.mark.parametrize(
    ("day", "days", "found"),
    [
        # 2026-11-21 is a Saturday; Monday 23 November is Labour Thanksgiving Day.
        ("2026-11-21", 1, "2026-11-24"),
        ("2026-11-21", 2, "2026-11-25"),
        ("2026-11-21", 5, "2026-11-30"),
        ("2026-11-20", 1, "2026-11-24"),
        ("2026-11-20", 0, "2026-11-20"),
        # Banks are closed from 31 December to 3 January, and 2 and 3 January 2027 are a weekend besides.
        ("2026-12-29", 1, "2026-12-30"),
        ("2026-12-29", 2, "2027-01-04"),
        # Golden Week of 2026: 29 April, 3 to 5 May, and 6 May as the substitute of Sunday the 3rd.
        ("2026-04-28", 1, "2026-04-30"),
        ("2026-04-28", 5, "2026-05-11"),
        # 21, 22 and 23 September 2026: Respect for the Aged Day, a citizens' holiday in between, the equinox.
        ("2026-09-18", 1, "2026-09-24"),
        # The days moved for the Olympic Games of 2021.
        ("2021-07-21", 1, "2021-07-26"),
    ],
)
def test_japan(day: str, days: int, found: str) -> None:
    assert business_day_after(day, days, calendar="JP") == found


def test_weekends_and_holidays_are_each_countrys_own() -> None:
    # 1 July 2026: Hong Kong's establishment day. Saturdays are no business days of its banks' either.
    assert business_day_after("2026-06-30", 1, calendar="HK") == "2026-07-02"
    assert business_day_after("2026-06-30", 1, calendar="JP") == "2026-07-01"
    # 2 and 3 December: the United Arab Emirates' national day.
    assert business_day_after("2026-12-01", 1, calendar="AE") == "2026-12-04"


def test_no_holidays_are_known_no_date_is_given() -> None:
    assert business_day_after("2150-01-01", 5, calendar="JP") is None


@pytest.mark.parametrize("code", ["", "jp", "JPN", "ZZ", "J1", "Japan"])
def test_no_country(code: str) -> None:
    with pytest.raises(InputError) as found:
        check_calendar(code, where="pack.calendar")
    assert found.value.code == "pack-calendar"


def test_a_country_that_no_shipped_pack_has() -> None:
    assert check_calendar("CH", where="pack.calendar") == "CH"


def test_a_failed_rule_has_its_date_and_one_that_holds_has_none() -> None:
    short = result(rule((owed("ETH", 5),), (chain(held(ETH, 4)),)), "segregation")
    assert (short.outcome, short.days_to_cure, short.cure_by) == (Outcome.DOES_NOT_HOLD, 5, "2026-11-30")
    assert result(rule((owed("ETH", 5),), (chain(held(ETH, 5)),)), "segregation").cure_by is None
    without = japan(("^calendar = .*$", ""))
    assert result(rule((owed("ETH", 5),), pack=without), "segregation").cure_by is None


def test_the_library_is_loaded_only_when_a_test_has_failed() -> None:
    program = (
        "import sys\n"
        "from tests.solvency.test_judge import healthy\n"
        "healthy(); assert 'holidays' not in sys.modules\n"
        "from tests.solvency.cases import owed, rule\n"
        "rule((owed('ETH', 1),)); assert 'holidays' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": "."}, check=True)
