"""A small exchange on a real local chain, made once for all tests that need one."""

from __future__ import annotations

import atexit
import functools
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.chain import CHAIN, LocalChain, address_of, anvil_binary, key, sign_text
from por.header import Header, parse_time
from por.reserves.chains import Limits
from por.reserves.challenges import write_challenges
from por.reserves.check import check_reserves
from por.reserves.imports import import_signatures
from por.reserves.report import Report
from por.reserves.tables import Backing, ReserveTables, Token
from por.reserves.wallets import Wallet, parse_wallets
from por.snapshot import AssetSettings, Snapshot

AS_OF_TEXT = "2026-11-20T15:00:00Z"
AS_OF = parse_time(AS_OF_TEXT, where="test")
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of=AS_OF_TEXT, sequence=7)
ISSUED = AS_OF - 3600
ALLOWANCE = 10**24
EXPIRES = AS_OF + 90 * 86400
QUICK = Limits(timeout=5, tries=2, backoff=0.01)

HOT, COLD, OWNER, STRANGER = (key(name) for name in ("hot", "cold", "owner", "stranger"))

needs_anvil = pytest.mark.skipif(anvil_binary() is None, reason="anvil is missing: make setup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A chain with wallets and tokens, control files, and the reserves folder made from them."""

    chain: LocalChain
    folder: Path
    wallets: tuple[Wallet, ...]
    tables: ReserveTables
    yen: str
    unlisted: str
    treasury: str
    report: Report

    @property
    def control(self) -> Path:
        return self.folder / "control"

    @property
    def nodes(self) -> dict[str, str]:
        return {CHAIN: self.chain.url}

    def evidence(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / "out" / "evidence").iterdir()}


def snapshot(header: Header = HEADER) -> Snapshot:
    assets = {code: AssetSettings(decimals=18) for code in ("ETH", "JPYC", "USDX")}
    return Snapshot(header=header, amounts="base-units", account_id_kind="login e-mail", assets=assets)


@functools.cache
def exchange() -> Exchange:
    """Start the chain, pay in coins, sign challenges and run the check."""
    holder = tempfile.TemporaryDirectory(prefix="por-test-")
    atexit.register(holder.cleanup)
    folder = Path(holder.name)
    chain = LocalChain(start=AS_OF - 8 * 3600)
    atexit.register(chain.close)
    yen, unlisted = chain.deploy("erc20", "Yen", "JPYC", 18), chain.deploy("erc20", "Other", "USDX", 6)
    hot, cold = address_of(HOT), address_of(COLD)
    treasury = chain.deploy("wallet", bytes.fromhex(address_of(OWNER)[2:]))
    # an allowance to oneself: a word that a dishonest slot would show as a balance
    chain.approve(yen, hot, hot, ALLOWANCE)
    for address, wei in ((hot, 5 * 10**18 + 1), (cold, 70 * 10**18)):
        chain.call("anvil_setBalance", address, hex(wei))
    chain.send(chain.accounts[0], to=treasury, value=3 * 10**18)
    chain.mint(yen, hot, 1_000_000)
    chain.mint(yen, treasury, 2_500)
    chain.mint(unlisted, cold, 77)
    tables = ReserveTables(
        backings=(
            Backing(asset="ETH", id=f"{CHAIN}/slip44:60", decimals=18),
            Backing(asset="JPYC", id=f"{CHAIN}/erc20:{yen}", decimals=18),
            Backing(asset="USDX", id=f"{CHAIN}/erc20:{unlisted}", decimals=6),
        ),
        tokens=(Token(chain=CHAIN, contract=yen, code_hash=chain.code_hash(yen), slot=0, key_order="slot-key"),),
    )
    wallets = parse_wallets(
        "account,assets,purpose,storage,scheme,custodian,label\n"
        f"{CHAIN}:{hot},ETH JPYC,customers,hot,eip191,,hot 1\n"
        "# a comment\n"
        f"{CHAIN}:{cold},ETH JPYC USDX,customers,cold,eip191,,vault\n"
        f"{CHAIN}:{treasury},ETH JPYC,own,cold,eip1271,,treasury\n"
    )
    chain.mine(at=ISSUED - 600, blocks=4)
    nodes = {CHAIN: chain.url}
    write_challenges(wallets=wallets, header=HEADER, nodes=nodes, out=folder / "sign", issued=ISSUED, expires=EXPIRES)
    for wallet, signer in zip(wallets, (HOT, COLD, OWNER), strict=True):
        text = (folder / "sign" / f"{wallet.name}.txt").read_text()
        (folder / "sign" / f"{wallet.name}.sig").write_text(f" {sign_text(signer, text)}\n")
    import_signatures(wallets=wallets, signatures=folder / "sign", out=folder / "control", header=HEADER)
    chain.mine(at=AS_OF - 12)
    chain.mine(at=AS_OF + 1, blocks=4)
    report = check_reserves(
        wallets=wallets,
        control=folder / "control",
        snapshot=snapshot(),
        nodes=nodes,
        tables=tables,
        out=folder / "out",
        limits=QUICK,
    )
    return Exchange(
        chain=chain,
        folder=folder,
        wallets=wallets,
        tables=tables,
        yen=yen,
        unlisted=unlisted,
        treasury=treasury,
        report=report,
    )


def changed(evidence: Mapping[str, bytes], old: str, data: bytes) -> tuple[dict[str, bytes], str]:
    """Return evidence with one file replaced by others bytes under their own digest, and that digest."""
    from por import canonical

    new = canonical.digest(data)
    return {**{name: kept for name, kept in evidence.items() if name != old}, new: data}, new


def vectors_folder() -> Path:
    """Return the folder of vectors from outside, or skip."""
    found = os.environ.get("POR_VECTORS")
    if not found:
        pytest.skip("POR_VECTORS names no folder of outside vectors")
    return Path(found)
