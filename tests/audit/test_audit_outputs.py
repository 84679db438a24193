"""`por` from wallets to audit on a chain of the Bitcoin family, without a node and with the auditor's own."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import good, por
from tests.esplora import esplora
from tests.litecoin import CHAIN, lite_exchange, needs_litecoin
from tests.litecoin_publication import office, publish

pytestmark = needs_litecoin


def audit(publication: Path, *more: object) -> dict[str, str]:
    ran = por(
        "audit", publication, "--key", office() / "attest.pub", "--policy", office() / "policy.toml", "--json", *more
    )
    return {check["id"]: check["outcome"] for check in ran.document["checks"]}


def test_the_whole_way(tmp_path: Path) -> None:
    publication = publish(tmp_path)
    lx = lite_exchange()
    offline = audit(publication)
    for id_ in ("evidence", "control", "block-choice", "holdings-once"):
        assert offline[id_] == "holds", (id_, offline)
    assert (offline["block-canonical"], offline["unspent"]) == ("not-covered", "not-covered")
    for url in (lx.node.url,):
        online = audit(publication, "--node", f"{CHAIN}={url}")
        assert (online["block-canonical"], online["unspent"]) == ("holds", "holds")
    with esplora(lx.node) as (url, _):
        online = audit(publication, "--node", f"{CHAIN}={url}")
        assert (online["block-canonical"], online["unspent"]) == ("holds", "holds")
    named = audit(publication, "--block", f"{CHAIN}={lx.report.chains[0].block.hash}")
    assert (named["block-canonical"], named["unspent"]) == ("holds", "not-covered")


def test_commands_show_what_they_read(tmp_path: Path) -> None:
    lx = lite_exchange()
    (tmp_path / "wallets.csv").write_text(
        "account,assets,purpose,storage,scheme,custodian,label\n"
        + "".join(f"{row.account},LTC,{row.purpose},{row.storage},{row.scheme},,{row.label}\n" for row in lx.wallets)
    )
    ran = good(
        *("reserves", "check", tmp_path / "wallets.csv", "--control", lx.control),
        *("--snapshot", office() / "snapshot.toml", "--node", f"{CHAIN}={lx.node.url}"),
        *("--policy", office() / "policy.toml", "-o", tmp_path / "out"),
    )
    assert "70.12345678" in ran.out and "3.50000001" in ran.out
    for name in lx.report.chains[0].evidence:
        shown = good("inspect", tmp_path / "out" / "evidence" / name).out
        assert "Bitcoin family" in shown, shown


def test_challenges_for_a_whole_wallet(tmp_path: Path) -> None:
    from tests.litecoin import HOT, address
    from tests.reserves.signing import p2pkh, p2wpkh

    (tmp_path / "wallets.csv").write_text(
        "account,assets,purpose,storage,scheme,custodian,label\n"
        f"{CHAIN}:combo({HOT.public.hex()}),LTC,customers,hot,bip322,,whole\n"
    )
    ran = good(
        *("wallets", "challenge", tmp_path / "wallets.csv", "--snapshot", office() / "snapshot.toml"),
        *("--node", f"{CHAIN}={lite_exchange().node.url}", "--issued", "2026-11-20T14:00:00Z"),
        *("-o", tmp_path / "texts", "--json"),
    )
    (text,) = ran.document["texts"]
    assert address(p2wpkh(HOT.public)) in text and (tmp_path / "texts" / text).is_file()
    assert address(p2pkh(HOT.public)) not in text, "it holds nothing"
    assert HOT.public.hex() not in text
