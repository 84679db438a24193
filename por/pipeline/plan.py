"""The steps of one statement: liabilities, reserves, publication; each with the digests of what it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from por import canonical
from por.attestation.keys import Signer
from por.attestation.publication import Attested, attest
from por.liabilities.build import build_liabilities
from por.liabilities.keys import snapshot_key
from por.pipeline.config import Config
from por.pipeline.steps import Step, digest_file, digest_folder
from por.reserves.check import check_reserves
from por.reserves.wallets import load_wallets
from por.snapshot import Snapshot
from por.solvency.settings import Pack


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the last step made, when it was done in this run."""

    attested: Attested | None = field(default=None)


def plan(
    config: Config,
    *,
    snapshot: Snapshot,
    master_key: bytes,
    signer: Signer,
    pack: Pack,
    prices: bytes,
    software: str,
    outcome: Outcome,
    progress: Callable[[int], None] | None = None,
) -> list[Step]:
    """Return the steps in order; `outcome` receives what attest made."""
    liabilities, reserves = config.work / "liabilities", config.work / "reserves"
    key = snapshot_key(master_key, snapshot.header.id)
    common = {"software": software, "snapshot": digest_file(config.snapshot)}

    def owed() -> None:
        build_liabilities(ledger=config.ledger, snapshot=snapshot, snapshot_key=key, out=liabilities, progress=progress)

    def held() -> None:
        check_reserves(
            wallets=load_wallets(config.wallets),
            control=config.control,
            snapshot=snapshot,
            nodes={chain: urls[0] for chain, urls in config.nodes.items()},
            tables=pack.tables,
            windows=pack.windows,
            declared=config.declared,
            out=reserves,
        )

    def published() -> None:
        outcome.attested = attest(
            liabilities=liabilities,
            reserves=reserves,
            pack=pack,
            prices=prices,
            signer=signer,
            log_dir=config.log,
            out=config.publication,
            software=software,
        )

    return [
        Step(
            name="liabilities",
            inputs=lambda: {
                **common,
                **{f"ledger {path.name}": digest_file(path) for path in config.ledger},
                "key": canonical.digest(b"por/1 run" + key),
            },
            output=liabilities,
            action=owed,
        ),
        Step(
            name="reserves",
            inputs=lambda: {
                **common,
                "wallets": digest_file(config.wallets),
                "control": digest_folder(config.control),
                "declared": "" if config.declared is None else digest_file(config.declared),
                "policy": pack.sha256,
            },
            output=reserves,
            action=held,
        ),
        Step(
            name="publication",
            inputs=lambda: {
                **common,
                "liabilities": digest_file(liabilities / "liabilities.json"),
                "reserves": digest_folder(reserves),
                "policy": pack.sha256,
                "prices": canonical.digest(prices),
                "signer": signer.public.keyid,
            },
            output=config.publication,
            action=published,
        ),
    ]
