"""One statement as a job: what it is about, what it is made with, and its steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from por import canonical, files
from por.attestation import prepare
from por.attestation.cosignature import WitnessPolicy
from por.attestation.countersign import countersign
from por.attestation.keychain import KeyChain
from por.attestation.keys import PublicKey, Signer
from por.attestation.log import last_entry
from por.attestation.publication import ATTESTATION, Attested, attest
from por.attestation.statement import Head, head
from por.attestation.tsa import stamp
from por.files import digest_file
from por.liabilities.build import build_liabilities
from por.liabilities.keys import annex_salt, snapshot_key
from por.pipeline.config import Config
from por.pipeline.events import Listener, nobody
from por.pipeline.page import as_signed, keeping
from por.pipeline.steps import Step, digest_folder
from por.pipeline.witnessing import cosign_published
from por.reserves.check import check_reserves
from por.reserves.wallets import load_wallets
from por.snapshot import Snapshot
from por.solvency.prices import read_prices
from por.solvency.settings import Pack

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SNAPSHOT, PRICES = "snapshot.toml", "prices.csv"
"""Kept in the work folder as they were judged: the header may come from the clock, and prices may move on."""


@dataclass(slots=True, kw_only=True)
class Job:
    """One run's statement. `progress` is told rows of the ledger; `notice` gets remarks worth showing.

    `countersigners` sign after the signer, `roots` are the certificates of the authorities that stamp; `chain` is the
    exchange's own key file, `witnesses` who has to cosign the log's head at the end; `report` renders the publication's
    page, without it there is none.
    """

    config: Config
    snapshot: Snapshot
    master_key: bytes
    pack: Pack
    software: str
    replaces: prepare.Correction | None = None
    tell: Listener = nobody
    progress: Callable[[int], None] | None = None
    notice: Callable[[str], None] | None = None
    attested: Attested | None = None
    countersigners: Sequence[Signer] = ()
    roots: Sequence[Certificate] = ()
    chain: KeyChain | None = None
    witnesses: WitnessPolicy | None = None
    report: prepare.Renderer | None = None

    @property
    def publication(self) -> Path:
        """The folder of this statement's publication."""
        return self.config.publication_of(self.snapshot.header.sequence)

    @property
    def key(self) -> bytes:
        """The key of this snapshot."""
        return snapshot_key(self.master_key, self.snapshot.header.id)

    def settle(self) -> None:
        """Write down in the work folder which snapshot and prices this run judges."""
        work = self.config.work
        files.write_bytes(work / SNAPSHOT, self.snapshot.to_toml().encode("utf-8"))
        files.write_bytes(work / PRICES, read_prices(self.config.prices))

    def gathering(self) -> list[Step]:
        """Return the steps up to what can be signed."""
        config = self.config
        return [
            Step(
                name="liabilities",
                inputs=self._of_liabilities,
                output=config.liabilities,
                action=self._owed,
                closed=self._out,
            ),
            Step(name="reserves", inputs=self._of_reserves, output=config.reserves, action=self._held),
        ]

    def publishing(self, signer: Signer) -> Step:
        """Return the step that signs and publishes."""
        return Step(
            name="publication",
            inputs=lambda: self._of_publication(signer.public),
            output=self.publication,
            action=lambda: self._published(signer),
        )

    def draft(self, key: PublicKey) -> prepare.Prepared:
        """Return what would be signed; nothing is signed or entered in the log."""
        return prepare.draft(
            liabilities=self.config.liabilities,
            reserves=self.config.reserves,
            pack=self.pack,
            prices=files.read_bytes(self.config.work / PRICES),
            key=key.keyid,
            log_dir=self.config.log,
            settings=prepare.Settings(software=self.software, replaces=self.replaces, report=self.report),
            chain=self.chain,
        )

    def _common(self) -> dict[str, str]:
        return {
            "software": self.software,
            "snapshot": digest_file(self.config.work / SNAPSHOT),
            "key": canonical.digest(b"por/1 run" + self.key),
        }

    def _of_liabilities(self) -> dict[str, str | None]:
        return {**self._common(), **self.config.ledger.identity()}

    def _owed(self) -> None:
        plan = self.config.ledger
        build_liabilities(
            ledger=plan.where,
            snapshot=self.snapshot,
            snapshot_key=self.key,
            out=self.config.liabilities,
            options=plan.reading(),
            threads=plan.threads,
            memory=plan.memory,
            progress=self.progress,
        )

    def _out(self) -> bool:
        """Tell whether this very statement is published: then a ledger that nothing tells apart is not read again."""
        last = last_statement(self.config)
        return last is not None and last.header == self.snapshot.header and published(self.config, last)

    def _of_reserves(self) -> dict[str, str]:
        config = self.config
        return {
            **self._common(),
            "wallets": digest_file(config.wallets),
            "control": digest_folder(config.control),
            "declared": "" if config.declared is None else digest_file(config.declared),
            "policy": self.pack.sha256,
            "replaces": "" if self.replaces is None else str(self.replaces.sequence),
        }

    def _held(self) -> None:
        check_reserves(
            wallets=load_wallets(self.config.wallets),
            control=self.config.control,
            snapshot=self.snapshot,
            nodes=self.config.asking.nodes,
            quorum=self.config.asking.quorum,
            limits=self.config.asking.limits,
            work=self.config.work / "reserves.partial",
            tables=self.pack.tables,
            windows=self.pack.windows,
            declared=self.config.declared,
            issue_chains=self.pack.chains,
            replaced=self.replaced,
            salt=annex_salt(self.master_key, self.snapshot.header.id),
            out=self.config.reserves,
            notice=self.notice,
        )

    @property
    def replaced(self) -> tuple[bytes, ...]:
        """The snapshot ids whose challenges a correction accepts."""
        if self.replaces is None:
            return ()
        return (replace(self.snapshot.header, sequence=self.replaces.sequence).id,)

    def _of_publication(self, key: PublicKey) -> dict[str, str]:
        config = self.config
        return {
            **self._common(),
            "liabilities": digest_file(config.liabilities / "liabilities.json"),
            "reserves": digest_folder(config.reserves),
            "policy": self.pack.sha256,
            "prices": digest_file(config.work / PRICES),
            "signer": key.keyid,
            "replaces": "" if self.replaces is None else f"{self.replaces.sequence} {self.replaces.reason}",
            "publication": str(self.publication),
            "countersigners": " ".join(signer.public.keyid for signer in self.countersigners),
            "timestamps": canonical.digest(canonical.encode(list(config.authorities))),
            "witnesses": canonical.digest(canonical.encode([*config.witnesses.urls, *config.witnesses.lines])),
        }

    def _published(self, signer: Signer) -> None:
        self.attested = publish(self, signer)
        self.tell(
            "published",
            sequence=self.attested.sequence,
            digest=self.attested.digest,
            verdict=self.attested.verdict.outcome.value,
        )


def publish(job: Job, signer: Signer) -> Attested:
    """Sign and publish what stands in the work folder, have it countersigned and its signatures stamped."""
    found = attest(
        liabilities=job.config.liabilities,
        reserves=job.config.reserves,
        pack=job.pack,
        prices=files.read_bytes(job.config.work / PRICES),
        signer=signer,
        log_dir=job.config.log,
        out=job.publication,
        software=job.software,
        replaces=job.replaces,
        chain=job.chain,
        report=keeping(job.report, job.config.work),
    )
    for other in job.countersigners:
        countersign(job.publication, other, expected=found.digest)
    if job.config.authorities:
        stamp(job.publication, job.config.authorities, roots=job.roots)
    if job.witnesses is not None:
        witnesses = cosign_published(
            job.config.log,
            job.publication,
            urls=job.config.witnesses.urls,
            keys=[signer.public],
            policy=job.witnesses,
            notice=job.notice,
        )
        job.tell("cosigned", witnesses=[row.name for row in witnesses])
    return found


def last_statement(config: Config) -> Head | None:
    """Return the newest statement in the log, or None when there is none yet."""
    payload = last_entry(config.log)
    return None if payload is None else head(payload, where=f"{config.log}: last entry")


def published(config: Config, statement: Head) -> bool:
    """Tell whether a statement's publication stands where it belongs."""
    path = config.publication_of(statement.header.sequence) / ATTESTATION
    if not path.is_file():
        return False
    from por.attestation.envelope import parse

    return parse(files.read_bytes(path), where=str(path)).digest == statement.digest


def recover(job: Job, statement: Head, signer: Signer) -> Attested | None:
    """Finish a publication that was cut off between the log and the folder, out of the work folder as it stands.

    Returns None when the work folder is not that statement's any more; the run then goes on from its inputs.
    """
    path = job.config.work / SNAPSHOT
    if not path.is_file() or Snapshot.load(path).header != statement.header:
        return None
    correction = None
    if statement.replaces is not None:
        correction = prepare.Correction(sequence=statement.replaces.sequence, reason=str(statement.replaces.reason))
    again = replace(
        job,
        snapshot=Snapshot.load(path),
        software=statement.software,
        replaces=correction,
        report=as_signed(job.report, statement, job.config.work),
    )
    found = publish(again, signer)
    job.tell("recovered", sequence=found.sequence, digest=found.digest)
    return found
