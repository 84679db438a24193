"""A real node signs texts that we verify, and verifies texts that we sign."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from por.errors import PorError, UsageError
from por.reserves import caip
from por.reserves.challenges import write_challenges
from por.reserves.imports import import_signatures
from por.reserves.status import control_status
from por.reserves.wallets import parse_wallets
from tests.litecoin import CHAIN, EXPIRES, HEADER, ISSUED, LocalLitecoin, address, needs_litecoin, wallets_csv
from tests.reserves.signing import Key, p2pkh

pytestmark = needs_litecoin
KEY = Key.of(120)


@pytest.fixture(scope="module")
def node() -> Iterator[LocalLitecoin]:
    found = LocalLitecoin(start=ISSUED - 600)
    found.mine(12)
    yield found
    found.close()


def test_a_node_signs_a_challenge(node: LocalLitecoin, tmp_path: Path) -> None:
    name = node.call("getnewaddress", "", "legacy")
    wallets = parse_wallets(
        wallets_csv(
            f"{CHAIN}:{name},LTC,customers,hot,bip137,,",
            f"{CHAIN}:{address(p2pkh(KEY.public))},LTC,customers,hot,published,,",
        )
    )
    nodes = {CHAIN: node.url}
    made = write_challenges(
        wallets=wallets, header=HEADER, nodes=nodes, out=tmp_path / "sign", issued=ISSUED, expires=EXPIRES
    )
    # whoever published a text has nothing to sign
    assert [challenge.account for challenge in made] == [wallets[0].account]
    text = (tmp_path / "sign" / f"{wallets[0].name}.txt").read_text()
    signature = node.call("signmessage", name, text)
    answer = {"result": signature, "error": None, "id": 1}
    (tmp_path / "sign" / f"{wallets[0].name}.json").write_text(json.dumps(answer))
    done = import_signatures(wallets=wallets, signatures=tmp_path / "sign", out=tmp_path / "control", header=HEADER)
    assert (done.written, done.missing) == ((wallets[0].account,), (wallets[1].account,))
    states = [row.state for row in control_status(wallets=wallets, control=tmp_path / "control", header=HEADER)]
    assert states == ["proven", "missing"]
    # and it would not take what was signed for another text
    (tmp_path / "sign" / f"{wallets[0].name}.json").write_text(json.dumps(node.call("signmessage", name, "no")))
    with pytest.raises(PorError):
        import_signatures(wallets=wallets, signatures=tmp_path / "sign", out=tmp_path / "control", header=HEADER)


def test_a_node_verifies_what_the_tests_wallet_signs(node: LocalLitecoin) -> None:
    network = caip.network(CHAIN, where="test")
    name = address(p2pkh(KEY.public))
    signature = KEY.message("text", network=network)
    assert node.call("verifymessage", name, signature, "text") is True
    assert node.call("verifymessage", name, signature, "text.") is False
    data = base64.b64decode(signature)
    other = base64.b64encode(bytes([data[0] ^ 1]) + data[1:]).decode()
    assert node.call("verifymessage", name, other, "text") is False


def test_a_node_is_needed_for_what_is_signed_only(node: LocalLitecoin, tmp_path: Path) -> None:
    row = f"{CHAIN}:{address(p2pkh(KEY.public))},LTC,customers,hot,{{}},,"
    published, signed = (parse_wallets(wallets_csv(row.format(scheme))) for scheme in ("published", "bip137"))
    arguments = {"header": HEADER, "nodes": {}, "issued": ISSUED, "expires": EXPIRES}
    assert write_challenges(wallets=published, out=tmp_path / "a", **arguments) == ()  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        write_challenges(wallets=signed, out=tmp_path / "b", **arguments)  # type: ignore[arg-type]
