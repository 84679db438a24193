"""Row 45: chains that nobody knows, folders that fill the memory, and texts without a date beside a node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.audit import publication
from por.audit.publication import open_publication
from por.errors import InputError
from por.outcomes import Check, Outcome
from por.reserves.recheck import recheck
from tests.attacks.reserves_world import judge
from tests.evm import Exchange, needs_anvil
from tests.fuzz import reserves_corpus as corpus
from tests.reserves.test_undated import claimed, published


def with_chain(name: str, **changes: Any) -> dict[str, Check]:
    """A report in which a chain without holdings has another name, over files that were honest under the old one."""
    document = json.loads(corpus.report())
    document["chains"][0].update({"chain": name, "holdings": [], **changes})
    document["chains"].sort(key=lambda row: str(row["chain"]))
    checks = recheck(
        report=canonical.encode(document), evidence=corpus.evidence(), header=corpus.HEADER, tables=corpus.tables()
    )
    return {check.id: check for check in checks}


@pytest.mark.parametrize("chain", ["bip122:" + "f" * 32, "bip122:" + "0" * 32])
def test_a_chain_of_the_family_that_nobody_knows(chain: str) -> None:
    """Its work is in no table; it was looked up all the same."""
    checks = with_chain(chain)
    assert checks["evidence"].outcome is Outcome.DOES_NOT_HOLD
    assert f"the chain {chain} is not supported" in checks["evidence"].detail


def test_a_family_that_nobody_knows() -> None:
    checks = with_chain("cosmos:hub", block={"hash": "0x" + "1" * 64, "number": 9, "time": "2026-11-20T14:59:00Z"})
    assert checks["evidence"].outcome is Outcome.DOES_NOT_HOLD
    assert "nothing here judges chains of cosmos" in checks["evidence"].detail


def test_a_folder_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred files of the size that each may have: an archive of them is refused too."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "attestation.json").write_bytes(b"{}")
    for number in range(10):
        (tmp_path / "evidence" / str(number)).write_bytes(bytes(1000))
    assert len(open_publication(tmp_path).files) == 11
    monkeypatch.setattr(publication, "MAX_TOTAL", 9_999)
    with pytest.raises(InputError, match="9,999 bytes"):
        open_publication(tmp_path)


@needs_anvil
def test_a_published_text_names_no_block_to_compare(ex: Exchange) -> None:
    """With a node the recent blocks of challenges are compared; a text without a date is none with a bad block."""
    checks = judge(ex, **claimed(ex, published(ex)), nodes=ex.nodes)
    assert checks["control-undated"].outcome is Outcome.NOT_COVERED
    assert checks["block-canonical"].outcome is Outcome.HOLDS, checks["block-canonical"]
