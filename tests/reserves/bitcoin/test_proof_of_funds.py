"""BIP-322 proofs of funds: each further outpoint is signed for, and what it spends is shown. No bytes break readers."""

from __future__ import annotations

import base64
import contextlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from por.errors import InputError
from por.reserves.bitcoin import bip322, sighash, transactions
from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from por.reserves.bitcoin.opcodes import push
from por.reserves.bitcoin.transactions import Input, Output, Transaction, sized, stack
from tests.reserves.signing import Key, p2pkh, p2wpkh

TEXT = "proof of funds"
A, B, C = (Key.of(n) for n in range(90, 93))
BEFORE = Transaction(
    version=2,
    inputs=(Input(txid=b"\x33" * 32, index=0, script=b"\x51"),),
    outputs=(Output(value=5000, script=p2pkh(B.public)), Output(value=7000, script=p2wpkh(C.public))),
    lock_time=0,
)
Fields = dict[bytes, bytes]


def field_map(fields: Fields) -> bytes:
    return b"".join(sized(key) + sized(value) for key, value in fields.items()) + b"\0"


def psbt(transaction: Transaction, maps: list[Fields], top: Fields | None = None) -> str:
    bare = replace(transaction, inputs=tuple(replace(row, script=b"", witness=()) for row in transaction.inputs))
    data = b"psbt\xff" + field_map({b"\0": bare.stripped(), **(top or {})})
    data += b"".join(map(field_map, maps)) + field_map({}) * len(transaction.outputs)
    return "pof" + base64.b64encode(data).decode()


def unsigned() -> Transaction:
    """For A's address, with B's P2PKH output and C's P2WPKH output besides."""
    first = bip322.to_sign(TEXT, p2wpkh(A.public))
    more = (Input(txid=BEFORE.txid, index=0), Input(txid=BEFORE.txid, index=1))
    return replace(first, inputs=(*first.inputs, *more))


def honest(transaction: Transaction | None = None) -> tuple[Transaction, list[Fields]]:
    whole = transaction or unsigned()
    by_a = A.ecdsa(sighash.segwit(whole, 0, p2pkh(A.public), 0))
    by_b = B.ecdsa(sighash.legacy(whole, 1, p2pkh(B.public)))
    by_c = C.ecdsa(sighash.segwit(whole, 2, p2pkh(C.public), 7000))
    return whole, [
        {b"\x08": stack((by_a, A.public))},
        {b"\0": BEFORE.to_bytes(), b"\x07": push(by_b) + push(B.public)},
        {b"\x01": BEFORE.outputs[1].to_bytes(), b"\x08": stack((by_c, C.public))},
    ]


def verify(text: str) -> bip322.Valid:
    return bip322.verify(text, message=TEXT, script=p2wpkh(A.public))


def test_the_honest_one() -> None:
    found = verify(psbt(*honest()))
    assert found.keys == {A.public}
    assert found.outpoints == ((BEFORE.txid, 0), (BEFORE.txid, 1))
    assert verify(psbt(*honest(), top={b"\x09": TEXT.encode()})).form == "pof"
    # what an earlier input's transaction shows need not stand there again
    whole, maps = honest()
    del maps[2][b"\x01"]
    assert verify(psbt(whole, maps)).outpoints == found.outpoints


def refused(whole: Transaction, maps: list[Fields], words: str, top: Fields | None = None) -> None:
    with pytest.raises(BadSignature) as caught:
        verify(psbt(whole, maps, top))
    assert words in caught.value.what, caught.value.what


def test_each_further_outpoint_is_signed() -> None:
    whole, maps = honest()
    refused(whole, [maps[0], {**maps[1], b"\x07": b""}, maps[2]], "not signed")
    other = {**maps[1], b"\x07": push(C.ecdsa(sighash.legacy(whole, 1, p2pkh(B.public)))) + push(B.public)}
    refused(whole, [maps[0], other, maps[2]], "another key")
    # a signature lifted from elsewhere signs other inputs
    alone = bip322.to_sign(TEXT, p2wpkh(A.public))
    lifted = A.ecdsa(sighash.segwit(alone, 0, p2pkh(A.public), 0))
    refused(whole, [{b"\x08": stack((lifted, A.public))}, *maps[1:]], "another key")


def test_what_is_spent_is_shown_and_not_only_said() -> None:
    whole, maps = honest()
    refused(whole, [maps[0], {b"\x07": maps[1][b"\x07"]}, maps[2]], "without saying what they hold")
    # a signature without witness commits to nothing of what it spends
    said = {b"\x01": BEFORE.outputs[0].to_bytes(), b"\x07": maps[1][b"\x07"]}
    refused(whole, [maps[0], said, maps[2]], "without saying what they hold")
    wrong = replace(BEFORE, lock_time=1)
    refused(whole, [maps[0], {**maps[1], b"\0": wrong.to_bytes()}, maps[2]], "another one than the input names")
    more = {**maps[2], b"\x01": replace(BEFORE.outputs[1], value=7001).to_bytes()}
    refused(whole, [maps[0], maps[1], more], "contradicts")
    # where only the witness output is given, the signature commits to its amount
    alone = replace(whole, inputs=(whole.inputs[0], whole.inputs[2]))
    by_a = A.ecdsa(sighash.segwit(alone, 0, p2pkh(A.public), 0))
    by_c = C.ecdsa(sighash.segwit(alone, 1, p2pkh(C.public), 7000))
    one = {b"\x08": stack((by_a, A.public))}
    two = {b"\x01": BEFORE.outputs[1].to_bytes(), b"\x08": stack((by_c, C.public))}
    assert verify(psbt(alone, [one, two])).outpoints == ((BEFORE.txid, 1),)
    inflated = {**two, b"\x01": replace(BEFORE.outputs[1], value=7001).to_bytes()}
    refused(alone, [one, inflated], "another key")


def test_one_outpoint_twice() -> None:
    whole = unsigned()
    whole = replace(whole, inputs=(*whole.inputs[:2], whole.inputs[1]))
    by_a = A.ecdsa(sighash.segwit(whole, 0, p2pkh(A.public), 0))
    again = [
        {b"\0": BEFORE.to_bytes(), b"\x07": push(B.ecdsa(sighash.legacy(whole, n, p2pkh(B.public)))) + push(B.public)}
        for n in (1, 2)
    ]
    refused(whole, [{b"\x08": stack((by_a, A.public))}, *again], "one outpoint twice")


def test_the_first_input_is_the_message_whatever_the_file_says_of_it() -> None:
    whole, maps = honest()
    lied = {**maps[0], b"\x01": Output(value=1, script=p2wpkh(B.public)).to_bytes()}
    assert verify(psbt(whole, [lied, *maps[1:]])).keys == {A.public}
    refused(whole, maps, "message inside it", top={b"\x09": b"another"})
    with pytest.raises(NotJudged):
        verify(psbt(whole, maps, top={b"\xfb": (2).to_bytes(4, "little")}))


def test_malformed_files() -> None:
    whole, maps = honest()
    text = psbt(whole, maps)
    data = base64.b64decode(text[3:])
    for bad in (data[:-1], data + b"\0", data[5:], b"psbt\xff\0", data[:40], b"psbt\xff" + b"\x01\x09\x00" * 2 + b"\0"):
        with pytest.raises(BadSignature):
            verify("pof" + base64.b64encode(bad).decode())


@settings(max_examples=300)
@given(data=st.binary(max_size=200), form=st.sampled_from(["smp", "ful", "pof", ""]))
def test_no_bytes_surface_as_another_error(data: bytes, form: str) -> None:
    magic = b"psbt\xff" if form == "pof" else b""
    with pytest.raises(BadSignature):
        verify(form + base64.b64encode(magic + data).decode())


@settings(max_examples=300)
@given(at=st.integers(0, 10_000), flip=st.integers(1, 255), cut=st.booleans())
def test_no_change_of_a_proof_surfaces_as_another_error(at: int, flip: int, cut: bool) -> None:
    data = bytearray(base64.b64decode(psbt(*honest())[3:]))
    at %= len(data)
    if cut:
        del data[at]
    else:
        data[at] ^= flip
    with contextlib.suppress(BadSignature):
        # a changed byte may stand where nothing counts: in what the file says of the first input, say
        assert verify("pof" + base64.b64encode(bytes(data)).decode()).keys == {A.public}


@settings(max_examples=300)
@given(data=st.binary(max_size=300))
def test_transactions_come_back_or_are_refused(data: bytes) -> None:
    with contextlib.suppress(InputError):
        assert transactions.parse(data, where="x").to_bytes() == data
    whole = unsigned().to_bytes()
    assert transactions.parse(whole, where="x").to_bytes() == whole
    with contextlib.suppress(InputError):
        mixed = data[: len(data) // 2] + whole[len(data) // 2 :]
        assert transactions.parse(mixed, where="x").to_bytes() == mixed


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(10),
        BEFORE.to_bytes() + b"\0",
        BEFORE.to_bytes()[:-1],
        BEFORE.to_bytes()[:4] + b"\0\1" + BEFORE.to_bytes()[4:-4] + b"\0" + BEFORE.to_bytes()[-4:],  # no witness in it
        BEFORE.to_bytes()[:4] + b"\xfd\x01\x00" + BEFORE.to_bytes()[5:],  # a count longer than needed
    ],
)
def test_malformed_transactions(raw: bytes) -> None:
    with pytest.raises(InputError) as caught:
        transactions.parse(raw, where="x")
    assert caught.value.code == "transaction-malformed"
