"""Do the control files hold for their accounts, and what can be said of contract wallets?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from por.errors import ClaimError
from por.header import Header
from por.reserves import caip
from por.reserves.chains import Chain
from por.reserves.control import ControlFile, VerifiedControl, check_scheme, verify_control
from por.reserves.evidence.account import EMPTY_CODE
from por.reserves.judging.facts import Facts
from por.reserves.judging.state import proven_account
from por.reserves.judging.told import pinned
from por.reserves.ownership import scheme
from por.reserves.report import ChainReport, Holding, Report
from por.reserves.tables import Windows


def each(report: Report, facts: Facts) -> Iterator[tuple[Holding, ControlFile | None]]:
    """Yield every (account, control file) pair of the report once; None where the file is missing or malformed."""
    seen: set[tuple[str, str, str, str]] = set()
    for chain in report.chains:
        for holding in chain.holdings:
            key = (holding.account, holding.control.digest, holding.control.scheme, holding.control.issued)
            if key not in seen:
                seen.add(key)
                yield holding, facts.controls.get(holding.control.digest)


def verify(
    holding: Holding,
    control: ControlFile | None,
    *,
    header: Header,
    windows: Windows,
    replaced: Collection[bytes],
) -> VerifiedControl:
    """Check a control file offline against the report's row; ClaimError or InputError when it does not hold."""
    if control is None:
        raise ClaimError(
            f"{holding.account}: its control file is missing or malformed", code="control-missing", hint="see evidence"
        )
    found = verify_control(
        control, account=holding.account, header=header, windows=windows, replaced=replaced, where=holding.account
    )
    if found.scheme != holding.control.scheme or found.issued != holding.control.issued:
        raise ClaimError(
            f"{holding.account}: the report gives another scheme or time than the control file",
            code="control-differs",
            hint="the report says more than its evidence shows",
        )
    return found


def contracts(chain: ChainReport, facts: Facts) -> Iterator[tuple[Holding, ControlFile]]:
    """Yield one holding of each account that only a node can speak for, the best evidenced one first."""
    found: dict[str, tuple[Holding, ControlFile]] = {}
    for holding in sorted(chain.holdings, key=lambda row: not row.evidence):
        control = facts.controls.get(holding.control.digest)
        known = None if control is None else scheme(control.scheme)
        if control is not None and known is not None and known.needs_node:
            found.setdefault(holding.account, (holding, control))
    yield from (found[account] for account in sorted(found))


def describe_code(holding: Holding, chain: ChainReport, facts: Facts) -> str:
    """Name a contract wallet with the code hash that its evidence proves, as far as it does."""
    claim = proven_account(holding, chain, facts, caip.parse_account(holding.account, where="account").address)
    return f"{holding.account} " + ("(code unproven)" if claim is None else f"(code {claim.state.code_hash.hex()})")


def verify_code(holding: Holding, chain: ChainReport, facts: Facts) -> None:
    """Refuse a contract wallet whose proven account has no code, or whose proven holdings leave its code unproven.

    Else anybody's account with a key could be claimed without its signature. Raises ClaimError.
    """
    claim = proven_account(holding, chain, facts, caip.parse_account(holding.account, where="account").address)
    if claim is None and holding.evidence:
        raise ClaimError(
            f"{holding.account}: called a contract wallet, but its evidence does not prove that it has code",
            code="contract-code-unproven",
            hint="an account with a key signs for itself",
        )
    if claim is not None and claim.state.code_hash == EMPTY_CODE:
        raise ClaimError(
            f"{holding.account}: called a contract wallet, but it has no code at the block",
            code="contract-no-code",
            hint="nothing there could have accepted a signature",
        )


def ask(holding: Holding, control: ControlFile, chain: ChainReport, node: Chain) -> None:
    """Ask the contract at the pinned block through the checker's node; ClaimError when it refuses."""
    found = scheme(control.scheme)
    assert found is not None
    # else a contract would be asked for on a chain that has none
    check_scheme(found, control, where=holding.account)
    found.verify(
        account=caip.parse_account(holding.account, where="account"),
        message=control.message,
        signature=control.signature,
        script=control.script,
        contract=lambda address, data: node.call(pinned(chain), address, data),
        where=holding.account,
    )
