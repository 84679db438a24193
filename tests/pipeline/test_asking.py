"""[nodes] and [reserves] of por.toml: several nodes for a chain, how many agree, and how much they are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from por import documents
from por.errors import InputError
from por.pipeline.asking import ReservesTable, plan_asking
from por.reserves.chains import Limits


def table(text: str) -> ReservesTable:
    return documents.read(ReservesTable, documents.read_toml(text, where="por.toml"), where="por.toml: reserves")


def test_one_node_or_several(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://node.example/key\n")
    nodes: dict[str, str | list[str]] = {"eip155:1": "@url", "eip155:137": ["http://a.example", "http://b.example"]}
    plan = plan_asking(nodes, table("quorum = 2\nbatch = 7\nrate = 20\n"), base=tmp_path, where="por.toml")
    assert plan.nodes == {
        "eip155:1": ("https://node.example/key",),
        "eip155:137": ("http://a.example", "http://b.example"),
    }
    assert (plan.quorum, plan.limits) == (2, Limits(batch=7, rate=20))
    assert plan_asking({}, ReservesTable(), base=tmp_path, where="x").limits == Limits()


@pytest.mark.parametrize(
    "text", ["quorum = 0", "batch = 0", "batch = 1.5", "timeout = 0", 'rate = "fast"', "speed = 1"]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(InputError):
        table(text)


def test_a_chain_without_any_node(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        plan_asking({"eip155:1": []}, ReservesTable(), base=tmp_path, where="por.toml")
    assert caught.value.code == "config-node"
