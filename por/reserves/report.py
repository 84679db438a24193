"""reserves.json (`por-reserves/1`): what was found on each chain at one block, and what each figure rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field

from por import amounts, canonical, documents
from por.errors import InputError
from por.header import check_text, parse_time
from por.outcomes import Basis
from por.reserves import blocks, caip
from por.reserves.declared import DeclaredHolding, parse_holdings

FORMAT = "por-reserves/1"
UNDATED = "undated"
"""In place of the time of issue, where a published text was signed that has none."""
PURPOSES = ("customers", "guarantee", "own", "liability-reserve")
Purpose = Literal["customers", "guarantee", "own", "liability-reserve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """How control of the account was shown: scheme, time of issue or "undated", hex SHA-256 of the control file."""

    scheme: str
    issued: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One amount: a CAIP-10 account, a CAIP-19 asset, base units of that id, and what the figure rests on.

    `evidence` names files by hex SHA-256; it is empty exactly when the basis is `node`.
    """

    account: str
    asset: str
    amount: int
    purpose: Purpose
    control: Control
    basis: Basis
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The pinned block: number, hash as the chain writes it (0x… on EVM chains), time as text."""

    number: int
    hash: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The total supply of a token contract that the company issues, in base units: a node's word."""

    asset: str
    amount: int
    basis: Basis = Basis.NODE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """All holdings of one chain at one block; `source` is the node's host and nothing else of its URL.

    `evidence` is the digests of the block's raw header and of its successor's, in this order (on chains of the Bitcoin
    family: of the headers that lead up to the block), or empty for a chain whose header layout no codec here reads.
    `supplies` are those of the company's own coins, by id; most chains have none, and then the document is without.
    """

    chain: str
    block: Block
    source: str
    holdings: tuple[Holding, ...]
    evidence: tuple[str, ...]
    supplies: tuple[Supply, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """reserves.json as a value."""

    snapshot_id: bytes
    chains: tuple[ChainReport, ...]
    declared: tuple[DeclaredHolding, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON object of docs/spec/reserves.md."""
        return {
            "format": FORMAT,
            "snapshot_id": self.snapshot_id.hex(),
            "chains": [_chain_document(chain) for chain in self.chains],
            "declared": [holding.row() for holding in self.declared],
        }

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """Yield the JCS bytes piece by piece."""
        empty = {**Report(snapshot_id=self.snapshot_id, chains=(), declared=self.declared).document(), "chains": []}
        head, found, tail = canonical.encode(empty).partition(b'"chains":[]')
        assert found
        yield head + found[:-1]
        for n, chain in enumerate(self.chains):
            yield b"," if n else b""
            rows = (_holding_document(row) for row in chain.holdings)
            yield from canonical.encode_long(_chain_document(replace(chain, holdings=())), "holdings", rows)
        yield b"]" + tail

    def digests(self) -> frozenset[str]:
        """Return every evidence file that the report names."""
        found: set[str] = set()
        for chain in self.chains:
            found.update(chain.evidence)
            for holding in chain.holdings:
                found.add(holding.control.digest)
                found.update(holding.evidence)
        return frozenset(found)

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str = "reserves.json") -> Report:
        """Read JCS bytes; InputError names the place of whatever is malformed, out of order or there twice."""
        value = canonical.decode(data, where=where)
        if isinstance(value, dict) and value.get("format") != FORMAT:
            raise InputError(f"{where}: not a {FORMAT} document", code="format-unknown", hint="is this the right file?")
        doc = documents.read(_ReportDocument, value, where=where)
        chains = tuple(_chain(row, f"{where}: chains[{n}]") for n, row in enumerate(doc.chains))
        _ascending((row.chain for row in chains), f"{where}: chains")
        return cls(
            snapshot_id=canonical.parse_hex(doc.snapshot_id, 32, where=f"{where}: snapshot_id"),
            chains=chains,
            declared=parse_holdings(doc.declared, where=f"{where}: declared"),
        )


def _holding_document(row: Holding) -> dict[str, Any]:
    return {
        "account": row.account,
        "asset": row.asset,
        "amount": str(row.amount),
        "purpose": row.purpose,
        "control": {"scheme": row.control.scheme, "issued": row.control.issued, "digest": row.control.digest},
        "basis": row.basis.value,
        "evidence": list(row.evidence),
    }


def _chain_document(chain: ChainReport) -> dict[str, Any]:
    return {
        "chain": chain.chain,
        "block": {"number": chain.block.number, "hash": chain.block.hash, "time": chain.block.time},
        "source": chain.source,
        "holdings": [_holding_document(row) for row in chain.holdings],
        "evidence": list(chain.evidence),
        **({"supplies": [_supply_row(row) for row in chain.supplies]} if chain.supplies else {}),
    }


def _supply_row(row: Supply) -> dict[str, str]:
    return {"asset": row.asset, "amount": str(row.amount), "basis": row.basis.value}


def _supply(doc: _Supply, chain: str, where: str) -> Supply:
    asset = caip.parse_asset(doc.asset, where=f"{where}.asset")
    if asset.chain != chain or asset.contract is None:
        raise InputError(
            f"{where}: {doc.asset} is no token contract on {chain}",
            code="supply-unreadable",
            hint="the report is damaged; fetch it again",
        )
    return Supply(asset=doc.asset, amount=amounts.parse_units(doc.amount, where=f"{where}.amount"))


def _chain(doc: _Chain, where: str) -> ChainReport:
    chain = caip.parse_chain(doc.chain, where=f"{where}.chain")
    if not 0 <= doc.block.number < canonical.INTEGER_LIMIT:
        raise InputError(
            f"{where}.block.number: not 0 to 2^53 - 1",
            code="report-block",
            hint="the report is damaged; fetch it again",
        )
    holdings = tuple(_holding(row, chain, f"{where}.holdings[{n}]") for n, row in enumerate(doc.holdings))
    _ascending(((row.account, row.asset) for row in holdings), f"{where}.holdings")
    parse_time(doc.block.time, where=f"{where}.block.time")
    supplies = tuple(_supply(row, chain, f"{where}.supplies[{n}]") for n, row in enumerate(doc.supplies))
    _ascending((row.asset for row in supplies), f"{where}.supplies")
    return ChainReport(
        chain=chain,
        block=Block(
            number=doc.block.number,
            hash=_checked_hash(chain, doc.block.hash, where=f"{where}.block.hash"),
            time=doc.block.time,
        ),
        source=check_text(doc.source, where=f"{where}.source"),
        holdings=holdings,
        evidence=_digests(doc.evidence, f"{where}.evidence", (0, 2, 3)),
        supplies=supplies,
    )


def _holding(doc: _Holding, chain: str, where: str) -> Holding:
    account = caip.parse_account(doc.account, where=f"{where}.account")
    asset = caip.parse_asset(doc.asset, where=f"{where}.asset")
    if account.chain != chain or asset.chain != chain:
        raise InputError(
            f"{where}: account or asset is of another chain than {chain}",
            code="holding-chain",
            hint="the report is damaged; fetch it again",
        )
    basis = Basis(doc.basis)
    evidence = _digests(doc.evidence, f"{where}.evidence", None)
    if (basis is Basis.NODE) != (not evidence):
        raise InputError(
            f"{where}: evidence and basis {basis.value} do not go together",
            code="holding-basis",
            hint="proven figures name their evidence, a node's answer has none",
        )
    if doc.control.issued != UNDATED:
        parse_time(doc.control.issued, where=f"{where}.control.issued")
    return Holding(
        account=doc.account,
        asset=doc.asset,
        amount=amounts.parse_units(doc.amount, where=f"{where}.amount"),
        purpose=doc.purpose,
        control=Control(
            scheme=doc.control.scheme,
            issued=doc.control.issued,
            digest=_digests([doc.control.digest], f"{where}.control.digest", None)[0],
        ),
        basis=basis,
        evidence=evidence,
    )


def _checked_hash(chain: str, text: str, *, where: str) -> str:
    blocks.parse_hash(chain, text, where=where)
    return text


def _digests(rows: list[str], where: str, counts: tuple[int, ...] | None) -> tuple[str, ...]:
    for row in rows:
        canonical.parse_hex(row, 32, where=where)
    if (counts is not None and len(rows) not in counts) or len(set(rows)) != len(rows):
        raise InputError(
            f"{where}: digests are missing, too many, or one stands twice",
            code="evidence-digests",
            hint="the report is damaged; fetch it again",
        )
    return tuple(rows)


def _ascending(keys: Iterable[Any], where: str) -> None:
    found = list(keys)
    for before, after in pairwise(found):
        if before == after:
            raise InputError(
                f"{where}: {_shown(after)} stands twice",
                code="holding-twice",
                hint="the same coins must not count twice",
            )
        if before > after:
            raise InputError(
                f"{where}: {_shown(after)} stands out of order",
                code="report-order",
                hint="the report is damaged; fetch it again",
            )


def _shown(key: Any) -> str:
    return " ".join(key) if isinstance(key, tuple) else str(key)


class _BlockDocument(documents.Document):
    number: int
    hash: str
    time: str


class _Control(documents.Document):
    scheme: str
    issued: str
    digest: str


class _Holding(documents.Document):
    account: str
    asset: str
    amount: str
    purpose: Purpose
    control: _Control
    basis: Literal["proven", "node"]
    evidence: documents.Rows[str]


class _Supply(documents.Document):
    asset: str
    amount: str
    basis: Literal["node"]


class _Chain(documents.Document):
    chain: str
    block: _BlockDocument
    source: str
    holdings: documents.Rows[_Holding]
    evidence: documents.Rows[str]
    # left out when there is none: an empty list would be a second way to say so
    supplies: documents.Rows[_Supply] = Field(default=[], min_length=1)


class _ReportDocument(documents.Document):
    format: str
    snapshot_id: str
    chains: documents.Rows[_Chain]
    declared: list[Any]
