"""The files that the example exchange writes by hand: snapshot, wallets, prices, declarations, por.toml."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

ISSUER = "Example Exchange K.K."
SCOPE = "Japan, spot and staking"
CHAIN = "eip155:31337"

PRICES = """\
# yen for one whole unit, at the cut-off
asset,yen,at,source
ETH,481250.5,2026-11-20T15:00:00Z,median of three Japanese markets
JPYC,1,2026-11-20T15:00:00Z,par
USDC,154.82,2026-11-20T15:00:00Z,mid rate of the trust bank
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The exchange's three wallets: a plain hot one, a contract, and a plain cold one of its own coins."""

    hot: str
    cold: str
    guarantee: str


def write_snapshot(path: Path, *, as_of: str, sequence: int) -> None:
    """Write snapshot.toml."""
    path.write_text(
        f"""\
[snapshot]
issuer = "{ISSUER}"
scope = "{SCOPE}"
as_of = "{as_of}"
sequence = {sequence}

[ledger]
amounts = "base-units"
account_id_kind = "login e-mail"

[assets.ETH]
decimals = 18

[assets."ETH:staked"]        # customers' ether that is staked for them: a class with a tree of its own
decimals = 18

[assets.JPY]                 # money in trust: no chain shows it
decimals = 0

[assets.JPYC]
decimals = 18

[assets.USDC]
decimals = 6
"""
    )


def write_wallets(path: Path, addresses: Addresses) -> None:
    """Write wallets.csv."""
    rows = (
        (addresses.hot, "customers", "hot", "eip191", "hot wallet 1"),
        (addresses.cold, "customers", "cold", "eip1271", "treasury contract"),
        (addresses.guarantee, "guarantee", "cold", "eip191", "own coins for what is hot"),
    )
    lines = ["account,assets,purpose,storage,scheme,custodian,label"]
    lines += [
        f"{CHAIN}:{a},ETH JPYC USDC,{purpose},{storage},{scheme},,{label}"
        for a, purpose, storage, scheme, label in rows
    ]
    path.write_text("\n".join(lines) + "\n")


def write_declared(path: Path, *, documents: Path, trust: int, day: str) -> None:
    """Write declared.toml and the documents whose digests it names."""
    documents.mkdir(parents=True, exist_ok=True)

    def document(name: str, text: str) -> str:
        (documents / name).write_text(text)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    trust_paper = document(
        "trust-certificate.txt", f"Example Trust Bank certifies a principal of JPY {trust} on {day}.\n"
    )
    funds_paper = document("reserve-account.txt", f"Example Bank certifies JPY 450000000 set aside on {day}.\n")
    policy_paper = document("insurance-policy.txt", "Example Insurance: limit JPY 100000000, deductible JPY 5000000.\n")
    path.write_text(
        f"""\
[[holding]]
kind = "fiat-trust"
asset = "JPY"
amount = "{trust}"
at = "{day}"
institution = "Example Trust Bank"
document = "{trust_paper}"

[[reserve.funds]]
amount = "450000000"
at = "{day}"
institution = "Example Bank"
document = "{funds_paper}"

[[reserve.insurance]]
limit = "100000000"
deductible = "5000000"
from = "2026-04-01"
to = "2027-03-31"
insurer = "Example Insurance"
document = "{policy_paper}"

[[reserve.volumes]]
year = 2024
spot = "1410000000000"

[[reserve.volumes]]
year = 2025
spot = "1870000000000"

[[reserve.volumes]]
year = 2026
spot = "1630000000000"

[[reserve.incidents]]
at = "2025-02-14"
loss = "38000000"

[company]
net_assets = "2650000000"
capital = "1200000000"
capital_ratio_percent = "318"
"""
    )


def write_config(path: Path, *, node: str, publication: str) -> None:
    """Write por.toml, from which `por run` does everything."""
    path.write_text(
        f"""\
[inputs]
ledger = ["../ledger.csv"]
snapshot = "snapshot.toml"
wallets = "wallets.csv"
control = "control"
prices = "prices.csv"
declared = "declared.toml"
policy = "demo"

[keys]
master = "secret/master.key"
attestation = "secret/attest.pem"

[nodes]
"{CHAIN}" = "{node}"

[output]
work = "work"
log = "log"
publication = "{publication}"
"""
    )
