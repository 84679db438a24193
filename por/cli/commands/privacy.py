"""`por liabilities privacy`: what a snapshot tells whom, in numbers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from por import amounts, files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError
from por.liabilities.chances import show

if TYPE_CHECKING:
    from por.liabilities.privacy import AssetPrivacy, Omission

SLEEPERS = "a cheat picks accounts that sleep: for those the chance is near 1, whatever the others do"


@click.command()
@options.in_path("folder", metavar="DIR")
@click.option(
    "--coalition", "coalitions", type=click.IntRange(1), multiple=True, help="Customers who join; repeatable."
)
@click.option("--checking", metavar="PERCENT", multiple=True, help="Per cent of the customers who check.")
@click.option("--omitted", type=click.IntRange(0), multiple=True, help="Customers left out.")
@click.option("--customers", type=click.IntRange(1), help="How many there are; default: leaves of the largest tree.")
@options.common
def privacy(
    folder: Path,
    coalitions: tuple[int, ...],
    checking: tuple[str, ...],
    omitted: tuple[int, ...],
    customers: int | None,
) -> Result:
    """Say what a customer, a group of customers and a reader of the manifest learn from this snapshot.

    DIR is what `por liabilities build` left: the manifest, and the store, which shows how much a lucky coalition could
    learn. Options may be repeated. docs/privacy.md explains each figure. Nothing is judged.
    """
    from por.liabilities import privacy as figures
    from por.liabilities.build import MANIFEST_NAME, store_path
    from por.liabilities.manifest import Manifest
    from por.liabilities.privacy_leaves import read_leaves

    manifest = Manifest.from_bytes(files.read_bytes(folder / MANIFEST_NAME), where=str(folder / MANIFEST_NAME))
    groups = sorted(set(coalitions or (1, 10, 100, 1000)))
    stored = any(store_path(folder, row.asset).exists() for row in manifest.assets)
    found = [
        figures.asset_privacy(
            row, coalitions=groups, store=read_leaves(folder, row, coalitions=groups) if stored else None
        )
        for row in manifest.assets
    ]
    many = customers or max(row.count for row in manifest.assets) or 1
    shares = [_percent(text) for text in checking or ("0.1", "1", "5", "10")]
    table = figures.omissions(many, checking=shares, omitted=sorted(set(omitted or (1, 10, 100, 1000))))
    return Result(
        outcome="done",
        show=lambda: _tell(found, table, many, stored),
        fields={"folder": str(folder), "privacy": figures.document(manifest, found, table, many)},
    )


def _percent(text: str) -> Fraction:
    value = amounts.parse_exact(text, where="--checking") / 100
    if value > 1:
        raise UsageError(f"--checking {text} is more than 100", code="privacy-options", hint="give per cent, such as 5")
    return value


def _tell(found: list[AssetPrivacy], table: tuple[Omission, ...], customers: int, stored: bool) -> None:
    terminal.say("one customer sees a sum for each step of the path; the first is another leaf's exact amount")
    terminal.table(
        ("asset", "leaves", "accounts", "siblings", "largest leaf", "like no other", "split"),
        [_row(row) for row in found],
        right=("leaves", "accounts", "siblings", "largest leaf", "like no other"),
    )
    terminal.say("customers who join see exact amounts of some others, of the rest only sums of groups; of the total")
    terminal.say("they know their own share and that of the amounts they see: on average, and at most by luck")
    terminal.table(
        ("asset", "members", "see at most", "on average", "group sums", "know on average", "know at most"),
        [
            (
                row.asset,
                f"{group.members:,}",
                f"{group.leaves_at_most:,}",
                show(group.leaves_expected),
                f"{group.groups_at_most:,}",
                show(group.known_expected),
                "" if group.known_at_most is None else show(group.known_at_most),
            )
            for row in found
            for group in row.coalitions
        ],
        right=("members", "see at most", "on average", "group sums", "know on average", "know at most"),
    )
    terminal.say(f"the chance that customers who were left out go unnoticed, beside {customers:,} who are there")
    terminal.table(
        ("check at random", "left out", "(1-p)^k", "without replacement"),
        [(f"{show(r.checking * 100)} %", f"{r.omitted:,}", r.independent, r.without_replacement) for r in table],
        right=("check at random", "left out", "(1-p)^k", "without replacement"),
    )
    terminal.say(SLEEPERS)
    if not stored:
        terminal.say("the store is not there: what large or unusual amounts show was not computed")


def _row(row: AssetPrivacy) -> tuple[str, ...]:
    least, most = row.accounts
    split, leaves = row.splitting, row.store
    return (
        row.asset,
        f"{row.leaves:,}",
        f"{most:,}" if least == most else f"{least:,} to {most:,}",
        "-".join(str(length) for length in sorted({*row.siblings})),
        "" if leaves is None or not row.leaves else show(Fraction(leaves.top(1), row.total or 1)),
        "" if leaves is None else f"{leaves.unique:,}",
        "no" if split.pieces == 1 else f"into {split.pieces} above {amounts.show(split.split_above, row.decimals)}",
    )
