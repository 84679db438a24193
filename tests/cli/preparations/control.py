"""Control of wallets: challenges with other words, signed anew, and control files with other parts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from coincurve import PrivateKey

from fixtures.chain import key, sign_text
from por import canonical
from por.header import parse_time
from por.reserves.challenge import parse_challenge
from tests.cli.stage import Stage, preparation

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


def control_of(stage: Stage, who: str) -> Path:
    """The control file of `hot`, `cold` or `guarantee` in a copy of the folder."""
    folder = stage.folder / "control"
    if not folder.exists():
        shutil.copytree(stage.world.shop.folder / "control", folder)
    return folder / f"eip155-31337-{getattr(stage.world.shop.addresses, who)}.json"


def signer(stage: Stage, who: str) -> PrivateKey:
    shop = stage.world.shop
    return {"hot": shop.hot, "cold": shop.owner, "guarantee": shop.cold_own}.get(who) or key(who)


@preparation("challenge-says")
def say(stage: Stage, who: str, *changes: str) -> None:
    """`setup challenge-says hot issuer='Other K.K.'`: control/ where a wallet (or `all`) signed other words."""
    if who == "all":
        for each in ("hot", "cold", "guarantee"):
            say(stage, each, *changes)
        return
    path = control_of(stage, who)
    document = json.loads(path.read_bytes())
    values: dict[str, Any] = {}
    for name, _, text in (change.partition("=") for change in changes):
        time = name in ("issued", "expires")
        values[name] = parse_time(text, where=name) if time else bytes.fromhex(text) if name == "block_hash" else text
    message = replace(parse_challenge(document["message"], where=who), **values).text()
    write_signed(path, document, message, signer(stage, who))


@preparation("challenge-text")
def text(stage: Stage, who: str, old: str, new: str) -> None:
    """`setup challenge-text hot 'moves no funds' 'moves all funds'`: control/ where another text was signed."""
    path = control_of(stage, who)
    document = json.loads(path.read_bytes())
    assert old in document["message"]
    write_signed(path, document, document["message"].replace(old, new.replace("\\n", "\n")), signer(stage, who))


def write_signed(path: Path, document: dict[str, Any], message: str, by: PrivateKey) -> None:
    document |= {"message": message, "signature": sign_text(by, message)[2:]}
    path.write_bytes(canonical.encode(document))


@preparation("control-has")
def have(stage: Stage, who: str, *changes: str) -> None:
    """`setup control-has hot scheme=eip1271`: control/ with another value in one file; `header=` takes it out.

    `message=x*3000` is that many of it.
    """
    path = control_of(stage, who)
    document = json.loads(path.read_bytes())
    for name, _, value in (change.partition("=") for change in changes):
        word, _, count = value.partition("*")
        document[name] = word * int(count or 1)
        if not value:
            del document[name]
    path.write_bytes(canonical.encode(document))


@preparation("control-of")
def take(stage: Stage, who: str, other: str) -> None:
    """`setup control-of hot guarantee`: control/ where one wallet's file is that of another."""
    control_of(stage, who).write_bytes(control_of(stage, other).read_bytes())


@preparation("signature")
def sign(stage: Stage, who: str, kind: str) -> None:
    """`setup signature hot high-s`: control/ with a signature spoiled in one way."""
    path = control_of(stage, who)
    document = json.loads(path.read_bytes())
    raw = bytes.fromhex(document["signature"])
    r, s, v = raw[:32], int.from_bytes(raw[32:64], "big"), raw[64]
    document["signature"] = {
        "short": raw[:64],
        "v": r + raw[32:64] + bytes([v - 27]),
        "zero": bytes(64) + bytes([v]),
        "high-s": r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v]),
        "stranger": bytes.fromhex(sign_text(key("stranger"), document["message"])[2:]),
    }[kind].hex()
    path.write_bytes(canonical.encode(document))
