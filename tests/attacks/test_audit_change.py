"""A statement that says of its predecessor what that one never said: shortfalls of yesterday smoothed away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.attestation import envelope, merkle
from por.attestation.change import repeated
from por.attestation.log import open_log
from por.attestation.prepare import Settings, draft
from por.attestation.statement import head
from por.audit.change import misquoted
from por.audit.logfolder import check_log_folder
from por.errors import ClaimError
from tests.attacks.forged_world import Forger, audit, forger
from tests.attestation import samples
from tests.conftest import World


def payload_of(folder: Path) -> bytes:
    return envelope.parse((folder / "attestation.json").read_bytes(), where="x").payload


def following(world: World) -> Forger:
    """A second statement after the published one, honest so far."""
    forged, kept = forger(world), payload_of(world.publication)
    first = head(kept, where="x")
    forged.before = (merkle.leaf_hash(kept),)
    forged.change_header(sequence=first.header.sequence + 1)
    forged.predicate["previous"] = {"sequence": first.header.sequence, "digest": first.digest}
    forged.predicate["change"] = repeated(first)
    return forged


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "less was owed": lambda change: change["assets"][0].update(liabilities="1"),
    "more was held": lambda change: change["assets"][0].update(proven="9" * 30),
    "node answers as proven": lambda change: change["assets"][0].update(
        proven=change["assets"][0]["node"], node=change["assets"][0]["proven"]
    ),
    "an asset less": lambda change: change["assets"].pop(),
    "in another order": lambda change: change["assets"].reverse(),
    "a better verdict": lambda change: change.update(verdict="undecided"),
    "another outcome": lambda change: change["rules"][0].update(outcome="not-covered"),
    "more in reserve": lambda change: change["reserve"].update(held="9"),
    "no reserve": lambda change: change.update(reserve=None),
    "another day": lambda change: change.update(as_of="2026-01-01T00:00:00Z"),
    "a key more": lambda change: change.update(more=1),
    "a key less": lambda change: change.pop("yen"),
    "a number that Python takes for another": lambda change: change["assets"][1].update(decimals=False),
    "nothing": lambda change: change.clear(),
}


def test_what_is_true_holds(world: World, tmp_path: Path) -> None:
    out = following(world).publish(tmp_path / "out")
    assert audit(world, out, "--previous", world.publication)[1]["change"] == "holds"
    assert audit(world, out)[1]["change"] == "not-covered"
    assert "change" not in audit(world, world.publication)[1], "the first repeats nothing"


def test_a_lie_is_found_by_the_auditor(world: World, tmp_path: Path) -> None:
    forged = following(world)
    LIES["less was owed"](forged.predicate["change"])
    ran, found = audit(world, forged.publish(tmp_path / "out"), "--previous", world.publication)
    assert ran.code == 1 and found["change"] == "does-not-hold" and found["history"] == "holds"


@pytest.mark.parametrize("name", LIES)
def test_every_lie_is_found(world: World, name: str) -> None:
    forged = following(world)
    before = json.dumps(forged.predicate["change"])
    LIES[name](forged.predicate["change"])
    assert json.dumps(forged.predicate["change"]) != before
    first = head(payload_of(world.publication), where="x")
    assert misquoted(head(forged.sign().payload, where="x"), first) is not None


def test_whose_figures_are_malformed_cannot_have_been_quoted(world: World) -> None:
    first = forger(world)
    first.predicate["solvency"]["yen"] = None
    wrong = misquoted(head(following(world).sign().payload, where="x"), head(first.sign().payload, where="x"))
    assert wrong is not None and "malformed" in wrong


def test_a_lie_in_the_log_is_found_by_whoever_has_the_log(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    later = exchange.next()
    drafted = draft(
        liabilities=later.liabilities,
        reserves=later.reserves,
        pack=samples.pack(),
        prices=samples.PRICES,
        key=exchange.signer.public.keyid,
        log_dir=exchange.log,
        settings=Settings(software="0.1.0"),
    )
    document = canonical.decode(drafted.payload, where="x")
    document["predicate"]["change"]["verdict"] = "does-not-hold"
    with open_log(exchange.log, origin=None, default="", key=exchange.signer.public.keyid) as log:
        log.append(canonical.encode(document))
    with pytest.raises(ClaimError) as caught:
        list(check_log_folder(exchange.log, keys=[exchange.signer.public]))
    assert caught.value.code == "log-entry" and "verdict" in caught.value.message
