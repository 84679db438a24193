"""`por reserve`: what a formula of the liability reserve would ask for, cost and pay for."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from por import files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError

if TYPE_CHECKING:
    from por.solvency.planning.candidates import Candidate
    from por.solvency.planning.history import History
    from por.solvency.planning.losses import Losses
    from por.solvency.planning.montecarlo import Chance, Simulated
    from por.solvency.planning.plan import Course, Plan


@click.group()
def reserve() -> None:
    """Plan a liability reserve."""


@reserve.command("plan")
@options.in_path("history", metavar="HISTORY")
@options.path_option("--formulas", help="Your own candidates; the shipped ones otherwise.")
@click.option("--policy", metavar="PACK", help="Compare the formulas of this policy pack instead.")
@click.option("--rate", default="5", show_default=True, metavar="PERCENT", help="What a yen set aside costs a year.")
@click.option(
    "--year-starts", type=click.IntRange(1, 12), default=4, show_default=True, help="Month of the business year."
)
@click.option("--monte-carlo", "trials", type=int, metavar="TRIALS", help="Simulate, say 100000 trials.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same chances.")
@click.option("--years", "span", type=int, default=1, show_default=True, help="Years that a trial lasts, unfilled.")
@click.option(
    "--losses",
    "losses_from",
    default="japan",
    show_default=True,
    metavar="japan|history|FILE",
    help="The distribution.",
)
@click.option("--csv", "csv_out", metavar="FILE", help="Write all figures.")
@click.option("--svg", "svg_out", metavar="FILE", help="Draw them.")
@options.common
def plan_reserve(
    history: Path,
    formulas: Path | None,
    policy: str | None,
    rate: str,
    year_starts: int,
    trials: int | None,
    seed: int,
    span: int,
    losses_from: str,
    csv_out: str | None,
    svg_out: str | None,
) -> Result:
    """Compare formulas over a history: required year by year, what it costs to hold, past losses it would have paid.

    HISTORY is a file of trading values, custody and losses by business year, or a declared.toml.
    """
    from por import amounts
    from por.solvency.planning.history import parse_history
    from por.solvency.planning.plan import plan

    past = parse_history(files.read_text(history), where=history.name)
    made = plan(
        past,
        _candidates(formulas, policy),
        rate=amounts.parse_exact(rate, where="--rate") / 100,
        year_starts=year_starts,
    )
    simulated = None
    if trials is not None:
        from por.solvency.planning.montecarlo import simulate

        simulated = simulate(
            _losses(losses_from, past),
            [row.last for row in made.courses],
            trials=trials,
            seed=seed,
            years=span,
            cap=past.custody.get(past.years[-1]),
        )
    if csv_out is not None:
        from por.solvency.planning.table import to_csv

        options.write_out(csv_out, to_csv(made, simulated))
    if svg_out is not None:
        from por.solvency.planning.picture import draw

        options.write_out(svg_out, draw(made, simulated).encode())
    written = "-" in (csv_out, svg_out)
    return Result(
        outcome="done",
        show=lambda: None if written else _tell(made, simulated),
        fields={"plan": _document(made), "simulation": None if simulated is None else _simulation(simulated)},
    )


def _candidates(formulas: Path | None, policy: str | None) -> tuple[Candidate, ...]:
    from por.solvency.planning.candidates import load_candidates, of_pack, shipped_candidates

    if formulas is not None and policy is not None:
        raise UsageError("--formulas and --policy exclude each other", code="usage", hint="give one of them")
    if policy is None:
        return shipped_candidates() if formulas is None else load_candidates(formulas)
    found = of_pack(options.load_policy(policy))
    if not found:
        raise UsageError(f"the pack {policy} has no reserve formula", code="usage", hint="give --formulas FILE")
    return found


def _losses(source: str, history: History) -> Losses:
    from por.solvency.planning.losses import fitted, load_losses, shipped_losses

    return fitted(history) if source == "history" else shipped_losses(source) or load_losses(Path(source))


def _tell(made: Plan, simulated: Simulated | None) -> None:
    from por.solvency.planning.axes import short

    terminal.say(f"{made.history.title} ({made.history.source})")
    years = [str(year) for year in made.history.years]
    rows = [
        [row.candidate.title, *("-" if end.required is None else short(end.required) for end in row.years)]
        for row in made.courses
    ]
    terminal.say("Required at the end of each business year:")
    terminal.table(["formula", *years], rows, right=years)
    terminal.say("At the end of the last one, what it costs to hold, and the past losses that it would have paid:")
    heads = ("formula", "required yen", "of trade", "of custody", "yen a year", "yen in all", "losses paid")
    terminal.table(heads, [_summary(made, n) for n in range(len(made.courses))], right=heads[1:])
    if simulated is not None:
        span = "a year" if simulated.years == 1 else f"{simulated.years} years"
        terminal.say(f"The chance that it pays for all losses of {span}:")
        names = ("formula", "suffices", "95 % interval", "when there is a loss", "mean yen unpaid when it fails")
        pairs = zip(made.courses, simulated.chances, strict=True)
        terminal.table(names, [_chance(row.candidate.title, chance) for row, chance in pairs], right=names[1:])
    for sentence in _sentences(made, simulated):
        terminal.say(sentence)


def _summary(made: Plan, n: int) -> list[str]:
    from por.solvency.figures import yen_up

    row = made.courses[n]
    year = made.history.years[-1]
    traded = Fraction(sum(made.history.volumes[-1].by.values()))
    end = row.years[-1]
    return [
        row.candidate.title,
        "-" if end.required is None else terminal.grouped(yen_up(end.required)),
        _share(end.required, traded, 3),
        _share(end.required, made.history.custody.get(year), 2),
        "-" if end.cost is None else terminal.grouped(yen_up(end.cost)),
        terminal.grouped(yen_up(row.cost)),
        "-" if row.share_paid is None else _share(row.share_paid, Fraction(1), 1),
    ]


def _chance(title: str, chance: Chance | None) -> list[str]:
    if chance is None:
        return [title, "-", "-", "-", "-"]
    from por.solvency.planning.montecarlo import per_cent

    need = "-" if chance.in_need is None else per_cent(chance.in_need, 1)
    interval = f"{per_cent(chance.low, 2)} to {per_cent(chance.high, 2, up=True)}"
    return [title, per_cent(chance.share, 2), interval, need, f"{chance.unpaid:,.0f}"]


def _share(part: Fraction | None, whole: Fraction | None, places: int) -> str:
    """Show a share in per cent, rounded down."""
    if part is None or not whole:
        return "-"
    return f"{int(part / whole * 100 * 10**places) / 10**places:.{places}f} %"


def _sentences(made: Plan, simulated: Simulated | None) -> list[str]:
    untried = [row for row in made.courses[0].losses if row.paid is None]
    found = [f"{row.candidate.title}: {_why(row)}" for row in made.courses if row.last is None]
    if untried:
        found.append("a loss before a formula's first year end is not counted for or against it")
    found.append("the whole reserve is held in funds and filled again at each year end; insurance is left aside")
    if simulated is not None:
        found.append(simulated.losses.sentence())
        span = "a year" if simulated.years == 1 else f"{simulated.years} years without refilling"
        levels = ", ".join(f"{level:.1%}: {math.ceil(amount):,}" for level, amount in simulated.quantiles)
        found.append(
            f"{simulated.trials:,} trials of {span}, seed {simulated.seed}; no loss in {simulated.no_loss:.2%}; "
            f"yen that suffice with a chance of {levels}"
        )
    return found


def _why(row: Course) -> str:
    return f"no amount, {row.years[-1].problem}"


def _document(made: Plan) -> dict[str, Any]:
    from por.solvency.figures import plain, yen_down, yen_up

    return {
        "title": made.history.title,
        "source": made.history.source,
        "rate": plain(made.rate),
        "formulas": [
            {
                "id": row.candidate.formula.id,
                "title": row.candidate.title,
                "reference": row.candidate.formula.reference,
                "years": [
                    {
                        "year": end.year,
                        "day": end.day,
                        "required": None if end.required is None else yen_up(end.required),
                        "cost": None if end.cost is None else yen_up(end.cost),
                        "problem": end.problem,
                    }
                    for end in row.years
                ],
                "losses": [
                    {
                        "at": it.incident.at,
                        "loss": str(it.incident.loss),
                        "paid": None if it.paid is None else yen_down(it.paid),
                    }
                    for it in row.losses
                ],
                "cost": yen_up(row.cost),
            }
            for row in made.courses
        ],
    }


def _simulation(simulated: Simulated) -> dict[str, Any]:
    return {
        "losses": simulated.losses.sentence(),
        "trials": simulated.trials,
        "seed": simulated.seed,
        "years": simulated.years,
        "no_loss": simulated.no_loss,
        "mean": simulated.mean,
        "quantiles": [{"chance": level, "yen": amount} for level, amount in simulated.quantiles],
        "chances": [
            None
            if chance is None
            else {
                "share": chance.share,
                "low": chance.low,
                "high": chance.high,
                "in_need": chance.in_need,
                "unpaid": chance.unpaid,
            }
            for chance in simulated.chances
        ],
    }
