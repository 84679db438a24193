"""How long proofs of state take to check offline, and a run of `reserves check` against a local chain.

One JSON line a figure: {"name", "value", "unit", "note"}.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fixtures.chain import CHAIN, LocalChain, address_of, key, sign_text  # noqa: E402
from por.header import Header, parse_time  # noqa: E402
from por.reserves.challenges import write_challenges  # noqa: E402
from por.reserves.check import check_reserves  # noqa: E402
from por.reserves.imports import import_signatures  # noqa: E402
from por.reserves.recheck import recheck  # noqa: E402
from por.reserves.tables import Backing, ReserveTables, Token  # noqa: E402
from por.reserves.wallets import parse_wallets  # noqa: E402
from por.snapshot import AssetSettings, Snapshot  # noqa: E402

WALLETS = 200
AS_OF = parse_time("2026-11-20T15:00:00Z", where="benchmark")
HEADER = Header(issuer="Example Exchange K.K.", scope="benchmark", as_of="2026-11-20T15:00:00Z", sequence=1)


def timed(name: str, run: Callable[[], object], note: str) -> None:
    before = time.perf_counter()
    run()
    value = round(time.perf_counter() - before, 3)
    print(json.dumps({"name": name, "value": value, "unit": "s", "note": note}), flush=True)


def main() -> None:
    with LocalChain(start=AS_OF - 8 * 3600) as chain, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token = chain.deploy("erc20", "Yen", "JPYC", 18)
        keys = [key(f"benchmark {n}") for n in range(WALLETS)]
        for number, holder in enumerate(map(address_of, keys)):
            chain.call("anvil_setBalance", holder, hex(10**18 + number))
            chain.mint(token, holder, 10**6 + number)
        rows = "".join(f"{CHAIN}:{address_of(k)},ETH JPYC,customers,hot,eip191,,\n" for k in keys)
        wallets = parse_wallets("account,assets,purpose,storage,scheme,custodian,label\n" + rows)
        tables = ReserveTables(
            backings=(
                Backing(asset="ETH", id=f"{CHAIN}/slip44:60", decimals=18),
                Backing(asset="JPYC", id=f"{CHAIN}/erc20:{token}", decimals=18),
            ),
            tokens=(
                Token(chain=CHAIN, contract=token, code_hash=chain.code_hash(token), slot=0, key_order="slot-key"),
            ),
        )
        chain.mine(at=AS_OF - 4000, blocks=4)
        nodes, sign, out = {CHAIN: chain.url}, folder / "sign", folder / "out"
        write_challenges(
            wallets=wallets, header=HEADER, nodes=nodes, out=sign, issued=AS_OF - 3600, expires=AS_OF + 10**6
        )
        for wallet, holder_key in zip(wallets, keys, strict=True):
            text = (sign / f"{wallet.name}.txt").read_text()
            (sign / f"{wallet.name}.sig").write_text(sign_text(holder_key, text))
        import_signatures(wallets=wallets, signatures=sign, out=folder / "control")
        chain.mine(at=AS_OF - 1)
        chain.mine(at=AS_OF + 1, blocks=4)
        snapshot = Snapshot(
            header=HEADER,
            amounts="base-units",
            account_id_kind="login e-mail",
            assets={"ETH": AssetSettings(decimals=18)},
        )
        note = f"{WALLETS} accounts, an own coin and a token each, one local node, 2 cores"
        timed(
            "reserves-check",
            lambda: check_reserves(
                wallets=wallets,
                control=folder / "control",
                snapshot=snapshot,
                nodes=nodes,
                tables=tables,
                out=out,
            ),
            note,
        )
        files = {path.name: path.read_bytes() for path in (out / "evidence").iterdir()}
        report = (out / "reserves.json").read_bytes()
        timed(
            "reserves-recheck",
            lambda: recheck(report=report, evidence=files, header=HEADER, tables=tables),
            "the same, offline",
        )
        size = sum(map(len, files.values()))
        note = f"{len(files)} files for {WALLETS} accounts"
        print(json.dumps({"name": "reserves-evidence", "value": size, "unit": "bytes", "note": note}))


if __name__ == "__main__":
    main()
