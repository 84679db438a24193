"""`por wallets`: texts to sign, signatures taken in, and how control of each wallet stands."""

from __future__ import annotations

import time
from pathlib import Path

import click

from por.cli import exits, options, terminal
from por.cli.result import Result
from por.outcomes import Outcome, combine

DAY = 86_400


@click.group()
def wallets() -> None:
    """Show that wallets are controlled."""


@wallets.command()
@options.in_path("wallets_csv", metavar="WALLETS.CSV")
@options.path_option("--snapshot", "snapshot_path", required=True, help="snapshot.toml")
@options.node_option
@click.option("--nonce", metavar="HEX", help="32 hex digits that an auditor gave, for all of them.")
@click.option("--issued", metavar="TIME", help="Time of issue, as 2026-11-20T12:00:00Z; now when left out.")
@click.option("--days", type=click.IntRange(1, 3660), default=92, show_default=True, help="Days until they expire.")
@click.option("--any-snapshot", is_flag=True, help="For cold wallets that do not sign for each snapshot.")
@options.path_option("-o", "out", required=True, help="Folder for the texts.")
@options.common
def challenge(
    wallets_csv: Path,
    snapshot_path: Path,
    nodes: tuple[str, ...],
    nonce: str | None,
    issued: str | None,
    days: int,
    any_snapshot: bool,
    out: Path,
) -> Result:
    """Write the text that each address signs: it names issuer, address, a recent block and a time."""
    from por.header import parse_time
    from por.reserves.challenges import write_challenges
    from por.reserves.wallets import load_wallets
    from por.snapshot import Snapshot

    listed = load_wallets(wallets_csv)
    at = int(time.time()) if issued is None else parse_time(issued, where="--issued")
    written = write_challenges(
        wallets=listed,
        header=Snapshot.load(snapshot_path).header,
        nodes=options.one_node_each(nodes),
        out=out,
        issued=at,
        expires=at + days * DAY,
        nonce=nonce,
        any_snapshot=any_snapshot,
    )

    schemes = {wallet.account: wallet.scheme for wallet in listed}
    texts = [(f"{made.account.replace(':', '-')}.txt", schemes.get(made.account, "")) for made in written]

    def tell() -> None:
        terminal.table(("text to sign", "scheme"), texts)
        terminal.say(f"wrote {len(texts)} texts to {out}; sign each as it is and put the signature beside it")
        terminal.say(f"as NAME.sig or NAME.json, then: por wallets import {wallets_csv} --signatures {out} -o control/")

    return Result(outcome="done", show=tell, fields={"folder": str(out), "texts": [name for name, _ in texts]})


@wallets.command(name="import")
@options.in_path("wallets_csv", metavar="WALLETS.CSV")
@options.path_option("--signatures", required=True, help="Folder of texts and signatures, as wallets give them.")
@options.path_option("--snapshot", "snapshot_path", help="snapshot.toml, to check issuer and snapshot at once.")
@options.path_option("-o", "out", required=True, help="Folder of control files.")
@options.common
def import_(wallets_csv: Path, signatures: Path, snapshot_path: Path | None, out: Path) -> Result:
    """Take signatures in as control files; a wrong one is refused while the signer is still at hand.

    Beside NAME.txt stands NAME.sig or NAME.json: hex, base64, armoured text or JSON of a wallet or device. Texts that
    were published once (scheme `published`) may stand in one table, published.csv.
    """
    from por.reserves.imports import import_signatures
    from por.reserves.wallets import load_wallets
    from por.snapshot import Snapshot

    header = Snapshot.load(snapshot_path).header if snapshot_path else None
    done = import_signatures(wallets=load_wallets(wallets_csv), signatures=signatures, out=out, header=header)

    def tell() -> None:
        for account in done.written:
            terminal.say(f"taken in  {account}")
        for account in done.missing:
            terminal.say(f"missing   {account}")
        terminal.say(f"{len(done.written)} control files in {out}, {len(done.missing)} signatures still missing")

    fields = {"folder": str(out), "written": list(done.written), "missing": list(done.missing)}
    return Result(outcome="done", show=tell, fields=fields)


@wallets.command()
@options.in_path("wallets_csv", metavar="WALLETS.CSV")
@options.path_option("--control", required=True, help="Folder of control files.")
@options.path_option("--snapshot", "snapshot_path", help="snapshot.toml: does it serve for this snapshot?")
@options.common
def status(wallets_csv: Path, control: Path, snapshot_path: Path | None) -> Result:
    """Show for each wallet what is proven, what expires when, and what is missing."""
    from por.header import show_time
    from por.reserves.status import control_status
    from por.reserves.wallets import load_wallets
    from por.snapshot import Snapshot

    header = Snapshot.load(snapshot_path).header if snapshot_path else None
    now = int(time.time())
    rows = control_status(wallets=load_wallets(wallets_csv), control=control, header=header, now=now)
    meaning = {
        "proven": Outcome.HOLDS,
        "undated": Outcome.NOT_COVERED,
        "node": Outcome.NOT_COVERED,
        "missing": Outcome.UNDECIDED,
        "expired": Outcome.DOES_NOT_HOLD,
        "refused": Outcome.DOES_NOT_HOLD,
    }
    outcome = combine(meaning[row.state] for row in rows)
    counts = {state: sum(row.state == state for row in rows) for state in meaning}
    details = {"node": "a contract wallet: `por reserves check` asks it"}

    def until(expires: int | None) -> str:
        return "" if expires is None else f"{show_time(expires)[:10]} ({(expires - now) // DAY} days)"

    def tell() -> None:
        terminal.table(
            ("account", "scheme", "control", "expires", "detail"),
            [
                (
                    row.wallet.account,
                    row.wallet.scheme,
                    row.state,
                    until(row.expires),
                    row.detail or details.get(row.state, ""),
                )
                for row in rows
            ],
        )
        terminal.say(", ".join(f"{count} {state}" for state, count in counts.items() if count))

    fields = {
        "counts": counts,
        "wallets": [
            {
                "account": row.wallet.account,
                "scheme": row.wallet.scheme,
                "state": row.state,
                "issued": None if row.issued is None else show_time(row.issued),
                "expires": None if row.expires is None else show_time(row.expires),
                "detail": row.detail,
            }
            for row in rows
        ],
    }
    return Result(outcome=outcome.value, show=tell, fields=fields, exit=exits.BY_OUTCOME[outcome])
