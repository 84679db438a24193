"""The example exchange at work: a folder, a real local chain, and the commands that its people type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from examples.demo import inputs
from examples.demo.sign import sign_all
from fixtures.chain import LocalChain, address_of, key

Run = Callable[..., None]
"""Runs one `por` command, given as words."""

FIRST = "2026-11-20T15:00:00Z"
SECOND = "2026-11-21T15:00:00Z"
ISSUED = {FIRST: "2026-11-20T12:10:00Z", SECOND: "2026-11-21T12:10:00Z"}
GENESIS = "2026-11-20T12:00:00Z"

HOT_PER_MILLE = 30
COLD_PER_MILLE = 985
GUARANTEE_PER_MILLE = 33
"""Of what customers are owed: hot and cold together a little more than all of it, own coins for what is hot."""


def unix(text: str) -> int:
    """Return the Unix time of YYYY-MM-DDThh:mm:ssZ."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


@dataclass(kw_only=True)
class Exchange:
    """Its folder, its chain and its keys. `totals` is what it owes by asset code, classes apart."""

    folder: Path
    chain: LocalChain
    totals: Mapping[str, int]

    def __post_init__(self) -> None:
        self.hot, self.owner, self.cold_own = key("hot"), key("treasury owner"), key("guarantee")
        self.folder.mkdir(parents=True, exist_ok=True)

    def fund(self) -> None:
        """Deploy both tokens and the treasury contract, and give each wallet its coins."""
        self.jpyc = self.chain.deploy("erc20", "JPY Coin", "JPYC", 18)
        self.usdc = self.chain.deploy("erc20", "USD Coin", "USDC", 6)
        self.treasury = self.chain.deploy("wallet", bytes.fromhex(address_of(self.owner)[2:]))
        self.addresses = inputs.Addresses(
            hot=address_of(self.hot), cold=self.treasury, guarantee=address_of(self.cold_own)
        )
        ether = sum(total for asset, total in self.totals.items() if asset.startswith("ETH"))
        for address, share in (
            (self.addresses.hot, HOT_PER_MILLE),
            (self.addresses.cold, COLD_PER_MILLE),
            (self.addresses.guarantee, GUARANTEE_PER_MILLE),
        ):
            self.chain.call("anvil_setBalance", address, hex(_share(ether, share)))
            self.chain.mint(self.jpyc, address, _share(self.totals["JPYC"], share))
            self.chain.mint(self.usdc, address, _share(self.totals["USDC"], share))

    def write_inputs(self, *, as_of: str, sequence: int, publication: str) -> None:
        """Write the files that people write by hand."""
        inputs.write_snapshot(self.folder / "snapshot.toml", as_of=as_of, sequence=sequence)
        inputs.write_wallets(self.folder / "wallets.csv", self.addresses)
        (self.folder / "prices.csv").write_text(inputs.PRICES.replace(FIRST, as_of))
        inputs.write_declared(
            self.folder / "declared.toml",
            documents=self.folder / "documents",
            trust=_share(self.totals["JPY"], 1004),
            day=as_of[:10],
        )
        inputs.write_config(self.folder / "por.toml", node=self.chain.url, publication=publication)

    def prove_control(self, run: Run, *, as_of: str) -> None:
        """Have the challenges written, sign each as its wallet would, and take the signatures in."""
        self.chain.mine(at=unix(ISSUED[as_of]) - 60, blocks=3)
        folder = self.folder
        run(
            *("wallets", "challenge", folder / "wallets.csv", "--snapshot", folder / "snapshot.toml"),
            *("--node", self.node, "--issued", ISSUED[as_of], "-o", folder / "challenges"),
        )
        sign_all(folder / "challenges")
        run(
            *("wallets", "import", folder / "wallets.csv", "--signatures", folder / "challenges"),
            *("--snapshot", folder / "snapshot.toml", "-o", folder / "control"),
        )

    def pass_cut_off(self, *, as_of: str) -> None:
        """Let the chain go past the snapshot's moment until the block of that moment is final."""
        self.chain.mine(at=unix(as_of) - 12)
        self.chain.mine(at=unix(as_of) + 1, blocks=5)

    def lose_tokens(self, token: str, amount: int) -> None:
        """Move tokens out of the hot wallet to an address that the exchange does not list."""
        self.chain.call("anvil_impersonateAccount", self.addresses.hot)
        thief = bytes.fromhex(self.chain.accounts[5][2:])
        self.chain.send(self.addresses.hot, to=token, data=_transfer(thief, amount))

    @property
    def node(self) -> str:
        """The --node option's value."""
        return f"{inputs.CHAIN}={self.chain.url}"


def _share(total: int, per_mille: int) -> int:
    return -(-total * per_mille // 1000)


def _transfer(to: bytes, amount: int) -> bytes:
    from eth_hash.auto import keccak

    return keccak(b"transfer(address,uint256)")[:4] + to.rjust(32, b"\0") + amount.to_bytes(32, "big")
