"""Row 42: one wallet, or one document, in the statements of two exchanges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.attacks.other_world import ISSUER, only, other_exchange
from tests.conftest import World, por


def compare(world: World, other: Path, *more: object) -> tuple[int, dict[str, str]]:
    ran = por("audit", world.publication, "--key", world.key, "--other", other, "--json", *more)
    (check,) = (check for check in ran.document["checks"] if check["id"] == "other:1")
    return ran.code, check


def keyed(folder: Path) -> tuple[object, ...]:
    return ("--other-key", folder / "other.pub")


def test_a_wallet_in_two_signed_statements(world: World, tmp_path: Path) -> None:
    other = other_exchange(world, tmp_path / "o")
    code, check = compare(world, other, *keyed(tmp_path / "o"))
    assert (code, check["outcome"], check["basis"]) == (1, "does-not-hold", "signed")
    hot = world.shop.addresses.hot
    assert f"eip155:31337:{hot} counts for both: eip155:31337/" in check["detail"]
    assert f"of {ISSUER} (" in check["detail"] and "0.0 h apart" in check["detail"]
    assert "both count on the document sha256:" in check["detail"]


def test_a_wallet_with_other_coins_is_one_wallet(world: World, tmp_path: Path) -> None:
    """What it holds for whom is not told apart by its key."""

    def change(report: dict[str, Any]) -> None:
        only(world.shop.addresses.hot)(report)
        rows = report["chains"][0]["holdings"]
        report["chains"][0]["holdings"] = [{**rows[0], "asset": "eip155:31337/erc20:0x" + "11" * 20}]

    other = other_exchange(world, tmp_path / "o", change=change)
    code, check = compare(world, other, *keyed(tmp_path / "o"))
    assert (code, check["outcome"]) == (1, "does-not-hold")
    assert f"{world.shop.addresses.hot} is a wallet of both, with other coins" in check["detail"]


def test_a_key_on_another_chain_is_one_wallet(world: World, tmp_path: Path) -> None:
    def change(report: dict[str, Any]) -> None:
        only(world.shop.addresses.hot)(report)
        (chain,) = report["chains"]
        chain["chain"] = "eip155:10"
        for row in chain["holdings"]:
            row.update({name: row[name].replace("eip155:31337", "eip155:10") for name in ("account", "asset")})

    other = other_exchange(world, tmp_path / "o", change=change)
    code, check = compare(world, other, *keyed(tmp_path / "o"))
    assert (code, check["outcome"]) == (1, "does-not-hold")
    assert f"is a wallet of both, there as eip155:10:{world.shop.addresses.hot}" in check["detail"]


def test_nothing_in_common(world: World, tmp_path: Path) -> None:
    def change(report: dict[str, Any]) -> None:
        only("nothing")(report)

    other = other_exchange(world, tmp_path / "o", change=change)
    code, check = compare(world, other, *keyed(tmp_path / "o"))
    assert (code, check["outcome"], check["basis"]) == (0, "holds", "signed")
    # without its key nobody knows whose file this is: an exchange could hand out one that has nothing in common
    code, check = compare(world, other)
    assert (code, check["outcome"]) == (0, "not-covered")
    assert "give its key with --other-key" in check["detail"]


def test_without_its_key_a_file_accuses_nobody(world: World, tmp_path: Path) -> None:
    other = other_exchange(world, tmp_path / "o")
    code, check = compare(world, other)
    assert (code, check["outcome"]) == (4, "undecided")
    assert "counts for both" in check["detail"] and "give its key with --other-key" in check["detail"]


def test_the_wallet_itself_signed_for_both(world: World, tmp_path: Path) -> None:
    """Its own signature under the other exchange's challenge needs nobody's word."""
    other = other_exchange(world, tmp_path / "o", signs=True)
    code, check = compare(world, other)
    assert (code, check["outcome"]) == (1, "does-not-hold")
    assert "1 of them signed a challenge of the other exchange's" in check["detail"]


def test_far_apart_a_wallet_can_have_changed_hands(world: World, tmp_path: Path) -> None:
    other = other_exchange(world, tmp_path / "o", as_of="2026-12-28T15:00:00Z")
    code, check = compare(world, other, *keyed(tmp_path / "o"))
    assert (code, check["outcome"]) == (0, "not-covered")
    assert "counts for both" in check["detail"] and "more than 35 days apart" in check["detail"]


def test_near_is_a_month(world: World, tmp_path: Path) -> None:
    other = other_exchange(world, tmp_path / "o", as_of="2026-12-20T15:00:00Z")
    assert compare(world, other, *keyed(tmp_path / "o"))[0] == 1


def test_own_log(world: World) -> None:
    code, check = compare(world, world.shortfall)
    assert (code, check["outcome"]) == (0, "not-covered")
    assert "--previous compares those" in check["detail"]


@pytest.mark.parametrize("name", ["reserves.json", "attestation.json"])
def test_a_damaged_one_decides_nothing(world: World, tmp_path: Path, name: str) -> None:
    other = other_exchange(world, tmp_path / "o")
    (other / name).write_bytes((other / name).read_bytes().replace(b"1", b"2", 1))
    code, check = compare(world, other, *keyed(tmp_path / "o"))
    assert (code, check["outcome"]) == (4, "undecided")


def test_a_strangers_key(world: World, tmp_path: Path) -> None:
    other = other_exchange(world, tmp_path / "o")
    code, check = compare(world, other, "--other-key", world.key)
    assert (code, check["outcome"]) == (4, "undecided")


def test_a_key_for_nothing(world: World) -> None:
    ran = por("audit", world.publication, "--key", world.key, "--other-key", world.key)
    assert ran.code == 2 and "--other" in ran.err


def test_several(world: World, tmp_path: Path) -> None:
    places = [other_exchange(world, tmp_path / name, change=only(part)) for name, part in (("a", "-"), ("b", "slip44"))]
    ran = por(
        *("audit", world.publication, "--key", world.key, "--json"),
        *(word for place in places for word in ("--other", place, "--other-key", place.parent / "other.pub")),
    )
    found = {check["id"]: check["outcome"] for check in ran.document["checks"]}
    assert (found["other:1"], found["other:2"]) == ("holds", "does-not-hold")
