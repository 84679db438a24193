"""Small exchanges for the rule book's tests: every figure is given by the test, everything else is filled in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from por.header import Header
from por.liabilities.manifest import AssetLiabilities, Manifest
from por.outcomes import Basis
from por.reserves.annex import Annex, AnnexHolding, verify_annex, with_totals
from por.reserves.declared import Declared, DeclaredHolding, DeclaredReserve, Fund, Insurance, Volume
from por.reserves.report import Block, ChainReport, Control, Holding, Report
from por.solvency.judge import judge
from por.solvency.pack import Pack, parse_pack
from por.solvency.prices import Prices, parse_prices
from por.solvency.verdict import RuleResult, Verdict

CHAIN = "eip155:1"
AS_OF = "2026-11-20T15:00:00Z"
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of=AS_OF, sequence=7)
ETH = "eip155:1/slip44:60"
USDC = "eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
JPYC = "eip155:137/erc20:0xE7C3D8C9a439feDe00D2600032D5dB0Be71C3c29"
JUNK = "eip155:1/erc20:0x0000000000000000000000000000000000001271"
WALLET = "eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"
OTHER = "eip155:1:0x0000000000000000000000000000000000001271"

# What an honest exchange declares: half a million yen set aside against 100,000 x 0.2 per 10,000 a year.
VOLUMES = tuple(Volume(year=year, by={"spot": 10_000_000_000}) for year in (2024, 2025, 2026))


def japan(*edits: tuple[str, str]) -> Pack:
    """The shipped pack, with edits to its text (pattern, replacement), each of which must find its place."""
    return parse_pack(edited("japan", *edits), where="japan.toml")


def edited(id: str, *edits: tuple[str, str]) -> bytes:
    text = resources.files("por.solvency").joinpath("packs", f"{id}.toml").read_text("utf-8")
    for pattern, replacement in edits:
        text, times = re.subn(pattern, lambda _, new=replacement: new, text, count=1, flags=re.MULTILINE)
        assert times, f"nothing matches {pattern}"
    return text.encode()


def document(name: str) -> str:
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def owed(asset: str, total: int, decimals: int = 18, *, excluded: tuple[int, int] = (0, 0)) -> AssetLiabilities:
    return AssetLiabilities(
        asset=asset,
        decimals=decimals,
        count=1,
        total=total,
        root=b"\x01" * 32,
        pieces=1,
        split_above=0,
        excluded_rows=excluded[0],
        excluded_amount=excluded[1],
    )


def held(
    asset: str,
    amount: int,
    *,
    account: str = WALLET,
    purpose: Any = "customers",
    basis: Basis = Basis.NODE,
) -> Holding:
    return Holding(
        account=account,
        asset=asset,
        amount=amount,
        purpose=purpose,
        control=Control(scheme="eip191", issued=AS_OF, digest="00" * 32),
        basis=basis,
        evidence=() if basis is Basis.NODE else ("11" * 32,),
    )


def chain(*holdings: Holding, id: str = CHAIN) -> ChainReport:
    block = Block(number=1, hash="0x" + "22" * 32, time=AS_OF)
    return ChainReport(chain=id, block=block, source="node.example", holdings=holdings, evidence=())


def stated(asset: str, amount: int, kind: Any = "fiat-trust", **other: Any) -> DeclaredHolding:
    values = {"at": "2026-11-20", "institution": "Example Trust Bank", "document": document(f"{kind} {asset}")}
    return DeclaredHolding(kind=kind, asset=asset, amount=amount, **{**values, **other})


def fund(amount: int, **other: Any) -> Fund:
    values = {"at": "2026-11-20", "institution": "Example Bank", "document": document("fund")}
    return Fund(amount=amount, **{**values, **other})


def insurance(limit: int, deductible: int, first: str = "2026-04-01", last: str = "2027-03-31") -> Insurance:
    return Insurance(
        limit=limit,
        deductible=deductible,
        from_=first,
        to=last,
        insurer="Example Insurance",
        document=document("policy"),
    )


def reserve(
    *funds: Fund, insurance: tuple[Insurance, ...] = (), volumes: tuple[Volume, ...] = VOLUMES
) -> DeclaredReserve:
    return DeclaredReserve(funds=funds, insurance=insurance, volumes=volumes)


def prices(**yen: str) -> Prices:
    rows = [f"{asset},{price},{AS_OF},test" for asset, price in yen.items()]
    return parse_prices("\n".join(["asset,yen,at,source", *rows]).encode())


def rule(
    liabilities: tuple[AssetLiabilities, ...],
    chains: tuple[ChainReport, ...] = (),
    *,
    holdings: tuple[DeclaredHolding, ...] = (),
    reserve: DeclaredReserve | None = None,
    prices: Prices | None = None,
    pack: Pack | None = None,
    header: Header = HEADER,
    company: Mapping[str, str] | None = None,
    storage: Mapping[str, Any] | None = None,
) -> Verdict:
    """Run the rule book over what a test gives it; `storage` by account makes an annex of it."""
    report = Report(snapshot_id=header.id, chains=chains, declared=holdings)
    return judge(
        pack=pack or japan(),
        manifest=Manifest(
            header=header, account_id_kind="login e-mail", assets=tuple(sorted(liabilities, key=lambda row: row.asset))
        ),
        report=report,
        declared=Declared(holdings=holdings, reserve=reserve, company=company)
        if holdings or reserve or company
        else None,
        prices=prices or parse_prices(b"asset,yen,at,source\n"),
        annex=None if storage is None else annex(report, storage),
    )


def annex(report: Report, storage: Mapping[str, Any]) -> Annex:
    """The annex of a report: each holding stored as `storage` says of its account."""
    rows = sorted((row.account, row.asset) for chain in report.chains for row in chain.holdings)
    bare = Annex(
        snapshot_id=report.snapshot_id,
        salt=b"\x07" * 32,
        holdings=tuple(
            AnnexHolding(account=account, asset=asset, storage=storage[account], custodian="", label="")
            for account, asset in rows
        ),
    )
    found = with_totals(bare, report)
    verify_annex(found, report)
    return found


def result(verdict: Verdict, id: str) -> RuleResult:
    return next(row for row in verdict.rules if row.id == id)
