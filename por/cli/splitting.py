"""Options of a build that say how balances are split, in place of snapshot.toml."""

from __future__ import annotations

import functools
from typing import Any, cast

import click

from por.cli import options


def splitting_options(function: options.F) -> options.F:
    """Add --pieces and --split-above; the command gets `splitting`, as `por.liabilities.splitting` has it."""

    @functools.wraps(function)
    def wrapped(*args: Any, **given: Any) -> Any:
        from por.liabilities.splitting import parse_splitting

        return function(*args, splitting=parse_splitting(given.pop("pieces"), given.pop("split_above")), **given)

    found = cast(options.F, wrapped)
    found = click.option(
        "--split-above", multiple=True, metavar="ASSET=UNITS", help="Split balances above so many base units."
    )(found)
    return click.option(
        "--pieces",
        multiple=True,
        metavar="ASSET=K",
        help="Into how many leaves (1: none). Default: snapshot.toml.",
    )(found)
