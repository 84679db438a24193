"""A publication whose reserves are coins of a chain of the Bitcoin family, honest or spoiled before it is signed."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from por import canonical
from por.reserves.annex import Annex, with_totals
from por.reserves.report import Report
from por.solvency.pack import shipped
from tests.conftest import good
from tests.litecoin import AS_OF_TEXT, CHAIN, HEADER, LTC, LiteExchange, lite_exchange

PACK_FROM = 'ids = [{ id = "bip122:12a765e31ffd4059bada1e25190f6e98/slip44:2", decimals = 8 }]'


@dataclass
class Reserves:
    """A reserves folder to be changed: its report as JSON, and its evidence."""

    lx: LiteExchange
    folder: Path
    report: dict[str, Any]

    @property
    def chain(self) -> dict[str, Any]:
        found: dict[str, Any] = self.report["chains"][0]
        return found

    def holding(self, account: str) -> dict[str, Any]:
        return next(row for row in self.chain["holdings"] if row["account"] == account)

    def file(self, digest: str) -> bytes:
        return (self.folder / "evidence" / digest).read_bytes()

    def add(self, data: bytes) -> str:
        name = canonical.digest(data)
        (self.folder / "evidence" / name).write_bytes(data)
        return name

    def replace(self, digest: str, data: bytes) -> None:
        """Put other bytes in a file's place, under their own digest, everywhere."""
        (self.folder / "evidence" / digest).unlink()
        self.report = json.loads(json.dumps(self.report).replace(digest, self.add(data)))


Spoil = Callable[[Reserves], None]


@functools.cache
def office() -> Path:
    """Return a folder with keys, policy, prices and liabilities."""
    holder = tempfile.TemporaryDirectory(prefix="por-test-")
    atexit.register(holder.cleanup)
    folder = Path(holder.name)
    text = shipped("demo").data.decode()
    assert PACK_FROM in text
    text = text.replace(PACK_FROM, f'ids = [{{ id = "{LTC}", decimals = 8 }}]')
    (folder / "policy.toml").write_text(text.replace('chains = ["eip155:31337"]', f'chains = ["{CHAIN}"]'))
    (folder / "snapshot.toml").write_text(
        f'[snapshot]\nissuer = "{HEADER.issuer}"\nscope = "{HEADER.scope}"\nas_of = "{AS_OF_TEXT}"\n'
        f'sequence = {HEADER.sequence}\n\n[ledger]\namounts = "base-units"\naccount_id_kind = "login e-mail"\n\n'
        "[assets.LTC]\ndecimals = 8\n"
    )
    (folder / "ledger.csv").write_text("account_id,asset,amount\na@example.jp,LTC,7000000000\nb@example.jp,LTC,1\n")
    (folder / "prices.csv").write_text(f"asset,yen,at,source\nLTC,15000,{AS_OF_TEXT},test\n")
    good("keys", "new", folder / "attest.pem", "--no-passphrase", "--name", "example.jp/reserves")
    good("keys", "new", folder / "master.key", "--master", "--no-passphrase")
    good(
        *("liabilities", "build", folder / "ledger.csv", "--snapshot", folder / "snapshot.toml"),
        *("--master-key", folder / "master.key", "-o", folder / "liabilities"),
    )
    return folder


def publish(folder: Path, spoil: Spoil | None = None) -> Path:
    """Write folder/publication from the litecoin exchange's reserves, spoiled or not, and return it."""
    lx, desk = lite_exchange(), office()
    shutil.copytree(lx.folder / "out", folder / "reserves")
    if spoil is not None:
        found = Reserves(lx=lx, folder=folder / "reserves", report=json.loads(lx.report.to_bytes()))
        spoil(found)
        data = canonical.encode(found.report)
        (folder / "reserves" / "reserves.json").write_bytes(data)
        # the exchange makes the annex, too
        annex = folder / "reserves" / "annex.json"
        annex.write_bytes(with_totals(Annex.from_bytes(annex.read_bytes()), Report.from_bytes(data)).to_bytes())
    code = 1  # there is no liability reserve, which the rules say
    good(
        *("attest", "--liabilities", desk / "liabilities", "--reserves", folder / "reserves"),
        *("--policy", desk / "policy.toml", "--prices", desk / "prices.csv", "--key", desk / "attest.pem"),
        *("--log", folder / "log", "-o", folder / "publication"),
        code=code,
    )
    return folder / "publication"
