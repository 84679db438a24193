"""Time the liabilities room in whole processes, start-up included: `python benchmarks/liabilities.py [--rows N]`.

One JSON line per figure: the build from Parquet and from CSV to root, manifest and store, one proof out of the store,
and one verification. Seconds are the median of some runs on warm caches.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import machine  # noqa: E402

COMPRESSIONS_PER_LEAF = 5
"""Two for the secrets, one for the leaf, two for the node above it: what hashing alone would take."""

SNAPSHOT = """
[snapshot]
issuer = "Example Exchange K.K."
scope = "benchmark"
as_of = "2026-11-20T15:00:00Z"
sequence = 1
[ledger]
amounts = "base-units"
account_id_kind = "login e-mail"
[assets.BTC]
decimals = 8
"""

BUILD = """
import sys
from pathlib import Path
from por.liabilities.build import build_liabilities
from por.liabilities.keys import snapshot_key
from por.snapshot import Snapshot
snapshot = Snapshot.load(Path("snapshot.toml"))
build_liabilities(ledger=[Path(sys.argv[1])], snapshot=snapshot,
                  snapshot_key=snapshot_key(bytes(32), snapshot.header.id), out=Path("out"))
"""

PROVE = """
from pathlib import Path
from por.liabilities.prove import prove
Path("proof.json").write_bytes(prove(Path("out"), account_id="user00000777@example.jp", master_key=bytes(32)))
"""

VERIFY = """
from pathlib import Path
from por import canonical
from por.liabilities.manifest import parse_assets
from por.liabilities.verify import verify_proof
manifest = canonical.decode(Path("out/liabilities.json").read_bytes(), where="manifest")
roots = {row.asset: row.root_view() for row in parse_assets(manifest["assets"], where="assets")}
proof = canonical.decode(Path("proof.json").read_bytes(), where="proof")
assert verify_proof(proof, snapshot_id=bytes.fromhex(manifest["snapshot_id"]), roots=roots,
                    account_id="user00000777@example.jp")[0].amount >= 0
"""


def make_ledgers(folder: Path, rows: int) -> None:
    import duckdb

    select = (
        "SELECT 'user' || lpad(range::VARCHAR, 8, '0') || '@example.jp' AS account_id, 'BTC' AS asset, "
        f"(hash(range) % 100000000000)::BIGINT AS amount FROM range({rows})"
    )
    duckdb.sql(f"COPY ({select}) TO '{folder}/ledger.parquet' (FORMAT parquet)")
    duckdb.sql(f"COPY ({select}) TO '{folder}/ledger.csv' (FORMAT csv, HEADER)")


def run(program: str, folder: Path, *arguments: str, times: int) -> tuple[float, int]:
    """Median wall seconds of whole processes, and the largest resident size in bytes."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-c", program, *arguments], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        _, status, usage = os.wait4(child.pid, 0)
        taken.append(time.perf_counter() - start)
        if status:
            raise SystemExit(f"the benchmarked program failed with status {status}")
    return statistics.median(taken), usage.ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    facts = machine.describe()
    hashing = given.rows * COMPRESSIONS_PER_LEAF / facts["sha256_compressions_per_second"] / facts["cores"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "snapshot.toml").write_text(SNAPSHOT)
        make_ledgers(folder, given.rows)
        for figure, program, arguments in (
            ("python start-up", "pass", ()),
            ("build from csv", BUILD, ("ledger.csv",)),
            ("build from parquet", BUILD, ("ledger.parquet",)),
            ("prove", PROVE, ()),
            ("verify", VERIFY, ()),
        ):
            run(program, folder, *arguments, times=1)
            seconds, memory = run(program, folder, *arguments, times=given.times)
            line = {"figure": f"liabilities: {figure}", "seconds": round(seconds, 3), "rows": given.rows}
            if arguments:
                store = (folder / "out" / "BTC.tree").stat().st_size
                line |= {
                    "hashing_alone_seconds": round(hashing, 3),
                    "memory_bytes": memory,
                    "store_bytes_per_leaf": round(store / given.rows, 1),
                }
            print(json.dumps(line | facts), flush=True)


if __name__ == "__main__":
    main()
