"""Rows 15 and 41: the key and the role come from the verifier, never from what is verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from por import canonical
from por.attestation import envelope, logproof, private, statement
from por.attestation.statement import head
from por.errors import ClaimError, InputError, TrustError
from tests.attestation import samples


def test_a_bundle_that_a_stranger_signed_is_refused(tmp_path: Path) -> None:
    """It is whole and consistent in itself: envelope, log and all; only the key is not the exchange's."""
    exchange, stranger = private.generate(), samples.exchange(tmp_path)
    stranger.attest()
    files = samples.contents(stranger.out)
    signed = envelope.parse(files["attestation.json"], where="a")
    keys = [exchange.public]
    with pytest.raises(ClaimError) as caught:
        envelope.verify_envelope(signed, keys, where="a")
    assert caught.value.code == "signer-unknown"
    position = head(signed.payload, where="a").log
    with pytest.raises(ClaimError) as log:
        logproof.verify_place(position=position, payload=signed.payload, files=files, keys=keys)
    assert log.value.code == "signer-unknown"
    with pytest.raises(TrustError):
        envelope.verify_envelope(signed, [], where="a")


def test_a_stranger_under_the_exchanges_keyid_is_refused() -> None:
    """The keyid is only a claim."""
    exchange, stranger = private.generate(), private.generate()
    forged = envelope.Envelope(
        payload=b"{}",
        signatures=(envelope.Signature(keyid=exchange.public.keyid, sig=stranger.sign(envelope.pae(b"{}"))),),
    )
    with pytest.raises(ClaimError) as caught:
        envelope.verify_envelope(forged, [exchange.public], where="a")
    assert caught.value.code == "signature-invalid"


def test_an_envelope_cannot_name_a_key() -> None:
    signer = private.generate()
    document = envelope.sign(b"{}", [signer]).document()
    document["signatures"][0]["publicKey"] = signer.public.pem.decode()
    with pytest.raises(InputError):
        envelope.parse_object(document, where="a")


@pytest.mark.parametrize("role", ["role", "keyRole", "accountant"])
def test_a_signer_cannot_name_its_role(role: str, tmp_path: Path) -> None:
    signer = private.generate()
    document = envelope.sign(b"{}", [signer]).document()
    document["signatures"][0][role] = "accountant"
    with pytest.raises(InputError):
        envelope.parse(canonical.encode(document), where="a")
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    signed = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a")
    claimed = json.loads(signed.payload)
    claimed["predicate"][role] = "accountant"
    with pytest.raises(InputError) as caught:
        statement.head(canonical.encode(claimed), where="s")
    assert caught.value.code == "statement-malformed"


def test_a_signature_is_bound_to_its_kind() -> None:
    """A signed note offered as a signature on a statement, and the other way round."""
    from por.attestation import note

    signer = private.generate()
    text = "example.com\n1\nAAAA\n"
    as_note = signer.sign(text.encode())
    forged = envelope.Envelope(
        payload=text.encode(), signatures=(envelope.Signature(keyid=signer.public.keyid, sig=as_note),)
    )
    with pytest.raises(ClaimError):
        envelope.verify_envelope(forged, [signer.public], where="a")
    sig = envelope.sign(text.encode(), [signer]).signatures[0].sig
    line = note.NoteSignature(name="example.com", id=signer.public.note_id("example.com"), sig=sig)
    with pytest.raises(ClaimError):
        note.verify_note(note.Note(text=text, signatures=(line,)), name="example.com", keys=[signer.public], where="n")
