"""Exit codes: the one table. 0 everything asked for holds; when several apply: 1, 3, 5, 4, 0."""

from __future__ import annotations

from collections.abc import Iterable

from por.outcomes import Outcome

HOLDS = 0
DOES_NOT_HOLD = 1
USAGE = 2
MALFORMED = 3
UNDECIDED = 4
TRUST_MISSING = 5
BUG = 70
INTERRUPTED = 130

BY_KIND = {
    "claim": DOES_NOT_HOLD,
    "usage": USAGE,
    "input": MALFORMED,
    "source": UNDECIDED,
    "trust": TRUST_MISSING,
}

BY_OUTCOME = {
    Outcome.HOLDS: HOLDS,
    Outcome.DOES_NOT_HOLD: DOES_NOT_HOLD,
    Outcome.UNDECIDED: UNDECIDED,
    Outcome.NOT_COVERED: HOLDS,
}

_ORDER = (DOES_NOT_HOLD, MALFORMED, TRUST_MISSING, UNDECIDED, HOLDS)


def worst(codes: Iterable[int]) -> int:
    """Return the code that wins when several apply; of none, 0."""
    seen = set(codes)
    return next((code for code in _ORDER if code in seen), HOLDS)
