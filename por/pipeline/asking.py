"""[nodes] and [reserves] of por.toml: whom to ask about each chain, how many must agree, and how much is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from por import documents, files
from por.errors import InputError
from por.reserves import caip
from por.reserves.chains import Limits

MAX_URL = 4096
"""Bytes of a file that holds a node's URL."""

Chosen = Annotated[int | None, Field(ge=1, le=10_000)]


class ReservesTable(documents.Document):
    """[reserves]: what may be asked of the nodes, as on the command line."""

    quorum: Annotated[int | None, Field(ge=1, le=100)] = None
    batch: Chosen = None
    concurrency: Annotated[int | None, Field(ge=1, le=256)] = None
    rate: Chosen = None
    tries: Annotated[int | None, Field(ge=1, le=100)] = None
    timeout: Annotated[int | None, Field(ge=1, le=3600)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingPlan:
    """Who is asked and how: `nodes` maps a CAIP-2 chain to its URLs, which may be secrets."""

    nodes: Mapping[str, tuple[str, ...]]
    limits: Limits
    quorum: int | None


def plan_asking(nodes: Mapping[str, str | list[str]], table: ReservesTable, *, base: Path, where: str) -> AskingPlan:
    """Read both tables; InputError names a chain that is none or has no node, SourceError a file out of reach."""
    found: dict[str, tuple[str, ...]] = {}
    for chain, value in nodes.items():
        urls = [value] if isinstance(value, str) else value
        if not urls:
            raise InputError(f"{where}: nodes: {chain} has none", code="config-node", hint="give at least one URL")
        found[caip.parse_chain(chain, where=f"{where}: nodes")] = tuple(read_url(base, url) for url in urls)
    given = {name: value for name, value in table.model_dump(exclude={"quorum"}).items() if value is not None}
    return AskingPlan(nodes=found, limits=Limits(**given), quorum=table.quorum)


def read_url(base: Path, value: str) -> str:
    """Return a URL, or what the file says that stands after an @."""
    return files.read_text(base / value[1:], limit=MAX_URL).strip() if value.startswith("@") else value
