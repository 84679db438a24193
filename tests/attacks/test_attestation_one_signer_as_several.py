"""Row 27: keys are counted, not keyids, and a keyid is derived from its key.

Another library's threshold counted keyids: one key under two of them passed a threshold of two.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from por.attestation import envelope, keys, private
from por.errors import InputError

PAYLOAD = b"{}"


def test_one_key_under_two_keyids_is_one_signer() -> None:
    signer = private.generate()
    sig = signer.sign(envelope.pae(PAYLOAD))
    keyids = sorted([signer.public.keyid, "00" * 32, "ff" * 32])
    forged = envelope.Envelope(
        payload=PAYLOAD, signatures=tuple(envelope.Signature(keyid=keyid, sig=sig) for keyid in keyids)
    )
    read = envelope.parse(forged.to_bytes(), where="a")
    assert envelope.verify_envelope(read, [signer.public], where="a") == (signer.public,)


def test_one_signature_twice_is_refused() -> None:
    document = envelope.sign(PAYLOAD, [private.generate()]).document()
    document["signatures"] *= 2
    with pytest.raises(InputError) as caught:
        envelope.parse_object(document, where="a")
    assert caught.value.code == "envelope-malformed"


def test_one_key_brought_in_two_forms_is_one_key(tmp_path: Path) -> None:
    """As a PEM file, and as a verifier line under two names."""
    signer = private.generate()
    private.write_public(tmp_path / "attest.pub", signer.public)
    brought = [
        keys.load_public(tmp_path / "attest.pub"),
        keys.load_public(signer.public.verifier_line("preparer")),
        keys.load_public(signer.public.verifier_line("accountant")),
    ]
    assert len(envelope.verify_envelope(envelope.sign(PAYLOAD, [signer]), brought, where="a")) == 1
