"""Options that say how a ledger is to be read; build, proofs of all accounts and the auditor's rebuild share them."""

from __future__ import annotations

import click

from por.cli import options


def ledger_options(function: options.F) -> options.F:
    """Add the options that say how a ledger is to be read; build and the auditor's rebuild share them."""
    function = click.option(
        "--negative",
        type=click.Choice(["refuse", "exclude"]),
        default="refuse",
        show_default=True,
        help="Negative amounts are an error, or are left out and reported; debt never lowers a liability.",
    )(function)
    function = click.option(
        "--sum-duplicates", is_flag=True, help="Add up several rows of one account and asset instead of refusing."
    )(function)
    return click.option("--threads", type=click.IntRange(min=0), default=0, help="Threads; 0 takes all cores.")(
        function
    )
