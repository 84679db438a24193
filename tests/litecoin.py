"""A real litecoind in regtest, and a small exchange on it, made once for all tests that need one."""

from __future__ import annotations

import atexit
import base64
import contextlib
import functools
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from por.header import Header, parse_time
from por.reserves import addresses, caip
from por.reserves.chains import Limits
from por.reserves.challenges import write_challenges
from por.reserves.check import check_reserves
from por.reserves.imports import import_signatures
from por.reserves.report import Report
from por.reserves.tables import Backing, ReserveTables
from por.reserves.wallets import Wallet, parse_wallets
from por.snapshot import AssetSettings, Snapshot
from tests.reserves.signing import Key, p2pkh, p2wpkh, sign_p2pkh, sign_p2wpkh

CHAIN = "bip122:530827f38f93b43ed12af0b3ad25a288"
LTC = f"{CHAIN}/slip44:1"
SEED = "cVpF924EspNh8KjYsfhgY96mmxvT6DgdWiTYMtMjuM74hJaU5psW"
"""A throw-away key of Bitcoin Core's own tests, so that the node's wallet and its blocks are the same in each run."""
START_SECONDS = 30.0
COIN = 10**8

AS_OF_TEXT = "2026-11-20T15:00:00Z"
AS_OF = parse_time(AS_OF_TEXT, where="test")
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of=AS_OF_TEXT, sequence=7)
ISSUED = AS_OF - 3600
EXPIRES = AS_OF + 90 * 86400
QUICK = Limits(timeout=10, tries=2, backoff=0.01)
NETWORK = caip.network(CHAIN, where="test")
TABLES = ReserveTables(backings=(Backing(asset="LTC", id=LTC, decimals=8),))

HOT, COLD, EMPTY, MINER = (Key.of(number) for number in (501, 502, 503, 504))

needs_litecoin = pytest.mark.skipif(shutil.which("litecoind") is None, reason="litecoind is missing: make setup")


def account(script: bytes) -> str:
    found = addresses.address_of(NETWORK, script)
    assert found is not None
    return f"{CHAIN}:{found}"


def address(script: bytes) -> str:
    return account(script).rpartition(":")[2]


class Refused(RuntimeError):
    """The node's own words."""


class LocalLitecoin:
    """A running litecoind, ended by its own process. Time stands still but for `at`."""

    def __init__(self, *, start: int) -> None:
        self._holder = tempfile.TemporaryDirectory(prefix="por-litecoin-")
        self.port = _free_port()
        self.url = f"http://por:test@127.0.0.1:{self.port}"
        options = ["-regtest", f"-datadir={self._holder.name}", "-server", "-listen=0", f"-rpcport={self.port}"]
        options += ["-rpcuser=por", "-rpcpassword=test", "-keypool=1", f"-mocktime={start}", "-fallbackfee=0.001"]
        options += ["-debuglogfile=0", "-dnsseed=0", "-txindex=0"]
        self._process = subprocess.Popen(
            ["litecoind", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_end_with_us
        )
        try:
            self._await()
            self.call("createwallet", "por", False, True)
            self.call("sethdseed", True, SEED)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process that this object started."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._holder.cleanup()

    def call(self, method: str, *params: Any) -> Any:
        """Ask one question."""
        token = base64.b64encode(b"por:test").decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = json.dumps({"id": 1, "method": method, "params": params}, default=float)
            connection.request("POST", "/", body, {"Authorization": f"Basic {token}"})
            answer = json.loads(connection.getresponse().read(), parse_float=Decimal)
        finally:
            connection.close()
        if answer["error"]:
            raise Refused(str(answer["error"]["message"]))
        return answer["result"]

    def at(self, moment: int) -> None:
        """Set the node's clock."""
        self.call("setmocktime", moment)

    def mine(self, blocks: int = 1, *, to: str | None = None) -> list[str]:
        """Mine blocks, to a key of nobody's when no address is given."""
        found: list[str] = self.call("generatetoaddress", blocks, to or address(p2wpkh(MINER.public)))
        return found

    def pay(self, to: str, coins: str) -> str:
        """Pay from the node's wallet; what is paid must still be mined."""
        return str(self.call("sendtoaddress", to, coins))

    def _await(self) -> None:
        limit = time.monotonic() + START_SECONDS
        while True:
            try:
                self.call("getblockchaininfo")
                return
            except (OSError, Refused, ValueError, http.client.HTTPException):
                if self._process.poll() is not None or time.monotonic() > limit:
                    raise RuntimeError("litecoind did not start") from None
                time.sleep(0.05)


def funded(start: int) -> LocalLitecoin:
    """Start a node whose wallet has coins that it may spend."""
    node = LocalLitecoin(start=start)
    node.mine(5, to=node.call("getnewaddress", "", "bech32"))
    node.mine(110)
    return node


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteExchange:
    """A node with wallets, control files, and the reserves folder made from them."""

    node: LocalLitecoin
    folder: Path
    wallets: tuple[Wallet, ...]
    report: Report

    @property
    def control(self) -> Path:
        return self.folder / "control"

    @property
    def nodes(self) -> dict[str, str]:
        return {CHAIN: self.node.url}

    def evidence(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / "out" / "evidence").iterdir()}


def snapshot(header: Header = HEADER) -> Snapshot:
    return Snapshot(
        header=header,
        amounts="base-units",
        account_id_kind="login e-mail",
        assets={"LTC": AssetSettings(decimals=8)},
    )


def wallets_csv(*rows: str) -> str:
    return "\n".join(("account,assets,purpose,storage,scheme,custodian,label", *rows)) + "\n"


WALLETS = wallets_csv(
    f"{account(p2wpkh(HOT.public))},LTC,customers,hot,bip322,,hot 1",
    f"{account(p2pkh(COLD.public))},LTC,customers,cold,bip322,,vault",
    f"{account(p2wpkh(EMPTY.public))},LTC,own,cold,bip322,,not used yet",
)


def sign_all(folder: Path, wallets: tuple[Wallet, ...]) -> None:
    """Sign each text of a challenges folder with the key of its address."""
    signers = {
        account(p2wpkh(HOT.public)): lambda text: sign_p2wpkh(HOT, text),
        account(p2pkh(COLD.public)): lambda text: sign_p2pkh(COLD, text),
        account(p2wpkh(EMPTY.public)): lambda text: sign_p2wpkh(EMPTY, text),
    }
    for wallet in wallets:
        text = (folder / f"{wallet.name}.txt").read_text()
        (folder / f"{wallet.name}.sig").write_text(signers[wallet.account](text) + "\n")


def prove_control(folder: Path, wallets: tuple[Wallet, ...], nodes: Mapping[str, str]) -> None:
    """Make challenges, sign and import them into folder/control."""
    write_challenges(wallets=wallets, header=HEADER, nodes=nodes, out=folder / "sign", issued=ISSUED, expires=EXPIRES)
    sign_all(folder / "sign", wallets)
    import_signatures(wallets=wallets, signatures=folder / "sign", out=folder / "control", header=HEADER)


@functools.cache
def lite_exchange() -> LiteExchange:
    """Start the node, pay in coins, sign challenges and run the check."""
    holder = tempfile.TemporaryDirectory(prefix="por-test-")
    atexit.register(holder.cleanup)
    folder = Path(holder.name)
    node = funded(AS_OF - 20 * 3600)
    atexit.register(node.close)
    hot, cold = address(p2wpkh(HOT.public)), address(p2pkh(COLD.public))
    node.at(AS_OF - 10 * 3600)
    for coins in ("1.00000001", "0.5", "2"):
        node.pay(hot, coins)
    node.mine()
    node.pay(cold, "70.12345678")
    node.mine()
    # an immature coinbase of the hot wallet's, which must not count
    node.mine(1, to=hot)
    node.at(ISSUED - 600)
    node.mine(8)
    wallets = parse_wallets(WALLETS)
    prove_control(folder, wallets, {CHAIN: node.url})
    node.at(AS_OF - 60)
    node.mine()
    report = check_reserves(
        wallets=wallets,
        control=folder / "control",
        snapshot=snapshot(),
        nodes={CHAIN: node.url},
        tables=TABLES,
        out=folder / "out",
        limits=QUICK,
    )
    return LiteExchange(node=node, folder=folder, wallets=wallets, report=report)


def _end_with_us() -> None:
    """Have Linux end the node when the process that started it dies (prctl PR_SET_PDEATHSIG)."""
    import ctypes
    import signal

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
