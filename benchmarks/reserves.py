"""Time reserves on a local chain: `python benchmarks/reserves.py [--addresses N] [--tokens N] [--sample N]`.

One JSON line a figure: {"name", "value", "unit", "note"}. The chain is anvil, proofs come from fastnode.py. Reading
with proofs, in parts and several at once, beside the same questions one call at a time (a sample, scaled); checking
the evidence offline; its size; and the memory of the whole command for more and more addresses.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import machine  # noqa: E402
from fixtures.chain import CHAIN, LocalChain, address_of, key, sign_text  # noqa: E402
from por.header import Header, parse_time  # noqa: E402
from por.reserves.chains import Limits, Pinned, Readings, Wish  # noqa: E402
from por.reserves.chains.evm import EvmChain  # noqa: E402
from por.reserves.challenges import write_challenges  # noqa: E402
from por.reserves.evidence.account import token_key  # noqa: E402
from por.reserves.evidence.bundle import Bundle, Shared, verify_bundle  # noqa: E402
from por.reserves.imports import import_signatures  # noqa: E402
from por.reserves.tables import ReserveTables, Token  # noqa: E402
from por.reserves.wallets import parse_wallets  # noqa: E402

AS_OF = parse_time("2026-11-20T15:00:00Z", where="benchmark")
HEADER = Header(issuer="Example Exchange K.K.", scope="benchmark", as_of="2026-11-20T15:00:00Z", sequence=1)
SNAPSHOT = """
[snapshot]
issuer = "Example Exchange K.K."
scope = "benchmark"
as_of = "2026-11-20T15:00:00Z"
sequence = 1
[ledger]
amounts = "base-units"
account_id_kind = "login e-mail"
[assets.ETH]
decimals = 18
"""
COLUMNS = "account,assets,purpose,storage,scheme,custodian,label\n"
PROGRAM = Path(sys.executable).with_name("por")


@dataclass(frozen=True, kw_only=True)
class Setting:
    chain: LocalChain
    url: str
    addresses: list[str]
    tokens: tuple[Token, ...]

    @property
    def wishes(self) -> list[Wish]:
        assets = (*(f"{CHAIN}/erc20:{token.contract}" for token in self.tokens), f"{CHAIN}/slip44:60")
        return [Wish(account=f"{CHAIN}:{address}", assets=tuple(sorted(assets))) for address in self.addresses]

    @property
    def tables(self) -> ReserveTables:
        return ReserveTables(tokens=self.tokens)


def show(name: str, value: float, unit: str, note: str, **more: object) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "note": note, **more}), flush=True)


@contextmanager
def setting(count: int, tokens: int, folder: Path) -> Iterator[Setting]:
    """Pay ether and tokens to many addresses, sign for all of them, and let the moment of the snapshot pass."""
    with LocalChain(start=AS_OF - 8 * 3600) as chain:
        # the demo's pack lists the first two contracts of this account
        contracts = [chain.deploy("erc20", f"Token {n}", f"T{n}", 18) for n in range(tokens + 2)][2:]
        rows = tuple(
            Token(chain=CHAIN, contract=contract, code_hash=chain.code_hash(contract), slot=0, key_order="slot-key")
            for contract in contracts
        )
        addresses = [address_of(key(f"benchmark {n}")) for n in range(count)]
        calls: list[tuple[str, list[str]]] = []
        for n, address in enumerate(addresses):
            calls.append(("anvil_setBalance", [address, hex(10**18 + n)]))
            for token in rows:
                word = "0x" + token_key(token, bytes.fromhex(address[2:])).hex()
                calls.append(("anvil_setStorageAt", [token.contract, word, f"0x{10**6 + n:064x}"]))
        for start in range(0, len(calls), 2000):
            batch(chain, calls[start : start + 2000])
        found = Setting(chain=chain, url=chain.url, addresses=addresses, tokens=rows)
        chain.mine(at=AS_OF - 4000, blocks=4)
        sign(found, folder)
        chain.mine(at=AS_OF - 1)
        number = int(chain.call("eth_blockNumber"), 16)
        chain.mine(at=AS_OF + 1, blocks=4)
        command = [sys.executable, str(ROOT / "benchmarks" / "fastnode.py"), str(chain.port), str(number)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as node:
            assert node.stdin is not None and node.stdout is not None
            yield replace(found, url=f"http://127.0.0.1:{int(node.stdout.readline())}")
            node.stdin.close()


def lines(found: Setting, count: int) -> str:
    assets = " ".join(["ETH", *(f"T{n}" for n in range(len(found.tokens)))])
    return COLUMNS + "".join(f"{CHAIN}:{name},{assets},customers,hot,eip191,,\n" for name in found.addresses[:count])


def sign(found: Setting, folder: Path) -> None:
    wallets = parse_wallets(lines(found, len(found.addresses)))
    texts = folder / "texts"
    nodes, expires = {CHAIN: found.chain.url}, AS_OF + 10**6
    write_challenges(wallets=wallets, header=HEADER, nodes=nodes, out=texts, issued=AS_OF - 3600, expires=expires)
    for n, wallet in enumerate(wallets):
        signed = sign_text(key(f"benchmark {n}"), (texts / f"{wallet.name}.txt").read_text())
        (texts / f"{wallet.name}.sig").write_text(signed)
    import_signatures(wallets=wallets, signatures=texts, out=folder / "control")


def batch(chain: LocalChain, calls: list[tuple[str, list[str]]]) -> None:
    import http.client

    body = [{"jsonrpc": "2.0", "id": n, "method": method, "params": given} for n, (method, given) in enumerate(calls)]
    connection = http.client.HTTPConnection("127.0.0.1", chain.port, timeout=120)
    connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
    assert all("error" not in row for row in json.loads(connection.getresponse().read()))
    connection.close()


def read(found: Setting, limits: Limits) -> tuple[Readings, Pinned]:
    node = EvmChain(chain=CHAIN, url=found.url, limits=limits)
    pinned = node.pin(AS_OF)
    before = (node.asks.requests, node.asks.questions)
    start, own = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as work:
        readings = node.read(pinned, found.wishes, found.tables, work=Path(work))
        seconds, own = time.perf_counter() - start, round(time.process_time() - own, 2)
        requests, questions = node.asks.requests - before[0], node.asks.questions - before[1]
        assert all(row.evidence for row in readings.rows)
        note = (
            f"{len(found.addresses)} addresses x {len(found.tokens)} tokens and ether, all proven, batches of "
            f"{limits.batch}, {limits.concurrency} requests at once, written down for resuming"
        )
        show("read-with-proofs", round(seconds, 2), "s", note, requests=requests, questions=questions, cpu=own)
        trips = -(-requests // limits.concurrency)
        show("round-trips", trips, "trips", "requests one after the other on each of the connections")
        files = {name: readings.files[name] for name in readings.files}
    return Readings(pinned=pinned, rows=readings.rows, files=files, shared=readings.shared), pinned


def one_at_a_time(found: Setting, pinned: Pinned, sample: int) -> None:
    """Ask the same of a few addresses, each question in a request of its own and each word with its own proof."""
    node = EvmChain(chain=CHAIN, url=found.url, limits=Limits(batch=1, concurrency=1))
    rpc, block = node._rpc, {"blockHash": pinned.hash}
    start = time.perf_counter()
    for address in found.addresses[:sample]:
        rpc.ask("eth_getBalance", [address, block])
        rpc.ask("eth_getProof", [address, [], block])
        for token in found.tokens:
            holder = bytes.fromhex(address[2:])
            rpc.ask("eth_call", [{"to": token.contract, "data": "0x70a08231" + holder.rjust(32, b"\0").hex()}, block])
            rpc.ask("eth_getProof", [token.contract, ["0x" + token_key(token, holder).hex()], block])
    scale = len(found.addresses) / sample
    seconds, calls = (time.perf_counter() - start) * scale, rpc.asks.requests * scale
    note = f"{sample} addresses timed, scaled to {len(found.addresses)}; answers read, not proven"
    show("one-call-at-a-time", round(seconds, 1), "s", note, requests=round(calls), round_trips=round(calls))


def check_offline(found: Setting, readings: Readings, pinned: Pinned) -> None:
    assert pinned.header is not None
    shared = Shared()
    proofs = 0
    start = time.process_time()
    for name in readings.shared:
        shared.add(readings.files[name], where=name)
    for name, data in readings.files.items():
        if name not in readings.shared:
            bundle = Bundle.from_bytes(data, where=name)
            claims = verify_bundle(bundle, pinned.header, where=name, shared=shared)
            proofs += sum(len(claim.storage) or 1 for claim in claims.values())
    shared.verify_used()
    seconds = time.process_time() - start
    note = f"{proofs} proofs, reading the files from JSON included"
    show("verify-offline", round(proofs / seconds), "proofs/s/core", note, seconds=round(seconds, 1))
    size = sum(map(len, readings.files.values()))
    packed = sum(len(zlib.compress(data, 6)) for data in readings.files.values())
    count = len(found.addresses)
    note = f"{len(readings.files)} files, {size / count:.0f} bytes an address; control files come on top"
    show("evidence-size", size, "bytes", note, zipped=packed, proofs=proofs)


def memory(found: Setting, folder: Path, counts: list[int]) -> None:
    """Run the command itself, as people do, and ask the system how much memory it had at most."""
    (folder / "pack.toml").write_text(policy(found))
    (folder / "snapshot.toml").write_text(SNAPSHOT)
    for count in counts:
        (folder / "wallets.csv").write_text(lines(found, count))
        command = [str(PROGRAM), "reserves", "check", "wallets.csv", "--control", "control"]
        command += ["--snapshot", "snapshot.toml", "--node", f"{CHAIN}={found.url}"]
        command += ["--policy", "pack.toml", "-o", f"out{count}"]
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=(folder / "said").open("w"))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, (folder / "said").read_text()[:2000]
        seconds = round(time.perf_counter() - start, 1)
        note = f"reserves check of {count} addresses x {len(found.tokens)} tokens and ether, the whole command"
        show("peak-memory", round(usage.ru_maxrss / 1024), "MiB", note, addresses=count, seconds=seconds)


def policy(found: Setting) -> str:
    """Write the demo's pack with this chain's tokens in place of its own."""
    demo = (ROOT / "por" / "solvency" / "packs" / "demo.toml").read_text()
    head = demo[: demo.index("[[tokens]]")]
    for n, token in enumerate(found.tokens):
        head += f'\n[[assets]]\ncode = "T{n}"\nids = [{{ id = "{CHAIN}/erc20:{token.contract}", decimals = 18 }}]\n'
    for token in found.tokens:
        head += (
            f'\n[[tokens]]\nchain = "{CHAIN}"\ncontract = "{token.contract}"\n'
            f'code_hash = "{token.code_hash.hex()}"\nslot = 0\nkey_order = "slot-key"\n'
        )
    return head


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addresses", type=int, default=10_000)
    parser.add_argument("--tokens", type=int, default=10)
    parser.add_argument("--sample", type=int, default=100, help="addresses that are asked about one call at a time")
    parser.add_argument("--no-memory", action="store_true", help="leave out the runs of the whole command")
    given = parser.parse_args()
    print(json.dumps({"name": "machine", **machine.describe()}), flush=True)
    with tempfile.TemporaryDirectory() as folder, setting(given.addresses, given.tokens, Path(folder)) as found:
        readings, pinned = read(found, Limits())
        one_at_a_time(found, pinned, min(given.sample, given.addresses))
        check_offline(found, readings, pinned)
        del readings
        if not given.no_memory:
            memory(found, Path(folder), [given.addresses // 4, given.addresses // 2, given.addresses])


if __name__ == "__main__":
    main()
