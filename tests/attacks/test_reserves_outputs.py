"""Coins of the Bitcoin family that are not there, counted twice, of others, newly mined, or long spent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.errors import ClaimError
from por.outcomes import Check, Outcome
from por.reserves.bitcoin.transactions import Output, Transaction, sha256d
from por.reserves.check import check_reserves
from por.reserves.evidence.utxo import merkleblock
from por.reserves.evidence.utxo.header import block_hash
from por.reserves.evidence.utxo.outputs import BlockClaim, Outpoint, OutputBundle, verify_bundle
from por.reserves.recheck import recheck
from por.reserves.wallets import parse_wallets
from tests.litecoin import (
    AS_OF,
    CHAIN,
    HEADER,
    HOT,
    ISSUED,
    LTC,
    QUICK,
    TABLES,
    WALLETS,
    LiteExchange,
    account,
    address,
    funded,
    lite_exchange,
    needs_litecoin,
    prove_control,
    snapshot,
)
from tests.reserves.signing import p2wpkh
from tests.reserves.utxo.craft import block, coinbase, mine, payment, root_of

pytestmark = needs_litecoin

HOT_SCRIPT = p2wpkh(HOT.public)
HOT_ACCOUNT = account(HOT_SCRIPT)


@pytest.fixture(scope="session")
def lx() -> LiteExchange:
    return lite_exchange()


def judge(lx: LiteExchange, *, report: bytes | None = None, evidence: Mapping[str, bytes] | None = None, **more: Any):  # type: ignore[no-untyped-def]
    checks = recheck(
        report=report or lx.report.to_bytes(),
        evidence=lx.evidence() if evidence is None else evidence,
        header=HEADER,
        tables=TABLES,
        limits=QUICK,
        **more,
    )
    return {check.id: check for check in checks}


def fails(checks: Mapping[str, Check], id_: str, words: str) -> None:
    assert checks[id_].outcome is Outcome.DOES_NOT_HOLD, checks[id_]
    assert words in checks[id_].detail, checks[id_].detail


def hot(document: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in document["chains"][0]["holdings"] if row["account"] == HOT_ACCOUNT)
    return row


def bundle_of(lx: LiteExchange) -> OutputBundle:
    name = hot(json.loads(lx.report.to_bytes()))["evidence"][0]
    return OutputBundle.from_bytes(lx.evidence()[name], where="bundle")


def told(lx: LiteExchange, change: Callable[[dict[str, Any]], None], *added: bytes) -> dict[str, Any]:
    """Return what `judge` takes for a report with something changed, and files added to its evidence."""
    document = json.loads(lx.report.to_bytes())
    change(document)
    files = {**lx.evidence(), **{canonical.digest(data): data for data in added}}
    return {"report": canonical.encode(document), "evidence": files}


def with_bundle(lx: LiteExchange, bundle: OutputBundle, *, more: int = 0) -> dict[str, Any]:
    """Put another bundle beside the hot wallet's own, which is then said to hold `more`."""
    data = bundle.to_bytes()

    def change(document: dict[str, Any]) -> None:
        row = hot(document)
        row["evidence"] = sorted({*row["evidence"], canonical.digest(data)})
        row["amount"] = str(int(row["amount"]) + more)

    return told(lx, change, data)


def invented(*outputs: Output, at: int = AS_OF - 9000, height: int = 3) -> OutputBundle:
    """A block of one's own making that pays whatever one likes."""
    transactions = [coinbase(height), payment(*outputs)]
    _, claim = block(transactions, [(1, n) for n in range(len(outputs))], parent=bytes(32), time=at)
    return OutputBundle(chain=CHAIN, blocks=(claim,))


def test_more_than_the_outputs_hold(lx: LiteExchange) -> None:
    def change(document: dict[str, Any]) -> None:
        hot(document)["amount"] = "350000002"

    fails(judge(lx, **told(lx, change)), "evidence", "its outputs hold 350000001")


def test_an_output_counted_twice(lx: LiteExchange) -> None:
    """A second file shows the first one's outputs again: they are counted by their names."""
    whole = bundle_of(lx)
    again = replace(whole, blocks=tuple(row for row in whole.blocks if len(row.outputs) == 3))
    _, outputs = verify_bundle(again, where="bundle")
    value = sum(row.value for row in outputs)
    assert {row.script for row in outputs} == {HOT_SCRIPT} and value == 350000001
    fails(
        judge(lx, **with_bundle(lx, again, more=value)), "evidence", "its outputs hold 350000001, the report says 700"
    )


def test_an_output_named_twice_in_a_file(lx: LiteExchange) -> None:
    whole = bundle_of(lx)
    first = next(row for row in whole.blocks if row.outputs)
    doubled = replace(first, outputs=(*first.outputs, first.outputs[-1]))
    fails(judge(lx, **with_bundle(lx, replace(whole, blocks=(doubled,)))), "evidence", "outputs are out of order")
    fails(judge(lx, **with_bundle(lx, replace(whole, blocks=(first, first)))), "evidence", "blocks are out of order")


def test_an_output_of_somebody_else(lx: LiteExchange) -> None:
    other = invented(Output(value=10**12, script=p2wpkh(bytes(33))))
    fails(judge(lx, **with_bundle(lx, other, more=10**12)), "evidence", "a script of no account")


def test_an_invented_block_is_not_the_chains(lx: LiteExchange) -> None:
    """Offline its work is all that can be said; a block hash of one's own leaves it open, a node refuses it."""
    made = with_bundle(lx, invented(Output(value=10**12, script=HOT_SCRIPT)), more=10**12)
    offline = judge(lx, **made)
    assert offline["block-canonical"].outcome is Outcome.NOT_COVERED
    assert "some 2^1 hashes" in offline["evidence"].detail
    named = judge(lx, **made, block_hashes={CHAIN: "0x" + lx.report.chains[0].block.hash})
    assert named["block-canonical"].outcome is Outcome.NOT_COVERED, named["block-canonical"]
    assert "1 older ones are not" in named["block-canonical"].detail
    asked = judge(lx, **made, nodes=lx.nodes)
    fails(asked, "block-canonical", "block 3 is not")
    fails(asked, "unspent", "spent at or before block")


def test_a_block_hash_settles_what_is_linked(lx: LiteExchange) -> None:
    named = judge(lx, block_hashes={CHAIN: "0x" + lx.report.chains[0].block.hash})
    assert named["block-canonical"].outcome is Outcome.HOLDS, named["block-canonical"]
    fails(judge(lx, block_hashes={CHAIN: "0x" + "ab" * 32}), "block-canonical", "you gave")


def test_an_inner_node_passed_for_a_transaction() -> None:
    """64 bytes could be two hashes; and what hangs below a real 64-byte transaction has no coinbase at its depth."""
    small = Transaction(
        version=2, inputs=payment().inputs, outputs=(Output(value=1, script=b"\x51\x51\x51"),), lock_time=0
    )
    assert len(small.stripped()) == 64
    _, claim = block([coinbase(3), small], [(1, 0)], parent=bytes(32), time=AS_OF)
    refused(claim, "64 bytes could be an inner node")

    hidden = payment(Output(value=10**15, script=HOT_SCRIPT))
    # whoever mines puts the hidden transaction's id into the second half of a small one
    left = sha256d(b"anything")
    first, inner = coinbase(3), left + hidden.txid
    root = sha256d(first.txid + sha256d(inner))
    header = mine(parent=bytes(32), root=root, time=AS_OF)
    deep = merkleblock.MerkleBlock(
        header=header, count=4, hashes=(first.txid, left, hidden.txid), flags=(True, False, True, False, True)
    )
    assert merkleblock.verify(deep, root=root, where="tree") == {hidden.txid: 3}
    point = Outpoint(txid=hidden.txid[::-1].hex(), index=0)
    refused(
        BlockClaim(proof=deep.to_bytes(), transactions=(hidden.stripped(),), outputs=(point,)),
        "the coinbase is missing",
    )


def refused(claim: BlockClaim, words: str) -> None:
    with pytest.raises(ClaimError, match=words):
        verify_bundle(OutputBundle(chain=CHAIN, blocks=(claim,)), where="bundle")


def test_transactions_that_are_not_what_they_should_be(lx: LiteExchange) -> None:
    made = [
        coinbase(3),
        payment(Output(value=5, script=HOT_SCRIPT)),
        payment(Output(value=6, script=HOT_SCRIPT), salt=2),
    ]
    _, claim = block(made, [(1, 0)], parent=bytes(32), time=AS_OF)
    first, paid = claim.transactions
    witness = replace(made[1], inputs=(replace(made[1].inputs[0], witness=(b"x",)),)).to_bytes()
    refused(replace(claim, transactions=(first, witness)), "is not in the block|without its witnesses")
    refused(replace(claim, transactions=(first, made[2].stripped())), "is not in the block")
    refused(replace(claim, transactions=(paid, first)), "out of order")
    refused(replace(claim, transactions=(paid,)), "out of order|coinbase is missing")
    refused(replace(claim, outputs=(replace(claim.outputs[0], index=1),)), "there is no output")
    refused(replace(claim, outputs=()), "of which no output is claimed")
    # the first transaction is no coinbase
    _, other = block([made[1], made[2]], [(1, 0)], parent=bytes(32), time=AS_OF)
    refused(other, "no coinbase")
    # a second coinbase inside the block
    _, twice = block([coinbase(3), coinbase(3, extra=b"\x01\x01")], [(1, 0)], parent=bytes(32), time=AS_OF)
    refused(twice, "no coinbase")
    # transactions of another block's root
    refused(replace(claim, proof=claim.proof[:36] + root_of([b"\1" * 32]) + claim.proof[68:]), "work|header")


def test_coins_newly_mined(lx: LiteExchange) -> None:
    """The node counts them among the unspent outputs; nobody can spend them before a hundred blocks."""
    mined = lx.node.call("scantxoutset", "start", [f"raw({HOT_SCRIPT.hex()})"])["unspents"]
    assert len(mined) == 4
    assert lx.report.chains[0].holdings[0].asset == LTC
    number = lx.report.chains[0].block.number
    young = coinbase(number - 50, Output(value=10**9, script=HOT_SCRIPT))
    _, claim = block([young], [(0, 0)], parent=bytes(32), time=AS_OF - 5000)
    made = with_bundle(lx, OutputBundle(chain=CHAIN, blocks=(claim,)), more=10**9)
    fails(judge(lx, **made), "evidence", "newly mined")
    old = coinbase(number - 99, Output(value=10**9, script=HOT_SCRIPT))
    _, claim = block([old], [(0, 0)], parent=bytes(32), time=AS_OF - 5000)
    made = with_bundle(lx, OutputBundle(chain=CHAIN, blocks=(claim,)), more=10**9)
    assert judge(lx, **made)["evidence"].outcome is Outcome.HOLDS


def test_coins_and_their_change_both_counted(lx: LiteExchange) -> None:
    """The output before a payment and the change after it are the same coins."""
    paid = payment(Output(value=500, script=HOT_SCRIPT))
    change = replace(
        payment(Output(value=400, script=HOT_SCRIPT)),
        inputs=(replace(paid.inputs[0], txid=paid.txid, index=0),),
    )
    _, claim = block([coinbase(3), paid, change], [(1, 0), (2, 0)], parent=bytes(32), time=AS_OF - 5000)
    checks = judge(lx, **with_bundle(lx, OutputBundle(chain=CHAIN, blocks=(claim,)), more=900))
    assert checks["evidence"].outcome is Outcome.HOLDS, checks["evidence"]
    fails(checks, "unspent", f"{paid.txid[::-1].hex()}:0 is spent by a transaction of the evidence itself")
    # the change alone is whole
    _, claim = block([coinbase(3), paid, change], [(2, 0)], parent=bytes(32), time=AS_OF - 5000)
    checks = judge(lx, **with_bundle(lx, OutputBundle(chain=CHAIN, blocks=(claim,)), more=400))
    assert checks["unspent"].outcome is Outcome.NOT_COVERED, checks["unspent"]


def test_two_blocks_of_one_height(lx: LiteExchange) -> None:
    """A block that lost has as much work as the one that won, and other coins in it."""
    made = [invented(Output(value=value, script=HOT_SCRIPT), height=3) for value in (5, 6)]
    both = OutputBundle(chain=CHAIN, blocks=tuple(sorted((row.blocks[0] for row in made), key=_hash)))
    fails(judge(lx, **with_bundle(lx, both, more=11)), "evidence", "another block both are block 3")


def _hash(claim: BlockClaim) -> bytes:
    return block_hash(claim.proof[:80])


def test_coins_made_after_the_block(lx: LiteExchange) -> None:
    late = invented(Output(value=1, script=HOT_SCRIPT), height=lx.report.chains[0].block.number + 1)
    fails(judge(lx, **with_bundle(lx, late, more=1)), "evidence", "not at or before")
    nameless = [coinbase(3), payment(Output(value=1, script=HOT_SCRIPT))]
    nameless[0] = replace(nameless[0], inputs=(replace(nameless[0].inputs[0], script=b""),))
    _, claim = block(nameless, [(1, 0)], parent=bytes(32), time=AS_OF - 5000)
    made = with_bundle(lx, OutputBundle(chain=CHAIN, blocks=(claim,)), more=1)
    fails(judge(lx, **made), "evidence", "made at height None")


def test_a_nodes_word_for_coins(lx: LiteExchange) -> None:
    def change(document: dict[str, Any]) -> None:
        hot(document).update(basis="node", evidence=[])

    fails(judge(lx, **told(lx, change)), "evidence", "outputs would show this amount")


def test_headers_that_do_not_stand_on_each_other(lx: LiteExchange) -> None:
    run, top = lx.report.chains[0].evidence
    whole = lx.evidence()[run]

    def judged(data: bytes) -> dict[str, Check]:
        def change(document: dict[str, Any]) -> None:
            document["chains"][0]["evidence"] = [canonical.digest(data), top]

        return judge(lx, **told(lx, change, data))  # type: ignore[no-any-return]

    fails(judged(whole[:80] + whole[160:]), "evidence", "does not stand on the one before it")
    fails(judged(whole[:-80]), "evidence", "do not end in block")
    fails(judged(whole[:-1]), "evidence", "not 1 to")
    fails(judged(b""), "evidence", "not 1 to")
    assert judged(whole[-80:])["evidence"].outcome is Outcome.HOLDS
    assert judged(whole[-80:])["block-canonical"].outcome is Outcome.NOT_COVERED
    spoiled = bytearray(whole)
    spoiled[-4] ^= 1
    fails(judged(bytes(spoiled)), "block-choice", "header is not in the evidence")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("number", 7, "does not show that number"),
        ("time", "2026-11-20T14:00:00Z", "another time than its header"),
        ("hash", "ab" * 32, "header is not in the evidence"),
    ],
)
def test_another_block(lx: LiteExchange, key: str, value: object, words: str) -> None:
    fails(
        judge(lx, **told(lx, lambda document: document["chains"][0]["block"].update({key: value}))),
        "block-choice",
        words,
    )


def test_a_tip_too_far_from_the_moment(lx: LiteExchange) -> None:
    from por.reserves.tables import Windows

    fails(judge(lx, windows=Windows(max_tip_skew_seconds=59)), "block-choice", "60 s before")
    assert judge(lx, windows=Windows(max_tip_skew_seconds=60))["block-choice"].outcome is Outcome.HOLDS


def test_coins_spent_before_and_after(tmp_path: Path) -> None:
    """An old output that was spent long ago proves as well as any offline; only a node tells, and tells when."""
    node = funded(AS_OF - 20 * 3600)
    try:
        cold = node.call("getnewaddress", "", "bech32")
        node.at(AS_OF - 10 * 3600)
        spent = node.pay(address(HOT_SCRIPT), "1")
        (block_hash,) = node.mine()
        from_wallet = node.pay(cold, "2")
        node.at(ISSUED - 600)
        node.mine(8)
        wallets = parse_wallets(WALLETS)
        prove_control(tmp_path, wallets, {CHAIN: node.url})
        node.at(AS_OF - 60)
        node.mine()
        report = check_reserves(
            wallets=wallets,
            control=tmp_path / "control",
            snapshot=snapshot(),
            nodes={CHAIN: node.url},
            tables=TABLES,
            out=tmp_path / "out",
            limits=QUICK,
        )
        lx = LiteExchange(node=node, folder=tmp_path, wallets=wallets, report=report)
        assert judge(lx, nodes=lx.nodes)["unspent"].outcome is Outcome.HOLDS
        # the hot wallet's key signs its coin away after the block of the report
        row = next(row for row in node.call("getrawtransaction", spent, True, block_hash)["vout"] if row["value"] == 1)
        point = {"txid": spent, "vout": row["n"]}
        raw = node.call("createrawtransaction", [point], [{cold: 0.999}])
        from por.reserves.addresses import base58

        secret = base58.encode(b"\xef" + HOT.secret.secret + b"\x01")
        before = [{**point, "scriptPubKey": HOT_SCRIPT.hex(), "amount": 1}]
        signed = node.call("signrawtransactionwithkey", raw, [secret], before)
        node.call("sendrawtransaction", signed["hex"])
        assert judge(lx, nodes=lx.nodes)["unspent"].outcome is Outcome.HOLDS, "not yet in a block"
        node.mine()
        later = judge(lx, nodes=lx.nodes)["unspent"]
        assert later.outcome is Outcome.HOLDS and "1 of them spent since" in later.detail
        # a report as of the block after that still counts it
        node.at(AS_OF + 60)
        node.mine()
        dishonest = _as_of_tip(lx)
        assert judge(lx, **dishonest)["evidence"].outcome is Outcome.HOLDS
        assert judge(lx, **dishonest)["unspent"].outcome is Outcome.NOT_COVERED
        fails(judge(lx, **dishonest, nodes=lx.nodes), "unspent", "was spent at or before block")
        assert from_wallet
    finally:
        node.close()


def _as_of_tip(lx: LiteExchange) -> dict[str, Any]:
    """The same outputs under the node's present tip."""
    from por.reserves.chains import open_chain

    found = open_chain(CHAIN, lx.node.url, QUICK).read(open_chain(CHAIN, lx.node.url, QUICK).pin(AS_OF), [], TABLES)
    (run,) = found.pinned.ends
    top = next(iter(found.files.values()))

    def change(document: dict[str, Any]) -> None:
        chain = document["chains"][0]
        chain["evidence"] = [canonical.digest(run), canonical.digest(top)]
        from por.header import show_time

        time = show_time(found.pinned.time)
        chain["block"] = {"number": found.pinned.number, "hash": found.pinned.hash, "time": time}

    return told(lx, change, run, top)
