"""Signs challenges as the example exchange's wallets would: `python -m examples.demo.sign DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from fixtures.chain import address_of, key, sign_text

ACCOUNTS = {address_of(key(word)): word for word in ("hot", "guarantee")}
CONTRACTS = "treasury owner"
"""Whose key the treasury contract asks for; it signs for every account that has no key of its own."""


def sign_all(folder: Path) -> list[str]:
    """Put NAME.sig beside each NAME.txt; return a line about each."""
    told = []
    for path in sorted(folder.glob("*.txt")):
        word = ACCOUNTS.get(path.stem.rpartition("-")[2], CONTRACTS)
        path.with_suffix(".sig").write_text(sign_text(key(word), path.read_text()) + "\n")
        told.append(f"{path.with_suffix('.sig')}: signed with the example key {word!r}")
    return told


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m examples.demo.sign DIR")
    print("\n".join(sign_all(Path(sys.argv[1])) or ["no texts there: run `por wallets challenge` first"]))
