"""Row 25: an ECDSA signature has a twin; a statement's identity is its payload, so twins do no harm."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from por.attestation import envelope, private
from por.attestation.keys import Algorithm
from por.errors import ClaimError

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
L = 2**252 + 27742317777372353535851937790883648493
PAYLOAD = b"{}"


def _with(sig: bytes, signer: private.FileSigner) -> envelope.Envelope:
    return envelope.Envelope(payload=PAYLOAD, signatures=(envelope.Signature(keyid=signer.public.keyid, sig=sig),))


def test_the_twin_is_the_same_statement() -> None:
    signer = private.generate(Algorithm.P256)
    good = envelope.sign(PAYLOAD, [signer])
    r, s = decode_dss_signature(good.signatures[0].sig)
    twin = _with(encode_dss_signature(r, ORDER - s), signer)
    assert twin.to_bytes() != good.to_bytes()
    assert twin.digest == good.digest
    assert envelope.verify_envelope(twin, [signer.public], where="a") == (signer.public,)


def test_other_encodings_of_an_ecdsa_signature_are_refused() -> None:
    """Raw r and s, a zero in front, a long-form length, bytes behind, zero and negative values."""
    signer = private.generate(Algorithm.P256)
    sig = envelope.sign(PAYLOAD, [signer]).signatures[0].sig
    r, s = decode_dss_signature(sig)
    length = sig[1]
    spoilt = [
        r.to_bytes(32, "big") + s.to_bytes(32, "big"),
        sig[:1] + b"\x81" + bytes([length]) + sig[2:],
        sig + b"\x00",
        b"\x30" + bytes([length + 1]) + b"\x02" + bytes([sig[3] + 1]) + b"\x00" + sig[4:],
        encode_dss_signature(0, 0),
        encode_dss_signature(r, 0),
        encode_dss_signature(r, s + ORDER),
        encode_dss_signature(r + ORDER, s),
        b"",
    ]
    for wrong in spoilt:
        with pytest.raises(ClaimError):
            envelope.verify_envelope(_with(wrong, signer), [signer.public], where="a")


def test_an_ed25519_signature_has_one_form() -> None:
    """s and s + L are the same number to a careless verifier."""
    signer = private.generate()
    sig = envelope.sign(PAYLOAD, [signer]).signatures[0].sig
    s = int.from_bytes(sig[32:], "little")
    for wrong in (sig[:32] + (s + L).to_bytes(32, "little"), sig[:32] + bytes(32), bytes(64), sig + b"\x00"):
        with pytest.raises(ClaimError):
            envelope.verify_envelope(_with(wrong, signer), [signer.public], where="a")


def test_the_key_fixes_the_algorithm() -> None:
    ed, p256 = private.generate(), private.generate(Algorithm.P256)
    for signer, other in ((ed, p256), (p256, ed)):
        with pytest.raises(ClaimError):
            envelope.verify_envelope(_with(other.sign(envelope.pae(PAYLOAD)), signer), [signer.public], where="a")
