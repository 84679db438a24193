"""What is shown beside the tests and judges nothing: ratios as the company gives them, what is encumbered or staked."""

from __future__ import annotations

from por import amounts
from por.errors import InputError
from por.liabilities.manifest import Manifest
from por.reserves.declared import Declared
from por.reserves.report import UNDATED, Report
from por.solvency.figures import plain, units
from por.solvency.settings import Pack
from por.solvency.verdict import Beside

UNVERIFIED = "as the company gives it, unverified"


def ratios(pack: Pack, declared: Declared | None) -> tuple[Beside, ...]:
    """Return the pack's ratios that the company gives, with what each mark above the figure says."""
    company = (declared.company if declared is not None else None) or {}
    found = []
    for ratio in pack.ratios:
        given = company.get(ratio.figure)
        if given is None:
            continue
        try:
            figure = amounts.parse_exact(given, where=ratio.figure)
        except InputError:
            says = ["what is given is no number"]
        else:
            says = [f"under {plain(mark.below)}: {mark.says}" for mark in ratio.marks if figure < mark.below]
        found.append(
            Beside(
                figure=ratio.figure,
                title=ratio.title,
                reference=ratio.reference,
                given=given,
                says=(UNVERIFIED, *says),
            )
        )
    return tuple(found)


def encumbrances(manifest: Manifest, declared: Declared | None) -> list[str]:
    """Return a sentence for each claim of somebody else's that is declared: it stays in what is held, and is said."""
    decimals = {row.asset: row.decimals for row in manifest.assets}
    found = []
    for row in declared.encumbrances if declared is not None else ():
        amount = f"{row.amount} base units" if row.asset not in decimals else units(row.amount, decimals[row.asset])
        found.append(
            f"{row.asset}: {amount} are declared to be encumbered in favour of {row.in_favour_of} ({row.reason}); they "
            "are not taken off what is held"
        )
    return found


def staked(report: Report, declared: Declared | None) -> list[str]:
    """Return a sentence for each withdrawal address of validators: listed apart, by a document, and counted nowhere."""
    rows = (row for chain in report.chains for row in chain.holdings)
    # a published text without a date shows no present control, whatever else the account's rows are
    shown = {row.account for row in rows if row.control.issued != UNDATED}
    found = []
    for row in declared.staked if declared is not None else ():
        control = "is shown" if row.withdrawal in shown else "is not shown"
        found.append(
            f"{units(row.amount, 18)} ether of {len(row.validators)} validators, paid out to {row.withdrawal}, are "
            f"declared as of {row.at} and counted nowhere; control of that address {control}"
        )
    return found
