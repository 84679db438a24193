"""Honest evidence of reserves, made without a chain: a state of accounts and a token's storage, and all files of it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from fixtures.chain import address_of, key, sign_text
from por import canonical
from por.header import Header, parse_time
from por.outcomes import Basis
from por.reserves import caip
from por.reserves.challenge import Challenge, parse_challenge
from por.reserves.control import ControlFile
from por.reserves.evidence import account, headers, trie
from por.reserves.evidence.bundle import AccountClaim, Bundle
from por.reserves.evidence.utxo.header import block_hash
from por.reserves.evidence.utxo.outputs import OutputBundle
from por.reserves.report import Block, ChainReport, Control, Holding, Report
from por.reserves.tables import ReserveTables, Token
from tests.attacks import bitcoin_world
from tests.reserves.signing import Key, address, p2wpkh, sign_p2wpkh
from tests.reserves.utxo import craft

CHAIN = "eip155:1"
LITE = "bip122:530827f38f93b43ed12af0b3ad25a288"
AS_OF_TEXT = "2026-11-20T15:00:00Z"
AS_OF = parse_time(AS_OF_TEXT, where="fuzz")
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of=AS_OF_TEXT, sequence=7)
HOT = key("hot")
CODE = keccak(b"a token's code")
TOKEN = "0x" + "00" * 18 + "1010"


def header(root: bytes, *, number: int, time: int, parent: bytes) -> bytes:
    """A header of Shanghai's shape over a state."""
    fields: dict[str, object] = {}
    for name, width in headers.FIELDS[:17]:
        fields[name] = "0x" if width == -1 else "0x0" if width is None else "0x" + "00" * width
    fields.update(stateRoot="0x" + root.hex(), parentHash="0x" + parent.hex(), number=hex(number), timestamp=hex(time))
    return headers.encode_fields(fields)


def holder(n: int) -> bytes:
    return bytes.fromhex(address_of(HOT)[2:]) if n == 0 else n.to_bytes(20, "big")


def token_address() -> str:
    return caip.checksum(bytes.fromhex(TOKEN[2:]))


@cache
def state() -> tuple[HexaryTrie, HexaryTrie, dict[bytes, bytes]]:
    """A trie of 40 accounts with a token among them, the token's storage, and every node by hash."""
    table = Token(chain=CHAIN, contract=token_address(), code_hash=CODE, slot=0)
    storage, found = HexaryTrie({}), HexaryTrie({})
    for n in range(30):
        storage[keccak(account.token_key(table, holder(n)))] = rlp.encode(n * 1000 + 7)
    for n in range(40):
        found[keccak(holder(n))] = account.AccountState(nonce=n, balance=10**18 + n).encode()
    token = account.AccountState(nonce=1, storage_hash=storage.root_hash, code_hash=CODE)
    found[keccak(bytes.fromhex(TOKEN[2:]))] = token.encode()
    return found, storage, {**found.db, **storage.db}


NESTED = tuple(n.to_bytes(3, "big") for n in (24842, 28572, 1))
"""The first two keys' hashes have eight digits in common, so that their leaves are short."""


@cache
def nested() -> HexaryTrie:
    """A trie in which leaves stand inside their parent."""
    found = HexaryTrie({})
    for name in NESTED[:2]:
        found[keccak(name)] = b"\5"
    assert any(isinstance(child, list) for node in found.db.values() for child in rlp.decode(node))
    return found


@cache
def raw_headers() -> tuple[bytes, bytes]:
    first = header(state()[0].root_hash, number=100, time=AS_OF - 5, parent=bytes(32))
    return first, header(bytes(32), number=101, time=AS_OF + 7, parent=keccak(first))


@cache
def bundle() -> Bundle:
    """The hot wallet's coin and its tokens."""
    pinned = headers.decode(raw_headers()[0], where="fuzz")
    table = Token(chain=CHAIN, contract=token_address(), code_hash=CODE, slot=0)
    nodes: dict[bytes, bytes] = {}

    def fetch(wanted: bytes) -> bytes:
        nodes[wanted] = state()[2][wanted]
        return nodes[wanted]

    claims = []
    for address_ in (holder(0), holder(3), bytes.fromhex(TOKEN[2:])):
        found = account.account_at(pinned.state_root, address_, fetch, where="fuzz")
        keys = [account.token_key(table, holder(0))] if address_.hex() == TOKEN[2:] else []
        words = {name: account.storage_at(found.storage_hash, name, fetch, where="fuzz") for name in keys}
        claims.append(AccountClaim(address=caip.checksum(address_), state=found, storage=words))
    return Bundle(chain=CHAIN, number=100, hash=pinned.hash, accounts=tuple(claims), nodes=frozenset(nodes.values()))


@cache
def control() -> ControlFile:
    """The hot wallet's signed challenge."""
    raw = header(bytes(32), number=90, time=AS_OF - 7200, parent=bytes(32))
    text = Challenge(
        issuer=HEADER.issuer,
        account=f"{CHAIN}:{address_of(HOT)}",
        snapshot=HEADER.id.hex(),
        block_chain=CHAIN,
        block_number=90,
        block_hash=keccak(raw),
        issued=AS_OF - 3600,
        expires=AS_OF + 90 * 86_400,
        nonce="0" * 32,
    ).text()
    signature = bytes.fromhex(sign_text(HOT, text)[2:])
    return ControlFile(
        account=f"{CHAIN}:{address_of(HOT)}", scheme="eip191", message=text, signature=signature, header=raw
    )


def controls() -> list[bytes]:
    """A control file of each scheme."""
    return [
        control().to_bytes(),
        lite_control().to_bytes(),
        *(make().to_bytes() for make in bitcoin_world.HONEST.values()),
    ]


@cache
def outputs() -> tuple[bytes, bytes, bytes]:
    """A run of headers, its tip's coinbase, and a payment in a block of it, on a chain whose blocks cost nothing."""
    paid = craft.payment(craft.Output(value=500, script=p2wpkh(Key.of(501).public)))
    first, claim = craft.block([craft.coinbase(8), paid], [(1, 0)], parent=bytes(32), time=AS_OF - 600)
    last, top = craft.block([craft.coinbase(9)], [], parent=block_hash(first)[::-1], time=AS_OF - 60)
    shown = (OutputBundle(chain=LITE, blocks=(row,)).to_bytes() for row in (top, claim))
    return (first + last, *shown)


@cache
def evidence() -> dict[str, bytes]:
    files = [*raw_headers(), bundle().to_bytes(), control().to_bytes(), *outputs(), lite_control().to_bytes()]
    return {canonical.digest(data): data for data in files}


@cache
def lite_control() -> ControlFile:
    """The same of the account that holds outputs."""
    raw = craft.mine(parent=bytes(32), root=bytes(32), time=AS_OF - 7200)
    challenge = parse_challenge(control().message, where="fuzz")
    text = replace(
        challenge, account=lite_account(), block_chain=LITE, block_number=5, block_hash=block_hash(raw)
    ).text()
    signature = sign_p2wpkh(Key.of(501), text).encode()
    return ControlFile(account=lite_account(), scheme="bip322", message=text, signature=signature, header=raw)


def lite_account() -> str:
    return f"{LITE}:{address(p2wpkh(Key.of(501).public), caip.network(LITE, where='fuzz'))}"


def tables() -> ReserveTables:
    return ReserveTables(tokens=(Token(chain=CHAIN, contract=token_address(), code_hash=CODE, slot=0),))


@cache
def report() -> bytes:
    """reserves.json over that evidence: two chains, three holdings."""
    name, first, last = (canonical.digest(data) for data in (bundle().to_bytes(), *raw_headers()))
    shown = Control(scheme="eip191", issued="2026-11-20T14:00:00Z", digest=canonical.digest(control().to_bytes()))
    held = {
        "account": control().account,
        "purpose": "customers",
        "control": shown,
        "basis": Basis.PROVEN,
        "evidence": (name,),
    }
    rows: tuple[Any, ...] = (
        Holding(asset=f"{CHAIN}/erc20:{token_address()}", amount=7, **held),
        Holding(asset=f"{CHAIN}/slip44:60", amount=10**18, **held),
    )
    run, top, paid = (canonical.digest(data) for data in outputs())
    lite = replace(
        rows[0],
        account=lite_account(),
        asset=f"{LITE}/slip44:1",
        amount=500,
        evidence=(paid,),
        control=Control(scheme="bip322", issued=shown.issued, digest=canonical.digest(lite_control().to_bytes())),
    )
    tip = block_hash(evidence()[run][80:]).hex()
    chains = (
        ChainReport(
            chain=LITE,
            block=Block(number=9, hash=tip, time="2026-11-20T14:59:00Z"),
            source="node",
            holdings=(lite,),
            evidence=(run, top),
        ),
        ChainReport(
            chain=CHAIN,
            block=Block(number=100, hash="0x" + keccak(raw_headers()[0]).hex(), time="2026-11-20T14:59:55Z"),
            source="node",
            holdings=rows,
            evidence=(first, last),
        ),
    )
    return Report(snapshot_id=HEADER.id, chains=chains, declared=()).to_bytes()


def taken(made_of: HexaryTrie, name: bytes) -> list[bytes]:
    """The nodes on the way to a key, in order."""
    nodes: list[bytes] = []

    def fetch(wanted: bytes) -> bytes:
        nodes.append(made_of.db[wanted])
        return nodes[-1]

    trie.walk(made_of.root_hash, name, fetch, where="fuzz")
    return nodes


def proofs() -> list[bytes]:
    """Ordered proofs, as JSON with hex: of accounts, of an absent one, of words, and of short nodes that stand inside
    their parents."""
    found, storage, _ = state()
    token = tables().tokens[0]
    asked = [(found, holder(n)) for n in (0, 1, 17, 39, 41)]
    asked += [(storage, account.token_key(token, holder(n))) for n in (0, 9)]
    asked += [(nested(), name) for name in NESTED]
    return [
        json.dumps({"key": name.hex(), "proof": [node.hex() for node in taken(made, name)]}).encode()
        for made, name in asked
    ]
