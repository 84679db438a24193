"""From wallets to a folder: what is written, what is refused before a node is asked, and nothing half-made."""

from __future__ import annotations

import json
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.chain import CHAIN, LocalChain
from por import canonical
from por.errors import ClaimError, InputError, PorError, SourceError, UsageError
from por.header import Header
from por.outcomes import Basis
from por.reserves.annex import Annex, verify_annex
from por.reserves.check import check_reserves
from por.reserves.control import ControlFile
from por.reserves.describe import describe
from por.reserves.report import Report
from por.reserves.tables import ReserveTables, Windows
from tests.evm import AS_OF, HEADER, QUICK, Exchange, needs_anvil, snapshot

pytestmark = needs_anvil
DECLARED = """
[[holding]]
kind = "fiat-trust"
asset = "JPY"
amount = "1250000000"
at = "2026-11-20"
institution = "Example Trust Bank"
document = "sha256:{}"
""".format("ab" * 32)


def run(ex: Exchange, out: Path, **changes: Any) -> Report:
    arguments: dict[str, Any] = {
        "wallets": ex.wallets,
        "control": ex.control,
        "snapshot": snapshot(),
        "nodes": ex.nodes,
        "tables": ex.tables,
        "limits": QUICK,
    }
    return check_reserves(out=out, **{**arguments, **changes})


def refused(ex: Exchange, tmp_path: Path, kind: type[PorError], code: str, **changes: Any) -> str:
    with pytest.raises(kind) as caught:
        run(ex, tmp_path / "out", **changes)
    assert caught.value.code == code
    assert caught.value.hint
    assert not (tmp_path / "out").exists()
    return caught.value.message


def test_what_is_written(ex: Exchange, tmp_path: Path) -> None:
    (tmp_path / "declared.toml").write_text(DECLARED)
    notices: list[str] = []
    report = run(ex, tmp_path / "out", declared=tmp_path / "declared.toml", notice=notices.append)
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {"reserves.json", "annex.json", "declared.toml", "evidence"}
    assert Report.from_bytes((out / "reserves.json").read_bytes()) == report
    assert {path.name for path in (out / "evidence").iterdir()} == report.digests()
    assert all(canonical.digest(path.read_bytes()) == path.name for path in (out / "evidence").iterdir())
    assert (out / "declared.toml").read_text() == DECLARED
    assert [row.amount for row in report.declared] == [1250000000]
    assert stat.S_IMODE((out / "annex.json").stat().st_mode) == 0o600
    assert len(notices) == 1 and ex.unlisted in notices[0]


def test_amounts_and_bases_are_the_chains(ex: Exchange) -> None:
    found = {
        (row.account.rpartition(":")[2], row.asset.partition("/")[2]): (row.amount, row.basis)
        for row in ex.report.chains[0].holdings
    }
    hot, cold, treasury = (wallet.parsed.address for wallet in ex.wallets)
    proven = Basis.PROVEN
    assert found == {
        (hot, "slip44:60"): (5 * 10**18 + 1, proven),
        (hot, f"erc20:{ex.yen}"): (1_000_000, proven),
        (cold, "slip44:60"): (70 * 10**18, proven),
        (cold, f"erc20:{ex.yen}"): (0, proven),  # proven to be absent
        (cold, f"erc20:{ex.unlisted}"): (77, Basis.NODE),
        (treasury, "slip44:60"): (3 * 10**18, proven),
        (treasury, f"erc20:{ex.yen}"): (2_500, proven),
    }
    assert ex.report.chains[0].source == "127.0.0.1"


def test_the_public_report_says_nothing_of_storage(ex: Exchange) -> None:
    text = ex.report.to_bytes().decode()
    annex = Annex.from_bytes((ex.folder / "out" / "annex.json").read_bytes())
    verify_annex(annex, ex.report)
    assert {row.storage for row in annex.holdings} == {"hot", "cold"}
    for word in ('"hot"', '"cold"', "vault", "treasury", annex.salt.hex(), str(ex.folder)):
        assert word not in text
    other = replace(annex, holdings=annex.holdings[1:])
    with pytest.raises(ClaimError):
        verify_annex(other, ex.report)


def test_same_evidence_again_and_another_salt(ex: Exchange, tmp_path: Path) -> None:
    run(ex, tmp_path / "out")
    first, second = ex.folder / "out", tmp_path / "out"
    assert (first / "reserves.json").read_bytes() == (second / "reserves.json").read_bytes()
    assert (first / "annex.json").read_bytes() != (second / "annex.json").read_bytes()
    for path in (first / "evidence").iterdir():
        assert path.read_bytes() == (second / "evidence" / path.name).read_bytes()


def test_refused_before_any_node_is_asked(ex: Exchange, tmp_path: Path) -> None:
    dead = {CHAIN: "http://127.0.0.1:9/"}
    refused(ex, tmp_path, UsageError, "node-missing", nodes={})
    message = refused(ex, tmp_path, InputError, "asset-no-backing", nodes=dead, tables=ReserveTables())
    assert "ETH" in message and CHAIN in message and "line 2" in message
    refused(ex, tmp_path, InputError, "control-missing", nodes=dead, control=tmp_path)
    other = replace(HEADER, issuer="Other K.K.")
    refused(ex, tmp_path, ClaimError, "challenge-issuer", nodes=dead, snapshot=snapshot(other))
    windows = Windows(challenge_max_age_days=0)
    refused(ex, tmp_path, ClaimError, "challenge-too-old", nodes=dead, windows=windows)
    double = replace(ex.wallets[1], account=ex.wallets[0].account)
    refused(ex, tmp_path, InputError, "wallet-twice", nodes=dead, wallets=(*ex.wallets, double))
    (tmp_path / "declared.toml").write_text("[[holding]]\n")
    refused(ex, tmp_path, InputError, "document-malformed", nodes=dead, declared=tmp_path / "declared.toml")


def test_one_id_that_backs_two_codes(ex: Exchange, tmp_path: Path) -> None:
    native = ex.tables.backings[0]
    tables = replace(ex.tables, backings=(*ex.tables.backings, replace(native, asset="WETH")))
    wallets = (replace(ex.wallets[0], assets=("ETH", "WETH")),)
    refused(ex, tmp_path, InputError, "holding-twice", wallets=wallets, tables=tables)


def test_the_block_must_be_near(ex: Exchange, tmp_path: Path) -> None:
    refused(ex, tmp_path, ClaimError, "block-skew", windows=Windows(max_skew_seconds=11))


def test_a_moment_that_is_not_over(ex: Exchange, tmp_path: Path) -> None:
    later = Header(issuer=HEADER.issuer, scope=HEADER.scope, as_of="2026-11-20T15:00:30Z", sequence=7)
    refused(ex, tmp_path, SourceError, "node-too-early", snapshot=snapshot(later), replaced=[HEADER.id])


def test_a_contract_that_refuses(ex: Exchange, tmp_path: Path) -> None:
    control = tmp_path / "control"
    shutil.copytree(ex.control, control)
    path = control / f"{ex.wallets[2].name}.json"
    file = ControlFile.from_bytes(path.read_bytes(), where="control")
    for signature in (b"", bytes(65), file.signature[:-1] + b"\0"):
        path.write_bytes(replace(file, signature=signature).to_bytes())
        refused(ex, tmp_path, ClaimError, "contract-refuses", control=control)


def test_an_account_without_code_is_no_contract_wallet(ex: Exchange, tmp_path: Path) -> None:
    control = tmp_path / "control"
    shutil.copytree(ex.control, control)
    path = control / f"{ex.wallets[0].name}.json"
    file = ControlFile.from_bytes(path.read_bytes(), where="control")
    path.write_bytes(replace(file, scheme="eip1271").to_bytes())
    wallets = (replace(ex.wallets[0], scheme="eip1271"), *ex.wallets[1:])
    refused(ex, tmp_path, ClaimError, "contract-refuses", control=control, wallets=wallets)


def test_what_stood_there_stays_when_a_run_fails(ex: Exchange, tmp_path: Path) -> None:
    run(ex, tmp_path / "out")
    before = (tmp_path / "out" / "reserves.json").read_bytes()
    with pytest.raises(SourceError):
        run(ex, tmp_path / "out", nodes={CHAIN: "http://127.0.0.1:9/"})
    assert (tmp_path / "out" / "reserves.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_token_of_other_code_falls_to_the_nodes_word(ex: Exchange, tmp_path: Path) -> None:
    token = replace(ex.tables.tokens[0], code_hash=b"\2" * 32)
    notices: list[str] = []
    tables = replace(ex.tables, tokens=(token,))
    report = run(ex, tmp_path / "out", tables=tables, notice=notices.append)
    yen = [row for row in report.chains[0].holdings if ex.yen in row.asset]
    assert {row.basis for row in yen} == {Basis.NODE}
    assert any(ex.chain.code_hash(ex.yen).hex() in text for text in notices)


def test_a_slot_that_is_wrong_in_the_table_is_told(ex: Exchange, tmp_path: Path) -> None:
    tables = replace(ex.tables, tokens=(replace(ex.tables.tokens[0], slot=1),))
    refused(ex, tmp_path, SourceError, "node-contradicts-proof", tables=tables)


def test_a_chain_without_a_codec_rests_on_the_nodes_word(tmp_path: Path) -> None:
    """Chain 43114 adds header fields: whatever its node proves, nothing here could check it."""
    from por.reserves.chains import Wish, open_chain

    with LocalChain(start=AS_OF - 1000, chain_id=43114) as chain:
        chain.mine(at=AS_OF - 5)
        chain.mine(at=AS_OF + 5, blocks=4)
        node = open_chain("eip155:43114", chain.url, QUICK)
        pinned = node.pin(AS_OF)
        assert (pinned.header, pinned.successor, pinned.time) == (None, None, AS_OF - 5)
        account, asset = f"eip155:43114:{chain.accounts[0]}", "eip155:43114/slip44:9000"
        found = node.read(pinned, [Wish(account=account, assets=(asset,), code=True)], ReserveTables())
        assert [(row.amount, row.basis, row.evidence) for row in found.rows] == [(10**22, Basis.NODE, ())]
        assert found.files == {}


def test_inspect_describes_each_file(ex: Exchange) -> None:
    out = ex.folder / "out"
    titles = set()
    for path in (out / "reserves.json", out / "annex.json", *(out / "evidence").iterdir()):
        found = describe(path.read_bytes(), where=path.name)
        assert found is not None and found.rows
        assert "valid" not in json.dumps(found.rows)
        titles.add(found.title.split()[0])
    assert titles == {"reserves", "annex,", "control", "evidence", "raw", "trie"}
    for other in (b"", b"{}", b"\xff", b'{"format":"other/1"}', b"[]"):
        assert describe(other, where="other") is None


def test_bytes_made_in_pieces_are_those_of_the_whole(ex: Exchange) -> None:
    row = ex.report.chains[0].holdings[0]
    for count in (0, 1, 999, 1000, 1001, 2345):
        chain = replace(ex.report.chains[0], holdings=tuple(replace(row, amount=n) for n in range(count)))
        for chains in ((), (chain,), (chain, ex.report.chains[0])):
            report = replace(ex.report, chains=chains)
            assert report.to_bytes() == canonical.encode(report.document())
