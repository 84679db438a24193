"""Signatures in the forms that wallets and devices write, each becoming the same control file; and the status table."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.chain import key, sign_text
from por import canonical
from por.errors import ClaimError, InputError, PorError
from por.reserves.caip import checksum
from por.reserves.control import ControlFile
from por.reserves.imports import import_signatures
from por.reserves.published_table import read_table
from por.reserves.status import control_status
from por.reserves.wallet_exports import read_export
from por.reserves.wallets import Wallet, parse_wallets
from tests.attacks.bitcoin_world import AS_OF, CHAIN, HEADER, NETWORK, TWO_OF_THREE, A, B, C, challenge, mined
from tests.reserves.signing import address, p2pkh, p2sh, p2wpkh, p2wsh, sign_p2wpkh, sign_p2wsh

HEAD = "account,assets,purpose,storage,scheme,custodian,label\n"
Export = Callable[[str], str]


def wallet(script: bytes, scheme: str) -> Wallet:
    (found,) = parse_wallets(f"{HEAD}{CHAIN}:{address(script, NETWORK)},BTC,customers,cold,{scheme},,\n")
    return found


def folder(tmp_path: Path, one: Wallet, text: str, export: str, suffix: str = ".sig") -> Path:
    signatures = tmp_path / "sign"
    signatures.mkdir()
    index = {"format": "por-challenges/1", "headers": {CHAIN: mined(AS_OF - 7200).hex()}, "accounts": [one.account]}
    (signatures / "challenges.json").write_bytes(canonical.encode(index))
    (signatures / f"{one.name}.txt").write_text(text)
    (signatures / f"{one.name}{suffix}").write_text(export)
    return signatures


def taken(tmp_path: Path, script: bytes, scheme: str, export: Export, suffix: str = ".sig") -> ControlFile:
    one = wallet(script, scheme)
    text = challenge(script).text()
    signatures = folder(tmp_path, one, text, export(text), suffix)
    done = import_signatures(wallets=[one], signatures=signatures, out=tmp_path / "control", header=HEADER)
    assert done.written == (one.account,)
    (row,) = control_status(wallets=[one], control=tmp_path / "control", header=HEADER)
    assert (row.state, row.expires) == ("proven", AS_OF + 90 * 86_400)
    return ControlFile.from_bytes((tmp_path / "control" / f"{one.name}.json").read_bytes(), where="control")


def parts(text: str, v: Callable[[int], Any] = lambda parity: parity) -> dict[str, Any]:
    """What Ledger's library for Bitcoin gives."""
    data = base64.b64decode(A.message(text))
    return {"v": v(data[0] - 31), "r": data[1:33].hex(), "s": data[33:].hex()}


def armour(text: str) -> str:
    """What Coldcard and Electrum's kin write."""
    signature = f"{address(p2pkh(A.public), NETWORK)}\n{A.message(text)}"
    return (
        f"-----BEGIN BITCOIN SIGNED MESSAGE-----\n{text}\n-----BEGIN SIGNATURE-----\n{signature}\n"
        "-----END BITCOIN SIGNED MESSAGE-----\n"
    )


MESSAGES: dict[str, Export] = {
    "base64": A.message,
    "base64 in lines": lambda text: f"\n {A.message(text)[:40]}\r\n{A.message(text)[40:]}\n",
    "hex": lambda text: base64.b64decode(A.message(text)).hex(),
    "trezor": lambda text: json.dumps(
        {"success": True, "payload": {"address": address(p2pkh(A.public), NETWORK), "signature": A.message(text)}}
    ),
    "hwi": lambda text: json.dumps({"signature": A.message(text)}),
    "rpc": lambda text: json.dumps({"jsonrpc": "2.0", "id": 1, "result": A.message(text)}),
    "ledger": lambda text: json.dumps(parts(text)),
    "coldcard": armour,
}


@pytest.mark.parametrize("tool", MESSAGES)
def test_each_tools_form_gives_the_same_file(tool: str, tmp_path: Path) -> None:
    export = MESSAGES[tool]
    found = taken(tmp_path, p2pkh(A.public), "bip137", export, ".json" if tool in ("trezor", "hwi") else ".sig")
    assert found.signature.decode() == A.message(found.message)


def test_headers_of_segwit_become_those_of_bip137(tmp_path: Path) -> None:
    found = taken(tmp_path, p2wpkh(A.public), "bip137", A.message)
    assert 39 <= base64.b64decode(found.signature)[0] <= 42
    found = taken(tmp_path / "two", p2sh(p2wpkh(A.public)), "bip137", lambda text: json.dumps(parts(text)))
    assert 35 <= base64.b64decode(found.signature)[0] <= 38


@pytest.fixture(autouse=True)
def _two(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()


def test_bip322_and_multisig(tmp_path: Path) -> None:
    taken(tmp_path, p2wpkh(A.public), "bip322", lambda text: sign_p2wpkh(A, text) + "\n")
    multisig = p2wsh(TWO_OF_THREE)
    found = taken(
        tmp_path / "two",
        multisig,
        "message-multisig",
        lambda text: json.dumps({"script": TWO_OF_THREE.hex(), "signatures": [A.message(text), B.message(text)]}),
    )
    assert found.script == TWO_OF_THREE
    (tmp_path / "three").mkdir()
    taken(tmp_path / "three", multisig, "bip322", lambda text: sign_p2wsh(TWO_OF_THREE, [B, C], text))


@pytest.mark.parametrize(
    ("export", "code"),
    [
        (lambda text: json.dumps({"signature": A.message(text), "message": text + "."}), "import-message"),
        (lambda text: json.dumps({"signature": A.message(text), "address": "1BoatSLRHt"}), "import-address"),
        (lambda text: armour(text).replace("no login", "a login"), "import-message"),
        (lambda text: armour(text)[:-10], "signature-export"),
        (lambda text: '{"signature": 5}', "signature-export"),
        (lambda text: '{"signature": "a", "signature": "b"}', "signature-export"),
        (lambda text: "{" * 100_000, "signature-export"),
        (lambda text: '{"v": 2, "r": "00", "s": "00"}', "signature-export"),
        (lambda text: json.dumps({**parts(text), "r": 5}), "signature-export"),
        (lambda text: "", "signature-export"),
        (lambda text: "\u00e4" * 88, "signature-export"),
        (lambda text: B.message(text), "signature-other-signer"),
        (lambda text: A.message(text) + "\n" + A.message(text), "signature-malformed"),
    ],
)
def test_what_is_wrong_is_refused_at_once(export: Export, code: str, tmp_path: Path) -> None:
    one = wallet(p2pkh(A.public), "bip137")
    text = challenge(p2pkh(A.public)).text()
    signatures = folder(tmp_path, one, text, export(text))
    with pytest.raises(PorError) as caught:
        import_signatures(wallets=[one], signatures=signatures, out=tmp_path / "control")
    assert caught.value.code == code
    assert caught.value.hint
    assert not (tmp_path / "control").exists()


@pytest.mark.parametrize("form", ["parts", "mycrypto", "web3.js", "rpc", "trezor", "metamask"])
def test_forms_of_ethereum_wallets(form: str, tmp_path: Path) -> None:
    signer = key("docs")
    name = checksum(bytes.fromhex("3BC4161a06cEC12184411Fe9cb799bc24f5A1B09"))
    (one,) = parse_wallets(f"{HEAD}eip155:1:{name},ETH,customers,cold,published,,\n")
    text = "I am an address of Example Exchange"
    signature = sign_text(signer, text)
    data = bytes.fromhex(signature.removeprefix("0x"))
    document: Any = {
        "parts": {"message": text, "v": data[64] - 27, "r": data[:32].hex(), "s": data[32:64].hex()},
        "mycrypto": {"address": name.lower(), "msg": text, "sig": data.hex(), "version": "2"},
        "web3.js": {"message": text, "messageHash": "0x00", "v": "0x1b", "r": "0x", "s": "0x", "signature": signature},
        "rpc": {"jsonrpc": "2.0", "id": 1, "result": signature},
        "trezor": {"success": True, "payload": {"address": name, "signature": data.hex()}},
    }.get(form)
    signatures = tmp_path / "sign"
    signatures.mkdir()
    if form in ("rpc", "trezor", "metamask"):
        (signatures / f"{one.name}.txt").write_text(text)
    (signatures / f"{one.name}.sig").write_text(signature if document is None else json.dumps(document))
    import_signatures(wallets=[one], signatures=signatures, out=tmp_path / "control")
    (row,) = control_status(wallets=[one], control=tmp_path / "control", header=HEADER)
    assert (row.state, row.expires) == ("undated", None)
    assert text in row.detail


def table(*rows: str) -> str:
    columns = "coin,Network,Snapshot Height,address,amount,message,signature1,signature2,redeem script/ public key"
    columns += ", eoa1, eoa2"
    return "\n".join(("coin,snapshot height,amount", "BTC,1,5", "", columns, *rows)) + "\n"


def test_a_published_table(tmp_path: Path) -> None:
    text = "I am an address of Example Exchange"
    single, shared = wallet(p2pkh(A.public), "published"), wallet(p2wsh(TWO_OF_THREE), "published")
    absent = wallet(p2pkh(C.public), "published")
    signatures = tmp_path / "sign"
    signatures.mkdir()
    (signatures / "published.csv").write_text(
        table(
            f"BTC,BTC,1,{single.parsed.address},0.5,{text},{A.message(text)},,",
            f"BTC,BTC,1,{shared.parsed.address},0.5,{text},{A.message(text)},{C.message(text)},{TWO_OF_THREE.hex()}",
            "SOL,SOL,1,7bzoTJhZmpU1vQVjN63fQ3iVYmWCVgQh1sYSqsjuapU9,1,hello,0x00,,00",
        )
    )
    wallets = [single, shared, absent]
    done = import_signatures(wallets=wallets, signatures=signatures, out=tmp_path / "control")
    assert done.written == (single.account, shared.account)
    assert done.missing == (absent.account,)
    states = [row.state for row in control_status(wallets=wallets, control=tmp_path / "control")]
    assert states == ["undated", "undated", "missing"]


def test_tables_that_are_none() -> None:
    for text in ("", "address,message\n1,2\n", table('a,b,1,"x'), table("B,B,1,x,0,m,s,,", "B,B,1,x,0,m,t,,")):
        with pytest.raises(InputError) as caught:
            read_table(text, where="t")
        assert caught.value.code == "published-table"
    # owners of a contract are not the contract
    assert read_table(table("ETH,ETH,1,0xAA,0,m,0x1,0x2,,0x3,0x4"), where="t").rows == {}


def test_status_tells_what_expires(tmp_path: Path) -> None:
    taken(tmp_path, p2pkh(A.public), "bip137", A.message)
    one = wallet(p2pkh(A.public), "bip137")
    (row,) = control_status(wallets=[one], control=tmp_path / "control", now=AS_OF)
    assert (row.state, row.issued, row.expires) == ("proven", AS_OF - 3600, AS_OF + 90 * 86_400)
    (row,) = control_status(wallets=[one], control=tmp_path / "control", now=AS_OF + 90 * 86_400)
    assert row.state == "expired"
    (row,) = control_status(wallets=[wallet(p2pkh(B.public), "bip137")], control=tmp_path / "control")
    assert row.state == "missing"
    (row,) = control_status(wallets=[wallet(p2pkh(A.public), "bip322")], control=tmp_path / "control")
    assert row.state == "refused"


def test_an_undated_control_is_read_back(tmp_path: Path) -> None:
    one = wallet(p2pkh(A.public), "published")
    signatures = tmp_path / "sign"
    signatures.mkdir()
    (signatures / f"{one.name}.sig").write_text(A.message("hello"))
    with pytest.raises(PorError) as caught:
        import_signatures(wallets=[one], signatures=signatures, out=tmp_path / "control")
    assert caught.value.code == "file-missing"  # no text beside it, and none within it
    (signatures / f"{one.name}.txt").write_text("other")
    with pytest.raises(ClaimError):
        import_signatures(wallets=[one], signatures=signatures, out=tmp_path / "control")
    assert read_export('{"result": {"signature": "a"}}', several=False, where="x").signatures == ("a",)
