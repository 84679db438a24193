"""A plan as CSV (docs/spec/history.md): one row for each year end, loss and chance; whole yen, rounded safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from por.solvency.figures import yen_down, yen_up
from por.solvency.planning.montecarlo import Simulated
from por.solvency.planning.plan import Plan

COLUMNS = ("kind", "formula", "title", "day", "yen", "cost", "paid", "share", "low", "high", "note")


def to_csv(plan: Plan, simulated: Simulated | None = None) -> bytes:
    """Return the bytes of the CSV: RFC 4180 with a header, UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([row.get(name, "") for name in COLUMNS] for row in _rows(plan, simulated))
    return out.getvalue().encode()


def _rows(plan: Plan, simulated: Simulated | None) -> Iterator[dict[str, str]]:
    for n, course in enumerate(plan.courses):
        name = {"formula": course.candidate.formula.id, "title": course.candidate.title}
        for end in course.years:
            yield {
                **name,
                "kind": "required",
                "day": end.day,
                "yen": "" if end.required is None else yen_up(end.required),
                "cost": "" if end.cost is None else yen_up(end.cost),
                "note": end.problem,
            }
        for row in course.losses:
            yield {
                **name,
                "kind": "loss",
                "day": row.incident.at,
                "yen": str(row.incident.loss),
                "paid": "" if row.paid is None else yen_down(row.paid),
                "note": "" if row.paid is not None else "no amount at the year end before",
            }
        chance = None if simulated is None else simulated.chances[n]
        if simulated is not None and chance is not None:
            yield {
                **name,
                "kind": "chance",
                "share": _six(chance.share, ROUND_FLOOR),
                "low": _six(chance.low, ROUND_FLOOR),
                "high": _six(chance.high, ROUND_CEILING),
                "note": f"{simulated.years} years, {simulated.trials} trials, seed {simulated.seed}: "
                f"{simulated.losses.sentence()}",
            }


def _six(share: float, way: str) -> str:
    """Write a chance with six decimals, rounded so that it says no more than was found."""
    return str(Decimal(repr(share)).quantize(Decimal("0.000001"), way))
