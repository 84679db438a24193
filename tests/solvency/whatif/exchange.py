"""A small exchange to put under stress: 10 ETH in two wallets, 1,000 USDC at a custodian, a million yen in trust."""

from __future__ import annotations

from por.liabilities.manifest import Manifest
from por.reserves.annex import Annex, AnnexHolding
from por.reserves.declared import Declared, DeclaredReserve
from por.reserves.report import Report
from por.solvency.whatif.facts import Facts
from tests.solvency.cases import ETH, HEADER, OTHER, USDC, WALLET, chain, fund, held, insurance, owed, prices, stated

UNIT = 10**18
THIRD = "eip155:1:0x0000000000000000000000000000000000000BB8"


def facts(*, annex: bool = True, reserve: DeclaredReserve | None = None) -> Facts:
    """Owed and held alike: 10 ETH at 400,000 yen (1 hot, 9 cold), 1,000 USDC at 150 yen (custodian), 1,000,000 JPY.

    That is 4,000,000 + 150,000 + 1,000,000 = 5,150,000 yen.
    """
    holdings = (
        held(ETH, 1 * UNIT, account=WALLET),
        held(ETH, 9 * UNIT, account=OTHER),
        held(USDC, 1000 * 10**6, account=THIRD),
    )
    trust = (stated("JPY", 1_000_000),)
    report = Report(
        snapshot_id=HEADER.id,
        chains=(chain(*sorted(holdings, key=lambda row: (row.account, row.asset))),),
        declared=trust,
    )
    rows = [("hot", "", WALLET, ETH), ("cold", "", OTHER, ETH), ("third-party", "Example Custody", THIRD, USDC)]
    stored = tuple(
        AnnexHolding(account=account, asset=asset, storage=storage, custodian=custodian, label="")  # type: ignore[arg-type]
        for storage, custodian, account, asset in rows
    )
    return Facts(
        manifest=Manifest(
            header=HEADER,
            account_id_kind="login e-mail",
            assets=(owed("ETH", 10 * UNIT), owed("JPY", 1_000_000, 0), owed("USDC", 1000 * 10**6, 6)),
        ),
        report=report,
        declared=Declared(holdings=trust, reserve=reserve or the_reserve()),
        prices=prices(ETH="400000", USDC="150"),
        annex=Annex(
            snapshot_id=HEADER.id,
            salt=bytes(32),
            holdings=tuple(sorted(stored, key=lambda row: (row.account, row.asset))),
        )
        if annex
        else None,
    )


def the_reserve() -> DeclaredReserve:
    """600,000 yen of funds at Example Bank and a million insured: far more than the formula asks for."""
    from tests.solvency.cases import VOLUMES

    return DeclaredReserve(funds=(fund(600_000),), insurance=(insurance(1_000_000, 0),), volumes=VOLUMES)
