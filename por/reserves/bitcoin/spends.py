"""Whether an input of a transaction unlocks the output that it spends, and whose keys signed for it.

The kinds are those of por.reserves.addresses.scripts; anything else is inconclusive. All signatures are SIGHASH_ALL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from por.reserves.addresses.scripts import Kind, hash160, make, read
from por.reserves.bitcoin import sighash
from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from por.reserves.bitcoin.machine import CheckSignature, Era, Machine, check_elements
from por.reserves.bitcoin.opcodes import MAX_ELEMENT, Push, parse, push
from por.reserves.bitcoin.signatures import is_key, tweak, verify_ecdsa, verify_schnorr
from por.reserves.bitcoin.transactions import Output, Transaction, stack, tagged

MAX_SCRIPT = 10_000
"""Bytes of a witness script (consensus)."""
_ANNEX = 0x50
_BUDGET = 50
"""BIP-342: a tapscript may check one signature for each so many bytes of its witness, and one more."""


def verify_input(transaction: Transaction, index: int, spent: Sequence[Output]) -> frozenset[bytes]:
    """Return the keys whose signatures unlock `spent[index]`, at least one; raises BadSignature or NotJudged.

    `spent` are the outputs that all the inputs spend, in order. Taproot's key path names the output key (x-only).
    """
    found = read(spent[index].script)
    if found is None:
        raise NotJudged("an output script of this kind is not judged here")
    kind, digest = found
    own = transaction.inputs[index]
    pushes = _pushes(own.script)
    if kind in (Kind.P2WPKH, Kind.P2WSH, Kind.P2TR) and own.script:
        raise BadSignature("a native witness output is unlocked without a scriptSig")
    if kind is Kind.P2SH32:
        raise NotJudged("P2SH32 is not judged here")
    if kind is Kind.P2PKH:
        _no_witness(own.witness)
        check = _legacy(transaction, index, spent[index].script)
        signers = _key_hash(pushes, digest, check)
    elif kind is Kind.P2SH:
        signers = _script_hash(transaction, index, spent[index], pushes, digest)
    elif kind is Kind.P2TR:
        signers = _taproot(transaction, index, spent, digest)
    else:
        signers = _witness(transaction, index, spent[index].value, kind, digest)
    if not signers:
        raise BadSignature(
            "the script is satisfied without any key's signature, so it shows nobody's control",
            code="bip322-keyless",
            hint="anybody can unlock such an output; leave the account out",
        )
    return frozenset(signers)


def _script_hash(transaction: Transaction, index: int, spent: Output, pushes: list[bytes], digest: bytes) -> set[bytes]:
    if not pushes or hash160(pushes[-1]) != digest:
        raise BadSignature("the script given is not the one that the address commits to")
    inner, script = read(pushes[-1]), pushes[-1]
    if inner is not None and inner[0] in (Kind.P2WPKH, Kind.P2WSH):
        if len(pushes) != 1:
            raise BadSignature("a wrapped witness output is unlocked by its program alone")
        return _witness(transaction, index, spent.value, *inner)
    if len(script) in range(4, 43) and script[0] in (0, *range(0x51, 0x61)) and script[1] == len(script) - 2:
        raise NotJudged("a wrapped witness program of this version is not judged here")
    _no_witness(transaction.inputs[index].witness)
    if len(script) > MAX_ELEMENT:
        raise BadSignature("the script is too long")
    return _run(transaction, index, "legacy", pushes[:-1], script, _legacy(transaction, index, script))


def _witness(transaction: Transaction, index: int, value: int, kind: Kind, digest: bytes) -> set[bytes]:
    items = list(transaction.inputs[index].witness)
    if kind is Kind.P2WPKH:
        if items and len(items[-1]) != 33:
            raise NotJudged("an uncompressed key in a witness cannot be relayed, and is not judged here")
        code = make(Kind.P2PKH, digest)
        return _key_hash(items, digest, _segwit(transaction, index, code, value))
    if not items or sha256(items[-1]).digest() != digest:
        raise BadSignature("the script given is not the one that the address commits to")
    script = items.pop()
    if len(script) > MAX_SCRIPT:
        raise BadSignature("the script is too long")
    return _run(transaction, index, "segwit", items, script, _segwit(transaction, index, script, value))


def _taproot(transaction: Transaction, index: int, spent: Sequence[Output], output_key: bytes) -> set[bytes]:
    items = list(transaction.inputs[index].witness)
    if len(items) > 1 and items[-1][:1] == bytes([_ANNEX]):
        raise NotJudged("a taproot annex is not judged here")
    if len(items) == 1:
        signature, hash_type = _schnorr(items[0])
        digest = sighash.taproot(transaction, index, spent, hash_type=hash_type)
        if not verify_schnorr(signature, output_key, digest):
            raise BadSignature("it was made by another key or over another text")
        return {output_key}
    if not items:
        raise BadSignature("nothing was signed")
    control, script = items.pop(), items.pop()
    leaf = _leaf(control, script, output_key)
    budget = [_BUDGET + len(stack(transaction.inputs[index].witness))]

    def check(given: bytes, key: bytes) -> bool:
        budget[0] -= _BUDGET
        if budget[0] < 0:
            raise BadSignature("a tapscript checks more signatures than its size allows")
        signature, hash_type = _schnorr(given)
        return verify_schnorr(
            signature, key, sighash.taproot(transaction, index, spent, hash_type=hash_type, leaf=leaf)
        )

    return _run(transaction, index, "tapscript", items, script, check)


def _leaf(control: bytes, script: bytes, output_key: bytes) -> bytes:
    """Return the hash of a leaf that the output key commits to (BIP-341)."""
    if not 33 <= len(control) <= 33 + 32 * 128 or (len(control) - 33) % 32:
        raise BadSignature("a taproot control block is of no such length")
    if control[0] & 0xFE != 0xC0:
        raise NotJudged("a taproot leaf of another version is not judged here")
    leaf = node = sighash.leaf_hash(script)
    for at in range(33, len(control), 32):
        beside = control[at : at + 32]
        node = tagged("TapBranch", min(node, beside) + max(node, beside))
    internal = control[1:33]
    key, parity = tweak(internal, tagged("TapTweak", internal + node))
    if key != output_key or parity != control[0] & 1:
        raise BadSignature("the script given is not one that the address commits to")
    return leaf


def _run(
    transaction: Transaction, index: int, era: Era, items: Sequence[bytes], script: bytes, check: CheckSignature
) -> set[bytes]:
    machine = Machine(
        era=era,
        check=check,
        version=transaction.version,
        lock_time=transaction.lock_time,
        sequence=transaction.inputs[index].sequence,
        stack=check_elements(items),
    )
    machine.run(script)
    return machine.signers


def _key_hash(items: Sequence[bytes], digest: bytes, check: CheckSignature) -> set[bytes]:
    if len(items) != 2:
        raise BadSignature("a signature and a key are needed, and nothing else")
    signature, key = items
    if not is_key(key) or hash160(key) != digest:
        raise BadSignature("the key given is not the one that the address commits to")
    if not signature or not check(signature, key):
        raise BadSignature("it was made by another key or over another text")
    return {key}


def _legacy(transaction: Transaction, index: int, script: bytes) -> CheckSignature:
    def check(signature: bytes, key: bytes) -> bool:
        if push(signature) in script:
            raise BadSignature("the script holds the signature itself (FindAndDelete)")
        return _ecdsa(signature, key, lambda: sighash.legacy(transaction, index, script))

    return check


def _segwit(transaction: Transaction, index: int, script: bytes, value: int) -> CheckSignature:
    return lambda signature, key: _ecdsa(signature, key, lambda: sighash.segwit(transaction, index, script, value))


def _ecdsa(signature: bytes, key: bytes, digest: Callable[[], bytes]) -> bool:
    if signature[-1] != sighash.ALL:
        raise BadSignature(f"a signature of type 0x{signature[-1]:02x}, not SIGHASH_ALL")
    return verify_ecdsa(signature[:-1], key, digest())


def _schnorr(given: bytes) -> tuple[bytes, int]:
    """Part a signature from its type: 0 (the default) is not written, and means all as well."""
    if len(given) == 64:
        return given, 0
    if len(given) != 65 or given[64] != sighash.ALL:
        raise BadSignature("a taproot signature is neither of the default type nor SIGHASH_ALL")
    return given[:64], sighash.ALL


def _pushes(script: bytes) -> list[bytes]:
    found = parse(script)
    if not all(isinstance(step, Push) for step in found):
        raise BadSignature("a scriptSig does more than push")
    return [step.data for step in found if isinstance(step, Push)]


def _no_witness(witness: tuple[bytes, ...]) -> None:
    if witness:
        raise BadSignature("a witness where none belongs")
