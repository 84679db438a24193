"""BIP-322 signatures that this test makes: each kind of address, and each rule broken."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256

import pytest

from por.reserves.addresses.scripts import Kind, make
from por.reserves.bitcoin import bip322, sighash
from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from por.reserves.bitcoin.machine import encode
from por.reserves.bitcoin.opcodes import push
from por.reserves.bitcoin.transactions import Input, Output, Transaction
from tests.reserves.signing import (
    Key,
    full,
    high_s,
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
    sign_wrapped,
    simple,
    with_input,
)

TEXT = "a text\nof two lines"
A, B, C, D = (Key.of(n) for n in range(4))
TWO_OF_THREE = multisig(2, [A.public, B.public, C.public])


def valid(text: str, script: bytes, message: str = TEXT) -> bip322.Valid:
    return bip322.verify(text, message=message, script=script)


def refused(text: str, script: bytes, words: str, *, inconclusive: bool = False, code: str | None = None) -> None:
    with pytest.raises(BadSignature) as caught:
        valid(text, script)
    assert words in caught.value.what, caught.value.what
    assert isinstance(caught.value, NotJudged) is inconclusive
    assert code in (None, caught.value.code)


def segwit_one(key: Key, inner: bytes, before: tuple[bytes, ...] = ()) -> str:
    """A P2WSH script that one key's signature unlocks."""
    digest = sighash.segwit(bip322.to_sign(TEXT, p2wsh(inner)), 0, inner, 0)
    return simple((*before, key.ecdsa(digest), inner))


@pytest.mark.parametrize(
    ("text", "script", "keys"),
    [
        (sign_p2wpkh(A, TEXT), p2wpkh(A.public), {A.public}),
        (sign_wrapped(A, TEXT), p2sh(p2wpkh(A.public)), {A.public}),
        (sign_p2pkh(A, TEXT), p2pkh(A.public), {A.public}),
        (sign_p2pkh(A, TEXT, A.long), p2pkh(A.long), {A.long}),
        (sign_taproot(A, TEXT), make(Kind.P2TR, A.tweaked().x), {A.tweaked().x}),
        (sign_p2wsh(TWO_OF_THREE, [A, C], TEXT), p2wsh(TWO_OF_THREE), {A.public, C.public}),
        (sign_p2sh(TWO_OF_THREE, [B, C], TEXT), p2sh(TWO_OF_THREE), {B.public, C.public}),
        (segwit_one(A, push(A.public) + b"\xac"), p2wsh(push(A.public) + b"\xac"), {A.public}),
    ],
    ids=["p2wpkh", "p2sh-p2wpkh", "p2pkh", "p2pkh uncompressed", "p2tr", "p2wsh 2of3", "p2sh 2of3", "p2wsh key"],
)
def test_each_kind_holds_and_names_its_keys(text: str, script: bytes, keys: set[bytes]) -> None:
    assert valid(text, script).keys == keys
    with pytest.raises(BadSignature):
        valid(text, script, message=TEXT + ".")
    with pytest.raises(BadSignature):
        valid(text, p2wpkh(D.public))


def test_one_signature_twice_in_a_multisig_is_refused() -> None:
    refused(sign_p2wsh(TWO_OF_THREE, [A, A], TEXT), p2wsh(TWO_OF_THREE), "stands there twice")
    refused(sign_p2sh(TWO_OF_THREE, [A, A], TEXT), p2sh(TWO_OF_THREE), "stands there twice")
    # in another order than the keys: consensus refuses it too
    refused(sign_p2wsh(TWO_OF_THREE, [C, A], TEXT), p2wsh(TWO_OF_THREE), "another key")
    refused(sign_p2wsh(TWO_OF_THREE, [A, D], TEXT), p2wsh(TWO_OF_THREE), "another key")


def test_a_multisig_that_names_one_key_twice_is_refused() -> None:
    script = multisig(2, [A.public, A.public, B.public])
    refused(sign_p2wsh(script, [A, A], TEXT), p2wsh(script), "one key twice", code="multisig-key-twice")


def test_high_s_is_refused() -> None:
    script = p2wpkh(A.public)
    digest = sighash.segwit(bip322.to_sign(TEXT, script), 0, p2pkh(A.public), 0)
    refused(simple((high_s(A.ecdsa(digest)), A.public)), script, "upper half", code="signature-high-s")


def test_der_has_one_form() -> None:
    script = p2wpkh(A.public)
    good = A.ecdsa(sighash.segwit(bip322.to_sign(TEXT, script), 0, p2pkh(A.public), 0))
    r = good[4 : 4 + good[3]]
    s = good[6 + good[3] : -1]
    longer = b"\x02" + bytes([len(r) + 1]) + b"\0" + r + b"\x02" + bytes([len(s)]) + s
    for bad in (
        b"\x30" + bytes([len(longer)]) + longer + b"\x01",  # r padded
        b"\x30\x81" + good[1:],  # the long form of a length
        good[:-1] + b"\0\x01",  # a byte left over
        b"\x31" + good[1:],
        b"\x30\x06\x02\x01\x00\x02\x01\x01\x01",  # r is zero
        good[:-2] + b"\x01",
    ):
        with pytest.raises(BadSignature) as caught:
            valid(simple((bad, A.public)), script)
        assert "DER" in caught.value.what or "range" in caught.value.what


@pytest.mark.parametrize("kind", [0x00, 0x02, 0x03, 0x41, 0x81, 0x83])
def test_every_signature_signs_all(kind: int) -> None:
    script = p2wpkh(A.public)
    digest = sighash.segwit(bip322.to_sign(TEXT, script), 0, p2pkh(A.public), 0)
    refused(simple((A.ecdsa(digest, kind), A.public)), script, "SIGHASH_ALL")


def test_taproot_signatures_are_default_or_all() -> None:
    script = make(Kind.P2TR, A.tweaked().x)
    spent = [Output(value=0, script=script)]
    bare = bip322.to_sign(TEXT, script)
    plain = A.tweaked().schnorr(sighash.taproot(bare, 0, spent, hash_type=0))
    typed = A.tweaked().schnorr(sighash.taproot(bare, 0, spent, hash_type=1))
    assert valid(simple((typed + b"\1",)), script).keys
    refused(simple((plain + b"\0",)), script, "default type")
    refused(simple((plain + b"\3",)), script, "default type")
    refused(simple((plain + b"\1",)), script, "another key")
    refused(simple((plain, b"\x50annex")), script, "annex", inconclusive=True)


def test_keys_of_segwit_are_compressed() -> None:
    script = p2wpkh(A.long)
    digest = sighash.segwit(bip322.to_sign(TEXT, script), 0, p2pkh(A.long), 0)
    refused(simple((A.ecdsa(digest), A.long)), script, "uncompressed", inconclusive=True)
    hybrid = bytes([6 + (A.long[-1] & 1)]) + A.long[1:]
    refused(sign_p2pkh(A, TEXT, hybrid), p2pkh(hybrid), "not the one")


def test_scripts_that_nobody_signs_are_refused() -> None:
    anyone = b"\x51"
    refused(simple((anyone,)), p2wsh(anyone), "nobody's control", code="bip322-keyless")
    secret = b"x" * 32
    lock = b"\xa8" + push(sha256(secret).digest()) + b"\x87"
    refused(simple((secret, lock)), p2wsh(lock), "nobody's control", code="bip322-keyless")
    none_of_one = multisig(1, [A.public]).replace(b"\x51", b"\0", 1)
    refused(simple((b"", none_of_one)), p2wsh(none_of_one), "nobody's control", code="bip322-keyless")


def test_required_rules_of_scripts() -> None:
    one = push(A.public) + b"\xac"
    refused(segwit_one(A, one, before=(b"left over",)), p2wsh(one), "not clean")
    separated = b"\xab" + one
    refused(segwit_one(A, separated), p2wsh(separated), "CODESEPARATOR")
    loose = b"\x4c\x21" + A.public + b"\xac"
    refused(segwit_one(A, loose), p2wsh(loose), "MINIMALDATA")
    either = b"\x63" + push(A.public) + b"\x67" + push(B.public) + b"\x68\xac"
    digest = sighash.segwit(bip322.to_sign(TEXT, p2wsh(either)), 0, either, 0)
    assert valid(simple((B.ecdsa(digest), b"", either)), p2wsh(either)).keys == {B.public}
    refused(simple((A.ecdsa(digest), b"\2", either)), p2wsh(either), "MINIMALIF")
    # a wrong signature must be empty (NULLFAIL), also where another branch would satisfy the script
    ored = push(A.public) + b"\xac\x7c" + push(B.public) + b"\xac\x9b"
    digest = sighash.segwit(bip322.to_sign(TEXT, p2wsh(ored)), 0, ored, 0)
    assert valid(simple((b"", A.ecdsa(digest), ored)), p2wsh(ored)).keys == {A.public}
    refused(simple((D.ecdsa(digest), A.ecdsa(digest), ored)), p2wsh(ored), "another key")
    dummy = sign_p2wsh(TWO_OF_THREE, [A, B], TEXT, before=(b"\1",))
    refused(dummy, p2wsh(TWO_OF_THREE), "NULLDUMMY")


@pytest.mark.parametrize("code", [0x50, 0x62, 0x7E, 0xB0, 0xB3, 0xFE])
def test_other_opcodes_are_inconclusive(code: int) -> None:
    script = bytes([code]) + push(A.public) + b"\xac"
    refused(segwit_one(A, script), p2wsh(script), f"0x{code:02x}", inconclusive=True)
    # also in a branch that is not taken
    hidden = b"\0\x63" + bytes([code]) + b"\x68" + push(A.public) + b"\xac"
    refused(segwit_one(A, hidden), p2wsh(hidden), f"0x{code:02x}", inconclusive=True)


def test_tapscript() -> None:
    inner = push(A.x) + b"\xac" + push(B.x) + b"\xba" + b"\x52\x9c"
    output, control = leaf_address(D, inner)
    bare = bip322.to_sign(TEXT, output)
    spent = [Output(value=0, script=output)]
    digest = sighash.taproot(bare, 0, spent, hash_type=0, leaf=sighash.leaf_hash(inner))
    witness = (B.schnorr(digest), A.schnorr(digest), inner, control)
    assert valid(simple(witness), output).keys == {A.x, B.x}
    refused(simple((witness[0], b"", inner, control)), output, "not satisfied")
    refused(simple((*witness[:3], bytes([control[0] ^ 1]) + control[1:])), output, "commits to")
    refused(simple((*witness[:3], b"\xc2" + control[1:])), output, "another version", inconclusive=True)
    refused(simple((*witness[:3], control + bytes(32))), output, "commits to")
    old = multisig(1, [A.public])
    output, control = leaf_address(D, old)
    refused(simple((b"", A.ecdsa(digest), old, control)), output, "no tapscript")


def test_relative_and_absolute_locks() -> None:
    aged = push(encode(144)) + b"\xb2\x75" + push(A.public) + b"\xac"
    timed = push(encode(800_000)) + b"\xb1\x75" + push(A.public) + b"\xac"

    def signed(inner: bytes, *, version: int = 2, lock_time: int = 0, sequence: int = 0) -> str:
        bare = replace(bip322.to_sign(TEXT, p2wsh(inner)), version=version, lock_time=lock_time)
        bare = with_input(bare, sequence=sequence)
        witness = (A.ecdsa(sighash.segwit(bare, 0, inner, 0)), inner)
        return full(with_input(bare, witness=witness))

    found = valid(signed(aged, sequence=144), p2wsh(aged))
    assert (found.age, found.lock_time) == (144, 0)
    refused(signed(aged, sequence=143), p2wsh(aged), "relative lock")
    refused(signed(aged, sequence=144, version=0), p2wsh(aged), "turns it off")
    refused(signed(aged, sequence=1 << 31 | 144), p2wsh(aged), "turns it off")
    refused(signed(aged, sequence=1 << 22 | 144), p2wsh(aged), "relative lock")
    found = valid(signed(timed, lock_time=800_001), p2wsh(timed))
    assert (found.age, found.lock_time) == (0, 800_001)
    refused(signed(timed, lock_time=799_999), p2wsh(timed), "lock time")
    refused(signed(timed, lock_time=1_700_000_000), p2wsh(timed), "lock time")
    refused(signed(timed, lock_time=800_000, sequence=0xFFFFFFFF), p2wsh(timed), "turns its lock time off")
    plain = push(A.public) + b"\xac"
    assert valid(signed(plain, version=0), p2wsh(plain)).keys
    for version in (1, 3, 0xFFFFFFFF):
        refused(signed(plain, version=version), p2wsh(plain), "neither 0 nor 2", inconclusive=True)


def test_the_shape_of_to_sign() -> None:
    script = p2pkh(A.public)
    signed = bip322.to_sign(TEXT, script)
    for outputs, words in (
        ((Output(value=1, script=b"\x6a"),), "other outputs"),
        ((Output(value=0, script=b"\x6a\0"),), "other outputs"),
        ((Output(value=0, script=b"\x6a"),) * 2, "other outputs"),
    ):
        changed = replace(signed, outputs=outputs)
        good = push(A.ecdsa(sighash.legacy(changed, 0, script))) + push(A.public)
        refused(full(with_input(changed, script=good)), script, words)
    more = replace(signed, inputs=(*signed.inputs, Input(txid=bytes(32), index=0)))
    refused(full(more), script, "proof of funds")
    refused(full(with_input(signed, index=1)), script, "another message or another address")
    refused(full(with_input(signed, script=b"\x76")), script, "more than push")
    refused(
        full(with_input(signed, script=push(b"x" * 70) + push(A.public), witness=(b"",))), script, "witness where none"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "smp",
        "smp AA==",
        "smpAA=",
        "smpAB==",
        "smp" + "A" * 5,
        "ful!",
        "pofAAAA",
        "xyzAA==",
        "smp\u00e4",
        "smpAA==\n",
    ],
)
def test_text_that_is_none(text: str) -> None:
    with pytest.raises(BadSignature):
        valid(text, p2wpkh(A.public))


def test_the_older_form_is_named() -> None:
    refused(A.message(TEXT), p2pkh(A.public), "BIP-137", code="signature-malformed")


def test_bytes_left_over_are_refused() -> None:
    text = sign_p2wpkh(A, TEXT)
    longer = "smp" + base64.b64encode(base64.b64decode(text[3:]) + b"\0").decode()
    refused(longer, p2wpkh(A.public), "left over", code="signature-malformed")
    whole = base64.b64decode(sign_p2pkh(A, TEXT)[3:])
    refused("ful" + base64.b64encode(whole[:-1]).decode(), p2pkh(A.public), "too early", code="signature-malformed")


def test_wrapped_programs_of_other_versions_are_inconclusive() -> None:
    program = b"\x51\x20" + A.tweaked().x
    signed = with_input(bip322.to_sign(TEXT, p2sh(program)), script=push(program))
    refused(full(signed), p2sh(program), "this version", inconclusive=True)
    refused(simple((b"x",)), make(Kind.P2SH32, bytes(32)), "P2SH32", inconclusive=True)


def test_the_text_of_a_transaction_is_bound() -> None:
    # a signature for the same outputs under another message has another first input
    other: Transaction = bip322.to_sign("other", p2pkh(A.public))
    signature = A.ecdsa(sighash.legacy(other, 0, p2pkh(A.public)))
    refused(full(with_input(other, script=push(signature) + push(A.public))), p2pkh(A.public), "another message")
