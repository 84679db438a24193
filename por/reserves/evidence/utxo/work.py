"""Proof of work: what a header of each network must have cost, so that inventing one does.

The bounds belong to the verifier. A network's own limit is as low as on its first day, so a header of today that
merely keeps to it costs nothing; each main network therefore has a floor for each span of time, at no more than half of
what its blocks really took then. An old block keeps an old floor and is cheap to invent: only its place in the
chain shows that it is real, which is `block-canonical`'s matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from por.header import parse_time

HASHES_PER_DIFFICULTY = 1 << 32
"""Hashes that a block of difficulty 1 takes on average, on all these networks."""


def sha256d(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256, in the order of bytes in which it is hashed on."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def scrypt(header: bytes) -> bytes:
    """Return Litecoin's work of a header: scrypt with N = 1024, r = p = 1, the header being password and salt."""
    return hashlib.scrypt(header, salt=header, n=1024, r=1, p=1, dklen=32)


def _at(day: str) -> int:
    return parse_time(f"{day}T00:00:00Z", where=day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A network's work: its hash, the highest target it ever allows, and floors (Unix time from, difficulty)."""

    digest: Callable[[bytes], bytes]
    limit: int
    floors: tuple[tuple[int, int], ...] = ()

    def least(self, time: int) -> int:
        """Return the hashes that a header of that time must have taken at least."""
        least = hashes(self.limit)
        for since, difficulty in self.floors:
            if time >= since:
                least = max(least, difficulty * HASHES_PER_DIFFICULTY)
        return least


def hashes(target: int) -> int:
    """Return how many hashes a header under this target takes on average."""
    return (1 << 256) // (target + 1)


_MAIN = 0xFFFF << 208
_SCRYPT = (1 << 236) - 1
_PLAY = (1 << 255) - 1
"""The limit of regtest networks: two hashes a block."""

_BITCOIN = Work(
    digest=sha256d,
    limit=_MAIN,
    floors=(
        (_at("2012-01-01"), 300_000),
        (_at("2013-01-01"), 1_000_000),
        (_at("2014-01-01"), 500_000_000),
        (_at("2015-01-01"), 15_000_000_000),
        (_at("2016-01-01"), 40_000_000_000),
        (_at("2017-01-01"), 120_000_000_000),
        (_at("2018-01-01"), 600_000_000_000),
        (_at("2019-01-01"), 2_000_000_000_000),
        (_at("2020-01-01"), 5_000_000_000_000),
        (_at("2022-01-01"), 10_000_000_000_000),
        (_at("2024-01-01"), 30_000_000_000_000),
        (_at("2025-01-01"), 45_000_000_000_000),
    ),
)
_LITECOIN = Work(
    digest=scrypt,
    limit=_SCRYPT,
    floors=(
        (_at("2014-01-01"), 500),
        (_at("2018-01-01"), 500_000),
        (_at("2019-01-01"), 1_000_000),
        (_at("2020-01-01"), 1_500_000),
        (_at("2023-01-01"), 5_000_000),
        (_at("2025-01-01"), 12_000_000),
    ),
)
_CASH = Work(
    digest=sha256d,
    limit=_MAIN,
    # before it forked off it is Bitcoin; in its first months its difficulty fell to a tenth and rose again
    floors=(
        *(row for row in _BITCOIN.floors if row[0] < _at("2016-01-01")),
        (_at("2018-01-01"), 50_000_000_000),
        (_at("2024-01-01"), 80_000_000_000),
    ),
)

WORK = {
    "bip122:000000000019d6689c085ae165831e93": _BITCOIN,
    "bip122:12a765e31ffd4059bada1e25190f6e98": _LITECOIN,
    "bip122:000000000000000000651ef99cb9fcbe": _CASH,
    "bip122:000000000933ea01ad0ee984209779ba": Work(digest=sha256d, limit=_MAIN),
    "bip122:00000000da84f2bafbbc53dee25a72ae": Work(digest=sha256d, limit=_MAIN),
    "bip122:00000008819873e925422c1ff0f99f7c": Work(digest=sha256d, limit=0x377AE << 216),
    "bip122:0f9188f13cb7b2c71f2a335e3a4fc328": Work(digest=sha256d, limit=_PLAY),
    "bip122:4966625a4b2851d9fdee139e56211a0d": Work(digest=scrypt, limit=_SCRYPT),
    "bip122:530827f38f93b43ed12af0b3ad25a288": Work(digest=scrypt, limit=_PLAY),
}
"""CAIP-2 chain -> its work. Test networks have no floor: their coins are worth nothing."""
