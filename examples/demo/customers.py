"""A seeded, realistic ledger: 100,000 accounts, long-tailed balances, four assets and one class."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

ACCOUNTS = 100_000
SEED = 20261120

_FAMILY = "sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi kato yoshida yamada sasaki".split()
_GIVEN = "haruto yui sota aoi ren hina minato rin yuto mei riku sakura asahi koharu aoto himari kaito mio".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How balances of one asset are drawn: share of accounts, median in whole units, spread, smallest step."""

    asset: str
    decimals: int
    share: float
    median: float
    spread: float
    step: int


HOLDINGS = (
    Holding(asset="ETH", decimals=18, share=0.55, median=0.04, spread=2.0, step=10**10),
    Holding(asset="ETH:staked", decimals=18, share=0.04, median=0.5, spread=1.4, step=10**10),
    Holding(asset="JPY", decimals=0, share=0.80, median=6_000, spread=1.9, step=1),
    Holding(asset="JPYC", decimals=18, share=0.25, median=9_000, spread=1.5, step=10**16),
    Holding(asset="USDC", decimals=6, share=0.15, median=60, spread=1.7, step=10**2),
)


def write_ledger(path: Path, *, accounts: int = ACCOUNTS) -> dict[str, int]:
    """Write ledger.csv (account_id, asset, amount in base units) and return each asset's total."""
    draw = random.Random(SEED)
    totals = dict.fromkeys((holding.asset for holding in HOLDINGS), 0)
    with path.open("w", newline="", encoding="ascii") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(["account_id", "asset", "amount"])
        for number in range(accounts):
            account = account_name(number)
            for holding in HOLDINGS:
                if draw.random() >= holding.share:
                    continue
                units = int(draw.lognormvariate(0, holding.spread) * holding.median * 10**holding.decimals)
                units -= units % holding.step
                totals[holding.asset] += units
                out.writerow([account, holding.asset, units])
    return totals


def account_name(number: int) -> str:
    """Return the login e-mail of the customer with this number."""
    family = _FAMILY[number * 7 % len(_FAMILY)]
    given = _GIVEN[number * 11 % len(_GIVEN)]
    return f"{given}.{family}.{number:06d}@example.jp"
