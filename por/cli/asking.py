"""How much a command may ask of the nodes it is given, and how many of them must agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from por.cli import options

if TYPE_CHECKING:
    from por.reserves.chains import Limits

F = TypeVar("F", bound=Callable[..., Any])


def limits(function: F) -> F:
    """Add --batch, --concurrency, --rate, --tries and --timeout, which become one `limits` through `make_limits`."""
    for option in reversed(
        (
            click.option("--batch", type=click.IntRange(1, 10_000), help="Questions in one request."),
            click.option(
                "--concurrency", type=click.IntRange(1, 256), help="Requests under way at once, to each node."
            ),
            click.option("--rate", type=click.FloatRange(0.0, 1e6, min_open=True), help="Requests a second, at most."),
            click.option("--tries", type=click.IntRange(1, 100), help="How often one question is asked."),
            click.option("--timeout", type=click.FloatRange(0.1, 3600.0), help="Seconds for one answer."),
        )
    ):
        function = option(function)
    return function


def make_limits(**given: int | float | None) -> Limits:
    """Return the limits that were given, and the usual ones for the rest."""
    from por.reserves.chains import Limits

    return Limits(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


quorum = click.option(
    "--quorum",
    type=click.IntRange(1, 100),
    metavar="K",
    help="How many of a chain's nodes must agree on block and balances; all of them when left out.",
)


def nodes_of_each(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read --node options: any number of nodes for each chain."""
    return options.parse_nodes(values)
