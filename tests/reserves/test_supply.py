"""Supplies of the company's own coins, read from real chains at the pinned blocks and asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.chain import CHAIN, LocalChain
from por.errors import ClaimError, InputError, UsageError
from por.outcomes import Basis, Outcome
from por.reserves.check import check_reserves
from por.reserves.recheck import recheck
from por.reserves.report import Report, Supply
from por.reserves.supply import ids_of_issue, recheck_supplies
from por.reserves.tables import Backing, ReserveTables
from tests.evm import AS_OF, HEADER, QUICK, Exchange, exchange, needs_anvil, snapshot

pytestmark = needs_anvil

OTHER = "eip155:11155111"
MINTED = 7 * 10**18
ISSUE = '[[issue]]\nasset = "JPYC"\ntype = "funds-transfer"\n'


@pytest.fixture(scope="module")
def ex() -> Exchange:
    return exchange()


@pytest.fixture(scope="module")
def second() -> Iterator[tuple[LocalChain, str]]:
    """A second chain of issue, on which the company has no wallet."""
    with LocalChain(start=AS_OF - 8 * 3600, chain_id=11155111) as chain:
        token = chain.deploy("erc20", "Yen", "JPYC", 18)
        chain.mint(token, chain.accounts[3], MINTED)
        chain.mine(at=AS_OF - 12)
        chain.mine(at=AS_OF + 1, blocks=4)
        chain.mint(token, chain.accounts[3], 1)  # after the snapshot
        yield chain, token


def with_other(tables: ReserveTables, token: str) -> ReserveTables:
    return replace(tables, backings=(*tables.backings, Backing(asset="JPYC", id=f"{OTHER}/erc20:{token}", decimals=18)))


def read(ex: Exchange, out: Path, tables: ReserveTables, nodes: dict[str, str], declared: str = ISSUE) -> Report:
    (out.parent / "declared.toml").write_text(declared)
    return check_reserves(
        wallets=ex.wallets,
        control=ex.control,
        snapshot=snapshot(),
        nodes=nodes,
        tables=tables,
        declared=out.parent / "declared.toml",
        out=out,
        limits=QUICK,
    )


def test_every_chain_of_issue_is_read_at_its_block(
    ex: Exchange, second: tuple[LocalChain, str], tmp_path: Path
) -> None:
    chain, token = second
    tables = with_other(ex.tables, token)
    report = read(ex, tmp_path / "out", tables, {**ex.nodes, OTHER: chain.url})
    assert [row.chain for row in report.chains] == [OTHER, CHAIN]
    there, here = report.chains
    assert here.supplies == (Supply(asset=f"{CHAIN}/erc20:{ex.yen}", amount=1_002_500, basis=Basis.NODE),)
    assert there.supplies == (Supply(asset=f"{OTHER}/erc20:{token}", amount=MINTED, basis=Basis.NODE),)
    assert there.holdings == () and len(there.evidence) == 2
    data = (tmp_path / "out/reserves.json").read_bytes()
    assert Report.from_bytes(data) == report
    evidence = {path.name: path.read_bytes() for path in (tmp_path / "out/evidence").iterdir()}
    checks = {row.id: row for row in recheck(report=data, evidence=evidence, header=HEADER, tables=tables)}
    assert checks["block-choice"].outcome is Outcome.HOLDS and OTHER in checks["block-choice"].detail
    assert not [row for row in checks.values() if row.outcome is Outcome.DOES_NOT_HOLD]


def test_a_chain_of_issue_without_a_node_is_asked_for(
    ex: Exchange, second: tuple[LocalChain, str], tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as found:
        read(ex, tmp_path / "out", with_other(ex.tables, second[1]), ex.nodes)
    assert found.value.code == "node-missing" and OTHER in found.value.message
    assert not (tmp_path / "out").exists()


def test_without_an_issue_nothing_is_read(ex: Exchange, tmp_path: Path) -> None:
    report = read(ex, tmp_path / "out", ex.tables, ex.nodes, declared="")
    assert report.chains[0].supplies == ()
    assert b"supplies" not in (tmp_path / "out/reserves.json").read_bytes()


def test_an_auditors_node_is_asked_again(ex: Exchange, second: tuple[LocalChain, str], tmp_path: Path) -> None:
    chain, token = second
    report = read(ex, tmp_path / "out", with_other(ex.tables, token), {**ex.nodes, OTHER: chain.url})
    nodes = {**ex.nodes, OTHER: chain.url}

    def outcome(report: Report, nodes: dict[str, str]) -> Outcome:
        found = recheck_supplies(report, nodes=nodes, limits=QUICK)
        assert found is not None and found.id == "supply"
        return found.outcome

    assert outcome(report, nodes) is Outcome.HOLDS
    assert outcome(report, {}) is Outcome.NOT_COVERED
    assert outcome(report, ex.nodes) is Outcome.NOT_COVERED  # not by halves
    assert outcome(report, {**ex.nodes, OTHER: "http://127.0.0.1:9"}) is Outcome.UNDECIDED
    less = replace(report.chains[0], supplies=(replace(report.chains[0].supplies[0], amount=MINTED - 1),))
    assert outcome(replace(report, chains=(less, report.chains[1])), nodes) is Outcome.DOES_NOT_HOLD
    bare = replace(report, chains=tuple(replace(row, supplies=()) for row in report.chains))
    assert recheck_supplies(bare, nodes=nodes) is None


def test_what_is_no_token_tells_no_supply(ex: Exchange, tmp_path: Path) -> None:
    nobody = "0x0000000000000000000000000000000000001271"
    tables = replace(
        ex.tables, backings=(*ex.tables.backings, Backing(asset="NIL", id=f"{CHAIN}/erc20:{nobody}", decimals=18))
    )
    with pytest.raises(ClaimError) as found:
        read(ex, tmp_path / "out", tables, ex.nodes, declared=ISSUE.replace("JPYC", "NIL"))
    assert found.value.code == "supply-unreadable" and nobody in found.value.message


def test_a_coin_without_contracts_cannot_be_issued() -> None:
    ether = ReserveTables(backings=(Backing(asset="ETH", id=f"{CHAIN}/slip44:60", decimals=18),))
    for code, slug in (("ETH", "supply-unreadable"), ("DOGE", "asset-no-backing")):
        with pytest.raises(InputError) as found:
            ids_of_issue([code], ether, None)
        assert found.value.code == slug
    with pytest.raises(InputError):
        ids_of_issue(["ETH"], ether, ["eip155:1"])
    assert ids_of_issue([], ether, None) == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row["supplies"].clear(),
        lambda row: row.update(supplies=None),
        lambda row: row["supplies"].append(row["supplies"][0]),
        lambda row: row["supplies"][0].update(basis="proven"),
        lambda row: row["supplies"][0].update(amount="-1"),
        lambda row: row["supplies"][0].update(asset=f"{CHAIN}/slip44:60"),
        lambda row: row["supplies"][0].update(asset="eip155:1/erc20:0x0000000000000000000000000000000000001271"),
        lambda row: row["supplies"][0].update(extra=1),
    ],
)
def test_a_report_says_supplies_in_one_way(ex: Exchange, spoil: object) -> None:
    from por import canonical

    chain = replace(ex.report.chains[0], supplies=(Supply(asset=f"{CHAIN}/erc20:{ex.yen}", amount=5),))
    document = replace(ex.report, chains=(chain,)).document()
    assert Report.from_bytes(canonical.encode(document)).chains[0] == chain
    spoil(document["chains"][0])  # type: ignore[operator]
    with pytest.raises(InputError):
        Report.from_bytes(canonical.encode(document))
