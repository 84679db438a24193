"""BIP-322 signed messages, version 2.0.0: simple, full, and proof of funds.

A message is signed by unlocking a virtual output of the address: `to_spend` commits to message and script, `to_sign`
spends it. The text form is a prefix (smp, ful or pof) and base64; without a prefix it is simple.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from por.errors import InputError
from por.reserves.addresses.scripts import Kind, hash160, make, read
from por.reserves.bitcoin import psbt
from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from por.reserves.bitcoin.machine import RELATIVE_BY_TIME, RELATIVE_MASK, RELATIVE_OFF
from por.reserves.bitcoin.opcodes import push
from por.reserves.bitcoin.spends import verify_input
from por.reserves.bitcoin.transactions import Input, Output, Reader, Transaction, parse, tagged

SIMPLE, FULL, FUNDS = "smp", "ful", "pof"
_PREFIXES = (SIMPLE, FULL, FUNDS)
_VERSIONS = (0, 2)
_NOTHING = Output(value=0, script=b"\x6a")
"""The one output of `to_sign`: OP_RETURN of nothing."""
_COMPACT = 65


@dataclass(frozen=True, slots=True, kw_only=True)
class Valid:
    """Valid at time `lock_time` and age `age` (as BIP-322 says it), with the keys that signed for the address.

    `lock_time` is a height below 500,000,000, else Unix seconds; `age` is the first input's sequence where it is a
    relative lock (BIP-68), else 0. `outpoints` are the further ones (txid in internal order, index) that a proof of
    funds signed for; whether they exist, are unspent and hold anything is a chain's answer and not judged.
    """

    form: str
    lock_time: int
    age: int
    keys: frozenset[bytes]
    outpoints: tuple[tuple[bytes, int], ...] = ()


def message_hash(message: str) -> bytes:
    """Return BIP-322's tagged hash of a text, 32 bytes."""
    return tagged("BIP0322-signed-message", message.encode("utf-8"))


@lru_cache(maxsize=16)
def to_spend(message: str, script: bytes) -> Transaction:
    """Return the virtual transaction whose output only the owner of `script` can spend."""
    start = Input(txid=bytes(32), index=0xFFFFFFFF, script=b"\x00\x20" + message_hash(message))
    return Transaction(version=0, inputs=(start,), outputs=(Output(value=0, script=script),), lock_time=0)


@lru_cache(maxsize=16)
def _spent_id(message: str, script: bytes) -> bytes:
    return to_spend(message, script).txid


def to_sign(message: str, script: bytes, *, signature: bytes = b"", witness: tuple[bytes, ...] = ()) -> Transaction:
    """Return the transaction of the simple form; `signature` is a scriptSig."""
    own = Input(txid=_spent_id(message, script), index=0, script=signature, witness=witness)
    return Transaction(version=0, inputs=(own,), outputs=(_NOTHING,), lock_time=0)


def verify(text: str, *, message: str, script: bytes) -> Valid:
    """Check a signature in its text form over a message for an output script.

    Raises BadSignature when it is invalid, NotJudged when a script of it is not judged here or one of the upgradeable
    rules says so.
    """
    form, payload = decode(text)
    first = to_spend(message, script).outputs[0]
    spent: tuple[Output | None, ...] = (first,)
    try:
        if form == SIMPLE:
            reader = Reader(payload, where="witness")
            witness = reader.stack()
            reader.end()
            transaction = to_sign(message, script, signature=_wrapped(script, witness), witness=witness)
        elif form == FULL:
            transaction = parse(payload, where="to_sign")
        else:
            found = psbt.read_finalised(payload, where="PSBT")
            if found.message not in (None, message.encode("utf-8")):
                raise BadSignature("the message inside it is another one")
            transaction, spent = found.transaction, (first, *found.spent[1:])
    except InputError as error:
        raise BadSignature(
            error.message,
            code="signature-malformed",
            hint="copy the signature again, whole, with its prefix smp, ful or pof and without blanks in it",
        ) from None
    _check_shape(transaction, message, script, spent)
    keys = [
        verify_input(transaction, index, [row for row in spent if row is not None])
        for index in range(len(transaction.inputs))
    ]
    if transaction.version not in _VERSIONS:
        raise NotJudged(f"a transaction of version {transaction.version}, neither 0 nor 2, is not judged")
    sequence = transaction.inputs[0].sequence
    relative = transaction.version >= 2 and not sequence & RELATIVE_OFF
    return Valid(
        form=form,
        lock_time=transaction.lock_time,
        age=sequence & (RELATIVE_MASK | RELATIVE_BY_TIME) if relative and sequence & RELATIVE_MASK else 0,
        keys=keys[0],
        outpoints=tuple((row.txid, row.index) for row in transaction.inputs[1:]),
    )


def decode(text: str) -> tuple[str, bytes]:
    """Return the form and the bytes of a signature's text; BadSignature for what is not canonical base64."""
    form, body = (text[:3], text[3:]) if text[:3] in _PREFIXES else (SIMPLE, text)
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or base64.b64encode(data).decode("ascii") != body:
        raise BadSignature(
            "it is not base64 after its prefix smp, ful or pof",
            code="signature-malformed",
            hint="copy the signature again, whole, with its prefix smp, ful or pof and without blanks in it",
        )
    if len(data) == _COMPACT and form == SIMPLE:
        raise BadSignature(
            "it is a signed message of the older form (BIP-137), not BIP-322",
            code="signature-malformed",
            hint="copy the signature again, whole, with its prefix smp, ful or pof and without blanks in it",
        )
    return form, data


def _wrapped(script: bytes, witness: tuple[bytes, ...]) -> bytes:
    """Return the scriptSig of a wrapped witness program: the simple form leaves it out, since the witness fixes it."""
    found = read(script)
    if found is None or found[0] is not Kind.P2SH or not witness:
        return b""
    for inner in (make(Kind.P2WPKH, hash160(witness[-1])), make(Kind.P2WSH, sha256(witness[-1]).digest())):
        if hash160(inner) == found[1]:
            return push(inner)
    return b""


def _check_shape(transaction: Transaction, message: str, script: bytes, spent: tuple[Output | None, ...]) -> None:
    first = transaction.inputs[0]
    if (first.txid, first.index) != (_spent_id(message, script), 0):
        raise BadSignature("it was made for another message or another address", code="signature-other-signer")
    if transaction.outputs != (_NOTHING,):
        raise BadSignature("its transaction has other outputs than the one of BIP-322")
    if len(spent) != len(transaction.inputs) or None in spent:
        raise BadSignature("it names further outpoints without saying what they hold; that is a proof of funds (pof)")
    named = [(row.txid, row.index) for row in transaction.inputs]
    if len(set(named)) != len(named):
        raise BadSignature("it names one outpoint twice")
