"""The history as a small picture: a bar a statement, upwards when it holds, downwards when it does not."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from por.outcomes import Outcome
from por.publish.site.values import Issue
from por.publish.site.words import Words

MOST = 60
"""Bars: two months of a daily exchange, six pixels each on a phone."""

_STEP, _BAR, _HIGH, _MIDDLE = 16, 10, 22, 26


def draw(issues: Sequence[Issue], words: Words) -> Markup:
    """Return the picture of the newest issues as inline SVG, with its sense as text for those who do not see it."""
    shown = issues[-MOST:]
    drawn, at, after = [], 2, None
    for issue in shown:
        index = issue.statement.log.index
        if after is not None and index > after + 1:
            drawn.append(f'<path class="gap" d="M{at + 2} {_MIDDLE - _HIGH}v{2 * _HIGH}"/>')
            at += _STEP // 2
        drawn.append(_bar(issue.outcome, at))
        at, after = at + _STEP, index
    counts = {
        name: sum(issue.outcome is outcome for issue in shown)
        for name, outcome in (
            ("holds", Outcome.HOLDS),
            ("fails", Outcome.DOES_NOT_HOLD),
            ("undecided", Outcome.UNDECIDED),
        )
    }
    label = words.plain("history-chart", count=len(shown), **counts)
    base = f'<path class="base" d="M0 {_MIDDLE}h{at}"/>'
    picture = (
        f'<svg class="chart" role="img" viewBox="0 0 {at} {2 * _MIDDLE}" width="{at}" height="{2 * _MIDDLE}">'
        "<title>{}</title>"
    )
    return Markup(picture).format(label) + Markup(base + "".join(drawn) + "</svg>")


def _bar(verdict: Outcome, at: int) -> str:
    top, height = {
        Outcome.HOLDS: (_MIDDLE - _HIGH, _HIGH),
        Outcome.DOES_NOT_HOLD: (_MIDDLE, _HIGH),
    }.get(verdict, (_MIDDLE - _HIGH // 4, _HIGH // 2))
    return f'<rect class="{verdict.value}" x="{at}" y="{top}" width="{_BAR}" height="{height}" rx="1"/>'
