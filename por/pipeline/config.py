"""por.toml: the paths, nodes, keys and times of a run. All paths are relative to the file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from por import documents, files
from por.attestation.signers import scheme_of
from por.errors import InputError
from por.pipeline.asking import AskingPlan, ReservesTable, plan_asking, read_url
from por.pipeline.ledger import LedgerPlan, LiabilitiesTable, plan_ledger
from por.pipeline.site import SitePlan, SiteTable, plan_site
from por.pipeline.witnessing import WitnessPlan

MARK_PERCENT = 20
"""A figure that moved by more than this since the last statement is marked in a draft."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """Where a key is: a file's path or a URI; the file of its passphrase or PIN; its .pub where that is named."""

    place: str
    passphrase_file: Path | None
    public: Path | None = None

    @property
    def path(self) -> Path:
        """The file of a key that is in one."""
        return Path(self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """por.toml with its paths made absolute; `asking` holds the nodes, whose URLs may be secrets.

    `clock` is the time of day (HH:MMZ) of statements whose as-of comes from the clock; `publication` may hold
    {sequence}.
    """

    base: Path
    ledger: LedgerPlan
    snapshot: Path
    wallets: Path
    control: Path
    prices: tuple[Path, ...]
    declared: Path | None
    policy: str
    master: KeyPlace
    attestation: KeyPlace
    key_file: Path | None
    countersigners: tuple[KeyPlace, ...]
    authorities: tuple[str, ...]
    authorities_ca: Path | None
    witnesses: WitnessPlan
    asking: AskingPlan
    work: Path
    log: Path
    publication: str
    clock: str | None
    log_file: Path | None
    metrics_file: Path | None
    mark_percent: int
    site: SitePlan | None

    def publication_of(self, sequence: int) -> Path:
        """Return the folder of the statement with this sequence."""
        return self.base / self.publication.replace("{sequence}", str(sequence))

    @property
    def liabilities(self) -> Path:
        """Where the trees are built."""
        return self.work / "liabilities"

    @property
    def reserves(self) -> Path:
        """Where balances and evidence are gathered."""
        return self.work / "reserves"


class InputsTable(documents.Document):
    """[inputs]: what people and other systems write."""

    ledger: documents.Rows[str] = Field(default_factory=list)
    postgres_query: str | None = None
    postgres_uri_file: str | None = None
    control_totals: str | None = None
    snapshot: str
    wallets: str
    control: str
    prices: str | Annotated[list[str], Field(min_length=1)]
    declared: str | None = None
    policy: str


class KeysTable(documents.Document):
    """[keys]: secrets, each with the file of its passphrase when it has one. `attestation` may be a URI."""

    master: str
    master_passphrase_file: str | None = None
    attestation: str
    attestation_passphrase_file: str | None = None
    attestation_public: str | None = None
    key_file: str | None = None


class Countersigner(documents.Document):
    """A further key that signs what was attested, a file or a URI."""

    key: str
    passphrase_file: str | None = None
    public: str | None = None


class CountersignTable(documents.Document):
    """[countersign]: who signs after the attestation key."""

    signers: list[Countersigner] | None = None


class TimestampsTable(documents.Document):
    """[timestamps]: authorities that are asked for a timestamp of each signature, and their certificates."""

    tsa: list[str] | None = None
    ca: str | None = None


class WitnessesTable(documents.Document):
    """[witnesses]: who is asked to cosign the log's head, and their keys where the key file does not name them."""

    urls: list[str] | None = None
    keys: list[str] | None = None


class OutputTable(documents.Document):
    """[output]: where the run writes."""

    work: str
    log: str
    publication: str


class ScheduleTable(documents.Document):
    """[schedule]: for runs that a timer starts."""

    as_of: str | None = None


class ReportTable(documents.Document):
    """[report]: what is written for those who watch."""

    log_file: str | None = None
    metrics_file: str | None = None
    mark_percent: int = MARK_PERCENT


class ConfigDocument(documents.Document):
    """por.toml."""

    inputs: InputsTable
    liabilities: LiabilitiesTable = LiabilitiesTable()
    keys: KeysTable
    nodes: dict[str, str | list[str]]
    reserves: ReservesTable = ReservesTable()
    output: OutputTable
    schedule: ScheduleTable = ScheduleTable()
    report: ReportTable = ReportTable()
    countersign: CountersignTable = CountersignTable()
    timestamps: TimestampsTable = TimestampsTable()
    site: SiteTable = SiteTable()
    witnesses: WitnessesTable = WitnessesTable()


def _several(base: Path, named: str | list[str]) -> tuple[Path, ...]:
    return tuple(base / name for name in ([named] if isinstance(named, str) else named))


def load_config(path: Path, *, environment: Mapping[str, str] = os.environ) -> Config:
    """Read por.toml; InputError names the key that is wrong, SourceError a file that cannot be read.

    `environment` may say where the ledger's database is.
    """
    base, where = path.absolute().parent, path.name
    doc = documents.read(ConfigDocument, documents.read_toml(files.read_text(path), where=where), where=where)
    if doc.schedule.as_of is not None:
        check_clock(doc.schedule.as_of, where=f"{where}: schedule.as_of")
    if not 0 < doc.report.mark_percent <= 100:
        raise InputError(
            f"{where}: report.mark_percent: not 1 to 100", code="config-percent", hint="20 marks moves above a fifth"
        )

    def key(name: str, passphrase: str | None, public: str | None = None) -> KeyPlace:
        return KeyPlace(
            place=name if scheme_of(name) else str(base / name),
            passphrase_file=base / passphrase if passphrase else None,
            public=base / public if public else None,
        )

    attestation = key(doc.keys.attestation, doc.keys.attestation_passphrase_file, doc.keys.attestation_public)
    own = base / doc.keys.key_file if doc.keys.key_file else attestation.public or attestation.path.with_suffix(".pub")
    return Config(
        base=base,
        ledger=plan_ledger(
            doc.liabilities,
            ledger=doc.inputs.ledger,
            query=doc.inputs.postgres_query,
            uri_file=doc.inputs.postgres_uri_file,
            control_totals=doc.inputs.control_totals,
            base=base,
            where=where,
            environment=environment,
        ),
        snapshot=base / doc.inputs.snapshot,
        wallets=base / doc.inputs.wallets,
        control=base / doc.inputs.control,
        prices=_several(base, doc.inputs.prices),
        declared=base / doc.inputs.declared if doc.inputs.declared else None,
        # A pack is named by its id, or by a path that ends in .toml.
        policy=str(base / doc.inputs.policy) if doc.inputs.policy.endswith(".toml") else doc.inputs.policy,
        master=key(doc.keys.master, doc.keys.master_passphrase_file),
        attestation=attestation,
        key_file=base / doc.keys.key_file if doc.keys.key_file else None,
        countersigners=tuple(key(row.key, row.passphrase_file, row.public) for row in doc.countersign.signers or ()),
        authorities=tuple(read_url(base, url) for url in doc.timestamps.tsa or ()),
        authorities_ca=base / doc.timestamps.ca if doc.timestamps.ca else None,
        witnesses=WitnessPlan(
            urls=tuple(read_url(base, url) for url in doc.witnesses.urls or ()), lines=tuple(doc.witnesses.keys or ())
        ),
        asking=plan_asking(doc.nodes, doc.reserves, base=base, where=where),
        work=base / doc.output.work,
        log=base / doc.output.log,
        publication=doc.output.publication,
        clock=doc.schedule.as_of,
        log_file=base / doc.report.log_file if doc.report.log_file else None,
        metrics_file=base / doc.report.metrics_file if doc.report.metrics_file else None,
        mark_percent=doc.report.mark_percent,
        site=plan_site(doc.site, base=base, own=own, publication=doc.output.publication, where=where),
    )


def check_clock(text: str, *, where: str) -> str:
    """Return a time of day HH:MMZ; InputError otherwise."""
    if _CLOCK.fullmatch(text):
        return text
    raise InputError(
        f"{where}: {text!r} is not a time of day", code="clock-malformed", hint="write it as 15:00Z, in UTC"
    )
