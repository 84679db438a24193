"""Coins of the Bitcoin family: publications that say more than they show, nodes that are wrong, wallets on one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from types import SimpleNamespace
from typing import Any

from por.header import parse_time
from por.reserves.bitcoin.transactions import Output, Transaction, parse
from por.reserves.challenge import Challenge
from por.reserves.control import ControlFile
from por.reserves.evidence.utxo import merkleblock
from por.reserves.evidence.utxo.outputs import BlockClaim, OutputBundle
from tests.cli.stage import Stage, preparation
from tests.esplora import esplora
from tests.litecoin import AS_OF, CHAIN, HOT, account, lite_exchange
from tests.litecoin_faults import INDEXER_FAULTS, NODE_FAULTS, between
from tests.litecoin_publication import Reserves, office, publish
from tests.reserves.signing import Key, address, p2pkh, p2wpkh
from tests.reserves.utxo.craft import block, coinbase, payment

HOT_SCRIPT = p2wpkh(HOT.public)
MAIN = "bip122:000000000019d6689c085ae165831e93"
MINE = Output(value=10**9, script=HOT_SCRIPT)

Change = Callable[[BlockClaim], BlockClaim]


@preparation("outputs")
def outputs(stage: Stage, name: str) -> None:
    """`setup outputs invented`: publication/ with this fault in what its coins rest on; $OKEY, $OPACK, $ONODE."""
    publish(stage.folder, FAULTS[name])
    desk = office()
    stage.variables["OKEY"] = str(desk / "attest.pub")
    stage.variables["OPACK"] = str(desk / "policy.toml")
    stage.variables["ONODE"] = f"{CHAIN}={lite_exchange().node.url}"


def _claim(transactions: list[Transaction], place: int) -> BlockClaim:
    return block(transactions, [(place, 0)], parent=bytes(32), time=AS_OF - 5000)[1]


def _with(claim: Callable[[], BlockClaim]) -> Callable[[Reserves], None]:
    """Let the hot wallet also show outputs of a block of one's own making."""

    def spoil(found: Reserves) -> None:
        row = found.holding(account(HOT_SCRIPT))
        name = found.add(OutputBundle(chain=CHAIN, blocks=(claim(),)).to_bytes())
        row["evidence"] = sorted({*row["evidence"], name})
        row["amount"] = str(int(row["amount"]) + MINE.value)

    return spoil


def _invented() -> BlockClaim:
    return _claim([coinbase(3), payment(MINE)], 1)


def _changed(change: Change) -> Callable[[Reserves], None]:
    return _with(lambda: change(_invented()))


def _headers(change: Callable[[bytes], bytes]) -> Callable[[Reserves], None]:
    def spoil(found: Reserves) -> None:
        run = found.chain["evidence"][0]
        found.replace(run, change(found.file(run)))

    return spoil


def _witness(claim: BlockClaim) -> BlockClaim:
    """The transaction as wallets send it; its txid is hashed of the rest, so that the tree cannot show these bytes."""
    first, paid = claim.transactions
    found = parse(paid, where="test")
    whole = replace(found, inputs=(replace(found.inputs[0], witness=(b"x",)),)).to_bytes()
    header = merkleblock.parse(claim.proof, where="test").header
    ids = [merkleblock.sha256d(raw) for raw in (first, whole)]
    from tests.reserves.utxo.craft import mine, root_of

    header = mine(parent=header[4:36], root=root_of(ids), time=AS_OF - 5000)
    tree = merkleblock.build(header, ids, {0, 1}).to_bytes()
    return replace(claim, proof=tree, transactions=(first, whole))


def _number(found: Reserves) -> None:
    found.chain["block"]["number"] = 7


def _contract(found: Reserves) -> None:
    row = found.holding(account(HOT_SCRIPT))
    old = ControlFile.from_bytes(found.file(row["control"]["digest"]), where="control")
    row["control"]["digest"] = found.add(replace(old, scheme="eip1271", signature=b"").to_bytes())
    row["control"]["scheme"] = "eip1271"


SMALL = Transaction(version=2, inputs=payment().inputs, outputs=(Output(value=1, script=b"\x51" * 3),), lock_time=0)
FAULTS: dict[str, Callable[[Reserves], None] | None] = {
    "none": None,
    "invented": _with(_invented),
    "unlinked": _headers(lambda data: data[:80] + data[160:]),
    "number": _number,
    "contract": _contract,
    "stranger": _with(lambda: _claim([coinbase(3), payment(replace(MINE, script=p2wpkh(bytes(33))))], 1)),
    "young": _with(lambda: _claim([coinbase(100, MINE)], 0)),
    "late": _with(lambda: _claim([coinbase(9999), payment(MINE)], 1)),
    "inner-node": _with(lambda: _claim([coinbase(3), SMALL], 1)),
    "no-coinbase": _with(lambda: _claim([payment(MINE), payment(MINE, salt=2)], 0)),
    "witness": _changed(_witness),
    "elsewhere": _changed(
        lambda claim: replace(claim, transactions=(claim.transactions[0], payment(MINE, salt=9).stripped()))
    ),
    "missing": _changed(lambda claim: replace(claim, outputs=(replace(claim.outputs[0], index=7),))),
    "idle": _changed(lambda claim: replace(claim, outputs=())),
    "no-tree": _changed(lambda claim: replace(claim, proof=claim.proof[:-1])),
    "other-root": _changed(lambda claim: replace(claim, proof=_other_hash(claim.proof))),
}


def _other_hash(proof: bytes) -> bytes:
    tree = merkleblock.parse(proof, where="test")
    return replace(tree, hashes=(bytes(32), *tree.hashes[1:])).to_bytes()


@preparation("outputs-shop")
def shop(stage: Stage, fault: str = "") -> None:
    """`setup outputs-shop FAULT`: wallets, control files and a node with this fault as $BAD; $OSNAPSHOT, $OPACK."""
    lx = lite_exchange()
    lines = ["account,assets,purpose,storage,scheme,custodian,label"]
    lines += [f"{row.account},LTC,{row.purpose},{row.storage},{row.scheme},,{row.label}" for row in lx.wallets]
    (stage.folder / "coins.csv").write_text("\n".join(lines) + "\n")
    stage.variables["OCONTROL"] = str(lx.control)
    stage.variables["OSNAPSHOT"] = str(office() / "snapshot.toml")
    stage.variables["OPACK"] = str(office() / "policy.toml")
    stage.variables["BAD"] = f"{CHAIN}={_node(stage, fault.replace('-', ' '))}"
    _hurry(stage)


def _node(stage: Stage, fault: str) -> str:
    lx = lite_exchange()
    if fault in NODE_FAULTS:
        return stage.stack.enter_context(between(lx, NODE_FAULTS[fault][0]))
    if fault == "node":
        return lx.node.url
    if fault == "spent":
        return stage.stack.enter_context(between(lx, _gone))
    if fault == "long ago":
        from por.reserves.chains.utxo import core

        stage.monkeypatch.setattr(core, "MOST_BLOCKS", -1)
        return stage.stack.enter_context(between(lx, _gone))
    url, indexer = stage.stack.enter_context(esplora(lx.node))
    if fault == "moving":
        number = lx.report.chains[0].block.number
        tips = cycle(lx.node.call("getblockhash", height) for height in (number - 1, number))
        indexer.spoil = lambda path, found: next(tips) if path.endswith("tip/hash") else found
    elif fault in INDEXER_FAULTS:
        indexer.spoil = INDEXER_FAULTS[fault][0]
    return url


def _gone(method: str, answer: Any) -> Any:
    return {**answer, "result": None} if method == "gettxout" else answer


def _hurry(stage: Stage) -> None:
    from por.reserves.chains import Limits, transport

    given = Limits.__init__.__kwdefaults__
    for name, value in (("tries", 2), ("backoff", 0.0)):
        stage.monkeypatch.setitem(given, name, value)
    stage.monkeypatch.setattr(transport, "time", SimpleNamespace(sleep=lambda seconds: None, monotonic=lambda: 0.0))


@preparation("outputs-control")
def control(stage: Stage, bits: str) -> None:
    """`setup outputs-control 1d00ffff`: a wallet on Bitcoin whose control file has an invented header of such bits."""
    key = Key.of(1)
    holder = f"{MAIN}:{address(p2pkh(key.public))}"
    issued = parse_time("2026-11-20T12:00:00Z", where="issued")
    numbers = (issued - 600, int(bits, 16), 7)
    raw = b"\0\0\0\x20" + bytes(64) + b"".join(number.to_bytes(4, "little") for number in numbers)
    challenge = Challenge(
        issuer="Example Exchange K.K.",
        account=holder,
        snapshot="any",
        block_chain=MAIN,
        block_number=900_000,
        block_hash=merkleblock.sha256d(raw)[::-1],
        issued=issued,
        expires=issued + 90 * 86400,
        nonce="0" * 32,
    )
    text = challenge.text()
    file = ControlFile(account=holder, scheme="bip137", message=text, signature=key.message(text).encode(), header=raw)
    columns = "account,assets,purpose,storage,scheme,custodian,label"
    (stage.folder / "coins.csv").write_text(f"{columns}\n{holder},BTC,customers,cold,bip137,,vault\n")
    (stage.folder / "control").mkdir()
    (stage.folder / "control" / f"{holder.replace(':', '-')}.json").write_bytes(file.to_bytes())
    stage.variables["OSNAPSHOT"] = str(office() / "snapshot.toml")
