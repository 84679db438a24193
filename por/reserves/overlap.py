"""What two reports both count: wallets, coins, outputs and documents that one exchange alone can call its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from por import canonical
from por.errors import PorError
from por.header import Header
from por.reserves import caip
from por.reserves.control import ControlFile, verify_control
from por.reserves.judging.facts import Facts
from por.reserves.report import Holding, Report
from por.reserves.tables import ReserveTables, Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """One wallet (or document, then `theirs` is empty) of both reports: in words, and the other's holdings there."""

    words: str
    theirs: tuple[Holding, ...] = ()


def overlaps(ours: Report, theirs: Report, tables: ReserveTables, *facts: Facts) -> list[Overlap]:
    """Return every wallet and document that stands in both reports, in the order of our accounts.

    A wallet is one key or contract: an EVM address whatever the chain, an output script of the Bitcoin family whatever
    the network. Coins are the same by (account, coin), a native coin and its ERC-20 face being one, and outputs by
    their outpoints. `facts` are what was gathered of each report's evidence, or nothing.
    """
    mine, other = _wallets(ours), _wallets(theirs)
    found = [
        Overlap(words=_words(mine[name], other[name], tables, facts), theirs=tuple(other[name]))
        for name in sorted(mine.keys() & other.keys(), key=lambda name: mine[name][0].account)
    ]
    documents = {row.document: row.institution for row in ours.declared}
    for document in sorted({row.document for row in theirs.declared} & documents.keys()):
        found.append(Overlap(words=f"both count on the document {document}, of {documents[document]}"))
    return found


def signed_there(holding: Holding, evidence: Mapping[str, bytes], header: Header, windows: Windows) -> bool:
    """Tell whether the other report's evidence has the account's own signature under that exchange's challenge.

    That shows by itself that whoever has the key vouched for the other exchange too, whoever signed its statement.
    """
    data = evidence.get(holding.control.digest)
    if data is None or canonical.digest(data) != holding.control.digest:
        return False
    try:
        control = ControlFile.from_bytes(data, where=holding.account)
        found = verify_control(control, account=holding.account, header=header, windows=windows, where=holding.account)
    except PorError:
        return False
    return found.challenge is not None and found.signed


def wallets_of(report: Report) -> int:
    """Return how many wallets a report has."""
    return len(_wallets(report))


def _wallets(report: Report) -> dict[bytes, list[Holding]]:
    found: dict[bytes, list[Holding]] = {}
    for chain in report.chains:
        for holding in chain.holdings:
            found.setdefault(_wallet(holding.account), []).append(holding)
    return found


def _wallet(text: str) -> bytes:
    account = caip.parse_account(text, where="account")
    if account.namespace == caip.EVM:
        return account.raw
    return account.script if account.namespace == caip.UTXO else text.encode()


def _words(ours: list[Holding], theirs: list[Holding], tables: ReserveTables, facts: Collection[Facts]) -> str:
    other = {(row.account, tables.coin(row.asset)): row for row in theirs}
    same = [(row, twin) for row in ours if (twin := other.get((row.account, tables.coin(row.asset)))) is not None]
    if not same:
        mine, there = ours[0], theirs[0]
        where = "with other coins" if mine.account == there.account else f"there as {there.account}"
        return f"{mine.account} is a wallet of both, {where}"
    shown = ", ".join(f"{row.asset} ({row.amount} here, {twin.amount} there)" for row, twin in same)
    points = [_points(rows, found) for rows, found in zip((ours, theirs), facts, strict=False)]
    common = len(points[0] & points[1]) if len(points) == 2 else 0
    outputs = f", {common} of its outputs the very same" if common else ""
    return f"{same[0][0].account} counts for both: {shown}{outputs}"


def _points(rows: list[Holding], facts: Facts) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for row in rows:
        account = caip.parse_account(row.account, where="account")
        known = facts.outputs.get(account.chain)
        if known is not None:
            shown = (output for name in row.evidence for output in known.of_script.get((name, account.script), ()))
            found |= {(account.chain, str(output.point)) for output in shown}
    return found
