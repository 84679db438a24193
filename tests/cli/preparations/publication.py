"""Publications and logs that are not what they were: statements and heads signed anew, forks, turned lists."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from por import canonical
from por.attestation import envelope, merkle, note
from por.attestation.log import open_log
from por.attestation.private import load_private
from tests.attacks.forged_world import forger
from tests.cli.stage import Stage, preparation
from tests.conftest import por


def inside(document: Any, way: list[str]) -> Any:
    for step in way:
        document = document[key_of(document, step)]
    return document


def key_of(holder: Any, step: str) -> Any:
    if isinstance(holder, list):
        return -1 if step == "last" else int(step)
    return step


@preparation("double")
def double(stage: Stage, name: str, place: str) -> None:
    """`setup double reserves.json chains.0.holdings`: a list whose first entry stands twice."""
    change_list(stage, name, place, lambda rows: [rows[0], *rows])


@preparation("turn")
def turn(stage: Stage, name: str, place: str) -> None:
    """`setup turn reserves.json chains.0.holdings`: a list the other way round."""
    change_list(stage, name, place, lambda rows: rows[::-1])


def change_list(stage: Stage, name: str, place: str, change: Callable[[list[Any]], list[Any]]) -> None:
    path = stage.folder / name
    document = json.loads(path.read_bytes())
    rows = inside(document, place.split("."))
    rows[:] = change(rows)
    path.write_bytes(canonical.encode(document))


@preparation("annex")
def annex(stage: Stage, who: str) -> None:
    """`setup annex hot`: publication/ that signs annex.json, in which one wallet is left out."""
    forged = forger(stage.world)
    document = json.loads((stage.world.reserves / "annex.json").read_bytes())
    address = getattr(stage.world.shop.addresses, who)
    document["holdings"] = [row for row in document["holdings"] if not row["account"].endswith(address)]
    data = canonical.encode(document)
    forged.name_subject("annex.json", data)
    forged.publish(stage.folder / "publication")
    (stage.folder / "annex.json").write_bytes(data)


@preparation("annex-total")
def annex_total(stage: Stage, more: str) -> None:
    """`setup annex-total 1`: publication/ that signs annex.json, whose first total is so many units too high."""
    forged = forger(stage.world)
    document = json.loads((stage.world.reserves / "annex.json").read_bytes())
    row = document["totals"][0]
    row["amount"] = str(int(row["amount"]) + int(more))
    data = canonical.encode(document)
    forged.name_subject("annex.json", data)
    forged.publish(stage.folder / "publication")
    (stage.folder / "annex.json").write_bytes(data)


@preparation("zip")
def pack(stage: Stage, source: str, target: str) -> None:
    """`setup zip publication publication.zip`: a folder as an archive."""
    shutil.make_archive(str(stage.folder / target).removesuffix(".zip"), "zip", stage.folder, source)


@preparation("link")
def link(stage: Stage, name: str, target: str) -> None:
    """`setup link publication/report.html target`: a symbolic link."""
    (stage.folder / name).symlink_to(stage.folder / target)


@preparation("statement")
def statement(stage: Stage, name: str, *changes: str) -> None:
    """`setup statement publication predicate.issued='"2026-…"'`: a statement of other words, signed by the exchange."""
    path = stage.folder / name / "attestation.json"
    document = json.loads(envelope.parse(path.read_bytes(), where=name).payload)
    for place, _, value in (change.partition("=") for change in changes):
        *way, last = place.split(".")
        holder = inside(document, way)
        holder[key_of(holder, last)] = json.loads(value)
    signed = envelope.sign(canonical.encode(document), [load_private(stage.world.secret / "attest.pem")])
    path.write_bytes(signed.to_bytes())


@preparation("checkpoint")
def checkpoint(stage: Stage, name: str, line: str, value: str) -> None:
    """`setup checkpoint publication/log/checkpoint 0 other.example`: another line in a log's head, signed anew."""
    path = stage.folder / name
    found = note.parse_note(path.read_bytes(), where=name)
    lines = found.text.splitlines()
    lines[int(line)] = value
    signer = load_private(stage.world.secret / "attest.pem")
    text = "".join(f"{row}\n" for row in lines)
    path.write_bytes(note.sign_note(text, name=found.signatures[0].name, signers=[signer]).to_bytes())


@preparation("por")
def command(stage: Stage, *words: str) -> None:
    """`setup por attest …`: a command whose answer is not what is shown; a shortfall is no obstacle."""
    ran = por(*words)
    assert ran.code in (0, 1), ran.err


@preparation("log-again")
def append(stage: Stage, name: str) -> None:
    """`setup log-again log`: a log to which somebody appended its first statement once more."""
    key = json.loads((stage.folder / name / "log.json").read_bytes())["key"]
    with open_log(stage.folder / name, origin=None, default="", key=key) as log:
        log.append(log.entry(0))


@preparation("fork")
def fork(stage: Stage, name: str, later: str) -> None:
    """`setup fork publication 'another statement'`: the first statement in a log that went on with an entry."""
    forged = forger(stage.world)
    forged.after = [merkle.leaf_hash(later.encode())]
    forged.publish(stage.folder / name)


@preparation("evidence-file")
def evidence_file(stage: Stage, name: str, *places: str) -> None:
    """`setup evidence-file evidence.json $PUBLICATION $SHORTFALL`: statements of these as an evidence file's sides."""
    sides = [{"statement": json.loads((Path(place) / "attestation.json").read_bytes())} for place in places]
    document = {"format": "por-equivocation/1", "sides": sides}
    (stage.folder / name).write_bytes(canonical.encode(document))
