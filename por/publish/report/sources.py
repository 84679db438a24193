"""What a report shows of the ground its figures stand on: trees, blocks, documents, and who speaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from por.publish.report.reading import Place

MAX_SKEW = 1 << 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One tree of what is owed: leaves, root, and what negative balances were left out."""

    asset: str
    decimals: int
    count: int
    root: str
    excluded_rows: int
    excluded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The block of one chain at which balances were read; `skew` is seconds from it to the snapshot."""

    chain: str
    number: int | None
    hash: str
    time: str
    skew: int
    source: str
    finality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document that something rests on: what it is of, how much (None: without a number), when, whose, its digest.

    `decimals` is None where the asset's are not known: the amount is then in base units. `notes` are what is said
    beside, by name.
    """

    kind: str
    asset: str
    amount: int
    decimals: int | None
    at: str
    by: str
    document: str
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All of it. `identity` is (what, text) in the statement's order; `beside` are ratios as given, never verified."""

    trees: tuple[Tree, ...]
    chains: tuple[Chain, ...]
    papers: tuple[Paper, ...]
    claims: tuple[Paper, ...]
    identity: tuple[tuple[str, str], ...]
    beside: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    issued: tuple[tuple[str, str, str | None], ...]
    uses: tuple[tuple[str, int, str], ...]
    volumes: tuple[tuple[int, str, int], ...]
    incidents: tuple[tuple[str, int], ...]
    method: str
    prices: tuple[tuple[str, str, int, int], ...]
    quoted: tuple[str, ...]


def sources(said: Place) -> Sources:
    """Read them from a predicate; InputError when they are not as they should be."""
    solvency, declared = said["solvency"], said["declared"]
    trees = tuple(_tree(row) for row in said["liabilities"].rows())
    decimals = {row.asset: row.decimals for row in trees} | {"JPY": 0}
    reserve = declared["reserve"].maybe()
    return Sources(
        trees=trees,
        chains=tuple(_chain(row) for row in said["chains"].rows()),
        papers=(
            *(_holding(row, decimals) for row in declared["holdings"].rows()),
            *(() if reserve is None else _reserve(reserve)),
        ),
        claims=tuple(_claim(row, decimals) for row in declared["encumbrances"].rows()),
        identity=_identity(declared),
        beside=tuple(
            (row["title"].text(), row["reference"].text(), row["given"].text(), row["says"].texts())
            for row in solvency["beside"].rows()
        ),
        issued=tuple(_coin(row) for row in solvency["issues"].rows()),
        uses=tuple((row["at"].text(), row["amount"].units(), row["reason"].text()) for row in _of(reserve, "uses")),
        volumes=tuple(
            (row["year"].whole(), kind, amount.units())
            for row in _of(reserve, "volumes")
            for kind, amount in row["by"].items()
        ),
        incidents=tuple((row["at"].text(), row["loss"].units()) for row in _of(reserve, "incidents")),
        method=solvency["prices"]["method"].text(),
        prices=tuple(
            (row["asset"].text(), row["yen"].text(), row["quotes"].whole(), row["left_out"].whole())
            for row in solvency["prices"]["used"].rows()
        ),
        quoted=tuple(dict.fromkeys(row["source"].text() for row in said["prices"].rows())),
    )


def _of(reserve: Place | None, name: str) -> Iterator[Place]:
    return iter(()) if reserve is None else reserve[name].rows()


def _tree(row: Place) -> Tree:
    return Tree(
        asset=row["asset"].text(),
        decimals=row["decimals"].decimals(),
        count=row["count"].whole(),
        root=row["root"].text(),
        excluded_rows=row["excluded"]["rows"].whole(),
        excluded=row["excluded"]["amount"].units(),
    )


def _chain(row: Place) -> Chain:
    number, skew = row["block"]["number"].maybe(), row["skew_seconds"].value
    if type(skew) is not int or abs(skew) >= MAX_SKEW:
        raise row["skew_seconds"].malformed("not whole seconds")
    return Chain(
        chain=row["chain"].text(),
        number=None if number is None else number.whole(),
        hash=row["block"]["hash"].text(),
        time=row["block"]["time"].time(),
        skew=skew,
        source=row["source"].text(),
        finality=row["finality"].text(),
    )


def _holding(row: Place, decimals: Mapping[str, int]) -> Paper:
    paper = _paper(row, decimals, kind=row["kind"].text(), asset=row["asset"].text(), by=row["institution"].text())
    return replace(paper, notes=(("purpose", row["purpose"].text()),))


def _claim(row: Place, decimals: Mapping[str, int]) -> Paper:
    asset = row["asset"].text()
    return Paper(
        kind=row["reason"].text(),
        asset=asset,
        amount=row["amount"].units(),
        decimals=decimals.get(asset),
        at="",
        by=row["in_favour_of"].text(),
        document=row["document"].text(),
    )


def _reserve(row: Place) -> list[Paper]:
    funds = [
        _paper(one, {"JPY": 0}, kind="funds", asset="JPY", by=one["institution"].text()) for one in row["funds"].rows()
    ]
    return funds + [
        Paper(
            kind="insurance",
            asset="JPY",
            amount=one["limit"].units(),
            decimals=0,
            at=f"{one['from'].text()} – {one['to'].text()}",
            by=one["insurer"].text(),
            document=one["document"].text(),
            notes=tuple((name, one[name].text()) for name in ("deductible", "haircut", "perils") if one[name].text()),
        )
        for one in row["insurance"].rows()
    ]


def _paper(row: Place, decimals: Mapping[str, int], *, kind: str, asset: str, by: str) -> Paper:
    return Paper(
        kind=kind,
        asset=asset,
        amount=row["amount"].units(),
        decimals=decimals.get(asset),
        at=row["at"].text(),
        by=by,
        document=row["document"].text(),
    )


def _identity(declared: Place) -> tuple[tuple[str, str], ...]:
    row = declared["identity"].maybe()
    found: list[tuple[str, str]] = []
    if row is not None:
        found += [(name, row[name].text()) for name in ("legal_entity", "licence", "group")]
        found += [("platform", name) for name in row["platforms"].texts()]
        found += [
            ("out_of_scope", f"{one['platform'].text()}: {one['reason'].text()}") for one in row["out_of_scope"].rows()
        ]
    for one in declared["custodians"].rows():
        parts = (one["name"].text(), one["jurisdiction"].text(), one["licence"].text())
        found.append(("custodian", ", ".join(part for part in parts if part)))
    company = declared["company"].maybe()
    if company is not None:
        found += [("company", f"{name}: {value.text()}") for name, value in company["figures"].items()]
    return tuple((name, text) for name, text in found if text)


def _coin(row: Place) -> tuple[str, str, str | None]:
    outstanding = row["outstanding"].maybe()
    return row["asset"].text(), row["type"].text(), None if outstanding is None else outstanding.text()
