"""An address of the Bitcoin family with its challenge and a signature, each way that one can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from por import canonical
from por.header import parse_time
from por.reserves.addresses.scripts import Kind, make
from por.reserves.bitcoin import bip322, sighash
from por.reserves.bitcoin.opcodes import push
from por.reserves.challenge import Challenge
from tests.cli.stage import Stage, preparation
from tests.reserves.signing import (
    Key,
    address,
    full,
    multisig,
    p2pkh,
    p2wpkh,
    p2wsh,
    sign_p2wpkh,
    sign_p2wsh,
    simple,
    with_input,
)

MAIN = "bip122:000000000019d6689c085ae165831e93"
A, B, C = (Key.of(n) for n in range(40, 43))
KEYS = multisig(2, [A.public, B.public, C.public])
SAME = multisig(2, [A.public, A.public, B.public])
ONE = push(A.public) + b"\xac"
Made = tuple[str, bytes, Callable[[str], str]]
"""Scheme, output script, and what makes the signature's file of the text."""


def _late(text: str) -> str:
    """Signed with a lock time long after the challenge."""
    bare = replace(bip322.to_sign(text, p2wsh(ONE)), version=2, lock_time=4_000_000_000)
    witness = (A.ecdsa(sighash.segwit(bare, 0, ONE, 0)), ONE)
    return full(with_input(bare, witness=witness))


def _messages(*keys: Key, script: bytes = KEYS) -> Callable[[str], str]:
    return lambda text: json.dumps({"script": script.hex(), "signatures": [key.message(text) for key in keys]})


CASES: dict[str, Made] = {
    "another-text": ("bip322", p2wpkh(A.public), lambda text: sign_p2wpkh(A, text + ".")),
    "not-base64": ("bip322", p2wpkh(A.public), lambda text: "smp!"),
    "unknown-opcode": ("bip322", p2wsh(b"\xb3" + ONE), lambda text: sign_p2wsh(b"\xb3" + ONE, [A], text, before=())),
    "anyone": ("bip322", p2wsh(b"\x51"), lambda text: simple((b"\x51",))),
    "locked": ("bip322", p2wsh(ONE), _late),
    "key-twice": ("bip322", p2wsh(SAME), lambda text: sign_p2wsh(SAME, [A, A], text)),
    "taproot-message": ("bip137", make(Kind.P2TR, A.x), A.message),
    "header-of-another-kind": ("bip137", p2pkh(A.public), lambda text: A.message(text, header=39)),
    "no-script": ("message-multisig", p2wsh(KEYS), lambda text: f"{A.message(text)}\n{B.message(text)}"),
    "another-script": ("message-multisig", p2wsh(KEYS), _messages(A, B, script=ONE)),
    "signed-twice": ("message-multisig", p2wsh(KEYS), _messages(A, A)),
    "too-few": ("message-multisig", p2wsh(KEYS), _messages(A)),
    "broken-export": ("bip137", p2pkh(A.public), lambda text: '{"signature": 1}'),
    "export-of-another-text": (
        "bip137",
        p2pkh(A.public),
        lambda text: json.dumps({"message": "hello", "signature": A.message(text)}),
    ),
    "export-of-another-address": (
        "bip137",
        p2pkh(A.public),
        lambda text: json.dumps({"address": address(p2pkh(B.public)), "signature": A.message(text)}),
    ),
}


@preparation("bitcoin")
def bitcoin(stage: Stage, case: str) -> None:
    """`setup bitcoin anyone`: wallets.csv with one address, and texts/ with its challenge and a signature."""
    scheme, script, sign = CASES[case]
    account = f"{MAIN}:{address(script)}"
    challenge = Challenge(
        issuer="Example Exchange K.K.",
        account=account,
        snapshot="any",
        block_chain=MAIN,
        block_number=850_000,
        block_hash=bytes.fromhex("00" * 10 + "5f" * 22),
        issued=parse_time("2026-11-20T12:00:00Z", where="issued"),
        expires=parse_time("2027-02-20T12:00:00Z", where="expires"),
        nonce="0" * 32,
    )
    _write(stage, account, scheme, challenge.text(), sign(challenge.text()))
    index = {"format": "por-challenges/1", "headers": {}, "accounts": [account]}
    (stage.folder / "texts" / "challenges.json").write_bytes(canonical.encode(index))


@preparation("published-table")
def published(stage: Stage, *header: str) -> None:
    """`setup published-table coin address message`: a published.csv with these columns and one row."""
    account = f"{MAIN}:{address(p2pkh(A.public))}"
    _write(stage, account, "published", None, None)
    row = {
        "address": address(p2pkh(A.public)),
        "message": "I am an address",
        "signature1": A.message("I am an address"),
    }
    lines = [",".join(header), ",".join(row.get(name, "") for name in header)]
    (stage.folder / "texts" / "published.csv").write_text("\n".join(lines) + "\n")


@preparation("bitcoin-control")
def control(stage: Stage, *changes: str) -> None:
    """`setup bitcoin-control signature=…`: control/ with a file of a published text, with changed parts."""
    account = f"{MAIN}:{address(p2pkh(A.public))}"
    _write(stage, account, "published", None, None)
    document = {
        "format": "por-control/1",
        "account": account,
        "scheme": "published",
        "message": "I am an address",
        "signature": A.message("I am an address"),
    }
    for change in changes:
        name, _, text = change.partition("=")
        document[name] = text.replace("\\n", "\n")
    folder = stage.folder / "control"
    folder.mkdir()
    (folder / f"{account.replace(':', '-')}.json").write_bytes(canonical.encode(document))


def _write(stage: Stage, account: str, scheme: str, text: str | None, signature: str | None) -> None:
    columns = "account,assets,purpose,storage,scheme,custodian,label"
    (stage.folder / "wallets.csv").write_text(f"{columns}\n{account},BTC,customers,cold,{scheme},,vault\n")
    texts = stage.folder / "texts"
    texts.mkdir()
    if text is not None and signature is not None:
        name = account.replace(":", "-")
        (texts / f"{name}.txt").write_text(text)
        (texts / f"{name}.sig").write_text(signature)
