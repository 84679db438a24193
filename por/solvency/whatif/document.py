"""The shape of a scenario's TOML (docs/spec/scenario.md): strict models, no values yet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from por.documents import Document

FORMAT = "por-scenario/1"


class ScenarioTable(Document):
    """[scenario]: what it is; a past incident has the day it became known, and sources."""

    id: str
    title: str
    about: str = ""
    incident: str | None = None
    sources: list[str] = Field(default=[])


class HotWalletsTable(Document):
    """A shock of the kind hot-wallets."""

    kind: Literal["hot-wallets"]
    lost: str = "1"
    assumed_hot: str | None = None


class CustodianTable(Document):
    """A shock of the kind custodian."""

    kind: Literal["custodian"]
    name: str
    lost: str = "1"


class PricesTable(Document):
    """A shock of the kind prices."""

    kind: Literal["prices"]
    down: str | None = None
    up: str | None = None
    assets: list[str] | None = None
    excepted: list[str] = Field(default=[])


class LossTable(Document):
    """A shock of the kind loss."""

    kind: Literal["loss"]
    yen: str | None = None
    share: str | None = None
    of: str | list[str] = "all"
    taken: str | list[str] | None = Field(alias="from", default=None)
    spread: Literal["alike", "largest-first"] = "alike"


ShockTable = Annotated[HotWalletsTable | CustodianTable | PricesTable | LossTable, Field(discriminator="kind")]


class ScenarioDocument(Document):
    """The whole file."""

    format: Literal["por-scenario/1"]
    scenario: ScenarioTable
    shocks: list[ShockTable]
