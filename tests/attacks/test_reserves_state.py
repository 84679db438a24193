"""Rows 20, 21, 23, 24, 31 to 34, 40: state that was invented, borrowed, counted twice or of another moment."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import rlp
from eth_hash.auto import keccak

from fixtures.chain import CHAIN
from por import canonical
from por.errors import InputError
from por.outcomes import Basis, Outcome
from por.reserves.evidence import account, headers
from por.reserves.evidence.bundle import AccountClaim, Bundle, parse_shared, shared_bytes
from por.reserves.recheck import recheck
from por.reserves.report import Holding, Report
from por.reserves.tables import Windows
from por.reserves.wallets import parse_wallets
from tests.attacks.reserves_world import fails, judge, with_document
from tests.evm import ALLOWANCE, AS_OF, HEADER, QUICK, Exchange, needs_anvil

pytestmark = needs_anvil


def holding(document: dict[str, Any], part: str, *, nth: int = 0) -> dict[str, Any]:
    return [row for row in document["chains"][0]["holdings"] if part in row["asset"]][nth]


def rebuilt(ex: Exchange, old: str, data: bytes) -> dict[str, Any]:
    """Publish another evidence file in place of `old`, under its own digest."""
    new = canonical.digest(data)
    text = ex.report.to_bytes().replace(old.encode(), new.encode())
    document = json.loads(text)
    for row in document["chains"][0]["holdings"]:
        row["evidence"].sort()
    return {"report": canonical.encode(document), "evidence": {**ex.evidence(), new: data}}


def bundle_of(ex: Exchange, part: str) -> tuple[str, Bundle]:
    row = next(row for row in ex.report.chains[0].holdings if part in row.asset and len(row.evidence) == 1)
    return row.evidence[0], Bundle.from_bytes(ex.evidence()[row.evidence[0]], where="bundle")


def test_the_honest_one_holds(ex: Exchange) -> None:
    checks = judge(ex)
    assert {name: check.outcome.value for name, check in checks.items()} == {
        "evidence": "holds",
        "balances": "not-covered",
        "control": "holds",
        "control-contract": "not-covered",
        "control-undated": "not-covered",
        "block-choice": "holds",
        "block-canonical": "not-covered",
        "unspent": "not-covered",
        "holdings-once": "holds",
    }


def test_an_amount_beyond_the_state(ex: Exchange) -> None:
    for part, name in (("slip44", "the state holds"), ("erc20", "the state holds")):

        def richer(document: dict[str, Any], part: str = part) -> None:
            holding(document, part)["amount"] = "123456789"

        fails(judge(ex, report=with_document(ex.report, richer)), "evidence", name)


def test_a_nodes_word_sold_as_proven(ex: Exchange) -> None:
    def sold(document: dict[str, Any]) -> None:
        row = holding(document, ex.unlisted)
        row["basis"], row["evidence"] = "proven", holding(document, "slip44")["evidence"]

    fails(judge(ex, report=with_document(ex.report, sold)), "evidence", "token table does not list")


def test_evidence_missing_changed_or_renamed(ex: Exchange) -> None:
    for name, data in ex.evidence().items():
        fails(judge(ex, evidence={k: v for k, v in ex.evidence().items() if k != name}), "evidence", "is missing")
        fails(judge(ex, evidence={**ex.evidence(), name: data + b" "}), "evidence", "does not have the digest")


def test_every_claim_of_a_bundle_is_proven(ex: Exchange) -> None:
    for part in ("slip44", "erc20"):
        name, bundle = bundle_of(ex, part)
        first = bundle.accounts[0]
        for state in (
            replace(first.state, balance=first.state.balance + 1),
            replace(first.state, nonce=first.state.nonce + 1),
            replace(first.state, code_hash=b"\1" * 32),
            replace(first.state, storage_hash=b"\1" * 32),
        ):
            bad = replace(bundle, accounts=(replace(first, state=state), *bundle.accounts[1:]))
            fails(judge(ex, **rebuilt(ex, name, bad.to_bytes())), "evidence", "not the one in the state")


def test_extra_missing_and_broken_nodes(ex: Exchange) -> None:
    for part in ("slip44", "erc20"):
        name, bundle = bundle_of(ex, part)
        nodes = sorted(bundle.nodes)
        extra = replace(bundle, nodes=bundle.nodes | {rlp.encode([b"\x20" + bytes(32), b"extra"])})
        fails(judge(ex, **rebuilt(ex, name, extra.to_bytes())), "evidence", "belong to no claim")
        for node in nodes:
            less = replace(bundle, nodes=bundle.nodes - {node})
            fails(judge(ex, **rebuilt(ex, name, less.to_bytes())), "evidence", "missing")
            other = replace(bundle, nodes=(bundle.nodes - {node}) | {node[:-1] + bytes([node[-1] ^ 1])})
            fails(judge(ex, **rebuilt(ex, name, other.to_bytes())), "evidence", "missing")


def test_shared_nodes(ex: Exchange) -> None:
    """The file of nodes that several bundles need: padded, thinned, repeated in a bundle, or left out."""
    chain = ex.report.chains[0]
    name = chain.evidence[2]
    nodes = parse_shared(ex.evidence()[name], where="test")
    extra = shared_bytes({*nodes, rlp.encode([b"\x20" + bytes(32), b"extra"])})
    fails(judge(ex, **rebuilt(ex, name, extra)), "evidence", "belong to no claim")
    for node in nodes:
        fails(judge(ex, **rebuilt(ex, name, shared_bytes({*nodes} - {node}))), "evidence", "missing")
    part, bundle = bundle_of(ex, "erc20")
    twice = replace(bundle, nodes=bundle.nodes | {nodes[0]})
    fails(judge(ex, **rebuilt(ex, part, twice.to_bytes())), "evidence", "belong to no claim")
    without = replace(ex.report, chains=(replace(chain, evidence=chain.evidence[:2]),))
    fails(judge(ex, report=without), "evidence", "missing")
    backwards = ex.evidence()[name].replace(nodes[0].hex().encode(), b"ff" + nodes[0].hex().encode())
    fails(judge(ex, **rebuilt(ex, name, backwards)), "evidence", "not sorted")


def test_storage_under_a_free_storage_hash(ex: Exchange) -> None:
    """A one-leaf trie of the exchange's own, offered as the token's storage."""
    name, bundle = bundle_of(ex, "erc20")
    token = ex.tables.tokens[0]
    holder = bytes.fromhex(ex.wallets[0].parsed.address[2:])
    key = account.balance_key(holder, token.slot, token.key_order)
    leaf = rlp.encode([b"\x20" + keccak(key), rlp.encode((10**18).to_bytes(8, "big"))])
    state = replace(bundle.accounts[0].state, storage_hash=keccak(leaf))
    bad = replace(
        bundle,
        accounts=(AccountClaim(address=token.contract, state=state, storage={key: 10**18}),),
        nodes=bundle.nodes | {leaf},
    )
    fails(judge(ex, **rebuilt(ex, name, bad.to_bytes())), "evidence", "not the one in the state")


def other_slot(ex: Exchange, slot: int, amount: int, *, alone: bool = False) -> tuple[Report, dict[str, bytes]]:
    """Let the exchange gather true evidence with a slot of its own choice, and report it, alone or with the rest."""
    token = replace(ex.tables.tokens[0], slot=slot)
    key = account.balance_key(bytes.fromhex(ex.wallets[0].parsed.address[2:]), slot, token.key_order)
    found = ex.chain.call("eth_getProof", token.contract, ["0x" + key.hex()], hex(ex.report.chains[0].block.number))
    nodes = {bytes.fromhex(n[2:]) for n in found["accountProof"] + found["storageProof"][0]["proof"]}
    _, bundle = bundle_of(ex, "erc20")
    claim = replace(bundle.accounts[0], storage={key: amount})
    chain = ex.report.chains[0]
    common = set(parse_shared(ex.evidence()[chain.evidence[2]], where="test"))
    assert common & nodes
    data = replace(bundle, accounts=(claim,), nodes=frozenset(nodes if alone else nodes - common)).to_bytes()
    new: list[Holding] = []
    for row in chain.holdings:
        ours = row.account == ex.wallets[0].account and token.contract in row.asset
        if ours or not alone:
            new.append(replace(row, amount=amount, evidence=(canonical.digest(data),)) if ours else row)
    ends = chain.evidence[:2] if alone else chain.evidence
    report = replace(ex.report, chains=(replace(chain, holdings=tuple(new), evidence=ends),))
    return report, {**ex.evidence(), canonical.digest(data): data}


def test_a_storage_slot_of_the_exchanges_choice(ex: Exchange) -> None:
    """keccak(slot ‖ holder) under the allowance's slot is a true word of the state, but not a balance."""
    for slot in (1, 2, 7):
        report, evidence = other_slot(ex, slot, 0)
        fails(judge(ex, report=report, evidence=evidence), "evidence", "keeps the balance")
    # the same holding in the right slot holds, so it was the slot that failed
    report, evidence = other_slot(ex, 0, 1_000_000)
    assert judge(ex, report=report, evidence=evidence)["evidence"].outcome is Outcome.HOLDS


def test_an_allowance_is_no_balance(ex: Exchange) -> None:
    """With a free slot, p = keccak(slot ‖ owner) makes a balance of what one `approve` wrote."""
    outer = keccak((1).to_bytes(32, "big") + bytes.fromhex(ex.wallets[0].parsed.address[2:]).rjust(32, b"\0"))
    slot = int.from_bytes(outer, "big")
    report, evidence = other_slot(ex, slot, ALLOWANCE, alone=True)
    # a verifier who let the exchange name the slot would be shown an allowance, proven
    fooled = replace(ex.tables.tokens[0], slot=slot)
    believed = judge(ex, report=report, evidence=evidence, tables=replace(ex.tables, tokens=(fooled,)))
    assert believed["evidence"].outcome is Outcome.HOLDS
    fails(judge(ex, report=report, evidence=evidence), "evidence", "keeps the balance")
    report, evidence = other_slot(ex, slot, ALLOWANCE)
    fails(judge(ex, report=report, evidence=evidence), "evidence", "keeps the balance")


def test_a_token_with_other_code(ex: Exchange) -> None:
    token = replace(ex.tables.tokens[0], code_hash=b"\2" * 32)
    fails(judge(ex, tables=replace(ex.tables, tokens=(token,))), "evidence", "code")


def test_the_mask_is_the_verifiers(ex: Exchange) -> None:
    token = replace(ex.tables.tokens[0], mask=0xFF)
    fails(judge(ex, tables=replace(ex.tables, tokens=(token,))), "evidence", "the report says 1000000")


def test_another_block(ex: Exchange) -> None:
    """The block before the last one: everything about it is true, but it is not the one."""
    number = ex.report.chains[0].block.number
    raws = []
    for n in (number - 1, number):
        raws.append(headers.encode_fields(ex.chain.call("eth_getBlockByNumber", hex(n), False)))
    block = headers.decode(raws[0], where="block")
    chain = ex.report.chains[0]
    from por.header import show_time
    from por.reserves.report import Block

    moved = replace(
        chain,
        block=Block(number=block.number, hash="0x" + block.hash.hex(), time=show_time(block.time)),
        evidence=tuple(canonical.digest(raw) for raw in raws),
    )
    checks = judge(
        ex,
        report=replace(ex.report, chains=(moved,)),
        evidence={**ex.evidence(), **{canonical.digest(raw): raw for raw in raws}},
        windows=Windows(max_skew_seconds=10**6),
    )
    fails(checks, "block-choice", "not the last one")
    fails(checks, "evidence", "proves the state of block")


def test_the_moment_binds_the_block(ex: Exchange) -> None:
    early, late = replace(HEADER, as_of="2026-11-20T14:59:47Z"), replace(HEADER, as_of="2026-11-20T15:00:01Z")
    fails(judge(ex, header=early), "block-choice", "after 2026")
    fails(judge(ex, header=late), "block-choice", "not the last one")
    fails(judge(ex, windows=Windows(max_skew_seconds=11)), "block-choice", "12 s before")


def test_successor_must_stand_on_the_block(ex: Exchange) -> None:
    chain = ex.report.chains[0]
    number = chain.block.number + 2
    raw = headers.encode_fields(ex.chain.call("eth_getBlockByNumber", hex(number), False))
    new = replace(chain, evidence=(chain.evidence[0], canonical.digest(raw)))
    checks = judge(ex, report=replace(ex.report, chains=(new,)), evidence={**ex.evidence(), canonical.digest(raw): raw})
    fails(checks, "block-choice", "does not stand on it")


def invented(ex: Exchange) -> tuple[Report, dict[str, bytes]]:
    """A whole state with one rich account, under a header made for it, and a successor to match."""
    chain = ex.report.chains[0]
    row = next(r for r in chain.holdings if r.account == ex.wallets[0].account and "slip44" in r.asset)
    address = ex.wallets[0].parsed.address
    state = account.AccountState(balance=10**30)
    leaf = rlp.encode([b"\x20" + keccak(bytes.fromhex(address[2:])), state.encode()])
    items = [rlp.decode(ex.evidence()[name]) for name in chain.evidence[:2]]
    items[0][3] = keccak(leaf)
    raw = rlp.encode(items[0])
    items[1][0] = keccak(raw)
    raws = [raw, rlp.encode(items[1])]
    block = replace(chain.block, hash="0x" + keccak(raw).hex())
    bundle = Bundle(
        chain=CHAIN,
        number=block.number,
        hash=keccak(raw),
        accounts=(AccountClaim(address=address, state=state),),
        nodes=frozenset({leaf}),
    ).to_bytes()
    files = {canonical.digest(data): data for data in (*raws, bundle)}
    rich = replace(row, amount=10**30, evidence=(canonical.digest(bundle),))
    made = replace(chain, block=block, holdings=(rich,), evidence=tuple(canonical.digest(r) for r in raws))
    return replace(ex.report, chains=(made,)), {**ex.evidence(), **files}


def test_an_invented_chain_never_holds_as_canonical(ex: Exchange) -> None:
    report, evidence = invented(ex)
    offline = judge(ex, report=report, evidence=evidence)
    # it is consistent with itself, which is why this check stands apart
    assert offline["evidence"].outcome is Outcome.HOLDS
    assert offline["block-choice"].outcome is Outcome.HOLDS
    assert offline["block-canonical"].outcome is Outcome.NOT_COVERED
    fails(judge(ex, report=report, evidence=evidence, nodes=ex.nodes), "block-canonical", "is not")
    true_hash = ex.report.chains[0].block.hash
    fails(judge(ex, report=report, evidence=evidence, block_hashes={CHAIN: true_hash}), "block-canonical", "you gave")


def test_an_invented_successor(ex: Exchange) -> None:
    """A block that is true but not the last, under a successor that was made to say otherwise."""
    chain = ex.report.chains[0]
    items = rlp.decode(ex.evidence()[chain.evidence[1]])
    items[11] = (AS_OF + 100).to_bytes(4, "big")
    raw = rlp.encode(items)
    made = replace(chain, evidence=(chain.evidence[0], canonical.digest(raw)))
    forged: dict[str, Any] = {
        "report": replace(ex.report, chains=(made,)),
        "evidence": {**ex.evidence(), canonical.digest(raw): raw},
        "header": replace(HEADER, as_of="2026-11-20T15:01:00Z"),
    }
    assert judge(ex, **forged)["block-choice"].outcome is Outcome.HOLDS
    assert judge(ex, **forged)["block-canonical"].outcome is Outcome.NOT_COVERED
    fails(judge(ex, **forged, nodes=ex.nodes), "block-canonical", f"block {chain.block.number + 1} is not")


def test_canonical_by_ones_own_source(ex: Exchange) -> None:
    for more in ({"nodes": ex.nodes}, {"block_hashes": {CHAIN: ex.report.chains[0].block.hash}}):
        assert judge(ex, **more)["block-canonical"].outcome is Outcome.HOLDS
    dead = judge(ex, nodes={CHAIN: "http://127.0.0.1:9/"})
    assert dead["block-canonical"].outcome is Outcome.UNDECIDED
    assert dead["control-contract"].outcome is Outcome.UNDECIDED


def test_one_coin_under_two_ids(ex: Exchange) -> None:
    """A chain's own coin and the contract that shows it as a token are the same coins, and so are two tokens of one."""
    yen, other = f"{CHAIN}/erc20:{ex.yen}", f"{CHAIN}/erc20:{ex.unlisted}"
    assert judge(ex)["holdings-once"].outcome is Outcome.HOLDS
    for group in ((f"{CHAIN}/slip44:60", yen), (yen, other)):
        checks = judge(ex, tables=replace(ex.tables, faces=(group,)))
        fails(checks, "holdings-once", "twice")


def test_the_same_coins_twice(ex: Exchange) -> None:
    chain = ex.report.chains[0]
    row = next(r for r in chain.holdings if "slip44" in r.asset)
    again = replace(chain, holdings=(row, *chain.holdings))
    with pytest.raises(InputError) as caught:
        judge(ex, report=replace(ex.report, chains=(again,)).to_bytes())
    assert caught.value.code in ("holding-twice", "report-order")
    fails(judge(ex, report=replace(ex.report, chains=(again,))), "holdings-once", "twice")
    # a chain's own coin under a second number
    other = replace(row, asset=f"{CHAIN}/slip44:61")
    rows = tuple(sorted((*chain.holdings, other), key=lambda r: (r.account, r.asset)))
    fails(
        judge(ex, report=replace(ex.report, chains=(replace(chain, holdings=rows),)).to_bytes()),
        "holdings-once",
        "twice",
    )


def test_one_address_with_two_purposes(ex: Exchange) -> None:
    def two(document: dict[str, Any]) -> None:
        holding(document, "slip44")["purpose"] = "own"

    fails(judge(ex, report=with_document(ex.report, two)), "holdings-once", "two purposes")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("{a},ETH,customers,hot,eip191,,\n{a},USDX,customers,hot,eip191,,", "wallet-twice"),
        ("{a},ETH ETH,customers,hot,eip191,,", "wallet-twice"),
        ("{a},ETH,customers,hot,eip191,,\n{low},USDX,customers,hot,eip191,,", "address-no-checksum"),
        ("{a},ETH,customers,hot,eip191,,\n{other},ETH,own,hot,eip191,,", "wallet-two-purposes"),
    ],
)
def test_wallets_that_count_twice(ex: Exchange, lines: str, code: str) -> None:
    address = ex.wallets[0].parsed.address
    text = lines.format(a=f"{CHAIN}:{address}", low=f"{CHAIN}:{address.lower()}", other=f"eip155:1:{address}")
    with pytest.raises(InputError) as caught:
        parse_wallets(f"account,assets,purpose,storage,scheme,custodian,label\n{text}\n")
    assert caught.value.code == code


def test_contract_wallets_rest_on_a_node(ex: Exchange) -> None:
    offline = judge(ex)["control-contract"]
    assert offline.outcome is Outcome.NOT_COVERED
    code = ex.chain.code_hash(ex.treasury).hex()
    assert code in offline.detail
    online = judge(ex, nodes=ex.nodes)["control-contract"]
    assert (online.outcome, online.basis) == (Outcome.HOLDS, Basis.NODE)


def test_recheck_reads_bytes_and_values_alike(ex: Exchange) -> None:
    arguments: dict[str, Any] = {"evidence": ex.evidence(), "header": HEADER, "tables": ex.tables, "limits": QUICK}
    assert recheck(report=ex.report, **arguments) == recheck(report=ex.report.to_bytes(), **arguments)
