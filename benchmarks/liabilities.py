"""Time the liabilities room in whole processes, start-up included: `python benchmarks/liabilities.py [--help]`.

One JSON line per figure, each with the rate at which this machine's cores together compress SHA-256 blocks (openssl's,
over long buffers), measured just before and after: `times_hashing` is how often the time that hashing alone would take
(5 compressions a leaf: two for the secrets, one for the leaf, two for the node above it) goes into the figure less half
a second for starting up. Figures of other libraries are their own processes', without start-up.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import ledgers, machine, programs

COMPRESSIONS_PER_LEAF = 5
START_UP = 0.5

PEERS = Path(__file__).resolve().parent / "peers"


def emit(facts: dict[str, Any], figure: str, **values: object) -> None:
    print(json.dumps({"figure": f"liabilities: {figure}", **values, **facts}), flush=True)


class Ours(NamedTuple):
    """What a leaf took, in microseconds, and how many compressions a second openssl managed then."""

    each: float
    rate: float


def build(facts: dict[str, Any], folder: Path, figure: str, ledger: Path, rows: int, **how: Any) -> Ours:
    """Time a build, say how it compares with hashing, and return what a leaf took."""
    memory, times = how.get("memory", 0), how.get("times", 1)
    with machine.Alongside() as alongside:
        timed = programs.python(programs.BUILD, folder, ledger.name, str(memory), times=times)
    hashing = rows * COMPRESSIONS_PER_LEAF / alongside.rate
    emit(
        facts,
        figure,
        seconds=round(timed.seconds, 3),
        rows=rows,
        microseconds_per_leaf=round(timed.seconds / rows * 1e6, 3),
        sha256_all_cores_per_second=round(alongside.rate),
        hashing_alone_seconds=round(hashing, 3),
        times_hashing=round((timed.seconds - START_UP) / hashing, 2),
        memory_bytes=timed.memory,
        **({"memory_bound_bytes": memory} if memory else {}),
        store_bytes_per_leaf=round(programs.store_bytes(folder) / rows, 1),
    )
    return Ours(timed.seconds / rows * 1e6, alongside.rate)


def one_asset(facts: dict[str, Any], rows: int, times: int) -> Ours:
    with tempfile.TemporaryDirectory(prefix="por-bench-") as name:
        folder = Path(name)
        ledger = ledgers.one_asset(folder, rows, csv=rows <= 1_000_000)
        programs.python("import por.liabilities.build, duckdb, pyarrow", folder)  # warm caches
        ours = build(facts, folder, f"build from parquet, {rows:,} accounts", ledger, rows, times=times)
        if rows <= 1_000_000:
            build(facts, folder, f"build from csv, {rows:,} accounts", folder / "ledger.csv", rows, times=times)
        for figure, program in (
            ("python start-up", "pass"),
            ("prove one account", programs.PROVE),
            ("verify one account", programs.VERIFY),
        ):
            timed = programs.python(program, folder, times=max(times, 3))
            emit(facts, f"{figure}, of {rows:,}", seconds=round(timed.seconds, 3))
    return ours


def long_tail(facts: dict[str, Any], accounts: int, memory: int) -> None:
    with tempfile.TemporaryDirectory(prefix="por-bench-") as name:
        folder = Path(name)
        ledger = ledgers.long_tail(folder, accounts)
        figure = f"build from parquet, {accounts:,} accounts, {3 * accounts:,} balances, 150 assets"
        build(facts, folder, figure, ledger, 3 * accounts, memory=memory)


def side_by_side(facts: dict[str, Any], leaves: int, ours: Ours) -> None:
    """Microseconds a leaf of other trees, and how many times ours goes into them; ours is the largest build's.

    A shared machine is not as fast in one minute as in the next, so the ratio is also given as if openssl had hashed
    at the same rate beside both.
    """
    commands: list[tuple[str, list[str | Path], int]] = [
        ("pymerkle", [sys.executable, PEERS / "plain.py", "pymerkle", str(leaves // 5)], leaves // 5),
        ("straightforward hashlib", [sys.executable, PEERS / "plain.py", "hashlib", str(leaves)], leaves),
    ]
    if shutil.which("cargo"):
        subprocess.run(["cargo", "build", "-q", "--release"], cwd=PEERS / "rust", check=True)
        commands.append(("rs_merkle", [PEERS / "rust/target/release/peers", str(leaves)], leaves))
    if shutil.which("go"):
        subprocess.run(["go", "build", "-o", "peers", "."], cwd=PEERS / "go", check=True)
        commands.append(("go transparency-dev/merkle", [PEERS / "go/peers", str(leaves)], leaves))
    for name, command, count in commands:
        with machine.Alongside() as alongside:
            taken = json.loads(programs.run(command, PEERS).output)["seconds"]
        theirs = taken / count * 1e6
        emit(
            facts,
            f"side by side, {name}",
            leaves=count,
            microseconds_per_leaf=round(theirs, 3),
            ours_microseconds_per_leaf=round(ours.each, 3),
            times_ours=round(theirs / ours.each, 2),
            times_ours_at_one_hash_rate=round(theirs * alongside.rate / (ours.each * ours.rate), 2),
            sha256_all_cores_per_second=round(alongside.rate),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000], help="accounts of one asset")
    parser.add_argument("--times", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--tail", type=int, default=300_000, help="accounts with three of 150 assets; 0 leaves it out")
    parser.add_argument("--memory", type=int, default=512 << 20, help="bound of that build, in bytes")
    parser.add_argument("--peers", type=int, default=0, help="leaves for the libraries of others; 0 leaves them out")
    parser.add_argument(
        "--full", action="store_true", help="the sizes of the project's goals; some minutes, 6 GB of disk"
    )
    given = parser.parse_args()
    if given.full:
        given.rows, given.times, given.tail = [1_000_000, 12_000_000], 1, 15_000_000
        given.memory, given.peers = 4_000_000_000, 1_000_000
    facts = machine.describe()
    for rows in sorted(given.rows):
        ours = one_asset(facts, rows, given.times)
    if given.peers:
        side_by_side(facts, given.peers, ours)
    if given.tail:
        long_tail(facts, given.tail, given.memory)


if __name__ == "__main__":
    main()
