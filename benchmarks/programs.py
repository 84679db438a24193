"""Whole processes, timed with their start-up; peak memory is the kernel's own account of the process."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

BUILD = """
import sys
from pathlib import Path
from por.liabilities.build import build_liabilities
from por.liabilities.keys import snapshot_key
from por.snapshot import Snapshot
snapshot = Snapshot.load(Path("snapshot.toml"))
build_liabilities(ledger=[Path(sys.argv[1])], snapshot=snapshot, out=Path("out"), memory=int(sys.argv[2]) or None,
                  snapshot_key=snapshot_key(bytes(32), snapshot.header.id))
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


@dataclass(frozen=True, kw_only=True)
class Timed:
    seconds: float
    memory: int
    output: str


def run(command: list[str | Path], folder: Path, *, times: int = 1) -> Timed:
    """Median wall seconds, the largest resident size in bytes, and what the last one printed."""
    taken, memory, output = [], 0, b""
    for _ in range(times):
        start = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        taken.append(time.perf_counter() - start)
        memory = max(memory, usage.ru_maxrss * 1024)
        child.returncode = status
        if status:
            raise SystemExit(f"the benchmarked program failed with status {status}")
    return Timed(seconds=statistics.median(taken), memory=memory, output=output.decode())


def python(program: str, folder: Path, *arguments: str | Path, times: int = 1) -> Timed:
    return run([sys.executable, "-c", program, *arguments], folder, times=times)


def store_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "out").glob("*.tree"))
