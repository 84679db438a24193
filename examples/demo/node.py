"""`make node`: the example exchange's chain at the present time, until Ctrl-C, so that `por init` can be tried."""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from examples.demo import customers
from examples.demo.exchange import Exchange
from examples.demo.inputs import CHAIN
from examples.demo.story import ROOT
from fixtures.chain import LocalChain

PORT = 8545
"""Where such nodes usually listen, and what por.toml says that `por init` lays out."""

HISTORY = 26 * 3600
"""Seconds of chain before now: the last midnight, wherever it was, is in it."""

HALF_HOUR = 1800
EVERY = 12
"""Seconds from block to block once it runs, as on Ethereum."""

LEDGER = ROOT / "demo" / "ledger.csv"


def main() -> None:
    """Start the chain, tell how it is used, and mine until somebody stops it."""
    LEDGER.parent.mkdir(exist_ok=True)
    totals = customers.write_ledger(LEDGER)
    now = int(time.time())
    with (
        contextlib.suppress(KeyboardInterrupt),
        LocalChain(start=now - HISTORY, port=PORT if _free(PORT) else None) as chain,
        tempfile.TemporaryDirectory() as folder,
    ):
        tell(open_shop(chain, totals, Path(folder)), totals)
        while True:
            time.sleep(EVERY)
            chain.mine(at=int(time.time()))


def open_shop(chain: LocalChain, totals: Mapping[str, int], folder: Path) -> Exchange:
    """Fund the example exchange's wallets on a chain that began HISTORY ago, and mine it up to now."""
    shop = Exchange(folder=folder, chain=chain, totals=totals)
    shop.fund()
    now = int(time.time())
    for at in range(now - HISTORY + HALF_HOUR, now - 60, HALF_HOUR):
        chain.mine(at=at)
    chain.mine(at=now - 2, blocks=3)
    return shop


def tell(shop: Exchange, totals: Mapping[str, int]) -> None:
    """Say what there is, and the commands that use it."""
    owed = ", ".join(
        f"{Decimal(totals[row.asset]).scaleb(-row.decimals):,.0f} {row.asset}" for row in customers.HOLDINGS
    )
    port = "" if shop.chain.port == PORT else "; mend the node's port in por.toml"
    ledger = LEDGER.relative_to(ROOT)
    print(
        f"""\
node     {shop.chain.url} is {CHAIN}, with a block every {EVERY} seconds; Ctrl-C ends it
wallets  {CHAIN}:{shop.addresses.hot}  hot wallet, an account with a key
         {CHAIN}:{shop.addresses.cold}  treasury, a contract with an owner
         {CHAIN}:{shop.addresses.guarantee}  own coins, an account with a key
ledger   {ledger}: {customers.ACCOUNTS:,} accounts are owed {owed}

What `por init` lays out fits this chain as it is{port}. In another terminal:
  export PATH=$PWD/.venv/bin:$PATH
  por init mine && cp {ledger} mine/
  por keys new mine/secret/attest.pem --name example.jp/reserves --no-passphrase
  por keys new mine/secret/master.key --master --no-passphrase
  por wallets challenge mine/wallets.csv --snapshot mine/snapshot.toml --node {CHAIN}={shop.chain.url} \\
      -o mine/challenges
  .venv/bin/python -m examples.demo.sign mine/challenges
  por wallets import mine/wallets.csv --signatures mine/challenges -o mine/control
  por run mine/por.toml
  por audit mine/publication --key mine/secret/attest.pub""",
        flush=True,
    )


def _free(port: int) -> bool:
    with socket.socket() as listener:
        # As anvil does: connections that ended a moment ago do not keep a port busy.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(main())
