"""A second exchange with a key and a log of its own, that publishes wallets of the first one's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixtures.chain import sign_text
from por import canonical
from por.attestation.private import generate, write_public
from por.header import Header
from por.reserves.challenge import parse_challenge
from por.reserves.control import ControlFile
from tests.attacks.forged_world import Forger, forger
from tests.conftest import World

ISSUER = "Other Exchange K.K."
Change = Callable[[dict[str, Any]], None]


def other_exchange(
    world: World,
    folder: Path,
    *,
    as_of: str | None = None,
    change: Change | None = None,
    signs: bool = False,
    own_log: bool = True,
) -> Path:
    """Write folder/publication and folder/other.pub. `change` edits its reserves.json; with `signs` the first
    exchange's hot wallet signs a challenge of this one's as well."""
    folder.mkdir()
    found = forger(world)
    if own_log:
        found.signer = generate()
        found.predicate["log"].update(origin="other.example/log", key=found.signer.public.keyid)
    write_public(folder / "other.pub", found.signer.public)
    found.change_header(issuer=ISSUER, **({} if as_of is None else {"as_of": as_of}))
    report = json.loads(found.files["reserves.json"])
    if signs:
        _sign(world, found, report)
    if change is not None:
        change(report)
    found.files["reserves.json"] = canonical.encode(report)
    return found.publish(folder / "publication")


def _sign(world: World, found: Forger, report: dict[str, Any]) -> None:
    hot = world.shop.addresses.hot
    rows = [row for row in report["chains"][0]["holdings"] if row["account"].endswith(hot)]
    name = f"evidence/{rows[0]['control']['digest']}"
    old = ControlFile.from_bytes(found.files.pop(name), where=name)
    header = Header.parse(found.predicate["snapshot"], where="test")
    text = replace(parse_challenge(old.message, where=name), issuer=header.issuer, snapshot=header.id.hex()).text()
    data = replace(old, message=text, signature=bytes.fromhex(sign_text(world.shop.hot, text)[2:])).to_bytes()
    found.files[f"evidence/{canonical.digest(data)}"] = data
    for row in rows:
        row["control"]["digest"] = canonical.digest(data)


def only(part: str) -> Change:
    """Keep the holdings whose account or asset has this in it."""

    def change(report: dict[str, Any]) -> None:
        report["declared"] = []
        for chain in report["chains"]:
            chain["holdings"] = [row for row in chain["holdings"] if part in row["account"] + row["asset"]]

    return change
