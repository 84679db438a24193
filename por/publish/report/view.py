"""A predicate as the report shows it: every value read and checked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from por.publish.report.figures import FAILED, Asset, Rule, Sides, asset, rule, sides
from por.publish.report.reading import Place

VERDICTS = ("holds", "does-not-hold", "undecided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """The liability reserve in whole yen; `required` is None where it could not be computed."""

    formula: str | None
    reference: str
    required: int | None
    funds: int
    insurance: int
    counted: int
    held: int

    @property
    def short(self) -> int:
        """What is missing, 0 where nothing is or nobody knows."""
        return max((self.required or 0) - self.held, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over all assets with a price, in whole yen."""

    owed: int
    covered: int
    reserve: int
    unpriced: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the statement before said, as this one repeats it; `held` and `required` are of its reserve."""

    sequence: int
    digest: str
    as_of: str
    verdict: str
    policy: tuple[str, str]
    rules: Mapping[str, str]
    assets: Mapping[str, Sides]
    required: int | None
    held: int | None
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything that a page shows. `said` is the predicate, for what is shown as it stands there."""

    issuer: str
    scope: str
    as_of: str
    sequence: int
    verdict: str
    account_id_kind: str
    snapshot_id: str
    policy: Mapping[str, str]
    assets: tuple[Asset, ...]
    rules: tuple[Rule, ...]
    reserve: Reserve | None
    totals: Totals
    before: Before | None
    replaces: tuple[int, str] | None
    gaps: tuple[str, ...]
    limitations: tuple[str, ...]
    log: tuple[str, str, int]
    software: tuple[str, str]
    issued: str | None

    @property
    def short(self) -> tuple[Asset, ...]:
        """The assets of which less is held than is owed."""
        return tuple(row for row in self.assets if row.short)

    def came_out(self, *outcomes: str) -> tuple[Rule, ...]:
        """Return the rules with one of these outcomes."""
        return tuple(row for row in self.rules if row.outcome in outcomes)

    @property
    def beside_counted(self) -> tuple[Asset, ...]:
        """The assets that have classes, or something held that does not count."""
        return tuple(row for row in self.assets if row.named_classes or row.other)

    @property
    def by_weight(self) -> tuple[Rule, ...]:
        """The rules, those that fail or are undecided first."""
        return (*self.came_out(FAILED), *self.came_out("undecided"), *self.came_out("holds", "not-covered"))

    @property
    def failed(self) -> tuple[Rule, ...]:
        """The rules that do not hold."""
        return self.came_out(FAILED)

    @property
    def moved(self) -> tuple[tuple[Sides | None, Sides | None], ...]:
        """Each asset as it was and as it is, by code; None where a statement has none."""
        was: Mapping[str, Sides] = {} if self.before is None else self.before.assets
        now = {row.asset: row for row in self.assets}
        return tuple((was.get(code), now.get(code)) for code in sorted({*was, *now}))

    @property
    def turned(self) -> tuple[tuple[str, str | None, str | None], ...]:
        """The rules whose outcome is another one than before: id, before, now."""
        was: Mapping[str, str] = {} if self.before is None else self.before.rules
        now = {row.id: row.outcome for row in self.rules}
        return tuple((id, was.get(id), now.get(id)) for id in sorted({*was, *now}) if was.get(id) != now.get(id))


def view(predicate: Mapping[str, Any]) -> View:
    """Read a predicate; InputError `statement-malformed`, or of its times, when it is not as it should be."""
    said = Place(predicate, "predicate")
    header, solvency, log, replaces = said["snapshot"], said["solvency"], said["log"], said["replaces"].maybe()
    issued = said["issued"].maybe()
    return View(
        issuer=header["issuer"].text(),
        scope=header["scope"].text(),
        as_of=header["as_of"].time(),
        sequence=header["sequence"].whole(),
        verdict=said["verdict"].one_of(*VERDICTS),
        account_id_kind=said["account_id_kind"].text(),
        snapshot_id=said["snapshot_id"].text(),
        policy={name: said["policy"][name].text() for name in ("id", "version", "title", "sha256", "from")},
        assets=tuple(asset(row) for row in solvency["assets"].rows()),
        rules=tuple(rule(row) for row in solvency["rules"].rows()),
        reserve=_reserve(solvency["reserve"].maybe()),
        totals=_totals(solvency["yen"]),
        before=_before(said["previous"].maybe(), said["change"].maybe()),
        replaces=None if replaces is None else (replaces["sequence"].whole(), replaces["reason"].text()),
        gaps=solvency["gaps"].texts(),
        limitations=said["limitations"].texts(),
        log=(log["origin"].text(), log["key"].text(), log["index"].whole()),
        software=(said["software"]["name"].text(), said["software"]["version"].text()),
        issued=None if issued is None else issued.time(),
    )


def _reserve(row: Place | None) -> Reserve | None:
    if row is None:
        return None
    required, formula = row["required"].maybe(), row["formula"].maybe()
    return Reserve(
        formula=None if formula is None else formula.text(),
        reference=row["reference"].text(),
        required=None if required is None else required.units(),
        funds=row["funds"].units(),
        insurance=row["insurance"].units(),
        counted=row["insurance_counted"].units(),
        held=row["held"].units(),
    )


def _totals(row: Place) -> Totals:
    return Totals(
        owed=row["owed"].units(),
        covered=row["covered"].units(),
        reserve=row["reserve"].units(),
        unpriced=row["unpriced"].texts(),
    )


def _before(previous: Place | None, change: Place | None) -> Before | None:
    if previous is None or change is None:
        return None
    reserve = change["reserve"].maybe()
    required = None if reserve is None else reserve["required"].maybe()
    return Before(
        sequence=previous["sequence"].whole(),
        digest=previous["digest"].text(),
        as_of=change["as_of"].time(),
        verdict=change["verdict"].one_of(*VERDICTS),
        policy=(change["policy"]["id"].text(), change["policy"]["version"].text()),
        rules={row["id"].text(): row["outcome"].text() for row in change["rules"].rows()},
        assets={row.asset: row for row in map(sides, change["assets"].rows())},
        required=None if required is None else required.units(),
        held=None if reserve is None else reserve["held"].units(),
        totals=_totals(change["yen"]),
    )
