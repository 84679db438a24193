"""How long `por --help` and `por verify` take above a bare interpreter's start, in the same run; JSON lines.

Runs of the bare interpreter and of the program alternate, so that a busy machine slows both; the median counts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 15
BARE = [sys.executable, "-c", "pass"]
POR = str(Path(sys.executable).with_name("por"))
DEMO = ROOT / "demo"


def seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return time.perf_counter() - begun


def above_bare(name: str, command: list[str]) -> None:
    seconds(command)
    bare, whole = [], []
    for _ in range(RUNS):
        bare.append(seconds(BARE))
        whole.append(seconds(command))
    print(
        json.dumps(
            {
                "figure": name,
                "bare_seconds": round(statistics.median(bare), 4),
                "seconds": round(statistics.median(whole), 4),
                "above_bare_seconds": round(statistics.median(w - b for w, b in zip(whole, bare, strict=True)), 4),
                "ratio_to_bare": round(statistics.median(w / b for w, b in zip(whole, bare, strict=True)), 2),
            }
        ),
        flush=True,
    )


def main() -> None:
    above_bare("por --help", [POR, "--help"])
    if not (DEMO / "proof.json").exists():
        sys.exit("run `make demo` first: por verify is timed on its proof")
    account = ["--account-id-file", str(DEMO / "account.txt")]
    above_bare("por verify", [POR, "verify", str(DEMO / "proof.json"), "--key", str(DEMO / "attest.pub"), *account])


if __name__ == "__main__":
    main()
