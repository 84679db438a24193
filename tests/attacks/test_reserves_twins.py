"""Row 43: one chain's coins shown a second time under another chain's name, whose headers look the same."""

from __future__ import annotations

import json
from typing import Any

from fixtures.chain import CHAIN, sign_text
from por import canonical
from por.outcomes import Outcome
from por.reserves.challenge import parse_challenge
from por.reserves.control import ControlFile
from por.reserves.evidence.bundle import Bundle
from por.reserves.evidence.utxo.header import UtxoHeader
from por.reserves.evidence.utxo.outputs import Block
from por.reserves.judging.facts import Facts, OutputFacts, Sound
from por.reserves.judging.twins import FORKED, twice_told
from por.reserves.report import Block as Pinned
from por.reserves.report import ChainReport, Report
from tests.attacks.reserves_world import fails, hot_control, judge, without_tokens
from tests.evm import HEADER, HOT, Exchange, needs_anvil

OTHER = "eip155:10"
BTC, BCH = "bip122:000000000019d6689c085ae165831e93", "bip122:000000000000000000651ef99cb9fcbe"


def moved(ex: Exchange, evidence: dict[str, bytes]) -> dict[str, Any]:
    """The hot wallet's own coin, with the same header, state and key, as a coin of another chain."""
    row: dict[str, Any] = json.loads(ex.report.to_bytes())["chains"][0]
    kept = next(held for held in row["holdings"] if "slip44" in held["asset"] and held["account"] in hot(ex))
    old = hot_control(ex)
    text = old.message.replace(CHAIN, OTHER)
    control = ControlFile(
        account=old.account.replace(CHAIN, OTHER),
        scheme=old.scheme,
        message=text,
        signature=bytes.fromhex(sign_text(HOT, text)[2:]),
        header=old.header,
    )
    assert parse_challenge(text, where="test").block_chain == OTHER
    names = {}
    for name in kept["evidence"]:
        found = Bundle.from_bytes(evidence[name], where="test").to_bytes().replace(CHAIN.encode(), OTHER.encode())
        names[name] = canonical.digest(found)
        evidence[names[name]] = found
    evidence[canonical.digest(control.to_bytes())] = control.to_bytes()
    kept["control"]["digest"] = canonical.digest(control.to_bytes())
    kept["evidence"] = sorted(names.values())
    twin = json.loads(json.dumps(row | {"holdings": [kept]}).replace(CHAIN, OTHER))
    digest, files = without_tokens(ex)
    evidence[digest] = files[digest]
    return {**twin, "chain": OTHER, "evidence": [*twin["evidence"][:2], digest]}


def hot(ex: Exchange) -> str:
    return ex.wallets[0].account


@needs_anvil
def test_one_state_under_two_names(ex: Exchange) -> None:
    document, evidence = json.loads(ex.report.to_bytes()), dict(ex.evidence())
    document["chains"] = sorted([*document["chains"], moved(ex, evidence)], key=lambda row: str(row["chain"]))
    checks = judge(ex, report=canonical.encode(document), evidence=evidence)
    # nothing else tells: the twin is proven, signed for, and of the right moment
    for name in ("evidence", "control", "block-choice"):
        assert checks[name].outcome is Outcome.HOLDS, checks[name]
    fails(checks, "holdings-once", f"{OTHER} and {CHAIN} are shown by the same state")


def block(n: int, *, time: int, parent: int = 0) -> UtxoHeader:
    return UtxoHeader(
        raw=bytes(80),
        hash=n.to_bytes(32, "big"),
        parent=parent.to_bytes(32, "big"),
        merkle_root=bytes(32),
        version=4,
        time=time,
        target=1 << 200,
    )


def told(btc: OutputFacts, bch: OutputFacts) -> list[str]:
    rows = tuple(
        ChainReport(
            chain=name,
            block=Pinned(number=9, hash="00" * 32, time=HEADER.as_of),
            source="node",
            holdings=(),
            evidence=(),
        )
        for name in (BCH, BTC)
    )
    report = Report(snapshot_id=HEADER.id, chains=rows, declared=())
    return twice_told(report, Facts(files=Sound({}), outputs={BTC: btc, BCH: bch}))


def shows(*run: UtxoHeader, outputs: UtxoHeader | None = None) -> OutputFacts:
    blocks = {} if outputs is None else {outputs.hash: Block(header=outputs, height=None)}
    return OutputFacts(run=run, blocks=blocks)


def test_blocks_of_bitcoin_as_those_of_bitcoin_cash() -> None:
    now = FORKED + 10**8
    tip, other = block(5, time=now, parent=4), block(50, time=now, parent=40)
    assert told(shows(tip), shows(other)) == []
    assert "the same block" in told(shows(tip), shows(tip))[0]
    assert "the same block" in told(shows(tip), shows(block(4, time=now, parent=3)))[0]
    paid = block(2, time=FORKED + 1)
    assert "the same block" in told(shows(tip, outputs=paid), shows(other, outputs=paid))[0]
    # coins from before the fork are on both chains, and each is a coin of its own
    old = block(1, time=FORKED - 1)
    assert told(shows(tip, outputs=old), shows(other, outputs=old)) == []
