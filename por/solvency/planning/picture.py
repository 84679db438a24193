"""A plan as a picture: one SVG of its own, without scripts or outer files, the same bytes for the same plan.

Above, on a logarithmic scale, what each formula asks for from year end to year end, with the losses where they fell;
below, for each formula, what it asks for now, what that costs, and how much of the losses it would have paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from por.solvency.figures import plain
from por.solvency.planning.axes import Axes, apart, short
from por.solvency.planning.marks import COLOURS, STYLE, circle, line, path, rect, text
from por.solvency.planning.montecarlo import Simulated, per_cent
from por.solvency.planning.plan import Course, Plan

WIDTH = 1180
LEFT, RIGHT, TOP = 86, 286, 116
HEIGHT = 380
ROW = 40
BAR_LEFT, BAR_WIDTH = 600, 210
HELD = "Held in funds whole, filled again at each year end; a loss is paid by the reserve of the year end before."
LONGEST_NAME = 34
"""Characters of a name beside its line; there is room for no more."""


def draw(plan: Plan, simulated: Simulated | None = None) -> str:
    """Return the SVG; with a simulation its chances stand beside, in the order of the plan's courses."""
    axes = Axes.of(plan, x=LEFT, y=TOP, width=WIDTH - LEFT - RIGHT, height=HEIGHT)
    table = TOP + HEIGHT + 78
    height = table + 30 + ROW * len(plan.courses) + 62
    title = "What would a liability reserve have to be, and what would it have paid for?"
    body = [
        rect(0, 0, WIDTH, height, kind="back"),
        text(LEFT - 52, 44, title, "title"),
        text(LEFT - 52, 70, f"{plan.history.title}. What is set aside costs {_percent(plan.rate)} a year.", "lead"),
        text(
            LEFT - 52, 94, "Required from one year end to the next, in yen (each line ten times the one below)", "note"
        ),
        *_grid(axes),
        *_losses(plan, axes),
        *(mark for n, course in enumerate(plan.courses) for mark in _course(course, axes, _colour(n))),
        *_names(plan.courses, axes),
        *_table(plan, simulated, table),
        text(LEFT - 52, height - 42, f"Figures: {plan.history.source}. {HELD}", "note"),
        *([] if simulated is None else [text(LEFT - 52, height - 22, _chances(simulated), "note")]),
    ]
    described = "; ".join(f"{row.candidate.title}: {_now(row)}" for row in plan.courses)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="t d">\n<title id="t">{title}</title>\n'
        f'<desc id="d">{_plain_text(described)}</desc>\n<style>{STYLE}</style>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _grid(axes: Axes) -> list[str]:
    marks = []
    for yen in axes.decades:
        y = axes.at_yen(yen)
        marks.append(line(axes.x, y, axes.x + axes.width, y, "grid"))
        marks.append(text(axes.x - 12, y + 4, short(yen), "tick end"))
    for year in axes.year_marks:
        x = axes.at_day(f"{year:04d}-01-01")
        marks.append(line(x, axes.y + axes.height, x, axes.y + axes.height + 5, "axis"))
        marks.append(text(x, axes.y + axes.height + 22, str(year), "tick middle"))
    marks.append(line(axes.x, axes.y + axes.height, axes.x + axes.width, axes.y + axes.height, "axis"))
    return marks


def _losses(plan: Plan, axes: Axes) -> list[str]:
    marks: list[str] = []
    taken: list[tuple[float, float]] = []
    for incident in plan.history.incidents:
        if not axes.shows(incident.at):
            continue
        x, y = axes.at_day(incident.at), axes.at_yen(Fraction(incident.loss))
        marks.append(line(x, axes.y + axes.height, x, y, "loss"))
        marks.append(circle(x, y, 6.5, "lost"))
        label = y - 14
        while any(abs(x - other) < 88 and abs(label - up) < 16 for other, up in taken):
            label -= 16
        taken.append((x, label))
        marks.append(text(x, label, f"{short(Fraction(incident.loss))} lost", "losstext middle"))
    return marks


def _course(course: Course, axes: Axes, colour: str) -> list[str]:
    """Draw a staircase: what was required at a year end is held until the next."""
    marks: list[str] = []
    steps: list[str] = []
    for row, after in zip(course.years, [*course.years[1:], None], strict=True):
        if row.required is None:
            continue
        x, y = axes.at_day(row.day), axes.at_yen(row.required)
        end = axes.at_day(after.day) if after is not None else axes.x + axes.width
        steps.append(f"{'L' if steps else 'M'}{x:.1f} {y:.1f}H{end:.1f}")
        marks.append(circle(x, y, 3.6, "", colour))
    return [path("".join(steps), colour), *marks] if steps else []


def _names(courses: Sequence[Course], axes: Axes) -> list[str]:
    ends = [(n, axes.at_yen(row.last)) for n, row in enumerate(courses) if row.last is not None]
    marks = []
    for (n, y), label in zip(
        ends, apart([y for _, y in ends], gap=19, low=axes.y, high=axes.y + axes.height), strict=True
    ):
        x = axes.x + axes.width
        marks.append(line(x + 3, y, x + 18, label, "leader", _colour(n)))
        marks.append(text(x + 24, label + 4, _cut(courses[n].candidate.title), "name", _colour(n)))
    return marks


def _table(plan: Plan, simulated: Simulated | None, y: float) -> list[str]:
    left = LEFT - 52
    heads = [
        (left, "", "formula"),
        (430, "end", "asks for now"),
        (560, "end", "costs a year"),
        (BAR_LEFT, "", "paid of past losses"),
    ]
    if simulated is not None:
        span = "a year" if simulated.years == 1 else f"{simulated.years} years"
        heads.append((980, "end", f"suffices, {span}"))
        heads.append((WIDTH - 52, "end", "when there is a loss"))
    marks = [text(x, y, words, f"head {anchor}") for x, anchor, words in heads]
    marks.append(line(left, y + 12, WIDTH - 52, y + 12, "axis"))
    for n, row in enumerate(plan.courses):
        middle = y + 38 + n * ROW
        marks.append(rect(left, middle - 11, 12, 12, fill=_colour(n), round=3))
        marks.append(text(left + 22, middle, row.candidate.title, "cell"))
        marks.append(text(430, middle, _now(row), "cell end"))
        cost = row.years[-1].cost
        marks.append(text(560, middle, "–" if cost is None else short(cost), "cell end"))
        marks += _bar(row, _colour(n), middle)
        if simulated is not None:
            chance = simulated.chances[n]
            marks.append(text(980, middle, "–" if chance is None else per_cent(chance.share, 2), "cell end"))
            need = None if chance is None else chance.in_need
            marks.append(text(WIDTH - 52, middle, "–" if need is None else per_cent(need, 1), "cell end"))
    return marks


def _bar(row: Course, colour: str, middle: float) -> list[str]:
    share = row.share_paid
    if share is None:
        return [text(BAR_LEFT, middle, "no loss to try it on", "note")]
    width = max(3.0, BAR_WIDTH * float(share))
    return [
        rect(BAR_LEFT, middle - 12, BAR_WIDTH, 14, kind="empty", round=7),
        rect(BAR_LEFT, middle - 12, width, 14, fill=colour, round=min(7.0, width / 2)),
        text(BAR_LEFT + BAR_WIDTH + 12, middle, _percent(share), "cell"),
    ]


def _chances(simulated: Simulated) -> str:
    return f"Chances: {simulated.losses.title}; {simulated.trials:,} trials, seed {simulated.seed}."


def _now(row: Course) -> str:
    return "–" if row.last is None else short(row.last)


def _cut(title: str) -> str:
    """Keep a name inside the picture; the table below has it whole."""
    return title if len(title) <= LONGEST_NAME else f"{title[: LONGEST_NAME - 1].rstrip()}…"


def _colour(n: int) -> str:
    return COLOURS[n % len(COLOURS)]


def _percent(share: Fraction) -> str:
    """Per cent with one decimal, rounded down: nothing is shown as paid that was not."""
    return f"{plain(Fraction(share * 1000 // 1, 10))} %"


def _plain_text(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")
