"""Time the file of all proofs: `python benchmarks/proofs.py [--accounts N] [--times N]`.

One JSON line per figure: proofs of everybody (a whole process, start-up included, as people run it), reading one out of
the file (a whole process; and in a process that keeps it open, as a server does), and one proof out of the store. For
accounts with one asset each, and with three of which one is split. Bytes are those of the file for each account, beside
those of the single proofs as they are handed out.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import machine  # noqa: E402

SNAPSHOT = """
[snapshot]
issuer = "Example Exchange K.K."
scope = "benchmark"
as_of = "2026-11-20T15:00:00Z"
sequence = 1
[ledger]
amounts = "base-units"
account_id_kind = "login e-mail"
"""

PROGRAM = Path(sys.executable).with_name("por")

ASSETS = {"one asset": {"BTC": 1}, "three assets, one split": {"BTC": 1, "ETH": 3, "JPY": 1}}


def prepare(folder: Path, accounts: int, assets: dict[str, int]) -> None:
    """Write ledger, snapshot and key, and build the trees."""
    import duckdb

    of = " UNION ALL ".join(f"SELECT '{code}' AS asset, {number} AS n" for number, code in enumerate(assets))
    duckdb.sql(
        "COPY (SELECT 'user' || lpad(range::VARCHAR, 8, '0') || '@example.jp' AS account_id, asset, "
        f"(hash(range * 7 + n) % 100000000000)::BIGINT AS amount FROM range({accounts}), ({of})) "
        f"TO '{folder}/ledger.parquet' (FORMAT parquet)"
    )
    rows = [
        f'[assets.{code}]\ndecimals = 8\npieces = {pieces}\nsplit_above = "{50_000_000_000 if pieces > 1 else 0}"\n'
        for code, pieces in assets.items()
    ]
    (folder / "snapshot.toml").write_text(SNAPSHOT + "".join(rows))
    (folder / "master.key").write_text("07" * 32 + "\n")
    (folder / "master.key").chmod(0o600)
    por(folder, "build", "ledger.parquet", "--snapshot", "snapshot.toml", "--master-key", "master.key", "-o", "out")


def por(folder: Path, *words: str) -> tuple[float, float, int]:
    """Run `por liabilities ...`; wall seconds, processor seconds and the largest resident size."""
    start = time.perf_counter()
    child = subprocess.Popen([str(PROGRAM), "liabilities", *words], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"por liabilities {words[0]} failed with status {status}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def each(ask: Callable[[str], bytes], accounts: list[str]) -> float:
    """Median seconds of one call in this process."""
    taken = []
    for account in accounts:
        start = time.perf_counter()
        ask(account)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def measure(folder: Path, accounts: int, times: int) -> list[dict[str, object]]:
    import por_kernel

    from por.liabilities.keys import snapshot_key
    from por.liabilities.proofs_file import ProofsFile
    from por.liabilities.prove import prove
    from por.snapshot import Snapshot

    words = ["prove", "out", "--all", "--ledger", "ledger.parquet", "--master-key", "master.key", "-o", "all.proofs"]
    wall, processor, memory = min(por(folder, *words) for _ in range(times))
    size = (folder / "all.proofs").stat().st_size
    asked = [f"user{(number * 7919) % accounts:08}@example.jp" for number in range(200)]
    read = statistics.median(por(folder, "extract", "all.proofs", asked[0], "-o", "one.json")[0] for _ in range(times))
    with ProofsFile(folder / "all.proofs") as proofs:
        single = statistics.mean(len(proofs.proof(account)) for account in asked)
        kept = each(proofs.proof, asked)
    key = bytes([7]) * 32
    stored = each(lambda account: prove(folder / "out", account_id=account, master_key=key), asked)
    secret = snapshot_key(key, Snapshot.load(folder / "snapshot.toml").header.id)
    tree = next((folder / "out").glob("*.tree"))
    mapped = each(lambda account: por_kernel.Store(tree).prove(secret, account), asked)
    return [
        {
            "figure": "proofs: everybody",
            "seconds": round(wall, 2),
            "processor_seconds": round(processor, 2),
            "proofs_per_second": round(accounts / wall),
            "bytes_per_account": round(size / accounts, 1),
            "single_proof_bytes": round(single),
            "memory_bytes": memory,
        },
        {"figure": "proofs: extract, whole process", "seconds": round(read, 3)},
        {"figure": "proofs: extract, file kept open", "seconds": round(kept, 5)},
        {"figure": "proofs: out of the mapped store of one asset, opened anew", "seconds": round(mapped, 6)},
        {"figure": "proofs: prove from the store, checked and as JSON, in a process", "seconds": round(stored, 5)},
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    facts = machine.describe()
    for name, assets in ASSETS.items():
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder), given.accounts, assets)
            for line in measure(Path(folder), given.accounts, given.times):
                print(json.dumps({**line, "accounts": given.accounts, "with": name, **facts}), flush=True)


if __name__ == "__main__":
    main()
