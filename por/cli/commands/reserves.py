"""`por reserves`: read what the wallets hold at one block, with evidence that anyone can re-check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from por.cli import asking, options, terminal
from por.cli.result import Result

if TYPE_CHECKING:
    from por.reserves.report import Report
    from por.reserves.tables import ReserveTables


@click.group()
def reserves() -> None:
    """Read what the wallets hold, with evidence."""


@reserves.command()
@options.in_path("wallets", metavar="WALLETS.CSV")
@options.path_option("--control", required=True, help="Folder of control files, from `por wallets import`.")
@options.path_option("--snapshot", "snapshot_path", required=True, help="snapshot.toml")
@options.node_option
@options.path_option("--declared", help="declared.toml: what no chain shows.")
@click.option(
    "--policy", metavar="PACK", help="Whose table of coins; the shipped pack of the wallets' chains by default."
)
@asking.quorum
@asking.limits
@options.path_option(
    "--resume", help="Folder for what has been read, beside the result by default; a run that broke off goes on there."
)
@click.option(
    "--also",
    multiple=True,
    type=click.IntRange(1, 366),
    metavar="DAYS",
    help="Read the same so many days before and after, and list large moves in moves.json.",
)
@options.path_option("-o", "out", required=True, help="Folder for reserves.json, annex.json and the evidence.")
@options.common
def check(
    wallets: Path,
    control: Path,
    snapshot_path: Path,
    nodes: tuple[str, ...],
    declared: Path | None,
    policy: str | None,
    quorum: int | None,
    resume: Path | None,
    also: tuple[int, ...],
    out: Path,
    **limits: int | float | None,
) -> Result:
    """Check control of every wallet and read its balances at the last final block of the snapshot's moment."""
    from por.reserves.check import check_reserves
    from por.reserves.wallets import load_wallets
    from por.snapshot import Snapshot

    listed = load_wallets(wallets)
    pack = options.policy_for(policy, {wallet.parsed.chain for wallet in listed})
    report = check_reserves(
        wallets=listed,
        control=control,
        snapshot=Snapshot.load(snapshot_path),
        nodes=asking.nodes_of_each(nodes),
        quorum=quorum,
        limits=asking.make_limits(**limits),
        also=also,
        work=resume or out.absolute().parent / f".{out.absolute().name}.partial",
        tables=pack.tables,
        windows=pack.windows,
        declared=declared,
        issue_chains=pack.chains,
        out=out,
        notice=terminal.note,
    )
    return Result(
        outcome="done",
        show=lambda: _show(report, pack.tables, out),
        fields={"folder": str(out)},
        late=lambda: {"reserves": report.document()},
    )


@reserves.command()
@click.argument("asset", metavar="CAIP19")
@options.node_option
@click.option("--holder", "holders", multiple=True, required=True, help="An address that holds some; at least two.")
@click.option("--namespace", "namespaces", multiple=True, help="An ERC-7201 namespace to try.")
@click.option("-o", "out", default="-", help="File for the entry; standard output by default.")
@asking.limits
@options.common
def slot(
    asset: str,
    nodes: tuple[str, ...],
    holders: tuple[str, ...],
    namespaces: tuple[str, ...],
    out: str,
    **limits: int | float | None,
) -> Result:
    """Find where a token keeps its balances, and write the token table's entry for somebody to review."""
    from por.errors import UsageError
    from por.reserves.chains.slots import find_layout, toml

    chain, urls = asset.partition("/")[0], options.one_node_each(nodes)
    if chain not in urls:
        raise UsageError(f"no node for {chain}", code="node-missing", hint=f"add --node {chain}=URL")
    found = find_layout(
        asset=asset, url=urls[chain], holders=holders, limits=asking.make_limits(**limits), namespaces=namespaces
    )
    text = toml(found)
    if out != "-":
        options.write_out(out, text.encode())
    return Result(
        outcome="done",
        show=lambda: terminal.say(f"wrote {out}: review it") if out != "-" else options.write_out(out, text.encode()),
        fields={"entry": text, "notes": list(found.notes)},
    )


MOST_ROWS = 200
"""Holdings in a table for people; of more, the sums are shown."""


def _show(report: Report, tables: ReserveTables, out: Path) -> None:
    for chain in report.chains:
        terminal.say(f"{chain.chain} at block {chain.block.number} of {chain.block.time}, {chain.block.hash}")
    many = sum(len(chain.holdings) for chain in report.chains) > MOST_ROWS
    rows = _totals(report, tables) if many else _holdings(report, tables)
    rows += [
        (f"{row.institution} ({row.kind})", row.asset, f"{row.amount:,}", row.purpose, "document", "declared")
        for row in report.declared
    ]
    terminal.table(("account", "asset", "amount", "purpose", "control", "basis"), rows, right=("amount",))
    terminal.say(f"wrote {out}: reserves.json and evidence/ to publish; annex.json for the auditor only")


def _holdings(report: Report, tables: ReserveTables) -> list[tuple[str, ...]]:
    return [
        (row.account, *_amount(row.asset, row.amount, tables), row.purpose, row.control.scheme, row.basis.value)
        for chain in report.chains
        for row in chain.holdings
    ]


def _totals(report: Report, tables: ReserveTables) -> list[tuple[str, ...]]:
    sums: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for chain in report.chains:
        for row in chain.holdings:
            key = (row.asset, row.purpose, row.control.scheme, row.basis.value)
            count, amount = sums.get(key, (0, 0))
            sums[key] = (count + 1, amount + row.amount)
    return [
        (f"{count:,} accounts", *_amount(asset, amount, tables), *rest)
        for (asset, *rest), (count, amount) in sorted(sums.items())
    ]


def _amount(asset: str, amount: int, tables: ReserveTables) -> tuple[str, str]:
    from por import amounts

    backing = tables.backing_of(asset)
    return (backing.asset, amounts.show(amount, backing.decimals)) if backing else (asset, str(amount))
