"""What an audit asks, what it rests on, and what it says is not covered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from por.reserves.report import Report
from tests.conftest import World, good, por


def outcomes(document: dict[str, object]) -> dict[str, tuple[str, str | None]]:
    return {check["id"]: (check["outcome"], check["basis"]) for check in document["checks"]}  # type: ignore[attr-defined]


def test_offline_everything_that_was_asked_for_holds(world: World) -> None:
    found = outcomes(good("audit", world.publication, "--key", world.key, "--json").document)
    for id in ("signature", "files", "liabilities-table", "evidence", "block-choice", "holdings-once"):
        assert found[id][0] == "holds", id
    for id in ("rule:segregation", "rule:fiat-trust", "rule:liability-reserve", "rule:combined-coverage"):
        assert found[id][0] == "holds", id
    assert found["evidence"] == ("holds", "proven")
    assert found["recomputed"] == ("holds", "recomputed")
    assert found["log-inclusion"][0] == found["log-consistency"][0] == "holds"
    for id in ("block-canonical", "control-contract", "liabilities-rebuilt", "annex", "history", "same-for-all"):
        assert found[id][0] == "not-covered", id


def test_with_everything_brought_more_holds(world: World) -> None:
    ran = good(
        *("audit", world.publication, "--key", world.key, "--annex", world.reserves / "annex.json"),
        *("--ledger", world.ledger, "--snapshot", world.folder / "first.toml", "--snapshot-key", world.folder / "key"),
        *("--node", world.shop.node, "--json"),
    )
    found = outcomes(ran.document)
    for id in ("block-canonical", "control-contract", "liabilities-rebuilt", "annex"):
        assert found[id][0] == "holds", id
    assert found["block-canonical"][1] == found["control-contract"][1] == "node"


def test_a_stated_shortfall_exits_1_and_says_which(world: World) -> None:
    ran = por("audit", world.shortfall, "--key", world.key, "--previous", world.publication, "--json")
    assert ran.code == 1
    found = outcomes(ran.document)
    assert found["rule:segregation"][0] == "does-not-hold"
    assert found["recomputed"][0] == found["history"][0] == "holds"
    assert [id for id, (outcome, _) in found.items() if outcome == "does-not-hold"] == ["rule:segregation"]


def test_another_ledger_is_found(world: World, tmp_path: Path) -> None:
    lines = world.ledger.read_text().splitlines()
    (tmp_path / "ledger.csv").write_text("\n".join(lines[:-1]) + "\n")
    ran = por(
        *("audit", world.publication, "--key", world.key, "--ledger", tmp_path / "ledger.csv", "--json"),
        *("--snapshot", world.folder / "first.toml", "--snapshot-key", world.folder / "key"),
    )
    assert ran.code == 1
    assert outcomes(ran.document)["liabilities-rebuilt"] == ("does-not-hold", "recomputed")


def test_another_annex_is_found(world: World, tmp_path: Path) -> None:
    (tmp_path / "annex.json").write_bytes(world.reserves.joinpath("annex.json").read_bytes() + b" ")
    ran = por("audit", world.publication, "--key", world.key, "--annex", tmp_path / "annex.json", "--json")
    assert ran.code == 1 and outcomes(ran.document)["annex"][0] == "does-not-hold"


def test_the_auditors_own_block_hash_decides(world: World) -> None:
    chain = Report.from_bytes((world.publication / "reserves.json").read_bytes()).chains[0]
    ran = good("audit", world.publication, "--key", world.key, "--block", f"{chain.chain}={chain.block.hash}", "--json")
    assert outcomes(ran.document)["block-canonical"][0] == "holds"
    wrong = "0x" + "ab" * 32
    ran = por("audit", world.publication, "--key", world.key, "--block", f"{chain.chain}={wrong}", "--json")
    assert ran.code == 1 and outcomes(ran.document)["block-canonical"][0] == "does-not-hold"


def test_a_node_out_of_reach_leaves_it_undecided(world: World) -> None:
    ran = por("audit", world.publication, "--key", world.key, "--node", "eip155:31337=http://127.0.0.1:9", "--json")
    assert ran.code == 4 and outcomes(ran.document)["block-canonical"][0] == "undecided"


def test_without_a_key_nothing_is_trusted(world: World) -> None:
    ran = por("audit", world.publication)
    assert ran.code == 5 and "--key" in ran.err


def test_a_strangers_key_does_not_do(world: World, tmp_path: Path) -> None:
    good("keys", "new", tmp_path / "other.pem", "--name", "other", "--no-passphrase")
    ran = por("audit", world.publication, "--key", tmp_path / "other.pub", "--json")
    assert ran.code == 1 and outcomes(ran.document)["signature"][0] == "does-not-hold"


def test_a_pack_that_is_not_shipped_exits_5(world: World, tmp_path: Path) -> None:
    policy = (world.publication / "policy.toml").read_text()
    (tmp_path / "own.toml").write_text(policy.replace('id = "demo"', 'id = "house"'))
    publication = tmp_path / "publication"
    ran = por(
        *("attest", "--liabilities", world.store, "--reserves", world.reserves, "--policy", tmp_path / "own.toml"),
        *("--prices", world.publication / "prices.csv", "--key", world.secret / "attest.pem"),
        *("--log", tmp_path / "log", "-o", publication),
    )
    assert ran.code == 0, ran.err
    ran = por("audit", publication, "--key", world.key)
    assert ran.code == 5
    good("audit", publication, "--key", world.key, "--policy", tmp_path / "own.toml")


def test_history_rewritten_is_found(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # evidence is written where the person is
    log, publication = tmp_path / "log", tmp_path / "publication"
    ran = por(
        *("attest", "--liabilities", world.shop.folder / "work/liabilities"),
        *("--reserves", world.shop.folder / "work/reserves", "--policy", "demo"),
        *("--prices", world.shop.folder / "prices.csv", "--key", world.secret / "attest.pem"),
        *("--log", log, "-o", publication, "--origin", "Example-Exchange-K.K./reserves"),
    )
    assert ran.code == 1, "sequence 2 alone in a new log of the same name"
    ran = por("audit", publication, "--key", world.key, "--previous", world.publication, "--json")
    assert ran.code == 1 and outcomes(ran.document)["history"][0] == "does-not-hold"
    assert (tmp_path / ran.document["evidence"][0]).is_file()


def test_the_log_verifies_on_its_own_and_a_change_is_found(world: World, tmp_path: Path) -> None:
    log = tmp_path / "log"
    shutil.copytree(world.shop.folder / "log", log)
    assert outcomes(good("log", "verify", log, "--key", world.key, "--json").document)["log-entries"][0] == "holds"
    data = bytearray((log / "checkpoint").read_bytes())
    data[-8] ^= 1
    (log / "checkpoint").write_bytes(data)
    assert por("log", "verify", log, "--key", world.key).code in (1, 3)
