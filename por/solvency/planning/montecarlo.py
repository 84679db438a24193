"""The chance that a reserve suffices, by simulation: a stated distribution, a seed, and how sure the answer is.

The one place with floating-point numbers: what comes out is an estimate with an interval, never a requirement. numpy
and scipy are imported here only. The draws are inverse distribution functions of PCG64's uniform numbers, so a seed
gives the same answer again with the same versions of both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from por.errors import InputError, UsageError
from por.solvency.planning.losses import Lognormal, Losses, Pareto

if TYPE_CHECKING:
    import numpy

MAX_TRIALS = 10_000_000
"""Simulated spans of one run: each takes some 30 bytes, and the interval is narrow long before."""

MAX_DRAWS = 100_000_000
"""Losses drawn in one run; trials, years and frequency multiply."""

LARGEST = 1e30
"""Yen of one loss at most: the longest tails reach beyond all numbers, and their mean would be none."""

CONFIDENCE = 1.959963984540054
"""Of a two-sided interval of 95 %, in deviations of the normal distribution."""

QUANTILES = (0.95, 0.99, 0.999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The share of trials in which the reserve sufficed, with Wilson's 95 % interval.

    `in_need` is that share among the trials with a loss (None when none had one); `unpaid` the mean yen left unpaid in
    the trials in which it did not suffice (0 when it always did).
    """

    share: float
    in_need: float | None
    low: float
    high: float
    unpaid: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """`trials` spans of `years` years. `quantiles` are yen that suffice with the chance given; `mean` yen a span."""

    losses: Losses
    trials: int
    seed: int
    years: int
    cap: float | None
    mean: float
    no_loss: float
    quantiles: tuple[tuple[float, float], ...]
    chances: tuple[Chance | None, ...]


def simulate(
    losses: Losses,
    reserves: Sequence[Fraction | None],
    *,
    trials: int,
    seed: int,
    years: int = 1,
    cap: Fraction | None = None,
) -> Simulated:
    """Draw `trials` spans of `years` years and see how often each reserve pays for all losses of one, unfilled.

    `cap` yen (custody) bounds a single loss. A reserve of None has no chance to tell. Raises InputError for numbers out
    of bounds, UsageError when numpy or scipy are not installed.
    """
    if not 100 <= trials <= MAX_TRIALS or not 1 <= years <= 100 or not 0 <= seed < 1 << 64:
        raise InputError(
            f"trials are 100 to {MAX_TRIALS:,}, years 1 to 100, a seed below 2^64",
            code="simulation-bounds",
            hint="100,000 trials tell a tenth of a per cent",
        )
    if trials * years * losses.per_year > MAX_DRAWS:
        raise InputError(
            f"{trials * years * losses.per_year:,.0f} losses would be drawn, and {MAX_DRAWS:,} are the most",
            code="simulation-bounds",
            hint="take fewer trials",
        )
    numpy, stats = _libraries()
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    # of exactly 0, which a generator may draw, scipy's inverse is -1
    counts = stats.poisson(losses.per_year * years).ppf(generator.random(trials)).clip(0).astype(numpy.int64)
    with numpy.errstate(over="ignore"):
        sizes = numpy.minimum(_severity(stats, losses.severity).ppf(generator.random(int(counts.sum()))), LARGEST)
    if cap is not None:
        sizes = numpy.minimum(sizes, float(cap))
    spans = numpy.bincount(numpy.repeat(numpy.arange(trials), counts), weights=sizes, minlength=trials)
    return Simulated(
        losses=losses,
        trials=trials,
        seed=seed,
        years=years,
        cap=None if cap is None else float(cap),
        mean=float(spans.mean()),
        no_loss=float((counts == 0).mean()),
        quantiles=tuple((level, float(numpy.quantile(spans, level, method="higher"))) for level in QUANTILES),
        chances=tuple(None if reserve is None else _chance(spans, float(reserve)) for reserve in reserves),
    )


def per_cent(share: float, places: int, *, up: bool = False) -> str:
    """Show a chance in per cent, rounded down, or up when asked to: 0.99999, 2 -> "99.99%", for that is not always."""
    step = Decimal(1).scaleb(-places)
    return f"{(Decimal(repr(share)) * 100).quantize(step, ROUND_CEILING if up else ROUND_FLOOR)}%"


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share: right near 0 and 1 too, where the usual one is not."""
    share, square = hits / trials, CONFIDENCE**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = CONFIDENCE * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2)) / (1 + square / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def _chance(spans: numpy.ndarray[Any, Any], reserve: float) -> Chance:
    short = spans[spans > reserve]
    trials, losing = len(spans), int((spans > 0).sum())
    low, high = wilson(trials - len(short), trials)
    unpaid = float((short - reserve).mean()) if len(short) else 0.0
    in_need = (losing - len(short)) / losing if losing else None
    return Chance(share=(trials - len(short)) / trials, in_need=in_need, low=low, high=high, unpaid=unpaid)


def _severity(stats: Any, severity: Lognormal | Pareto) -> Any:
    if isinstance(severity, Lognormal):
        return stats.lognorm(s=severity.sigma, scale=severity.median)
    return stats.pareto(b=severity.alpha, scale=severity.minimum)


def _libraries() -> tuple[Any, Any]:
    try:
        import numpy
        from scipy import stats
    except ImportError:
        raise UsageError(
            "a simulation needs numpy and scipy, which are not installed",
            code="extra-missing",
            hint="pip install 'por[plan]'",
        ) from None
    return numpy, stats
