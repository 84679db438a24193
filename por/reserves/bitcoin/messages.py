"""Signed messages of the older form: 65 bytes, header and compact signature, from which the key is recovered (BIP-137).

The digest hashes a line that names the network, then the text, each behind its length.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

from por.reserves.addresses.scripts import Kind, hash160, make, read
from por.reserves.bitcoin.bad_signature import BadSignature
from por.reserves.bitcoin.opcodes import Push, parse
from por.reserves.bitcoin.signatures import is_key, recover
from por.reserves.bitcoin.transactions import sha256d, sized

LENGTH = 65
FIRST, LAST = 27, 42
"""BIP-137's headers: 27 and on P2PKH of an uncompressed key, 31 P2PKH, 35 P2SH-P2WPKH, 39 P2WPKH; four each."""
_CHECKMULTISIG = "CHECKMULTISIG"


def digest(magic: str, message: str) -> bytes:
    """Return the 32 bytes that are signed for a text on a network."""
    return sha256d(sized(magic.encode("ascii")) + sized(message.encode("utf-8")))


def decode(text: str) -> bytes:
    """Return the 65 bytes of canonical base64; BadSignature otherwise."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or base64.b64encode(data).decode("ascii") != text:
        raise BadSignature(
            "it is not base64",
            code="signature-malformed",
            hint="copy the signature again, whole, with its prefix smp, ful or pof and without blanks in it",
        )
    if len(data) != LENGTH:
        raise BadSignature(
            f"{len(data)} bytes instead of {LENGTH}",
            code="signature-length",
            hint="copy the signature again, whole: it has 65 bytes, 88 characters of base64",
        )
    if not FIRST <= data[0] <= LAST:
        raise BadSignature(f"its header is {data[0]}, not one of BIP-137's", code="signature-header")
    return data


def signer(signature: bytes, message_digest: bytes) -> bytes:
    """Return the key that made 65 bytes of signature, compressed or not as the header says; BadSignature for twins."""
    compact = signature[1:] + bytes([(signature[0] - FIRST) % 4])
    return recover(compact, message_digest, compressed=signature[0] >= FIRST + 4)


def header_kind(header: int) -> Kind:
    """Return the kind of address that a header is for."""
    return (Kind.P2PKH, Kind.P2PKH, Kind.P2SH, Kind.P2WPKH)[(header - FIRST) // 4]


def unlocks(key: bytes, script: bytes) -> bool:
    """Whether a key alone unlocks an output: P2PKH, P2WPKH, or P2WPKH in P2SH."""
    hashed = hash160(key)
    if script == make(Kind.P2PKH, hashed):
        return True
    inner = make(Kind.P2WPKH, hashed)
    return len(key) == 33 and script in (inner, make(Kind.P2SH, hash160(inner)))


def multisig(script: bytes, output: bytes) -> tuple[int, tuple[bytes, ...]]:
    """Return (m, keys) of an m-of-n script that an output commits to through P2SH, P2WSH or both, else BadSignature.

    Every key stands in it once, else one signature could count twice.
    """
    within = make(Kind.P2WSH, sha256(script).digest())
    wrapped = make(Kind.P2SH, hash160(within))
    if output not in (make(Kind.P2SH, hash160(script)), within, wrapped):
        raise BadSignature(
            "the script given is not the one that the address commits to",
            code="multisig-script",
            hint="give the script that the address was made from: redeemScript or witnessScript of the wallet",
        )
    steps = parse(script)
    if len(steps) < 4 or steps[-1] != _CHECKMULTISIG or not all(isinstance(step, Push) for step in steps[:-1]):
        raise BadSignature(
            "the script given is no plain multisig",
            code="multisig-script",
            hint="give the script that the address was made from: redeemScript or witnessScript of the wallet",
        )
    pushes = [step.data for step in steps if isinstance(step, Push)]
    keys = tuple(pushes[1:-1])
    needed, count = _small(pushes[0]), _small(pushes[-1])
    if count != len(keys) or not 1 <= needed <= count or not all(is_key(key) for key in keys):
        raise BadSignature(
            "the script given is no plain multisig",
            code="multisig-script",
            hint="give the script that the address was made from: redeemScript or witnessScript of the wallet",
        )
    if len(set(keys)) != len(keys) or len({recompressed(key) for key in keys}) != len(keys):
        raise BadSignature(
            "the script names one key twice, so one signature could count twice",
            code="multisig-key-twice",
            hint="such a script needs fewer people than it says; leave the account out",
        )
    return needed, keys


def count_signers(signatures: list[bytes], message_digest: bytes, keys: tuple[bytes, ...]) -> int:
    """Return how many distinct keys of a multisig signed; BadSignature for a strange signature or one there twice."""
    known = {recompressed(key): key for key in keys}
    seen: set[bytes] = set()
    for signature in signatures:
        made_by = recompressed(signer(signature, message_digest))
        if made_by not in known:
            raise BadSignature("a signature was made by none of the script's keys", code="signature-other-signer")
        if made_by in seen:
            raise BadSignature(
                "one key's signature stands there twice",
                code="multisig-signed-twice",
                hint="each signature comes from another key; one key is counted once",
            )
        seen.add(made_by)
    return len(seen)


def recompressed(key: bytes) -> bytes:
    """Return the compressed form of a key, so that its two forms are one."""
    return key if len(key) == 33 else bytes([2 + (key[-1] & 1)]) + key[1:33]


def is_multisig_address(output: bytes) -> bool:
    """Whether an output can hide a multisig script."""
    found = read(output)
    return found is not None and found[0] in (Kind.P2SH, Kind.P2WSH)


def _small(data: bytes) -> int:
    return data[0] if len(data) == 1 and data[0] <= 16 else 0
