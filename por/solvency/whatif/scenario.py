"""Scenarios: data that says what happens, from a file or shipped with the program, checked whole when read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from pathlib import Path

from por import amounts, documents
from por.errors import InputError
from por.files import read_bytes
from por.header import check_text
from por.lines import Places, lines
from por.reserves.declared import check_date
from por.solvency.settings import Pack
from por.solvency.whatif.document import (
    CustodianTable,
    HotWalletsTable,
    LossTable,
    PricesTable,
    ScenarioDocument,
    ShockTable,
)
from por.solvency.whatif.facts import Facts
from por.solvency.whatif.shocks import CustodianGone, HotWallets, Loss, PriceMove, Shock, Struck

MAX_SCENARIO = 1 << 20
"""Bytes of a scenario: ours have a thousand."""

MAX_SHOCKS = 100
"""Shocks of one scenario; each judges the snapshot again."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_GROUPS = ("all", "crypto", "fiat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens, in order. `incident` is the day a past one became known; `sources` say where its figures are from.

    `about` says how it is scaled to another exchange.
    """

    id: str
    title: str
    shocks: tuple[Shock, ...]
    about: str = ""
    incident: str | None = None
    sources: tuple[str, ...] = ()

    def strike(self, pack: Pack, facts: Facts) -> Struck:
        """Play all shocks, one after the other; the first that lacks something ends it."""
        steps: list[str] = []
        struck = Struck(facts=facts)
        for shock in self.shocks:
            struck = shock.strike(pack, struck.facts)
            if struck.missing:
                return Struck(facts=facts, missing=struck.missing)
            steps += struck.steps
        return Struck(facts=struck.facts, steps=tuple(steps))


def together(scenarios: Iterable[Scenario]) -> Scenario:
    """Return one scenario in which all of them happen, in the order given."""
    rows = list(scenarios)
    return Scenario(
        id="+".join(row.id for row in rows),
        title=", and ".join(row.title for row in rows),
        shocks=tuple(shock for row in rows for shock in row.shocks),
        sources=tuple(source for row in rows for source in row.sources),
    )


def shipped_scenarios() -> tuple[Scenario, ...]:
    """Return the scenarios shipped with the program, by id."""
    folder = resources.files("por.solvency.whatif").joinpath("scenarios")
    files = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    rows = [parse_scenario(file.read_bytes(), where=file.name) for file in files]
    return tuple(sorted(rows, key=lambda row: row.id))


def load_scenario(path: Path) -> Scenario:
    """Read a scenario's file; InputError names the line that is wrong, SourceError a file out of reach."""
    return parse_scenario(read_bytes(path, limit=MAX_SCENARIO), where=path.name)


def parse_scenario(data: bytes, *, where: str = "scenario.toml") -> Scenario:
    """Check the bytes of a scenario, all of it; InputError names the line and the key."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
    value = documents.read_toml(text, where=where)
    place = Places(lines(text), where)
    doc = documents.read(ScenarioDocument, value, where=where, places=place)
    head = doc.scenario
    if not _SLUG.fullmatch(head.id):
        raise fault(place("scenario", "id"), "not a name of small letters, digits and dashes")
    if not 1 <= len(doc.shocks) <= MAX_SHOCKS:
        raise fault(place("shocks"), f"{len(doc.shocks)} shocks; 1 to {MAX_SHOCKS} make a scenario")
    if head.incident is not None:
        check_date(head.incident, where=place("scenario", "incident"))
        if not head.sources:
            raise InputError(
                f"{place('scenario', 'sources')}: a past incident needs its sources",
                code="scenario-source-missing",
                hint="say where its figures are from",
            )
    return Scenario(
        id=head.id,
        title=check_text(head.title, where=place("scenario", "title")),
        about=_sentence(head.about, place("scenario", "about")) if head.about else "",
        incident=head.incident,
        sources=tuple(_sentence(row, place("scenario", "sources", n)) for n, row in enumerate(head.sources)),
        shocks=tuple(_shock(row, place, n) for n, row in enumerate(doc.shocks)),
    )


def fault(where: str, what: str) -> InputError:
    """Return the InputError of a mistake in a scenario."""
    return InputError(f"{where}: {what}", code="scenario-malformed", hint="compare it with docs/spec/scenario.md")


def _shock(row: ShockTable, place: Places, n: int) -> Shock:
    def share(text: str, key: str) -> Fraction:
        where = place("shocks", n, key)
        found = amounts.parse_exact(text, where=where)
        if found > 1:
            raise fault(where, f"{text} is more than the whole; write 5 % as 0.05")
        return found

    if isinstance(row, HotWalletsTable):
        assumed = None if row.assumed_hot is None else share(row.assumed_hot, "assumed_hot")
        return HotWallets(share=share(row.lost, "lost"), assumed=assumed)
    if isinstance(row, CustodianTable):
        return CustodianGone(name=check_text(row.name, where=place("shocks", n, "name")), share=share(row.lost, "lost"))
    if isinstance(row, PricesTable):
        return _prices(row, place, n, share(row.down, "down") if row.down is not None else None)
    return _loss(row, place, n, share(row.share, "share") if row.share is not None else None)


def _prices(row: PricesTable, place: Places, n: int, down: Fraction | None) -> PriceMove:
    if (down is None) == (row.up is None):
        raise fault(place("shocks", n), "prices move either down or up: give one of the two")
    if down == 1:
        raise fault(place("shocks", n, "down"), "a price of zero would let a shortfall cost nothing")
    up = None if row.up is None else amounts.parse_exact(row.up, where=place("shocks", n, "up"))
    return PriceMove(
        factor=1 - down if down is not None else 1 + (up or Fraction(0)),
        assets=None if row.assets is None else _codes(row.assets, place, n, "assets"),
        excepted=_codes(row.excepted, place, n, "excepted"),
    )


def _loss(row: LossTable, place: Places, n: int, share: Fraction | None) -> Loss:
    if (share is None) == (row.yen is None):
        raise fault(place("shocks", n), "a loss is either yen or a share: give one of the two")
    of = _group(row.of, place, n, "of")
    return Loss(
        yen=None if row.yen is None else amounts.parse_exact(row.yen, where=place("shocks", n, "yen")),
        share=share,
        of=of,
        taken=of if row.taken is None else _group(row.taken, place, n, "from"),
        spread=row.spread,
    )


def _group(value: str | list[str], place: Places, n: int, key: str) -> str | tuple[str, ...]:
    if isinstance(value, list):
        return _codes(value, place, n, key)
    if value not in _GROUPS:
        raise fault(place("shocks", n, key), f"{value[:40]!r} is none of {', '.join(_GROUPS)}, and no list of codes")
    return value


def _codes(rows: list[str], place: Places, n: int, key: str) -> tuple[str, ...]:
    for number, code in enumerate(rows):
        where = place("shocks", n, key, number)
        if amounts.split_asset(amounts.check_asset(code, where=where))[1]:
            raise fault(where, f"{code} is a class of balances; name the asset")
    return tuple(rows)


def _sentence(text: str, where: str) -> str:
    if not 1 <= len(text) <= 1000 or text != text.strip() or not text.isprintable():
        raise fault(where, "not a plain text of at most 1000 characters")
    return text
