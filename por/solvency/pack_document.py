"""The shape of a policy pack's TOML (docs/spec/policy.md): strict models, no values yet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from por.documents import Document

FORMAT = "por-policy/1"


class PackTable(Document):
    """[pack]: who it is and what the rules stand on."""

    id: str
    version: str
    title: str
    first: str = Field(alias="from")
    last: str | None = Field(alias="to", default=None)
    chains: list[str]
    fiat: list[str]
    excluded_classes: list[str]
    utc_offset_minutes: int
    business_year_starts: int
    calendar: str | None = None
    limitations: list[str] = Field(default=[])


class WindowsTable(Document):
    """[windows]: how far in time things may lie apart."""

    challenge_max_age_days: int
    issued_after_as_of_hours: int
    max_skew_seconds: int
    max_tip_skew_seconds: int = 7200
    price_hours: int
    declared_days: int
    reserve_days: int


class PricesTable(Document):
    """[prices]: how one price is made of several quotes."""

    min_sources: int = 1
    outlier: str | None = None


class RuleTable(Document):
    """One of [[rules]]."""

    id: str
    title: str
    reference: str
    first: str = Field(alias="from")
    last: str | None = Field(alias="to", default=None)
    days_to_cure: int | None = None
    note: str = ""
    parameters: dict[str, str] = Field(default={})


class VolumePart(Document):
    """A part of the kind volume-coefficient."""

    kind: Literal["volume-coefficient"]
    per: int
    multiple: int
    years: int
    coefficients: dict[str, str]


class CustodyPart(Document):
    """A part of the kind share-of-custody."""

    kind: Literal["share-of-custody"]
    share: str


class TierRow(Document):
    """One slice of tiers."""

    above: str
    rate: str


class TiersPart(Document):
    """A part of the kind tiers."""

    kind: Literal["tiers"]
    input: str
    tiers: list[TierRow]


class IncidentsPart(Document):
    """A part of the kind plus-incidents."""

    kind: Literal["plus-incidents"]
    years: int
    share: str
    of: Literal["sum", "largest"]


PartTable = Annotated[VolumePart | CustodyPart | TiersPart | IncidentsPart, Field(discriminator="kind")]


class FormulaTable(Document):
    """One of [[formulas]]."""

    id: str
    reference: str
    first: str = Field(alias="from")
    last: str | None = Field(alias="to", default=None)
    insurance_share: str
    floor: str = "0"
    cap: str | None = None
    parts: list[PartTable]


class IdRow(Document):
    """One CAIP-19 id of an asset."""

    id: str
    decimals: int


class AssetTable(Document):
    """One of [[assets]]."""

    code: str
    ids: list[IdRow]


class HopRow(Document):
    """One step from a proxy to the code it runs; `slot` is EIP-1967's when it is left out."""

    slot: int | str | None = None
    code_hash: str


class TokenTable(Document):
    """One of [[tokens]]; words are whole numbers, in text as 0x… where TOML's do not reach.

    Either `slot`, or the `namespace` of an ERC-7201 layout with the `offset` of the mapping in it.
    """

    chain: str
    contract: str
    code_hash: str
    slot: int | str | None = None
    namespace: str | None = None
    offset: int = 0
    key_order: Literal["key-slot", "slot-key", "packed"]
    mask: str | None = None
    shift: int = 0
    member: int = 0
    implementation: list[HopRow] = Field(default=[])


class FacesTable(Document):
    """One of [[faces]]: ids that show the same coins, which count once."""

    ids: list[str]


class MarkRow(Document):
    """What a ratio under a mark means."""

    below: str
    says: str


class RatioTable(Document):
    """One of [[ratios]]."""

    figure: str
    title: str
    reference: str
    marks: list[MarkRow] = Field(default=[])


class PackDocument(Document):
    """The whole file."""

    format: Literal["por-policy/1"]
    pack: PackTable
    windows: WindowsTable
    prices: PricesTable = Field(default=PricesTable())
    rules: list[RuleTable]
    formulas: list[FormulaTable] = Field(default=[])
    assets: list[AssetTable]
    tokens: list[TokenTable] = Field(default=[])
    faces: list[FacesTable] = Field(default=[])
    ratios: list[RatioTable] = Field(default=[])
