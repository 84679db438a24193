"""Signatures and keys in the one encoding that each may have (BIP-66, BIP-146, BIP-340)."""

from __future__ import annotations

from functools import lru_cache

import coincurve

from por.reserves.bitcoin.bad_signature import BadSignature

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""The order of secp256k1 (SEC 2, 2.4.1)."""


def verify_ecdsa(der: bytes, key: bytes, digest: bytes) -> bool:
    """Check a DER signature (without its hash type) over 32 bytes; BadSignature for an encoding that has a twin."""
    if not _is_der(der):
        raise BadSignature("a signature is not strict DER (BIP-66)")
    s = int.from_bytes(der[6 + der[3] :], "big")
    if not 0 < s < ORDER or not 0 < int.from_bytes(der[4 : 4 + der[3]], "big") < ORDER:
        raise BadSignature("r or s of a signature is out of range")
    if s > ORDER // 2:
        raise BadSignature(
            "s of a signature is in the upper half (a malleable twin)",
            code="signature-high-s",
            hint="sign again with a wallet that gives low s values, as all common ones do",
        )
    return bool(_key(key).verify(der, digest, hasher=None))


def verify_schnorr(signature: bytes, key: bytes, digest: bytes) -> bool:
    """Check a BIP-340 signature of 64 bytes by an x-only key of 32."""
    try:
        return bool(coincurve.PublicKeyXOnly(key).verify(signature, digest))
    except ValueError:
        raise BadSignature("a key is no point of the curve") from None


def tweak(key: bytes, scalar: bytes) -> tuple[bytes, int]:
    """Return the x-only key plus scalar times the generator, and the parity of its y (BIP-341)."""
    try:
        found = coincurve.PublicKeyXOnly(key)
        found.tweak_add(scalar)
    except ValueError:
        raise BadSignature("a taproot key or its tweak is out of range") from None
    return found.format(), int(found.parity)


def recover(compact: bytes, digest: bytes, *, compressed: bool = True) -> bytes:
    """Return the key behind 65 bytes r ‖ s ‖ recovery number (0 to 3); BadSignature for high s and what no key made."""
    r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:64], "big")
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise BadSignature("r or s is out of range", code="signature-range")
    if s > ORDER // 2:
        raise BadSignature(
            "s is in the upper half (a malleable twin)",
            code="signature-high-s",
            hint="sign again with a wallet that gives low s values, as all common ones do",
        )
    try:
        return coincurve.PublicKey.from_signature_and_message(compact, digest, hasher=None).format(compressed)
    except Exception:
        # coincurve raises plain Exception when no point belongs to r
        raise BadSignature("no key made it", code="signature-range") from None


def is_key(key: bytes) -> bool:
    """Whether bytes have the shape of a compressed or an uncompressed key; the hybrid form is none (STRICTENC)."""
    return (len(key) == 33 and key[0] in (2, 3)) or (len(key) == 65 and key[0] == 4)


@lru_cache(maxsize=1024)
def _key(key: bytes) -> coincurve.PublicKey:
    try:
        return coincurve.PublicKey(key)
    except ValueError:
        raise BadSignature("a key is no point of the curve") from None


def _is_der(der: bytes) -> bool:
    """BIP-66's test: SEQUENCE of two positive INTEGERs, each as short as it can be, nothing else."""
    if not 8 <= len(der) <= 72 or der[0] != 0x30 or der[1] != len(der) - 2:
        return False
    length = der[3]
    if 5 + length >= len(der) or length + der[5 + length] + 6 != len(der):
        return False
    return _is_integer(der[2 : 4 + length]) and _is_integer(der[4 + length :])


def _is_integer(part: bytes) -> bool:
    return (
        part[0] == 0x02
        and len(part) > 2
        and part[1] == len(part) - 2
        and not part[2] & 0x80
        and not (len(part) > 3 and part[2] == 0 and not part[3] & 0x80)
    )
