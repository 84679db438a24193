"""A witness that runs, for the exchange's log."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

from por.attestation import private
from tests import witness
from tests.cli.stage import Stage, preparation


@preparation("witness")
def run_witness(stage: Stage, name: str, *words: str) -> None:
    """`setup witness w stopped unknown`: made in `w` to watch the exchange's log; $WITNESS, $WITNESS_KEY, $LINE."""
    origin = json.loads((stage.world.shop.folder / "log/log.json").read_text())["origin"]
    tree = witness.Tree(origin=origin, signer=private.load_private(stage.world.secret / "attest.pem"))
    watched = replace(tree, origin="example.com/other") if "unknown" in words else tree
    made = witness.make(stage.folder / name, watched)
    stage.variables |= {"WITNESS_KEY": made.line, "LINE": tree.line}
    if "stopped" in words:
        return
    found = stage.stack.enter_context(witness.running(stage.folder / name))
    stage.variables |= {"WITNESS": found.url, "PORT": found.url.rpartition(":")[2]}
    if "forked" in words:
        assert found.send(tree.grown(2, "other").request(0))[0] == 200


@preparation("without-state")
def without_state(stage: Stage, name: str) -> None:
    """`setup without-state w`: what the witness cosigned is gone."""
    shutil.rmtree(stage.folder / name / "state")
