"""Whole wallets on one line: what stands for them, what is refused, and a run with one on a real node."""

from __future__ import annotations

from pathlib import Path

import pytest

from por.errors import InputError, UsageError
from por.reserves import descriptors
from por.reserves.addresses import base58
from por.reserves.challenges import write_challenges
from por.reserves.check import check_reserves
from por.reserves.imports import import_signatures
from por.reserves.status import control_status
from por.reserves.wallets import parse_wallets
from tests.litecoin import (
    AS_OF,
    CHAIN,
    EXPIRES,
    HEADER,
    HOT,
    ISSUED,
    QUICK,
    TABLES,
    LiteExchange,
    LocalLitecoin,
    account,
    address,
    funded,
    needs_litecoin,
    snapshot,
    wallets_csv,
)
from tests.reserves.signing import Key, p2pkh, p2wpkh

MAIN = "bip122:12a765e31ffd4059bada1e25190f6e98"
XPUB = "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8"
"""Of BIP-32's own vectors, chain m."""
XPRV = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"


def tpub(version: str = "043587cf") -> str:
    payload = base58.decode(XPUB)
    assert payload
    return base58.encode(bytes.fromhex(version) + payload[4:])


def test_what_a_key_stands_for() -> None:
    chain, wanted = descriptors.parse(f"{CHAIN}:{tpub()}", where="line 2")
    assert (chain, wanted) == (CHAIN, tuple(f"combo({tpub()}/{branch}/*)" for branch in (0, 1)))
    _, wanted = descriptors.parse(f"{CHAIN}:{tpub('045f1cf6')}", where="line 2")
    assert wanted == tuple(f"wpkh({tpub()}/{branch}/*)" for branch in (0, 1))
    _, wanted = descriptors.parse(f"{MAIN}:{tpub('049d7cb2')}", where="line 2")
    assert wanted == tuple(f"sh(wpkh({XPUB}/{branch}/*))" for branch in (0, 1))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{CHAIN}:wpkh({XPRV}/0/*)", "descriptor-private"),
        (f"{CHAIN}:{XPRV}", "descriptor-private"),
        (f"{CHAIN}:pkh(5KYZdUEo39z3FPrtuX2QbbwGnNP5zTd7yyr2SC1j299sBCnWjss)", "descriptor-private"),
        (f"{CHAIN}:wpkh(cVpF924EspNh8KjYsfhgY96mmxvT6DgdWiTYMtMjuM74hJaU5psW)", "descriptor-private"),
        (f"{CHAIN}:raw(00)", "descriptor-malformed"),
        (f"{CHAIN}:wpkh({XPUB}/0/*) ", "descriptor-malformed"),
        (f"{CHAIN}:{XPUB[:-1]}9", "descriptor-malformed"),
        (f"eip155:1:wpkh({XPUB}/0/*)", "descriptor-chain"),
        (f"bip122:1a91e3dace36e2be3bf030a65679fe82:pkh({XPUB}/0/*)", "chain-unsupported"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_wallets(wallets_csv(f'"{text}",LTC,customers,cold,bip322,,vault'))
    assert caught.value.code == code
    assert XPRV[10:40] not in caught.value.message + caught.value.hint


def test_a_node_is_needed(tmp_path: Path) -> None:
    wallets = parse_wallets(wallets_csv(f"{CHAIN}:wpkh({tpub()}/0/*),LTC,customers,cold,bip322,,vault"))
    with pytest.raises(UsageError, match="no node"):
        write_challenges(wallets=wallets, header=HEADER, nodes={}, out=tmp_path / "x", issued=ISSUED, expires=EXPIRES)


@needs_litecoin
def test_a_node_refuses_a_descriptor(lx: LiteExchange) -> None:
    wallets = parse_wallets(wallets_csv(f"{CHAIN}:wpkh({tpub()}/0/*)#aaaaaaaa,LTC,customers,cold,bip322,,vault"))
    with pytest.raises(InputError) as caught:
        descriptors.expand_with(wallets, lx.nodes, QUICK)
    assert caught.value.code == "descriptor-refused"
    assert tpub() not in caught.value.message


@needs_litecoin
def test_a_wallet_on_one_line(tmp_path: Path) -> None:
    """Two keys are one-key descriptors here, so that the test can sign; a third line's wallet holds nothing."""
    node = funded(AS_OF - 20 * 3600)
    try:
        _run(node, tmp_path)
    finally:
        node.close()


def _run(node: LocalLitecoin, folder: Path) -> None:
    hot = Key.of(501)
    node.at(AS_OF - 10 * 3600)
    for script, coins in ((p2wpkh(hot.public), "3"), (p2pkh(hot.public), "0.25")):
        node.pay(address(script), coins)
    node.at(ISSUED - 600)
    node.mine(8)
    text = f"{CHAIN}:combo({HOT.public.hex()})"
    wallets = parse_wallets(
        wallets_csv(
            f"{text},LTC,customers,cold,bip322,,vault",
            f"{CHAIN}:{tpub()},LTC,own,cold,bip322,,never used",
        )
    )
    nodes = {CHAIN: node.url}
    made = write_challenges(
        wallets=wallets, header=HEADER, nodes=nodes, out=folder / "sign", issued=ISSUED, expires=EXPIRES
    )
    accounts = sorted(account(script) for script in (p2wpkh(hot.public), p2pkh(hot.public)))
    assert sorted(row.account for row in made) == accounts
    _sign(folder / "sign", hot)
    done = import_signatures(wallets=wallets, signatures=folder / "sign", out=folder / "control", header=HEADER)
    assert sorted(done.written) == accounts
    states = control_status(wallets=wallets, control=folder / "control", header=HEADER)
    assert [row.state for row in states] == ["proven", "proven"]
    node.at(AS_OF - 60)
    node.mine()
    notices: list[str] = []
    report = check_reserves(
        wallets=wallets,
        control=folder / "control",
        snapshot=snapshot(),
        nodes=nodes,
        tables=TABLES,
        out=folder / "out",
        limits=QUICK,
        notice=notices.append,
    )
    assert [(row.account, row.amount) for row in report.chains[0].holdings] == sorted(
        [(account(p2wpkh(hot.public)), 300000000), (account(p2pkh(hot.public)), 25000000)]
    )
    assert any("line 3: none of its addresses holds coins" in said for said in notices)
    published = b"".join(path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file())
    assert tpub().encode() not in published and HOT.public.hex().encode() + b")" not in published


def _sign(folder: Path, key: Key) -> None:
    from tests.reserves.signing import sign_p2pkh, sign_p2wpkh

    for path in folder.glob("*.txt"):
        text = path.read_text()
        kind = sign_p2wpkh if address(p2wpkh(key.public)) in path.name else sign_p2pkh
        path.with_suffix(".sig").write_text(kind(key, text))
