"""btclib's whole interpreter as a second opinion: whatever holds here holds there too, over thousands of mutations."""

from __future__ import annotations

import base64
import random

import pytest

from por.reserves.addresses.scripts import Kind, make
from por.reserves.bitcoin import bip322, sighash
from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from por.reserves.bitcoin.machine import encode
from por.reserves.bitcoin.opcodes import push
from tests.reserves.signing import (
    Key,
    address,
    leaf_address,
    multisig,
    p2pkh,
    p2sh,
    p2wpkh,
    p2wsh,
    sign_p2pkh,
    sign_p2sh,
    sign_p2wpkh,
    sign_p2wsh,
    sign_taproot,
    simple,
)

other = pytest.importorskip("btclib_wallet.bip322", reason="btclib-wallet is not installed")

TEXT = "second opinion"
A, B, C = (Key.of(n) for n in range(10, 13))
KEYS = multisig(2, [A.public, B.public, C.public])
STRICTER = {"bip322-keyless", "multisig-key-twice"}
"""What we refuse although it is a valid signature by BIP-322."""


def holds_here(text: str, script: bytes) -> str:
    """ "valid", "invalid", or "open" for what is inconclusive or refused although valid."""
    try:
        bip322.verify(text, message=TEXT, script=script)
    except BadSignature as error:
        return "open" if isinstance(error, NotJudged) or error.code in STRICTER else "invalid"
    return "valid"


def holds_there(text: str, script: bytes) -> bool:
    try:
        other.assert_as_valid(TEXT.encode(), address(script), text, legacy=False)
    except Exception:
        return False
    return True


def pk(key: Key) -> bytes:
    return push(key.public) + b"\xac"


def cases() -> list[tuple[str, bytes]]:
    found = [
        (sign_p2wpkh(A, TEXT), p2wpkh(A.public)),
        (sign_p2pkh(A, TEXT), p2pkh(A.public)),
        (sign_p2pkh(A, TEXT, A.long), p2pkh(A.long)),
        (sign_taproot(A, TEXT), make(Kind.P2TR, A.tweaked().x)),
        (sign_p2wsh(KEYS, [A, B], TEXT), p2wsh(KEYS)),
        (sign_p2sh(KEYS, [B, C], TEXT), p2sh(KEYS)),
    ]
    leaf = push(A.x) + b"\xac" + push(B.x) + b"\xba\x52\x9c"
    output, control = leaf_address(C, leaf)
    digest = sighash.taproot(
        bip322.to_sign(TEXT, output),
        0,
        [bip322.to_spend(TEXT, output).outputs[0]],
        hash_type=0,
        leaf=sighash.leaf_hash(leaf),
    )
    found.append((simple((B.schnorr(digest), A.schnorr(digest), leaf, control)), output))
    return found


def programs(chance: random.Random) -> bytes:
    """A script of opcodes that wallets use, in any order: most make no sense, and both must say so."""
    codes = bytes.fromhex("6163646768696b6c7375767c82878892939a9b9c9da6a8a9aaacadaeb1b2")
    numbers = [b"\x51", b"\0", b"\x52", push(b"\x81"), push(b"\0"), push(encode(-3))]
    steps = [*numbers, push(A.public), push(b"word"), *(bytes([code]) for code in codes)]
    return b"".join(chance.choice(steps) for _ in range(chance.randint(1, 9)))


def test_honest_ones_hold_in_both() -> None:
    for text, script in cases():
        assert holds_here(text, script) == "valid"
        assert holds_there(text, script)


def test_mutated_ones_are_judged_alike() -> None:
    chance = random.Random(322)
    seen = {"valid": 0, "invalid": 0, "open": 0}
    for text, script in cases():
        prefix, data = text[:3], base64.b64decode(text[3:])
        for _ in range(120):
            changed = bytearray(data)
            at = chance.randrange(len(changed))
            match chance.randrange(3):
                case 0:
                    changed[at] ^= 1 << chance.randrange(8)
                case 1:
                    del changed[at]
                case _:
                    changed.insert(at, chance.randrange(256))
            mutated = prefix + base64.b64encode(changed).decode()
            here = holds_here(mutated, script)
            seen[here] += 1
            if here != "open":
                assert (here == "valid") is holds_there(mutated, script), (mutated, script.hex())
    assert seen["invalid"] > 500


def test_random_scripts_are_judged_alike() -> None:
    """Scripts after a key's check: the key has signed, so only the rest decides."""
    chance = random.Random(16)
    seen = {"valid": 0, "invalid": 0, "open": 0}
    for _ in range(1500):
        script = pk(A) + b"\x75" + programs(chance) if chance.random() < 0.5 else programs(chance) + pk(A)
        items = [chance.choice([b"", b"\1", b"\2", b"word"]) for _ in range(chance.randint(0, 3))]
        digest = sighash.segwit(bip322.to_sign(TEXT, p2wsh(script)), 0, script, 0)
        text = simple((*items, A.ecdsa(digest), script))
        here = holds_here(text, p2wsh(script))
        seen[here] += 1
        if here != "open":
            assert (here == "valid") is holds_there(text, p2wsh(script)), (text, script.hex())
    assert seen["valid"] > 10
    assert seen["invalid"] > 500
