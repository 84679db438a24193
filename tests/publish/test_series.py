"""Publications together: one log, each once, none that contradicts another; the log's folder that is theirs."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from por.attestation.keys import load_public
from por.attestation.log import reopen_log
from por.attestation.trust import Trust
from por.audit.series import gaps_of, verify_log, verify_series
from por.errors import ClaimError, PorError
from por.publish.site.values import Site
from por.publish.site.write import write_site
from tests.conftest import World, good, por


def attest(world: World, out: Path, *, log: Path, key: Path | None = None) -> Path:
    """The first statement again with another price, into another log: the same sequence says two things."""
    prices = out.with_suffix(".csv")
    text = (world.publication / "prices.csv").read_text()
    prices.write_text(text.replace("USDC,154", "USDC,155"))
    assert prices.read_text() != text
    good(
        *("attest", "--liabilities", world.store, "--reserves", world.reserves, "--policy", "demo"),
        *("--prices", prices, "--key", key or world.secret / "attest.pem", "--log", log, "-o", out),
    )
    return out


@pytest.fixture
def trust(world: World) -> Trust:
    return Trust(keys=(load_public(world.key),))


def refused(*words: object) -> tuple[int, str]:
    ran = por("publish", *words, "--json")
    error = ran.document["error"]
    return ran.code, error["code"]


def test_two_statements_of_one_sequence_are_refused_with_evidence(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = attest(world, tmp_path / "other", log=tmp_path / "log")
    found = refused(world.publication, other, world.shortfall, "-o", "site", "--key", world.key)
    assert found == (1, "equivocation")
    assert not (tmp_path / "site").exists()
    good("audit", "--evidence", tmp_path / "equivocation-1.json", "--key", world.key)


def test_a_successor_of_another_entry_is_refused(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = attest(world, tmp_path / "other", log=tmp_path / "log")
    assert refused(other, world.shortfall, "-o", "site", "--key", world.key) == (1, "history-rewritten")


def test_one_statement_twice_and_two_logs(world, tmp_path):
    shutil.copytree(world.publication, tmp_path / "copy")
    words = ("-o", tmp_path / "site", "--key", world.key)
    assert refused(world.publication, tmp_path / "copy", *words) == (2, "series-twice")
    good("keys", "new", tmp_path / "b.pem", "--name", "b.jp", "--no-passphrase")
    other = attest(world, tmp_path / "other", log=tmp_path / "log", key=tmp_path / "b.pem")
    found = refused(world.publication, other, *words, "--key", tmp_path / "b.pub")
    assert found == (2, "series-logs")


def test_another_log_than_theirs(world, tmp_path):
    attest(world, tmp_path / "other", log=tmp_path / "log")
    words = ("-o", tmp_path / "site", "--key", world.key, "--log", tmp_path / "log")
    assert refused(world.publication, *words) == (1, "log-another")
    assert refused(world.shortfall, *words) == (1, "log-another")
    shutil.rmtree(tmp_path / "log/public")
    assert refused(tmp_path / "other", *words) == (3, "log-unpublished")


def test_only_the_logs_own_files_go_out(world, trust, tmp_path):
    folder = tmp_path / "log"
    shutil.copytree(world.shop.folder / "log", folder)
    (folder / "public/statement/proofs.por").write_bytes(world.proof.read_bytes())
    (folder / "public/tile/0/000.p/200").write_bytes(world.proof.read_bytes())
    issues = verify_series([world.publication, world.shortfall], trust=trust)
    found = verify_log(folder, issues, trust=trust)
    assert set(found.files) == {
        *("checkpoint", "statement/0.json", "statement/1.json", "tile/0/000.p/1", "tile/0/000.p/2"),
        *("tile/entries/000.p/1", "tile/entries/000.p/2"),
    }
    (folder / "public/tile/0/000.p/1").write_bytes(bytes(32))
    with pytest.raises(ClaimError) as error:
        verify_log(folder, issues, trust=trust)
    assert error.value.code == "log-tiles"


def test_a_public_head_that_the_log_does_not_have(world, trust, tmp_path):
    folder = tmp_path / "log"
    shutil.copytree(world.shop.folder / "log", folder)
    issues = verify_series([world.publication, world.shortfall], trust=trust)
    path = folder / "public/checkpoint"
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:2], "A" * 43 + "=", *lines[3:]]))
    with pytest.raises(PorError) as error:
        verify_log(folder, issues, trust=trust)
    assert error.value.code == "signature-invalid"


def test_a_publication_that_changes_meanwhile(world, trust, tmp_path):
    copy = tmp_path / "publication"
    shutil.copytree(world.publication, copy)
    issues = verify_series([copy], trust=trust)
    (copy / "proof.json").write_bytes(world.proof.read_bytes())
    with pytest.raises(ClaimError) as error:
        write_site(Site(issues=issues, gaps=()), tmp_path / "site")
    assert error.value.code == "publication-changed"
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    "name", ["proof.json", "../up", "evidence/x", "log/.checkpoint", "evidence/" + "0" * 65, "a.html"]
)
def test_no_other_name_is_ever_written(world, trust, tmp_path, name):
    (issue,) = verify_series([world.publication], trust=trust)
    spoiled = replace(issue, load=lambda: {**issue.load(), name: b"{}"})
    with pytest.raises(ClaimError) as error:
        write_site(Site(issues=(spoiled,), gaps=()), tmp_path / "out/site")
    assert error.value.code == "site-stray"
    assert list((tmp_path / "out").iterdir()) == []


def test_gaps_are_counted_by_entries_of_the_log(world, trust):
    (issue,) = verify_series([world.publication], trust=trust)

    def at(index: int, sequence: int):
        statement = issue.statement
        header = replace(statement.header, sequence=sequence)
        return replace(issue, statement=replace(statement, header=header, log=replace(statement.log, index=index)))

    found = gaps_of([at(2, 5), at(3, 9), at(7, 20)], size=10)
    assert [(gap.count, gap.after, gap.before) for gap in found] == [(2, None, 5), (3, 9, 20), (2, 20, None)]
    assert gaps_of([at(0, 5), at(1, 9)]) == ()


def test_the_log_is_free_again_afterwards(world, trust):
    issues = verify_series([world.publication], trust=trust)
    verify_log(world.shop.folder / "log", issues, trust=trust)
    with reopen_log(world.shop.folder / "log") as log:
        assert json.loads(log.entry(0))["predicate"]["snapshot"]["sequence"] == 1
