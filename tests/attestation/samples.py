"""A small exchange after `liabilities build` and `reserves check`, made by hand: what `attest` starts from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from por import canonical
from por.attestation import private
from por.attestation.keys import Algorithm
from por.attestation.publication import Attested, attest
from por.header import Header
from por.liabilities.manifest import AssetLiabilities, Manifest
from por.outcomes import Basis
from por.reserves.annex import Annex, AnnexHolding, with_totals
from por.reserves.declared import parse_declared
from por.reserves.report import Block, ChainReport, Control, Holding, Report
from por.solvency.pack import shipped
from por.solvency.settings import Pack

CHAIN = "eip155:31337"
WALLETS = ("0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
AS_OF = "2026-11-20T15:00:00Z"
PRICES = b"asset,yen,at,source\nETH,450000,2026-11-20T15:00:00Z,Example Prices\n"

TRUST, FUNDS, INSURANCE = (f"sha256:{digit * 64}" for digit in "abc")

DECLARED = f"""
[[holding]]
kind = "fiat-trust"
asset = "JPY"
amount = "1250000000"
at = "2026-11-20"
institution = "Example Trust Bank"
document = "{TRUST}"

[[reserve.funds]]
amount = "300000000"
at = "2026-11-20"
institution = "Example Bank"
document = "{FUNDS}"

[[reserve.insurance]]
limit = "100000000"
deductible = "5000000"
from = "2026-04-01"
to = "2027-03-31"
insurer = "Example Insurance"
document = "{INSURANCE}"
perils = "theft of keys, from inside and outside"
haircut = "0.1"

[[reserve.volumes]]
year = 2024
spot = "900000000"

[[reserve.volumes]]
year = 2025
spot = "800000000"

[[reserve.volumes]]
year = 2026
spot = "1000000000"

[[reserve.incidents]]
at = "2024-05-31"
loss = "1000000"

[company]
net_assets = "2000000000"
capital = "100000000"
capital_ratio_percent = "135"

[identity]
legal_entity = "Example Exchange K.K."
licence = "Kanto Local Finance Bureau 00099"
group = "Example Group"
platforms = ["example.jp"]
out_of_scope = [{{ platform = "Example Staking", reason = "another company's" }}]

[[custodian]]
name = "Example Custody"
jurisdiction = "Japan"

[[encumbrance]]
asset = "ETH"
amount = "1000000000000000000"
in_favour_of = "Example Bank"
reason = "pledged for a credit line"
document = "{TRUST}"
"""


def header(sequence: int = 7) -> Header:
    return Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of=AS_OF, sequence=sequence)


def manifest(sequence: int = 7, eth: int = 5 * 10**18) -> Manifest:
    def row(asset: str, decimals: int, count: int, total: int) -> AssetLiabilities:
        root = hashlib.sha256(asset.encode() if count else b"").digest()
        return AssetLiabilities(
            asset=asset,
            decimals=decimals,
            count=count,
            total=total,
            root=root,
            pieces=1,
            split_above=0,
            excluded_rows=0,
            excluded_amount=0,
        )

    return Manifest(
        header=header(sequence),
        account_id_kind="login e-mail",
        assets=(row("ETH", 18, 3, eth), row("JPY", 0, 3, 1_000_000), row("USDC", 6, 0, 0)),
    )


EVIDENCE = (b"raw header", b"raw successor", b"control file 1", b"control file 2", b"proof nodes")


def report(sequence: int = 7) -> Report:
    first, successor, *controls, nodes = (canonical.digest(data) for data in EVIDENCE)
    holdings = (
        Holding(
            account=f"{CHAIN}:{account}",
            asset=f"{CHAIN}/slip44:60",
            amount=amount,
            purpose="customers",
            control=Control(scheme="eip191", issued=f"2026-11-2{n}T12:00:00Z", digest=controls[n]),
            basis=Basis.PROVEN if n == 0 else Basis.NODE,
            evidence=(nodes,) if n == 0 else (),
        )
        for n, (account, amount) in enumerate(zip(WALLETS, (4 * 10**18, 2 * 10**18), strict=True))
    )
    chain = ChainReport(
        chain=CHAIN,
        block=Block(number=42, hash="0x" + "cd" * 32, time="2026-11-20T14:59:50Z"),
        source="node.example",
        holdings=tuple(sorted(holdings, key=lambda row: (row.account, row.asset))),
        evidence=(first, successor),
    )
    declared = parse_declared(DECLARED).holdings
    return Report(snapshot_id=header(sequence).id, chains=(chain,), declared=declared)


def annex(sequence: int = 7) -> Annex:
    """All of it cold at a custodian whose name must not be seen."""
    rows = tuple(
        AnnexHolding(account=row.account, asset=row.asset, storage="cold", custodian="secret custodian", label="")
        for chain in report(sequence).chains
        for row in chain.holdings
    )
    return with_totals(Annex(snapshot_id=header(sequence).id, salt=b"\x05" * 32, holdings=rows), report(sequence))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One snapshot's folders below `root`, and what signs them."""

    root: Path
    signer: private.FileSigner
    sequence: int = 7
    eth: int = 5 * 10**18

    def write(self) -> Exchange:
        for folder in (self.liabilities, self.reserves / "evidence"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.liabilities / "liabilities.json").write_bytes(manifest(self.sequence, self.eth).to_bytes())
        (self.liabilities / "ETH.tree").write_bytes(b"secret store")
        (self.reserves / "reserves.json").write_bytes(report(self.sequence).to_bytes())
        (self.reserves / "annex.json").write_bytes(annex(self.sequence).to_bytes())
        (self.reserves / "declared.toml").write_text(DECLARED)
        for data in (*EVIDENCE, b"evidence that no report names"):
            (self.reserves / "evidence" / canonical.digest(data)).write_bytes(data)
        return self

    @property
    def liabilities(self) -> Path:
        return self.root / f"liabilities-{self.sequence}-{self.eth}"

    @property
    def reserves(self) -> Path:
        return self.root / f"reserves-{self.sequence}"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def out(self) -> Path:
        return self.root / "publication"

    def next(self, sequence: int | None = None, eth: int = 5 * 10**18) -> Exchange:
        return replace(self, sequence=self.sequence + 1 if sequence is None else sequence, eth=eth).write()

    def attest(self, **options: Any) -> Attested:
        given: dict[str, Any] = {
            "liabilities": self.liabilities,
            "reserves": self.reserves,
            "pack": pack(),
            "prices": PRICES,
            "signer": self.signer,
            "log_dir": self.log,
            "out": self.out,
            "software": "0.1.0",
        }
        return attest(**{**given, **options})


@cache
def pack() -> Pack:
    return shipped("demo")


def exchange(root: Path, algorithm: Algorithm = Algorithm.ED25519) -> Exchange:
    return Exchange(root=root, signer=private.generate(algorithm)).write()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
