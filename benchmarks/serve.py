"""Time handing out proofs: `python benchmarks/serve.py [--accounts N] [--seconds N] [--clients N] [--auth WHICH]`.

A service in processes of its own, as people run it, asked over loopback by `wrk` (apt install wrk), each request for
another account. One JSON line: proofs a second, seconds at the 50th and 99th percentile, processor milliseconds of the
service for each proof, and its memory in the first and in the last quarter (what is its own; the mapped file is the
system's to keep or drop). Client and service share the machine's cores.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import machine  # noqa: E402
from benchmarks.proofs import ASSETS, PROGRAM, por, prepare  # noqa: E402

CONFIG = """
[proofs]
files = ["all.proofs"]
[listen]
address = "127.0.0.1:0"
workers = {workers}
[limits]
customer_per_minute = 0
"""
HEADER = '[auth.header]\nname = "X-Account-Id"\nsecret_header = "X-Proxy-Secret"\nsecret_file = "proxy.secret"\n'
TOKEN = '[auth.token]\nissuer = "i"\naudience = "a"\nalgorithms = ["ES256"]\nkeys = "jwks.json"\n'

SCRIPT = """
local lines, at = {}, 0
for line in io.lines("headers") do lines[#lines + 1] = line end
request = function()
  at = at % #lines + 1
  local name, value, secret = lines[at]:match("^(%S+) (.-)\\t(.*)$")
  return wrk.format("GET", "/proof", {[name] = value, ["X-Proxy-Secret"] = secret})
end
done = function(summary, latency, requests)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
"""


def write_headers(folder: Path, auth: str, accounts: int) -> None:
    """Write one line for each of 20,000 accounts: header, value, the proxy's secret."""
    asked = [f"user{(number * 7919) % accounts:08}@example.jp" for number in range(min(accounts, 20_000))]
    secret = secrets.token_hex(32)
    (folder / "proxy.secret").write_text(secret)
    if auth == "header":
        lines = [f"X-Account-Id {account}\t{secret}" for account in asked]
    else:
        from joserfc import jwt
        from joserfc.jwk import ECKey, KeySet

        key = ECKey.generate_key("P-256", parameters={"kid": "k"})
        (folder / "jwks.json").write_text(json.dumps(KeySet([key]).as_dict(private=False)))
        now = int(time.time())
        rest = {"iss": "i", "aud": "a", "nbf": now - 5, "exp": now + 3500}
        tokens = (jwt.encode({"alg": "ES256", "kid": "k"}, {**rest, "sub": account}, key) for account in asked)
        lines = [f"Authorization Bearer {token}\t-" for token in tokens]
    (folder / "headers").write_text("\n".join(lines) + "\n")


def processes(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True)
    return [int(word) for word in listed.stdout.split()]


def used(pids: list[int]) -> tuple[float, int]:
    """Processor seconds and bytes of memory of their own."""
    ticks = memory = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
        memory += int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024
    return ticks / os.sysconf("SC_CLK_TCK"), memory


def load(folder: Path, url: str, seconds: float, clients: int) -> list[int]:
    command = ["wrk", "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "-s", "ask.lua", url]
    printed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    return [int(word) for word in re.search(r"RESULT (.*)", printed)[1].split()]


def measure(folder: Path, given: argparse.Namespace) -> dict[str, object]:
    write_headers(folder, given.auth, given.accounts)
    (folder / "ask.lua").write_text(SCRIPT)
    text = CONFIG.format(workers=machine.cores()) + (HEADER if given.auth == "header" else TOKEN)
    (folder / "proofs.toml").write_text(text)
    service = subprocess.Popen([PROGRAM, "proofs", "serve", "proofs.toml"], cwd=folder, stderr=subprocess.PIPE)
    try:
        url = "http://" + json.loads(service.stderr.readline())["at"][0]
        pids = processes(service.pid)
        load(folder, url, given.seconds / 4, given.clients)
        before, first = used(pids)
        with machine.Alongside() as alongside:
            count, microseconds, middle, late, wrong = load(folder, url, given.seconds, given.clients)
        after, last = used(pids)
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait()
    return {
        "figure": f"serve: proofs over HTTP, known by a {given.auth}",
        "proofs_per_second": round(count / (microseconds / 1e6)),
        "seconds_median": middle / 1e6,
        "seconds_99th": late / 1e6,
        "processor_milliseconds_per_proof": round(1000 * (after - before) / count, 3),
        "wrong_answers": wrong,
        "proofs": count,
        "memory_bytes_after_a_quarter": first,
        "memory_bytes_at_the_end": last,
        "sha256_compressions_per_second_alongside": round(alongside.rate),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--auth", choices=("header", "token"), action="append")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        print(json.dumps({"figure": "serve", "skipped": "wrk is missing: apt install wrk"}))
        return
    for name, assets in ASSETS.items():
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder), given.accounts, assets)
            words = ["prove", "out", "--all", "--ledger", "ledger.parquet", "--master-key", "master.key"]
            por(Path(folder), *words, "-o", "all.proofs")
            for auth in given.auth or ["header", "token"]:
                row = measure(Path(folder), argparse.Namespace(**{**vars(given), "auth": auth}))
                print(json.dumps({**row, "accounts": given.accounts, "with": name, **machine.describe()}), flush=True)


if __name__ == "__main__":
    main()
